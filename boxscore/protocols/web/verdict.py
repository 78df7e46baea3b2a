"""What an attempt at a task comes to: by how its build and server ended, and by what the browser's runner reported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import BoxLost, HarnessError, LossCause
from boxscore.protocols.patch.verdict import LIMITS
from boxscore.protocols.statuses import Status
from boxscore.protocols.trusted import ending_of
from boxscore.protocols.web.browser import SpecRun, readable_log
from boxscore.protocols.web.detail import WebAttempt
from boxscore.protocols.web.specs import MISSING, names_up_to, spec_files, spec_of
from boxscore.protocols.web.walk import Walked
from boxscore.records import LimitName, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Completed
    from boxscore.protocols.retry import Tried
    from boxscore.protocols.web.task import WebTask

LOG_CHARS, NAMED = 16_000, 3
_ERROR = re.compile(r"(?:Uncaught )?(?:\w*Error|\w*Exception)\b.*")
_PLACES = re.compile(r"(?:file://)?/scratch/(?:project|home)/?")


class Failed(Struct, frozen=True, kw_only=True):
    """Why an attempt failed. `doubtful`: a machine that is too slow, or trouble of ours, would look the same."""

    outcome: Outcome
    reason: str
    log: str = ""
    limit: LimitName | None = None
    doubtful: bool = False


class Look(Struct, frozen=True, kw_only=True):
    """What one look at a project came to: `failed` says why it did not pass, None if it did.

    `expected` are the tests of the look. `run` is None if no page was opened. `busy` says of a look that failed that
    the machine had other work before or after it. Wall-clock limits were `time_factor` times those of the task. `looks`
    counts the looks up to and including this one. Times are in seconds.
    """

    expected: tuple[str, ...] = ()
    failed: Failed | None = None
    run: SpecRun | None = None
    busy: bool = False
    time_factor: float = 1.0
    looks: int = 1
    build_s: float | None = None
    serve_s: float | None = None
    wall_s: float | None = None


def clean_log(data: bytes) -> str:
    """The end of what a program in a project's box printed, without colours and without paths of the box."""
    return _PLACES.sub("", readable_log(data.decode("utf-8", "replace")))[-LOG_CHARS:]


def ended_badly(done: Completed, what: str, otherwise: Outcome) -> Failed | None:
    """Say how a program failed that should have succeeded or kept running; None if it succeeded."""
    log = clean_log(done.stdout + done.stderr)
    if done.limit is not None:
        doubtful = done.limit is LimitName.WALL
        reason = f"the {done.limit} limit ended {what}"
        return Failed(outcome=LIMITS[done.limit], reason=reason, log=log, limit=done.limit, doubtful=doubtful)
    if done.exit_code == 0:
        return None
    outcome = Outcome.SIGNAL if done.signal is not None and otherwise is Outcome.ERROR else otherwise
    return Failed(outcome=outcome, reason=f"{what} ended with {ending_of(done)}: {_complaint(log)}", log=log)


def _complaint(log: str) -> str:
    """Pick the line of a log that best says why its program ended: its last error, above any stack, or last line."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    error = next((line for line in reversed(lines) if _ERROR.fullmatch(line)), "")
    return (error or (lines[-1].strip() if lines else ""))[:200]


def tests_of(task: WebTask, place: int, ids: Sequence[str]) -> tuple[str, ...]:
    """Pick the tests that are in the specs of a task's steps up to one."""
    wanted = frozenset(spec_files(task, names_up_to(task, place)))
    return tuple(name for name in ids if spec_of(task, name) in wanted)


def attempt_at(task: WebTask, place: int, number: int, tried: Tried[Look]) -> WebAttempt:
    """What an attempt at a step came to."""
    look = tried.found
    step = task.steps[place]
    if look is None:
        return WebAttempt(task=step.name, number=number, level=step.level, outcome=tried.outcome, reason=tried.reason)
    failed, run = look.failed, look.run
    return WebAttempt(
        task=step.name,
        number=number,
        level=step.level,
        outcome=Outcome.PASSED if failed is None else failed.outcome,
        reason="" if failed is None else failed.reason,
        tests=_statuses(run, judged_tests(look)),
        log=run.log if run is not None else "" if failed is None else failed.log,
        screenshot=b"" if run is None else run.screenshot,
        build_s=look.build_s,
        serve_s=look.serve_s,
        test_s=None if run is None else run.test_s,
        wall_s=look.wall_s,
        time_factor=look.time_factor,
        looks=look.looks,
    )


def judged_tests(look: Look) -> tuple[str, ...]:
    """The tests that a look is judged by: those that specs made from a sample's files come last."""
    return (*look.expected, *(look.run.unexpected if look.run is not None else ()))


