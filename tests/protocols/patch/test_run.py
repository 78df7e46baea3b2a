"""Building and testing a staged tree: what is run, and what of all that is said about the tests is believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.patch.run import BOX_PARSER, MAX_STATUSES, REPORT_BYTES, run_staged
from boxscore.protocols.patch.task import ResolutionRule
from boxscore.protocols.patch.tree import Staged, stage
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName
from harnesses.swebench.rules import FAIL_ONLY, LIVE, V4, V5
from tests.protocols.patch.patch_boxes import PASSING, PATCH, REPORT, TASK, FakeBoxes, ended, junit

if TYPE_CHECKING:
    from boxscore.boxes.contract import Completed
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask

STRICT = ResolutionRule()

REPORTED = replace(TASK, report=REPORT)
BUILT = replace(TASK, build=("build it", "and more"))
PARSED = replace(TASK, parser=BOX_PARSER, parser_source="def parser(log):\n    return {}\n")
ALL = dict.fromkeys((*TASK.fail_to_pass, *TASK.pass_to_pass), Status.PASSED)
GOOD = junit(("mends", ""), ("keeps", ""), ("stays", ""))


def run(fake: FakeBoxes, task: PatchTask = TASK) -> SuiteRun:
    with fake.boxes().open(task) as box:
        staged = stage(box, task, PATCH)
        assert isinstance(staged, Staged)
        return run_staged(box, task, staged)


def shells(fake: FakeBoxes) -> list[tuple[str, float]]:
    runs = [one for box in fake.backend.boxes for one in box.runs if one.argv[0] == "bash"]
    return [(one.argv[2], one.limits.wall_s) for one in runs]


def test_trusted_files_are_laid_after_the_build_and_looked_at_after_the_tests() -> None:
    fake = FakeBoxes()

    run(fake, BUILT)

    assert fake.steps == ["stage", "build", "restore", "test", "verify"]


def test_a_build_that_fails_is_noted_and_the_tests_run() -> None:
    ran = run(FakeBoxes(build=ended("gcc: no\n", 2)), BUILT)

    assert ran.build_failed == "the build ended with exit code 2: gcc: no"
    assert ran.statuses == ALL


@pytest.mark.parametrize(("artefact", "disagreement"), [("[100%]", ""), ("[", ""), ("t.py::[", "the log has 4")])
def test_no_report_confirms_what_is_no_test(artefact: str, disagreement: str) -> None:
    fake = FakeBoxes(f"{PASSING}PASSED {artefact}\n")
    fake.report = GOOD

    found = run(fake, replace(REPORTED, pass_to_pass=(*REPORTED.pass_to_pass, artefact)))

    assert found.statuses[artefact] == "PASSED"
    assert found.disagreement.startswith(disagreement)
    assert bool(found.disagreement) is bool(disagreement)


@pytest.mark.parametrize(
    ("report", "disagreement"),
    [
        (GOOD, ""),
        (None, "the runner wrote no report"),
        (b"", "the runner's report cannot be read"),
        (b"<testsuites>", "the runner's report cannot be read"),
        (b"\xff\xff", "the runner's report cannot be read"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><testsuites>&b;</testsuites>', "the runner's report cannot be read"),
        (b"x" * (REPORT_BYTES + 1), "the runner's report cannot be read"),
        (junit(), "the log has 3 required tests that passed, the runner's report only 0"),
        (junit(("mends", ""), ("keeps", "")), "the log has 3 required tests that passed, the runner's report only 2"),
    ],
    ids=["good", "none", "empty", "open", "no text", "entities", "huge", "nothing", "too few"],
)
def test_a_report_must_confirm_the_log(report: bytes | None, disagreement: str) -> None:
    fake = FakeBoxes()
    fake.report = report

    ran = run(fake, REPORTED)

    assert (ran.disagreement or ran.unclean).startswith(disagreement)
    assert bool(ran.disagreement) == disagreement.startswith("the log")
    assert bool(ran.unclean) == disagreement.startswith("the runner")


def test_a_report_takes_a_success_away() -> None:
    fake = FakeBoxes()
    fake.report = junit(("mends", "<failure>1 != 2</failure>"), ("keeps", ""), ("stays", "<skipped/>"))

    statuses = run(fake, REPORTED).statuses

    assert statuses == ALL | {"t.py::mends": Status.FAILED, "t.py::stays": Status.SKIPPED}


FAILS = "FAILED t.py::other - no\n"


@pytest.mark.parametrize(
    ("done", "unclean"),
    [
        (ended(PASSING, 0), ""),
        (ended(PASSING, 1), "the runner ended with exit code 1, and no test failed"),
        (ended(PASSING, 5), "the runner ended with exit code 5, and no test failed"),
        (ended(PASSING, None, signal=11), "the runner ended with signal 11, and no test failed"),
        (ended(PASSING + FAILS, 1), ""),
        (ended(PASSING + FAILS, 0), ""),
    ],
)
@pytest.mark.parametrize("rule", [STRICT, V4, V5, FAIL_ONLY, LIVE])
def test_an_exit_code_must_agree(done: Completed, unclean: str, rule: ResolutionRule) -> None:
    ran = run(FakeBoxes(test=done), replace(TASK, rule=rule))

    asked = rule not in {V4, LIVE}
    assert ran.unclean == (unclean if asked else "")
    assert ran.disagreement == ""
    assert (ran.exit_code, ran.signal) == (done.exit_code, done.signal)


def test_a_data_sets_own_parser_gives_statuses() -> None:
    words = {
        "t.py::mends": "pass",
        "t.py::keeps": "fail",
        "t.py::stays": "skip",
        "x": "PASSED",
        "y": "",
        "\udcff": "pass",
    }
    fake = FakeBoxes("the log\udcff".encode(errors="replace").decode(), parse=ended(json.dumps(words)))

    ran = run(fake, PARSED)

    assert ran.statuses == {
        "t.py::mends": Status.PASSED,
        "t.py::keeps": Status.FAILED,
        "t.py::stays": Status.SKIPPED,
        r"\udcff": Status.PASSED,
    }
    (asked,) = [one for one in fake.backend.boxes[0].runs if b"source" in one.stdin and b'"do"' not in one.stdin]
    assert json.loads(asked.stdin) == {"source": PARSED.parser_source, "log": "the log?"}


@pytest.mark.parametrize(
    ("done", "message"),
    [
        (ended("", 1), "the data set's log parser ended with exit code 1"),
        (ended("{}", None, signal=9, limit=LimitName.CPU), "the data set's log parser ended with signal 9"),
        (ended("pass"), "returned something other than statuses"),
        (ended(""), "returned something other than statuses"),
        (ended(b"\xff{}"), "returned something other than statuses"),
        (ended('["t.py::mends"]'), "returned something other than statuses"),
        (ended('{"t.py::mends": 1}'), "returned something other than statuses"),
        (ended('{"t.py::mends": {"a": "pass"}}'), "returned something other than statuses"),
        (ended('{"t.py::mends": "pass", '), "returned something other than statuses"),
        (ended("[" * 100_000), "returned something other than statuses"),
        (ended(json.dumps(dict.fromkeys(map(str, range(MAX_STATUSES + 1)), "pass"))), "gave 200001 statuses"),
    ],
    ids=["raises", "hangs", "no json", "nothing", "no text", "list", "number", "nested", "cut", "deep", "many"],
)
def test_a_parser_that_gives_no_statuses_is_no_success_and_no_loss(done: Completed, message: str) -> None:
    fake = FakeBoxes(parse=done)

    result = fake.grade(PARSED)

    assert (result.outcome, result.attempts) == ("error", 1)
    assert message in result.reason
    assert result.output == PASSING


def test_a_build_that_a_limit_ended_is_the_end() -> None:
    fake = FakeBoxes(build=ended("compiling", None, signal=9, limit=LimitName.MEMORY, stdout_truncated=True))

    ran = run(fake, BUILT)

    assert (ran.limit, ran.log, ran.truncated, ran.statuses) == ("memory", "compiling", True, {})
    assert fake.steps == ["stage", "build"]


def test_a_report_gives_no_success() -> None:
    fake = FakeBoxes("FAILED t.py::mends - no\nPASSED t.py::keeps\nPASSED t.py::stays\n")
    fake.report = GOOD

    assert run(fake, REPORTED).statuses == ALL | {"t.py::mends": Status.FAILED}
