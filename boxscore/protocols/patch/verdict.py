"""From a run of the tests of a patch to an outcome, whatever that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs import Judged
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask

OUTPUT_CHARS = 256 << 10
HEAD_CHARS = 64 << 10
LISTED = 5
LIMITS = {
    LimitName.CPU: Outcome.TIMEOUT,
    LimitName.WALL: Outcome.TIMEOUT,
    LimitName.MEMORY: Outcome.MEMORY,
    LimitName.OUTPUT: Outcome.OUTPUT_LIMIT,
    LimitName.DISK: Outcome.DISK_LIMIT,
    LimitName.PROCESSES: Outcome.PROCESS_LIMIT,
}


def verdict_of(task: PatchTask, ran: SuiteRun, judged: Judged) -> tuple[Outcome, str]:
    """Say what a run came to: the first outcome that applies, in the order of `Outcome`, and why.

    A build that failed and a signal are outcomes only where no required test compared and disagreed: there are
    benchmarks whose builds need a network and fail for every patch, and runners that end with any exit code.
    """
    required = (*task.fail_to_pass, *task.pass_to_pass)
    compared = judged.spoilt_by or any(judged.tests[test] == Status.FAILED for test in required)
    unclear = not judged.resolved and not compared
    if ran.build_failed and unclear:
        return Outcome.BUILD_FAILED, ran.build_failed
    if ran.limit is not None:
        return LIMITS[ran.limit], f"the {ran.limit} limit ended it"
    rule = task.rule
    missing_counts = rule.refused or rule.no_others or None in rule.passing or None in rule.keeping
    if ran.truncated and (not judged.resolved or task.must_not_fail or missing_counts):
        return Outcome.OUTPUT_LIMIT, "it printed more than is kept: what the truncated log lacks may decide"
    if ran.signal is not None and (unclear or (judged.resolved and (ran.disagreement or ran.unclean))):
        return Outcome.SIGNAL, f"signal {ran.signal} ended it; {_summary(task, judged)}"
    if ran.changed:
        return Outcome.TAMPERED, f"changed while the tests ran: {', '.join(path for path, _ in ran.changed[:LISTED])}"
    return _all_passed(ran) if judged.resolved else _failed(task, ran, judged)


def _all_passed(ran: SuiteRun) -> tuple[Outcome, str]:
    """A witness that denies the claim makes it a forgery; a runner that did not end well just proves nothing."""
    if ran.disagreement:
        return Outcome.TAMPERED, ran.disagreement
    if ran.unclean:
        return Outcome.ERROR, f"all required tests were reported, but {ran.unclean}"
    return Outcome.PASSED, ""


def _failed(task: PatchTask, ran: SuiteRun, judged: Judged) -> tuple[Outcome, str]:
    required = {*task.fail_to_pass, *task.pass_to_pass}
    if not required:
        return Outcome.NO_TESTS, "the instance requires no test"
    if all(judged.tests[test] == "MISSING" for test in required):
        return (
            Outcome.ERROR,
            f"no required test was reported; {ran.disagreement or ran.unclean or _summary(task, judged)}",
        )
    failures = [*judged.fail_to_pass[1], *judged.pass_to_pass[1], *judged.spoilt_by]
    if judged.others and not failures:
        others = ", ".join(judged.others[:3])
        return Outcome.WRONG, f"{_summary(task, judged)}; {len(judged.others)} others passed, which must not: {others}"
    also = f"; {ran.build_failed}" if ran.build_failed else ""
    return Outcome.WRONG, f"{_summary(task, judged)}; not passed: {', '.join(failures[:3])}{also}"


def _summary(task: PatchTask, judged: Judged) -> str:
    lists = {
        "FAIL_TO_PASS": (judged.fail_to_pass, task.fail_to_pass),
        "PASS_TO_PASS": (judged.pass_to_pass, task.pass_to_pass),
    }
    return ", ".join(f"{name} {len(found[0])} of {len(asked)}" for name, (found, asked) in lists.items())


def shown(ran: SuiteRun) -> tuple[str, bool]:
    """The log as results keep it, its head and its tail; and whether anything of it is missing."""
    if len(ran.log) <= OUTPUT_CHARS:
        return ran.log, ran.truncated
    left_out = len(ran.log) - OUTPUT_CHARS
    tail = ran.log[-(OUTPUT_CHARS - HEAD_CHARS) :]
    return f"{ran.log[:HEAD_CHARS]}\n[… {left_out} characters left out …]\n{tail}", True
