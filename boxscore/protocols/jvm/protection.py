"""Judge tests in a JVM: they run beside a test class of ours that must fail, in one and the same run.

A runner that was made to report success for everything reports it for that class as well, or does not name it. Where
the class cannot be compiled beside the tests, they run as they are, and a pass is a claim.
"""

from __future__ import annotations

import random
import re
import string
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.jvm.run import TestRun  # noqa: TC001 - a field of a record
from boxscore.protocols.statuses import JudgedTests, Status, watched
from boxscore.protocols.unittest.verdict import MISSING, verdict_of
from boxscore.records import Evidence, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Files = tuple[tuple[str, str], ...]
    Run = Callable[[Files, Sequence[str]], TestRun]
    """Compile test sources against one candidate's classes, and run required tests, each time in a fresh box.

    It is given all test sources of the suite, and the ids that are then required. Sources that do not compile come to a
    run with the outcome BUILD_FAILED. Raises what `run_tests` does.
    """


class Suite(Struct, frozen=True, kw_only=True):
    """The tests of an instance: the paths and sources of all test classes, and the ids that must pass."""

    files: tuple[tuple[str, str], ...]
    required: tuple[str, ...]


class Judged(JudgedTests, frozen=True, kw_only=True):
    """What a candidate's tests came to, with the run that decided it."""

    ran: TestRun


def judged_plainly(suite: Suite, ran: TestRun) -> Judged:
    """What a run of the tests came to, as far as its report is believed."""
    outcome, reason = jvm_verdict(ran, suite.required)
    return Judged(ran=ran, outcome=outcome, reason=reason)


def jvm_verdict(ran: TestRun, required: Sequence[str]) -> tuple[Outcome, str]:
    """Say what a run came to, as far as its report is believed, and why. What was skipped did not pass."""
    lost = {test: why for test in required if (why := ran.unloaded.get(test.partition("#")[0]))}
    outcome, reason = verdict_of(replace(ran, reasons={**lost, **ran.reasons}), required)
    if lost and ran.outcome is None and not ran.statuses:
        reason = f"{reason}: {next(iter(lost))}: {next(iter(lost.values()))}"
    return outcome, reason


def shown_statuses(ran: TestRun, required: Sequence[str]) -> dict[str, str]:
    """The status of each required test, `MISSING` where none was reported."""
    return {test: str(ran.statuses.get(test, MISSING)) for test in required}


