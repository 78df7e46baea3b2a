"""What the patch protocol says of a task without running anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.cache import cache_folder, write_cached
from boxscore.cli import app
from boxscore.images.layers import instance_reference
from boxscore.protocols.blind.learn import BlindTests
from boxscore.protocols.patch.protocol import PROTOCOL
from boxscore.protocols.versions import protocol_version
from boxscore.records import fingerprint
from tests.protocols.patch.patch_boxes import TASK

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (BlindTests(files=(("t.py", ""),), checked=2, expected=7), "2 of 7 expected values"),
        (BlindTests(reason="the old code gives them all"), "none: the old code gives them all"),
    ],
)
def test_what_is_checked_outside_is_shown_where_it_is_known(
    known: BlindTests, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was found out by a run of the reference, and is nobody's secret."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    assert "checked_outside" not in PROTOCOL.describe(TASK)

    key = fingerprint(instance_reference(TASK.image), TASK, protocol_version(""))
    write_cached(cache_folder() / "blind" / f"{key}.json", msgspec.json.encode(known))

    assert PROTOCOL.describe(TASK)["checked_outside"] == said


def test_a_benchmark_shows_what_is_checked_of_each_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of those that are not known here nothing is said."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))

    with pytest.raises(SystemExit) as ended_with:
        app.main(["show", "tiny-patches", "--json"])

    assert ended_with.value.code == 0
    assert json.loads(capfd.readouterr().out)["checked_outside"] == {}
