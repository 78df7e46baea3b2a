"""`boxscore grade` of several benchmarks, two of which have the same ids."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.data.samples import gold_samples
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from boxscore.run.run import rebuild

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Boxscore

IDS = ("tiny/merge-spans", "tiny/spiral")
TWIN = '''
import boxscore
from boxscore.data.plugins import load_harness


class Twin(type(load_harness("tiny"))):
    """The same instances under another name."""

    name = "twin"


HARNESS = Twin()
'''
ONE = Request(benchmark="tiny", only=IDS[:1])
LITTLE = ("--backend", "local", "-j", "1")
pytestmark = pytest.mark.bubblewrap


@pytest.fixture(name="place")
def fixture_place(local: Path) -> Path:
    """A current folder with a second benchmark, on a machine where local boxes work."""
    (local / "twin.py").write_text(TWIN)
    wrong = [{"task_id": one, "completion": "    return None\n"} for one in IDS]
    (local / "tiny.jsonl").write_text("".join(json.dumps(one) + "\n" for one in wrong))
    right = {"task_id": IDS[0], "completion": next(gold_samples(load_benchmark(ONE).asked)).text}
    (local / "twin.jsonl").write_text(json.dumps(right) + "\n")
    return local


def scores(output: str) -> dict[str, tuple[int, float | None]]:
    """Samples and pass@1 of each benchmark in `report.json`."""
    report: dict[str, Any] = json.loads(output)
    return {
        one["benchmark"]: (one["samples"], one["pass_at_k"]["1"]["value"] if one["pass_at_k"] else None)
        for one in report["benchmarks"]
    }


def test_equal_ids_are_not_mixed_up_and_each_run_is_a_run(place: Path, boxscore_: Boxscore) -> None:
    """One has wrong samples and the other a right one; all that takes a run takes each, and the folder."""
    command = ["grade", "tiny", "./twin.py", "-p", ".", *LITTLE, "--out", "r", "--json"]

    code, output, _ = boxscore_(*command, "-q")

    assert (code, scores(output)) == (0, {"tiny": (2, 0.0), "twin": (1, 1.0)})
    assert output == (place / "r" / "report.json").read_text()
    assert [one.name for one in sorted((place / "r").iterdir())] == [
        *("report.json", "report.md", "runs.json", "tiny", "twin")
    ]
    assert rebuild(place / "r" / "twin").report.pass_at_k["1"].value == 1
    shown = boxscore_("report", "r")
    assert (shown[0], re.findall(r"^ *(\w+) .*pass@1 +([\d.]+) %", shown[1], re.MULTILINE)) == (
        0,
        [("tiny", "0.0"), ("twin", "100.0")],
    )
    assert "tiny: first 2 of 2 failures" in shown[1]
    assert "first" not in boxscore_("report", "r", "--failures", "0")[1]
    shutil.copytree("r", "again")
    compared = boxscore_("compare", "r", "again", "--json")
    assert compared[0] == 0
    assert [one["benchmark"] for one in json.loads(compared[1])["pairs"]] == ["tiny", "twin"]
    for command in (["export", "r", "--to", "csv"], ["show", "r"]):
        code, _, told = boxscore_(*command)
        assert code == 2
        assert "holds runs of several benchmarks; name one of them: r/tiny, r/twin" in told


def test_the_same_command_again_grades_what_is_left(place: Path, boxscore_: Boxscore) -> None:
    """The directory is named by what is graded, and results that are there stand."""
    command = ["grade", "tiny", "./twin.py", "--gold", "--limit", "2", *LITTLE, "--json"]

    first = boxscore_(*command)
    (folder,) = (place / "runs").iterdir()
    lines = (folder / "tiny" / "results.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "tiny" / "results.jsonl").write_bytes(lines[0])
    again = boxscore_(*command)

    assert first[0] == again[0] == 0
    assert scores(first[1]) == scores(again[1]) == {"tiny": (2, 1.0), "twin": (2, 1.0)}
    assert re.fullmatch(r"tiny\+twin-[0-9a-f]{8}", folder.name)
    assert (folder / "tiny" / "results.jsonl").read_bytes().startswith(lines[0])
    assert "1 of 2 results were there already" in again[2]


def test_what_ends_one_run_ends_no_other(place: Path, boxscore_: Boxscore) -> None:
    """As where another process writes its directory: the report has the others, and says why one is missing."""
    (place / "r" / "tiny").mkdir(parents=True)
    (place / "r" / "runs.json").write_text('{"benchmarks": []}')
    with (place / "r" / "tiny" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        code, output, told = boxscore_("grade", "tiny", "./twin.py", "-p", ".", *LITTLE, "--out", "r", "--json")

    assert (code, scores(output)) == (2, {"tiny": (0, None), "twin": (1, 1.0)})
    assert "another boxscore process" in json.loads(output)["benchmarks"][0]["error"]
    assert "tiny: r/tiny: another boxscore process is writing to this run" in told


def test_files_that_one_harness_cannot_write_keep_none_from_the_others(place: Path, boxscore_: Boxscore) -> None:
    """The first one's plugin fails once all is graded; the second one's page is written."""
    broken = TWIN.replace('name = "twin"', 'name = "twin"\n    def write_files(self, run): raise OSError("full")')
    (place / "twin.py").write_text(broken)

    code, _, told = boxscore_("grade", "./twin.py", "tiny", "-p", ".", *LITTLE, "--out", "r", "--page")

    assert code == 2
    assert re.search(r"twin: .*full", told)
    assert (place / "r" / "tiny" / "report.html").exists()


def test_the_exit_code_is_the_worst(place: Path, boxscore_: Boxscore) -> None:
    """A score that is too low is told with its benchmark's name, and so are the failures that are asked for."""
    command = ["grade", "tiny", "./twin.py", "-p", str(place), *LITTLE, "--fail-under", "0.5", "--failures", "1"]

    code, output, told = boxscore_(*command)

    assert code == 1
    assert "tiny: first 1 of 2 failures" in output
    assert "tiny: pass@1 is 0.0000, under 0.5" in told
    assert "twin: pass@1" not in told


