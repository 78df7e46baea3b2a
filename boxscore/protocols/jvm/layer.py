"""The seam between protocols of the JVM and what makes more of a report of tests than a claim.

A report is written by the process that the code under test runs in, so by itself it is worth that code's word. What is
held back here, the values that tests expect, never enters a box in which a candidate could look for it.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.judged import JudgedTests
from boxscore.protocols.jvm.run import TestRun  # noqa: TC001 - a field of a record
from boxscore.protocols.jvm.verdict import jvm_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.blind.evidence import Evidence

    Files = tuple[tuple[str, str], ...]
    Run = Callable[[Files, Sequence[str]], TestRun]


class Suite(Struct, frozen=True, kw_only=True):
    """The tests of an instance. `name` is a fingerprint of all that they and their runs depend on.

    `files` are the paths and sources of all test classes, `required` the ids that must pass. `shown` is what models are
    told; `repository` the text of what everybody has beside the tests, such as the sources before any solution.
    """

    name: str
    files: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    shown: tuple[str, ...] = ()
    repository: str = ""


class Runs(Struct, frozen=True):
    """Two ways to compile test sources against one candidate's classes, and run required tests, each time afresh.

    They are given all test sources of the suite, some of them rewritten, and the ids that are then required. `plain`
    is in boxes that get the tests as they are; `blind` in others, in which they have never lain: neither sources nor
    classes of them. Sources that do not compile come to a run with the outcome BUILD_FAILED. Both raise what
    `run_tests` does.
    """

    plain: Run
    blind: Run


class Known(Struct, frozen=True, kw_only=True):
    """The runs that a suite is learned with: of the reference, and of what everybody has: `old` code or stubs."""

    reference: Runs | None
    old: tuple[Runs, ...] = ()


class Judged(JudgedTests, frozen=True, kw_only=True):
    """What a candidate's tests came to, with the run that decided it."""

    ran: TestRun


class Look(Struct, frozen=True, kw_only=True):
    """What a blinded run of a candidate has shown: that run, and what it is evidence of.

    It is `silent` if no comparison with a hidden value was made at all.
    """

    ran: TestRun
    evidence: Evidence
    silent: bool = False


class ProtectedSuite(typing.Protocol):
    """What a layer has learned of a suite."""

    def look(self, runs: Runs) -> Look | None:
        """Run a candidate blinded, if there is something to hide. Raises what a run does.

        This comes before any candidate of the instance runs with the tests as they are.
        """

    def judge(self, look: Look | None, runs: Runs, *, samples: int) -> Judged:
        """Judge a candidate by a look and as many more runs as it takes; `samples` are graded of the instance.

        Raises what a run does.
        """


class ProtectiveLayer(typing.Protocol):
    """Learns of suites, and remembers by all that they depend on; belongs to one grader."""

    def known(self, suite: Suite, known: Known) -> ProtectedSuite:
        """What is known of a suite; learned now, or while a candidate is judged. Raises what a run does."""


def judged_plainly(suite: Suite, ran: TestRun) -> Judged:
    """What a run of the tests as they are came to, as far as its report is believed."""
    outcome, reason = jvm_verdict(ran, suite.required)
    return Judged(ran=ran, outcome=outcome, reason=reason)
