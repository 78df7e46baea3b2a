"""What the *patch* protocol grades: an image with a repository, test files, commands, and required test ids."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from boxscore.images.records import InstanceImage  # noqa: TC001 - a field of a record
from boxscore.protocols.contract import Task
from boxscore.protocols.roles import Service  # noqa: TC001 - a field of a record
from boxscore.protocols.statuses import Status
from boxscore.records import ApplyStrategy, Limits


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
    is `pytest` or `unittest` where that is known, by which attacks and impossible instances are made. Tests in
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
