"""`boxscore show` of a run's samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.run.store import read_run
from tests.page.runs import make_run
from tests.page.test_web import write_web_run
from tests.page.web_records import STOPPED, web_result

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Boxscore


def test_samples_are_named_by_their_instance_or_one_by_one(tmp_path: Path, boxscore_: Boxscore) -> None:
    """What became of each, the answer, and where the steps of its agent are; others are refused with what there is."""
    folder = make_run(tmp_path / "run", 8, agents=True)
    _, (sample, *_), _ = read_run(folder)
    name = f"{sample.instance_id}/{sample.sample_id}"

    several = json.loads(boxscore_("show", folder, "-i", sample.instance_id, "--json").out)
    (one,) = json.loads(boxscore_("show", folder, "-i", name, "--json").out)
    code, out, _ = boxscore_("show", folder, name)

    assert one in several
    assert (one["sample_id"], one["text"]) == (sample.sample_id, sample.text)
    assert code == 0
    assert "outcome" in out
    assert "answer:\n" in out
    assert "trajectories/" in out
    for unknown, told in (("nothing/x", "has no sample of 'nothing/x'"), (f"{name}x", f"has no sample '{name[-1]}x'")):
        assert told in boxscore_("show", folder, "-i", unknown).err


@pytest.mark.parametrize("form", ["terminal", "json"])
def test_how_far_a_project_got(tmp_path: Path, boxscore_: Boxscore, form: str) -> None:
    """What became of each task, and why the last one did not pass; not the answer's thousand lines."""
    folder = write_web_run(tmp_path / "run", [web_result(0)])

    printed = boxscore_("show", folder, "project/0", *(["--json"] if form == "json" else [])).out

    if form == "json":
        (one,) = msgspec.json.decode(printed)
        assert one["result"]["detail"] == msgspec.json.decode(msgspec.json.encode(STOPPED))
        return
    assert "2 of 5 tasks passed; it stopped at task-3. ~✓↻✗·" in printed
    assert "Expected: 1" in printed
    assert "answer: 7 attempts, 8 files; --json has all of it, " in printed
    assert "let a = 5" not in printed
