"""What the *migration* protocol grades: a Maven project at one commit, and what must still be true of it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec import Struct

from boxscore.images.records import InstanceImage  # noqa: TC001 - fields of records that are decoded
from boxscore.protocols.contract import Service, Task
from boxscore.protocols.project.task import error_cases, test_cases
from boxscore.protocols.shows import Case, Cases, Drawing, Shown, Summary, Text, flag_facts, passed_tests
from boxscore.records import Applied, ApplyStrategy, CompileError, Detail, Evidence, Limits, PatchFlag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class MigrationTask(Task, frozen=True, kw_only=True):
    """How to grade an instance of the *migration* protocol. Everything but the candidate's patch is trusted.

    - `image`: has the project as it was, at `image.tree`, and what it was built with in `/opt/maven-repository`
    - `release`: the Java version to migrate to
    - `level`: `minimal` ignores `versions`
    - `modules`: folders of poms below the tree (`""`: the root) that must still have classes. None: those that have
      classes after the build on Java 8
    - `tests`: ids `module:package.Class#method` that must run and pass. None: those that pass in that build
    - `versions`: `group:artifact`, and the version whose major a direct dependency needs at least
    - `num_test_cases`: the benchmark's count of tests, for its own verdict; negative: none
    - `apply`: how patches are applied
    - `reference`: a patch that passes
    - `statement`: what models see
    - `command_s`: wall seconds of one run of Maven
    - `limits`: of one sample
    """

    observed: ClassVar[bool] = False
    services: ClassVar[tuple[Service, ...]] = ()

    image: InstanceImage
    release: Literal[17, 21] = 17
    level: Literal["minimal", "maximal"] = "maximal"
    modules: tuple[str, ...] | None = None
    tests: tuple[str, ...] | None = None
    versions: tuple[tuple[str, str], ...] = ()
    num_test_cases: int = -1
    apply: ApplyStrategy = ApplyStrategy()
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


class ObservedMigration(MigrationTask, frozen=True, kw_only=True):
    """A migration as `validate` and the gate grade it: the empty patch is the untouched project, and no missing one."""

    observed: ClassVar[bool] = True


class MigrationDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="migration"):
    """What the result of a migration says beyond its outcome.

    `checks` maps each check to "" where it held, else to why it did not; checks that were not come to are missing.
    `official` does the same with the steps of the benchmark's own program, and `official_passed` is its verdict,
    None where it was not worked out; `disagreement` says why ours differs, where it does. `tests` maps each
    expected test to its status: `PASSED`, `FAILED`, `ERROR`, `SKIPPED`, or `MISSING` where none was reported.
    `errors` are those of the compiler. `fetched` are the artefacts,
    `group:artifact:version[:classifier]:extension`, that were brought for this sample, each with its SHA-256. `log`
    is the end of what the build printed. `flags` hint that the patch forges its tests; no verdict hangs on them.
    """

    checks: dict[str, str] = {}
    official: dict[str, str] = {}
    official_passed: bool | None = None
    disagreement: str = ""
    tests: dict[str, str] = {}
    errors: tuple[CompileError, ...] = ()
    fetched: tuple[tuple[str, str], ...] = ()
    log: str = ""
    applied: Applied | None = None
    evidence: Evidence = Evidence()
    flags: tuple[PatchFlag, ...] = ()


def summary(detail: MigrationDetail) -> Summary:
    """The check that decided, and the tests."""
    failed = failed_check(detail)
    decided = f"the check {failed}" if failed else ""
    return Summary(decided=decided, tests=detail.tests, passed=passed_tests(detail.tests))


def drawing(detail: MigrationDetail, output: str) -> Drawing:
    """The checks, the official ones, errors and tests; and the build's log, where that is not in the `output`."""
    logs = () if detail.log.strip() in output else (_log(detail.log, opened=not output.strip()),)
    return Drawing(sections=tuple(_sections(detail)), logs=logs)


def failed_check(detail: MigrationDetail) -> str:
    """The check that decided, "" where all held."""
    return next((check for check, reason in detail.checks.items() if reason), "")


def _log(text: str, *, opened: bool) -> Text:
    return Text(title="Log of the build", text=text, opened=opened)


def _sections(detail: MigrationDetail) -> Iterator[Shown]:
    failed = failed_check(detail)
    yield from flag_facts(detail.flags)
    if detail.checks:
        yield Cases(title="Checks", cases=tuple(_checks(detail.checks, failed)))
    if detail.official:
        title = "Checks of the benchmark's own program"
        if detail.disagreement:
            title += f", which disagrees: {detail.disagreement}"
        yield Cases(title=title, cases=tuple(_checks(detail.official, "")))
    yield from error_cases(detail.errors)
    yield from test_cases(detail.tests, decides=failed == "tests")
    if detail.fetched:
        cases = [Case(test=name, outcome="", required=False, reason=digest) for name, digest in detail.fetched]
        yield Cases(title="Artefacts that were brought", cases=tuple(cases))


def _checks(checks: Mapping[str, str], failed: str) -> Iterator[Case]:
    for name, reason in checks.items():
        yield Case(test=name, outcome="failed" if reason else "passed", decided=name == failed, reason=reason)