def walked_at_once(task: WebTask, tried: Tried[Look]) -> Walked:
    """What a finished project came to, step by step: a step is passed where all tests up to it are."""
    last = attempt_at(task, len(task.steps) - 1, 1, tried)
    look = tried.found
    if look is None or look.run is None:  # no page was opened, for no task
        before = (
            WebAttempt(task=step.name, number=1, level=step.level, outcome=last.outcome, reason=last.reason)
            for step in task.steps[:-1]
        )
        attempts, first = (*before, last), task.steps[0].name
        return Walked(attempts=attempts, outcome=last.outcome, reason=last.reason, stopped=first)
    made = [_of_step(task, place, last) for place in range(len(task.steps))]
    stopped = next((one for one in made if one.outcome is not Outcome.PASSED), None)
    if last.outcome is Outcome.PASSED or stopped is None:
        return Walked(attempts=tuple(made), outcome=last.outcome, reason=last.reason)
    return Walked(
        attempts=tuple(made), outcome=last.outcome, reason=f"{stopped.task}: {stopped.reason}", stopped=stopped.task
    )


def _of_step(task: WebTask, place: int, last: WebAttempt) -> WebAttempt:
    if place == len(task.steps) - 1:
        return last
    step = task.steps[place]
    tests = {name: last.tests[name] for name in tests_of(task, place, tuple(last.tests))}
    failing = [name for name in tests if tests[name] != Status.PASSED]
    outcome = last.outcome if failing else Outcome.PASSED
    reason = "" if not failing else f"{_summary(tests, failing)}: {'; '.join(failing[:NAMED])}"
    return WebAttempt(task=step.name, number=1, level=step.level, outcome=outcome, reason=reason, tests=tests)


def _statuses(run: SpecRun | None, expected: Sequence[str]) -> dict[str, str]:
    return {name: MISSING if run is None else str(run.statuses.get(name, MISSING)) for name in expected}


def specs_verdict(
    run: SpecRun, expected: Sequence[str], server: Completed | None, *, sees_files: bool = False
) -> Failed | None:
    """Say why the specs do not all pass; None if they do. `server` is how it ended, None if it was still serving.

    With `sees_files` specs may make tests from the files that a sample has: tests beyond the expected must pass too.
    Raises HarnessError for a report that no specs could make, BoxLost where the runner did not finish.
    """
    if not expected:
        raise HarnessError("there is no test in the specs of this task")
    if run.unexpected and not sees_files:
        raise HarnessError(f"a test was reported that is in no spec: {run.unexpected[0][:200]}")
    expected = (*expected, *run.unexpected)
    statuses = _statuses(run, expected)
    failing = [name for name in expected if statuses[name] != Status.PASSED]
    summary = _summary(statuses, failing)
    if run.ended.limit is not None:
        reason, outcome = f"the {run.ended.limit} limit ended the browser; {summary}", LIMITS[run.ended.limit]
        return Failed(outcome=outcome, reason=reason, log=run.log, limit=run.ended.limit, doubtful=True)
    if run.ended.exit_code != 0 or run.trouble:
        raise BoxLost(run.trouble or f"the browser's runner ended with {ending_of(run.ended)}", cause=LossCause.INSIDE)
    if run.late and Status.FAILED not in statuses.values():
        reason = f"the browser did not come to an end; {summary}"
        return Failed(outcome=Outcome.TIMEOUT, reason=reason, log=run.log, limit=LimitName.WALL, doubtful=True)
    if not failing:
        error = run.errors[0][:500] if run.errors else ""
        return Failed(outcome=Outcome.ERROR, reason=error, log=run.log, doubtful=True) if error else None
    if server is not None:
        return _server_ended(server, run, summary)
    doubtful = bool(run.errors) and Status.FAILED not in statuses.values()  # specs that did not load
    return Failed(outcome=Outcome.WRONG, reason=_failures(run, statuses, failing), log=run.log, doubtful=doubtful)


def _server_ended(server: Completed, run: SpecRun, summary: str) -> Failed:
    failed = ended_badly(server, "the server", Outcome.ERROR)
    failed = failed or Failed(outcome=Outcome.ERROR, reason="the server ended")
    return replace(failed, reason=f"{failed.reason}; {summary}", log=run.log)


def _failures(run: SpecRun, statuses: Mapping[str, str], failing: Sequence[str]) -> str:
    shown = [f"{name} ({_why(run, name, statuses[name])})" for name in failing[:NAMED]]
    return f"{_summary(statuses, failing)}: {'; '.join(shown)}"


def _why(run: SpecRun, name: str, status: str) -> str:
    return (run.reasons.get(name) or status.lower())[:200]


def _summary(statuses: Mapping[str, str], failing: Sequence[str]) -> str:
    return f"{len(failing)} of {len(statuses)} tests did not pass"
