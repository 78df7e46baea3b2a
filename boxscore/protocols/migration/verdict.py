"""From what the steps of a migration have found to its checks and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import first_of
from boxscore.protocols.migration.steps import CHECKS
from boxscore.protocols.patch.verdict import LIMITS
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.migration.steps import Built, Compiled, Expected, Faults, Study, Tested

MISSING, PASSED = "MISSING", str(Status.PASSED)
OUTCOMES = {"build": Outcome.BUILD_FAILED, "compile": Outcome.BUILD_FAILED, "classes": Outcome.TAMPERED}
"""What a check that does not hold comes to; `wrong` for the others."""
_LOG_CHARS = 400


class Checked(Struct, frozen=True, kw_only=True):
    """The checks that were come to, in their order: "" where one held. `limit` is that which ended the last one."""

    checks: dict[str, str] = {}
    limit: LimitName | None = None
    forged: bool = False

    def with_(self, check: str, reason: str, limit: LimitName | None = None, *, forged: bool = False) -> Checked:
        """Add one more check, of which the first reason counts."""
        checks = {**self.checks, check: self.checks.get(check) or reason}
        return Checked(checks=checks, limit=self.limit or limit, forged=self.forged or forged)

    @property
    def failed(self) -> str:
        """The first check that does not hold, "" where all do."""
        return next((check for check in CHECKS if self.checks.get(check)), "")


def checked_study(study: Study) -> Checked:
    """What a look at the tree has shown: all of its checks are come to."""
    found = Checked(checks=dict.fromkeys(CHECKS[: CHECKS.index("build")], ""))
    for check, reason in study.faults:
        found = found.with_(check, reason, study.limit)
    return found


def checked_build(found: Checked, built: Built) -> Checked:
    """Add what the project's own build came to."""
    reason = ""
    if built.limit is not None:
        reason = f"the {built.limit} limit ended it"
    elif built.exit_code != 0:
        how = f"signal {built.signal}" if built.exit_code is None else f"exit code {built.exit_code}"
        reason = f"the build ended with {how}: {_first_error(built.log)}"
    elif built.unread:
        reason = f"what the build left cannot be read: {built.unread}"
    return found.with_("build", reason, built.limit)


def checked_compile(found: Checked, compiled: Compiled) -> Checked:
    """Add what the grader's own compiler came to."""
    return found.with_("compile", compiled.why, compiled.limit)


def checked_classes(found: Checked, faults: Faults) -> Checked:
    """Add how the two sets of classes compare."""
    found = found.with_("classes", "")
    for check, reason in faults:
        found = found.with_(check, reason)
    return found


def checked_tests(found: Checked, tested: Tested, expected: Expected) -> Checked:
    """Add what became of the expected tests: each must have run, and passed; one that was skipped has not."""
    if tested.limit is not None:
        return found.with_("tests", f"the {tested.limit} limit ended the tests", tested.limit)
    if tested.refused:
        return found.with_("tests", tested.refused, forged=tested.forged)
    statuses = statuses_of(tested.statuses, expected)
    failing = [test for test, status in statuses.items() if status != PASSED]
    named = first_of([f"{test}: {statuses[test]}" for test in failing], 3)
    why = f"{len(failing)} of {len(statuses)} tests did not pass; {named}" if failing else ""
    return found.with_("tests", why)


def statuses_of(statuses: Mapping[str, str], expected: Expected) -> dict[str, str]:
    """What became of each expected test, whatever else was reported."""
    return {test: statuses.get(test, MISSING) for test in expected.tests}


def outcome_of(found: Checked) -> tuple[Outcome, str]:
    """Say what the checks come to: the first that does not hold decides."""
    if not found.failed:
        return Outcome.PASSED, ""
    reason = f"{found.failed}: {found.checks[found.failed]}"
    if found.limit is not None and found.failed in {"poms", "build", "compile", "tests"}:
        return LIMITS[found.limit], reason
    if found.forged and found.failed == "tests":
        return Outcome.TAMPERED, reason
    return OUTCOMES.get(found.failed, Outcome.WRONG), reason


def _first_error(log: str) -> str:
    """What went wrong by a log: the first error of a compiler, the goal that failed, another; else its last words."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("[ERROR]")]
    telling = (line for sign in (".java:[", "Failed to execute goal", "") for line in errors if sign in line)
    return next(telling, lines[-1] if lines else "it printed nothing")[:_LOG_CHARS]
