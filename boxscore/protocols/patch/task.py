"""What the *patch* protocol grades: an image with a repository, test files, commands, and required test ids."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from boxscore.images.records import InstanceImage  # noqa: TC001 - fields of records that are decoded
from boxscore.protocols.contract import Service, Task
from boxscore.protocols.shows import Case, Cases, Drawing, Shown, Summary, flag_facts, passed_tests
from boxscore.protocols.statuses import Status
from boxscore.records import Applied, ApplyStrategy, Detail, Evidence, Limits, PatchFlag


class ResolutionRule(Struct, frozen=True, kw_only=True):
    """Which statuses of required tests make an instance resolved. By default each must be observed to pass.

    `passing` are the statuses that a test of FAIL_TO_PASS may have, `keeping` those of PASS_TO_PASS; None stands for a
    test that was not reported. A test whose status is in `uncounted`, and not among these, is in no list of a report.
    With `truncated_ids` an id that was cut inside its brackets stands for the ids that begin with it. `only_failures`
    is for runners that name nothing but failures: their silence counts only where the log shows that tests ran.
    `reads_exit_code` asks the runner's exit code to agree with its report. `no_others` asks that no test passes that is
    not required. Nothing is resolved while any test of the log, required or not, has a status in `refused`.
    """

    passing: tuple[Status | None, ...] = (Status.PASSED,)
    keeping: tuple[Status | None, ...] = (Status.PASSED,)
    uncounted: tuple[Status, ...] = ()
    truncated_ids: bool = False
    only_failures: bool = False
    reads_exit_code: bool = True
    no_others: bool = False
    refused: tuple[Status, ...] = ()


class LogProgram(Struct, frozen=True, kw_only=True):
    """A data set's own program that reads what tests printed: Python, with the standard library alone.

    `files` are relative paths and their texts; the first is what is run. It gets three paths: of what the test commands
    wrote to standard output, of what they wrote to standard error, and of the file that it has to write, which is
    `{"tests": [{"name": …, "status": "PASSED"}, …]}` with the words of `Status`. It never runs on the host.
    """

    files: tuple[tuple[str, str], ...]


class PatchTask(Task, frozen=True, kw_only=True):
    """How an instance of the *patch* protocol is graded. All of it but the candidate's patch is trusted.

    `test_patch` is applied to the pristine repository, and each file it touches is written over the candidate's tree
    from there; so is test configuration (`conftest.py`, `pytest.ini`, …), unless its path is in `allowed` because the
    reference patch changes it too. `build` runs after the candidate's patch, then the files are restored, then
    `commands` run, all by `bash` in the tree as the box's ordinary user. What `commands` print is the log; `parser`
    names the parser that reads it, or is `box` and `parser_source` a dataset's own (`parser(log) -> dict`), run inside
    a box. With `log_program` that reads the log instead, in a box of its own, and standard output and error are kept
    apart. `report` is a JUnit file below /scratch that the runner is asked to write, None if it cannot. `runner`
    is `pytest` or `unittest` where that is known, by which attacks are made. Tests in
    `must_not_fail` may be missing or skipped, but not fail. `services` are the servers that tests need; they are up
    whenever anything runs. `statement` is what models are told of the problem: what it says is no secret of the tests.
    """

    observed: ClassVar[bool] = False

    image: InstanceImage
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    commands: tuple[str, ...]
    parser: str = ""
    must_not_fail: tuple[str, ...] = ()
    test_patch: str = ""
    build: tuple[str, ...] = ()
    parser_source: str | None = None
    log_program: LogProgram | None = None
    report: str | None = None
    runner: str | None = None
    rule: ResolutionRule = ResolutionRule()
    apply: ApplyStrategy = ApplyStrategy()
    allowed: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    services: tuple[Service, ...] = ()
    reference: str | None = None
    statement: str = ""
    command_s: float = 1800.0
    limits: Limits = Limits(
        cpu_s=3600.0,
        wall_s=3600.0,
        memory_bytes=4 << 30,
        processes=512,
        disk_bytes=2 << 30,
        output_bytes=16 << 20,
    )


class ObservedPatch(PatchTask, frozen=True, kw_only=True):
    """A patch task as `validate` grades it: results name every test that was reported, and the empty patch is none."""

    observed: ClassVar[bool] = True


class PatchDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="patch"):
    """What a patch's result says beyond its outcome. Lists hold exact ids of required tests, in the task's order.

    `tests` maps each required test to its status: `PASSED`, `FAILED`, `ERROR`, `SKIPPED`, `XFAIL`, or `MISSING`
    where none was reported. `reported` maps every test that was reported to its status, where a benchmark is
    validated; else it is empty. `flags` are hints that the patch forges its test run, for people to judge.
    """

    applied: Applied | None = None
    tests: dict[str, str] = {}
    fail_to_pass: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())  # success, failure
    pass_to_pass: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    evidence: Evidence = Evidence()
    flags: tuple[PatchFlag, ...] = ()
    reported: dict[str, str] = {}
    test_s: float | None = None  # wall time of the commands alone


def summary(detail: PatchDetail) -> Summary:
    """The first required test that failed, and all required ones."""
    failed = (*detail.fail_to_pass[1], *detail.pass_to_pass[1])
    decided = failed[0] if failed else ""
    return Summary(decided=decided, tests=detail.tests, passed=passed_tests(detail.tests))


def drawing(detail: PatchDetail) -> Drawing:
    """Flags, for people to judge, and the tests, those that failed first; the first of these decided."""
    failed = (*detail.fail_to_pass[1], *detail.pass_to_pass[1])
    to_fix = {*detail.fail_to_pass[0], *detail.fail_to_pass[1]}
    order = dict.fromkeys(failed) | dict.fromkeys(sorted(detail.tests, key=lambda test: test not in to_fix))
    cases = [
        Case(
            test=test,
            outcome=detail.tests.get(test, "MISSING").lower(),
            decided=bool(failed) and test == failed[0],
            reason="had to be fixed" if test in to_fix else "must not break",
        )
        for test in order
    ]
    sections: list[Shown] = [*flag_facts(detail.flags)]
    if cases:
        sections.append(Cases(title="Tests", cases=tuple(cases)))
    return Drawing(sections=tuple(sections), output_title="Log")
