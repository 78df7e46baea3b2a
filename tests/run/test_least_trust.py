"""`--least-trust`, `grade(least_trust=…)` and graders with it: passes below a level are neither passes nor failures."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import boxscore
from boxscore.cli.app import main
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

HARNESS = """
import boxscore
from msgspec.structs import replace

class Doubted(boxscore.FunctionHarness):
    name = "doubted"
    title = "functions, some of whose tests prove little"
    source = boxscore.DataSource(path=__file__.replace("harness.py", "rows.jsonl"))

    def task(self, instance):
        doubt = "nobody else defines it" if instance.instance_id.startswith("doubted/") else ""
        return replace(super().task(instance), doubt=doubt)

HARNESS = Doubted()
"""
NAMES = ("doubted/a", "doubted/b", "sure/a", "sure/b")
RIGHT, OTHER, WRONG = "def f():\n    return 1\n", "def f():\n    return 2 - 1\n", "def f():\n    return 2\n"
OBJECTS = (
    "class P:\n def __init__(s, x): s.x = x\n def __eq__(s, o): return s.x == o.x\n",
    "assert P(1) == P(1)",
)

pytestmark = pytest.mark.bubblewrap


@pytest.fixture
def bench(tmp_path: Path, local_backend: Backend) -> Path:
    assert local_backend.name == "local"
    rows = [
        {
            "task_id": name,
            "prompt": "def f():\n",
            "entry_point": "f",
            "reference": "    return 1\n",
            "tests": "assert f() == 1",
        }
        for name in NAMES
    ]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "harness.py").write_text(HARNESS)
    return tmp_path / "harness.py"


def samples(*codes: str) -> list[boxscore.Sample]:
    return [
        boxscore.Sample(instance_id=name, sample_id=str(number), text=code)
        for name in NAMES
        for number, code in enumerate(codes)
    ]


def grade(bench: Path, given: list[boxscore.Sample], level: str | None, **options: Any) -> Any:
    return boxscore.grade(bench, given, backend="local", workers=1, least_trust=level, **options)


def outcomes(report: Any) -> dict[str, str]:
    return {
        f"{one.instance_id} {one.sample_id}": "withheld" if one.withheld else one.outcome.value
        for one in report.results
    }


def test_a_claim_counts_for_nothing_where_an_oracle_is_asked_for(bench: Path) -> None:
    """It is in no score and a failure of nobody's; what is an oracle's, and what failed, is as it was."""
    report = grade(bench, samples(RIGHT, WRONG, OTHER), "oracle")

    assert outcomes(report) == {
        f"{name} {number}": "wrong" if number == "1" else "withheld" if name.startswith("doubted/") else "passed"
        for name in NAMES
        for number in "012"
    }
    withheld = report.results[0]
    assert (withheld.outcome, withheld.trust) == (Outcome.INTERNAL, Trust.CLAIM)
    assert withheld.reason == "passed at claim, and nothing below oracle is rewarded here: nobody else defines it"
    assert (report.withheld_samples, report.excluded_samples, report.samples, report.ungraded_samples) == (4, 0, 8, 0)
    assert (report.invalid, report.excluded_share, report.unresolvable) == (False, 0.0, ())
    # Of doubted ones only the wrong sample counts: had its others counted they would have passed, or failed.
    assert report.pass_at_k["1"].value == pytest.approx((0 + 0 + 2 / 3 + 2 / 3) / 4)
    assert report.bracket.if_failed == pytest.approx(1 / 3)
    assert report.bracket.if_passed == pytest.approx(2 / 3)


def test_the_same_command_again_grades_nothing(bench: Path, tmp_path: Path) -> None:
    """What was withheld stands; copies of its code are withheld like it."""
    first = grade(bench, samples(RIGHT, RIGHT), "oracle", out=tmp_path / "run")
    lines = (tmp_path / "run" / "results.jsonl").read_bytes()

    again = grade(bench, samples(RIGHT, RIGHT), "oracle", out=tmp_path / "run")

    assert outcomes(again) == outcomes(first)
    assert list(outcomes(first).values()) == ["withheld"] * 4 + ["passed"] * 4
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == lines


@pytest.mark.parametrize("reuse", [True, False])
def test_results_of_one_level_are_never_those_of_another(bench: Path, tmp_path: Path, reuse: Any) -> None:
    """In the same directory, and over the cache of results, each level has its own."""
    found = [
        outcomes(grade(bench, samples(RIGHT), level, out=tmp_path / "run", reuse=reuse))["doubted/a 0"]
        for level in (None, "oracle", "claim", "oracle", None)
    ]

    assert found == ["passed", "withheld", "passed", "withheld", "passed"]


def test_many_of_them_stop_no_run(bench: Path) -> None:
    """They say nothing of boxes, so that the alarm is not for them."""
    given = [one for one in samples(*[f"{RIGHT}# {number}\n" for number in range(30)]) if one.instance_id != "sure/b"]

    report = grade(bench, given, "oracle")

    assert (report.withheld_samples, len(report.results), report.provenance.alarm) == (60, 90, None)


def test_the_command(bench: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It ends with 0, says in words what it withheld, and neither report nor JUnit calls it an error."""
    file = tmp_path / "samples.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in samples(RIGHT)))
    common = ["-p", str(file), "--backend", "local", "-j", "1", "--out", str(tmp_path / "run")]

    with pytest.raises(SystemExit) as left:
        main(["grade", str(bench), *common, "--least-trust", "oracle", "--page"])

    printed, folder = capfd.readouterr(), tmp_path / "run"
    assert left.value.code == 0
    assert "withheld: 2 passed below oracle" in " ".join(printed.out.split())
    assert "withheld: 2 passed below oracle" in (folder / "report.md").read_text()
    junit = (folder / "junit.xml").read_text()
    assert (junit.count("<skipped "), junit.count("<error "), junit.count("<failure ")) == (2, 0, 0)
    assert 'errors="0" skipped="2"' in junit
    page = (folder / "report.html").read_text()
    assert "passed below oracle, and counted in no score" in page
    assert "--least-trust oracle" in page
    with pytest.raises(SystemExit) as refused:
        main(["grade", str(bench), *common, "--least-trust", "certain"])
    assert refused.value.code == 2
    assert "'certain' is not one of 'oracle'" in capfd.readouterr().err


