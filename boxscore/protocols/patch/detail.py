"""What the result of a patch says beyond its outcome, and how that is shown."""

from __future__ import annotations

from msgspec import Struct

from boxscore.protocols.shows import Case, Cases, Drawing, Shown, Summary, flag_facts, passed_tests
from boxscore.records import Applied, Detail, Evidence, PatchFlag


class PatchDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="patch"):
    """What a patch's result says beyond its outcome. Lists hold exact ids of required tests, in the task's order.

    `tests` maps each required test to its status, `MISSING` where none was reported. `reported` maps every test that
    was reported to its status, where a benchmark is validated; else it is empty. `flags` are hints that
    the patch forges its test run, for people to judge.
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