def test_a_plan_of_all(place: Path, boxscore_: Boxscore) -> None:
    """Nothing is graded, and nothing written."""
    code, _, told = boxscore_("grade", "tiny", "./twin.py", "--gold", "-i", IDS[0], *LITTLE, "--dry-run")

    assert code == 0
    assert re.findall(r"would grade (\d+) of (\d+) samples? of (\w+)", told) == [("1", "1", "tiny"), ("1", "1", "twin")]
    assert not (place / "runs").exists()


def test_one_benchmark_is_told_its_samples_as_several_are(here: Path, boxscore_: Boxscore) -> None:
    """`NAME=PATH`, unless a file has that name; the name of another benchmark is no file."""
    line = json.dumps({"task_id": "tiny/spiral", "answer": "none"}) + "\n"
    (here / "a.jsonl").write_text(line)

    for given, count in (("tiny=a.jsonl", 1), ("tiny=gold", 18)):
        code, _, told = boxscore_("grade", "tiny", "-p", given, "--dry-run", *LITTLE)
        assert (code, f"would grade {count} of {count} sample" in told) == (0, True)
    (here / "tiny=a.jsonl").write_text(2 * line)
    code, _, told = boxscore_("grade", "tiny", "-p", "tiny=a.jsonl", "--dry-run", *LITTLE)
    assert (code, "would grade 2 of 2 samples" in told) == (0, True)
    code, _, told = boxscore_("grade", "tiny", "-p", "mbpp=a.jsonl", "--dry-run", *LITTLE)
    assert (code, "mbpp is none of the benchmarks that are graded: tiny" in told) == (2, True)