@pytest.mark.parametrize("make", [boxscore.Grader, boxscore.SyncGrader])
@pytest.mark.usefixtures("local_backend")
def test_graders(make: Any) -> None:
    """A sample that is graded beside its tests is a claim, and no reward where an oracle is asked for."""

    def graded(**options: Any) -> Result:
        if make is boxscore.SyncGrader:
            with boxscore.SyncGrader(backend="local", workers=1, **options) as sync:
                return sync.grade_tests(*OBJECTS)

        async def ask() -> Result:
            async with boxscore.Grader(backend="local", workers=1, **options) as grader:
                return await grader.grade_tests(*OBJECTS)

        return asyncio.run(ask())

    usual, withheld = graded(), graded(least_trust="oracle")

    assert (usual.outcome, usual.trust, usual.withheld) == (Outcome.PASSED, Trust.CLAIM, False)
    assert (withheld.outcome, withheld.trust, withheld.withheld) == (Outcome.INTERNAL, Trust.CLAIM, True)
    assert withheld.reason == f"passed at claim, and nothing below oracle is rewarded here: {usual.reason}"
    assert withheld.key != usual.key


def test_a_run_that_samples(bench: Path, tmp_path: Path) -> None:
    """What is graded while samples are made is withheld too, and the run takes it over as it is."""
    report = boxscore.sample(bench, "gold", backend="local", workers=1, out=tmp_path / "run", least_trust="oracle")

    assert [one.withheld for one in report.results] == [True, True, False, False]
    assert (report.withheld_samples, report.invalid) == (2, False)
    lines = (tmp_path / "run" / "results.jsonl").read_text().splitlines()
    assert len(lines) == 4
    assert sum(json.loads(line)["withheld"] for line in lines) == 2