def several_invocations(ran: TestRun, required: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How often each required test passed that was run more than once, and how often it was run."""
    return {test: (ran.passes.get(test, 0), count) for test in required if (count := ran.invocations.get(test, 0)) > 1}


_LATE = re.compile(r"time[ds]?[ -]?out|to be completed within", re.IGNORECASE)
"""In what frameworks say of a test that was late (the last is AssertJ). Code under test may say it too: then all tests
run once more, and nothing is charged to this machine unless the reference is late itself.
"""


def late_tests(ran: TestRun, tests: Sequence[str]) -> tuple[str, ...]:
    """Pick the tests that failed by time limits of their own: all of them if the first such limit ended the run."""
    if ran.outcome is not None:
        return tuple(tests) if ran.late else ()
    return tuple(test for test in tests if _is_late(ran, test))


def run_in_time(run: Run, files: Files, required: Sequence[str], *, reference: Run | None) -> TestRun:
    """Run tests, and all of them once more if the first run failed by time limits alone.

    Raises what a run does, and BoxLost if the second does so too and the reference, late itself, passes none of the
    tests that were late in it.
    """
    ran = run(files, required)
    if not _by_clocks_alone(ran, required):
        return ran
    ran = run(files, required)
    if reference is None or not _by_clocks_alone(ran, required):
        return ran
    late = _late_by_name(ran, required)
    asked = reference(files, required)
    passes = any(asked.statuses.get(test) is Status.PASSED for test in late)
    if not passes and (asked.outcome is Outcome.TIMEOUT or late_tests(asked, required)):
        text = f"this machine is too busy: the reference exceeds the time limit of {late[0]} too"
        raise BoxLost(text, cause=LossCause.OUTSIDE)
    return ran


def _by_clocks_alone(ran: TestRun, required: Sequence[str]) -> bool:
    """Whether time limits are all that a run failed by. A skipped test may have depended on a late one."""
    if ran.outcome is not None and not ran.late:
        return False
    reported = ran.statuses.keys()
    if reported - {*required} or (ran.outcome is None and {*required} - reported):
        return False
    failing = [test for test, status in ran.statuses.items() if status in FAILING]
    return bool(failing or ran.late) and all(_is_late(ran, test) for test in failing)


def _late_by_name(ran: TestRun, required: Sequence[str]) -> tuple[str, ...]:
    """The tests that a run says were late; if it does not name the one that ended it, all that it does not tell of."""
    late = [test for test in required if test == ran.late or _is_late(ran, test)]
    return tuple(late or [test for test in required if test not in ran.statuses] or required)


def _is_late(ran: TestRun, test: str) -> bool:
    return ran.statuses.get(test) in FAILING and _LATE.search(ran.reasons.get(test, "")) is not None


LETTERS = 12
FAILING = {Status.FAILED, Status.ERROR}
_PACKAGE = re.compile(r"^[ \t]*package\s+([\w.]+)\s*;", re.MULTILINE)
_FRAMEWORKS = (  # what a file imports, the annotation of a test, the class of assertions, and what a test class extends
    ("org.junit.jupiter", "@org.junit.jupiter.api.Test ", "org.junit.jupiter.api.Assertions", ""),
    ("org.junit.", "@org.junit.Test ", "org.junit.Assert", ""),
    ("org.testng", "@org.testng.annotations.Test ", "org.testng.Assert", ""),
    ("junit.framework", "", "junit.framework.Assert", " extends junit.framework.TestCase"),
)
_CLASS = """{package}public class {name}{parent} {{
    {mark}public void testThrowing() {{ throw new IllegalStateException("planted by the grader: it must fail"); }}
    {mark}public void testAsserting() {{ {assertions}.assertEquals(1, 2); }}
}}
"""
_METHODS = ("testThrowing", "testAsserting")


class Planted(Struct, frozen=True, kw_only=True):
    """A test class that must fail: its path, its source and the ids of its tests."""

    path: str
    source: str
    tests: tuple[str, ...]


def planted_class(suite: Suite, rng: random.Random) -> Planted | None:
    """Write a class of the framework of the tests, beside the first of them; None where that is not known."""
    owner = suite.required[0].partition("#")[0].partition("$")[0] if suite.required else ""
    path = next((path for path, _ in suite.files if path.endswith(f"{owner.replace('.', '/')}.java")), None)
    source = dict(suite.files).get(path or "", "")
    framework = next(
        (one for one in _FRAMEWORKS if f"import {one[0]}" in source or f"import static {one[0]}" in source), None
    )
    if not owner or path is None or framework is None:
        return None
    name = f"Planted{''.join(rng.choices(string.ascii_lowercase, k=LETTERS))}Test"
    found = _PACKAGE.search(source)
    package = f"package {found[1]};\n" if found else ""
    full = f"{found[1]}.{name}" if found else name
    return Planted(
        path="/".join([*path.split("/")[:-1], f"{name}.java"]),
        source=_CLASS.format(
            package=package, name=name, mark=framework[1], assertions=framework[2], parent=framework[3]
        ),
        tests=tuple(f"{full}#{method}" for method in _METHODS),
    )


def judge(suite: Suite, run: Run, reference: Run | None, rng: random.Random | None = None) -> Judged:
    """Judge a candidate, whose tests `run` runs; `reference` is asked where tests are late by limits of their own.

    Raises what a run does.
    """
    planted = planted_class(suite, rng or random.SystemRandom())
    if planted is None:
        return _as_they_are(suite, run, reference, "no test that must fail is known for its framework")
    among = _Among(run, planted)
    judged = judged_plainly(suite, run_in_time(among, suite.files, suite.required, reference=reference))
    if judged.outcome is Outcome.BUILD_FAILED:
        return _as_they_are(suite, run, reference, "its tests do not compile beside one that must fail")
    if Status.PASSED in among.said:
        return replace(judged, outcome=Outcome.TAMPERED, reason="a test planted to fail was reported as passed")
    if judged.outcome is not Outcome.PASSED:
        return judged
    if len(among.said) < len(planted.tests) or not set(among.said) <= FAILING:
        return replace(judged, evidence=Evidence(reason="a test planted to fail was not reported as failed"))
    trust, evidence = watched(len(planted.tests))
    return replace(judged, trust=trust, evidence=evidence)


def _as_they_are(suite: Suite, run: Run, reference: Run | None, reason: str) -> Judged:
    judged = judged_plainly(suite, run_in_time(run, suite.files, suite.required, reference=reference))
    return replace(judged, evidence=Evidence(reason=reason)) if judged.outcome is Outcome.PASSED else judged


class _Among:
    """Runs tests beside a planted class, and keeps what was `said` of that apart."""

    def __init__(self, run: Run, planted: Planted) -> None:
        self._run, self._planted = run, planted
        self.said: list[Status] = []

    def __call__(self, files: Files, required: Sequence[str]) -> TestRun:
        """Run them once."""
        ours = self._planted
        ran = self._run((*files, (ours.path, ours.source)), (*required, *ours.tests))
        self.said = [ran.statuses[test] for test in ours.tests if test in ran.statuses]
        return replace(ran, statuses={test: status for test, status in ran.statuses.items() if test not in ours.tests})
