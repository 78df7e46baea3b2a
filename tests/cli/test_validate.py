"""`boxscore validate` for patches: what is printed."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from boxscore.cli import app
from boxscore.cli.validate import print_patches
from boxscore.protocols.blind.learn import NOTHING_HIDDEN
from boxscore.protocols.patch.observe import PatchLists
from boxscore.records import Evidence, Trust


def test_one_instance_is_printed_in_full(capfd: pytest.CaptureFixture[str]) -> None:
    """Its tests are listed, a line each, with nothing in them that could drive a terminal."""
    print_patches([PatchLists(instance_id="a", fail_to_pass=("t\x1b[2J",), pass_to_pass=("u", "v"))])

    assert capfd.readouterr().out == "FAIL_TO_PASS 1\n  t\\x1b[2J\nPASS_TO_PASS 2\n  u\n  v\nFLAKY 0\n"


def test_one_instance_says_what_its_verdicts_are_worth(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever makes an instance learns of its level there, what stands behind it, and which tests would earn more."""
    blind = PatchLists(instance_id="a", evidence=Evidence(checked=2, expected=7), trust=Trust.BLIND)
    reason = f"not blind: {NOTHING_HIDDEN}"
    watched = replace(blind, fail_to_pass=("t",), evidence=Evidence(planted=1, reason=reason), trust=Trust.WATCHED)

    print_patches([blind])
    of_blind = capfd.readouterr().out.splitlines()[3:]
    print_patches([watched])
    of_watched = capfd.readouterr().out.splitlines()[4:]

    assert of_blind == ["trust blind: 2 of 7 expected values checked outside of the box"]
    assert of_watched[0] == f"trust watched: 1 planted test failed as it must; {reason}"
    assert of_watched[1].startswith("  for `blind`: let t expect a value")


def test_several_instances_are_a_table(capfd: pytest.CaptureFixture[str]) -> None:
    """A line for each with the counts."""
    one = PatchLists(
        instance_id="a", fail_to_pass=("t",), flaky=("u", "v"), evidence=Evidence(planted=4), trust=Trust.WATCHED
    )
    print_patches([one, PatchLists(instance_id="b", fail_to_pass=("t",))])

    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [
        *["a", "1", "0", "2", "0", "0", "watched", "4", "planted", "tests", "failed", "as", "they", "must"]
    ] in lines
    assert ["b", "1", "0", "0", "0", "0", "-", "-"] in lines


@pytest.mark.docker
@pytest.mark.timeout(600)
def test_a_real_instance_is_as_recorded(docker_backend: object, capfd: pytest.CaptureFixture[str]) -> None:
    """The command runs a repository's tests before and after its fix and finds the recorded lists."""
    with pytest.raises(SystemExit) as ended_with:
        app.main(["validate", "tiny-patches", "-i", "tiny-patches/purse", "-n", "1", "--json"])

    out = capfd.readouterr().out
    found = json.loads(out)
    assert ended_with.value.code == 0
    assert (found["instances"], found["repeats"], found["problems"]) == (1, 1, [])
    (lists,) = found["patches"]
    assert (len(lists["fail_to_pass"]), len(lists["pass_to_pass"]), lists["flaky"]) == (5, 10, [])
    assert lists["evidence"]["checked"] > 0
