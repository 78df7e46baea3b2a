"""What samples printed, read again from a run's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import StoreError
from boxscore.protocols.web.detail import WebDetail
from boxscore.records import Outcome, Result, Shortener, Trust
from boxscore.run.store import Outputs, open_run
from tests.page.web_records import STOPPED, web_result

if TYPE_CHECKING:
    from pathlib import Path


def result(sample_id: str, output: str = "") -> Result:
    return Result(instance_id="t/1", sample_id=sample_id, outcome=Outcome.WRONG, trust=Trust.ORACLE, output=output)


def test_the_last_stored_output_is_read(tmp_path: Path) -> None:
    """Each sample has that of its own last line, whatever stands between."""
    with open_run(tmp_path) as store:
        store.append([result("0", "old"), result("1", "ä\n\0" * 1000), result("0", "new")])

    printed = Outputs(tmp_path)

    assert [printed(result(name)) for name in ("0", "1")] == ["new", "ä\n\0" * 1000]


def test_output_of_other_settings_is_not_taken(tmp_path: Path) -> None:
    """A sample that was graded under several keys has what it printed under its own."""
    first, second = (replace(result("0", name), key=name) for name in ("first", "second"))
    with open_run(tmp_path) as store:
        store.append([first, second])

    assert Outputs(tmp_path)(replace(first, output="")) == "first"


def test_pictures_stay_in_the_file(tmp_path: Path) -> None:
    """A run holds a web project without its pictures and traces; they are read again where they are asked for."""
    stored = web_result(0)
    with open_run(tmp_path) as store:
        store.append([stored])
    held = Shortener()(stored)

    assert isinstance(held.detail, WebDetail)
    assert held.detail.files == {}
    assert {one.screenshot for one in held.detail.attempts} == {b""}
    assert [one.log for one in held.detail.attempts] == [one.log for one in STOPPED.attempts]
    assert Outputs(tmp_path).whole(held) == stored


def test_a_file_that_has_gone_is_an_error(tmp_path: Path) -> None:
    """Outputs are never made up."""
    with open_run(tmp_path) as store:
        store.append([result("0", "whole")])
    printed = Outputs(tmp_path)
    (tmp_path / "results.jsonl").unlink()

    with pytest.raises(StoreError, match="cannot be read again"):
        printed(result("0"))
