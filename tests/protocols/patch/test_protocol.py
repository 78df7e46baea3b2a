"""What the patch protocol says of a task without running anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.cache import cache_folder, write_cached
from boxscore.cli import app
from boxscore.images.layers import instance_reference
from boxscore.protocols.blind.evidence import BlindTests
from boxscore.protocols.canaries.windows import Window
from boxscore.protocols.patch.canaries.run import ReferenceRun
from boxscore.protocols.patch.must_fail.forms import KnownForms
from boxscore.protocols.patch.must_fail.run import MustFail
from boxscore.protocols.patch.protocol import PROTOCOL
from boxscore.protocols.patch.version import version
from boxscore.records import fingerprint
from tests.protocols.patch.patch_boxes import TASK

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_forger_must_guess_is_shown_where_it_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was found out by a run of the reference, and is nobody's secret."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    assert "blind_bits" not in PROTOCOL.describe(TASK)

    key = fingerprint(instance_reference(TASK.image), TASK, version(""))
    write_cached(cache_folder() / "blind" / f"{key}.json", msgspec.json.encode(BlindTests(bits=23.5)))

    assert PROTOCOL.describe(TASK)["blind_bits"] == 23.5


def test_what_a_reader_of_canaries_must_guess_is_shown_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an instance whose tests have none there is nothing to say."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    task = replace(TASK, canaries="pytest")
    key = fingerprint(instance_reference(task.image), task, version(""))
    write_cached(cache_folder() / "canaries" / f"{key}.json", msgspec.json.encode(ReferenceRun(bits=7.25)))

    assert PROTOCOL.describe(task)["canary_bits"] == 7.25
    assert "canary_bits" not in PROTOCOL.describe(TASK)


def test_negated_tests_of_other_languages_are_shown_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are kept with the tests that must fail; where no test has any there is nothing to say."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    with_window = KnownForms(windows=((("a.test.js", "one"), (Window(0, texts=("1", "2"), bits=3.5),)),))
    path = cache_folder() / "canaries" / f"{fingerprint(instance_reference(TASK.image), TASK, version(''))}.json"

    write_cached(path, msgspec.json.encode(ReferenceRun(must_fail=MustFail(forms=with_window))))
    shown = PROTOCOL.describe(TASK)
    write_cached(path, msgspec.json.encode(ReferenceRun(must_fail=MustFail(kinds={"a.test.js": ("throw",)}))))

    assert shown["canary_bits"] == 3.5
    assert "canary_bits" not in PROTOCOL.describe(TASK)


def test_a_benchmark_shows_the_bits_of_each_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of those that are not known here nothing is said."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))

    with pytest.raises(SystemExit) as ended_with:
        app.main(["show", "tiny-patches", "--json"])

    assert ended_with.value.code == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["blind_bits"] == shown["canary_bits"] == {}
