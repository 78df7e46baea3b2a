"""The checks and tests of a migration or a Java project, as tables of a sample's details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.page.texts import cell
from boxscore.protocols.shows import Case, Cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.page.records import Section
    from boxscore.records import CompileError, MigrationDetail, ProjectDetail

MAX_ROWS = 300
PASSED = "PASSED"


def migration_cases(detail: MigrationDetail) -> Iterator[Section]:
    """The checks of a migration, of which the first that does not hold decided; the official ones; and its tests."""
    failed = failed_check(detail)
    if detail.checks:
        yield Cases(title="Checks", cases=tuple(_checks(detail.checks, failed)))
    if detail.official:
        title = "Checks of the benchmark's own program"
        if detail.disagreement:
            title += f", which disagrees: {cell(detail.disagreement)}"
        yield Cases(title=title, cases=tuple(_checks(detail.official, "")))
    yield from _errors(detail.errors)
    yield from _tests(detail.tests, decides=failed == "tests")
    if detail.fetched:
        cases = [Case(test=cell(name), outcome="", required=False, reason=digest) for name, digest in detail.fetched]
        yield _table("Artefacts that were brought", cases)


def project_cases(detail: ProjectDetail) -> Iterator[Section]:
    """The errors of a project's compiler, and its tests."""
    yield from _errors(detail.errors)
    yield from _tests(detail.tests, decides=True)


def failed_check(detail: MigrationDetail) -> str:
    """The check that decided, "" where all held."""
    return next((check for check, reason in detail.checks.items() if reason), "")


def failed_test(tests: Mapping[str, str]) -> str:
    """The first test that did not pass, "" where all did."""
    return next((test for test, status in tests.items() if status != PASSED), "")


def _checks(checks: Mapping[str, str], failed: str) -> Iterator[Case]:
    for name, reason in checks.items():
        yield Case(
            test=cell(name), outcome="failed" if reason else "passed", decided=name == failed, reason=cell(reason)
        )


def _errors(errors: Sequence[CompileError]) -> Iterator[Section]:
    cases = [
        Case(
            test=cell(f"{one.path}:{one.line}" if one.path else "the compiler"),
            outcome="error",
            reason=cell(one.message),
        )
        for one in errors
    ]
    if cases:
        yield _table("Errors of the compiler", cases)


def _tests(tests: Mapping[str, str], *, decides: bool) -> Iterator[Section]:
    """Tests, those that failed first."""
    first = failed_test(tests)
    order = sorted(tests, key=lambda test: tests[test] == PASSED)
    cases = [Case(test=cell(test), outcome=tests[test].lower(), decided=decides and test == first) for test in order]
    if cases:
        yield _table("Tests", cases)


def _table(title: str, cases: Sequence[Case]) -> Cases:
    return Cases(title=title, cases=tuple(cases[:MAX_ROWS]), left_out=max(0, len(cases) - MAX_ROWS))
