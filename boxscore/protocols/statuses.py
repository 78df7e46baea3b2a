"""What becomes of one test of a suite, in the words that all runners are read into."""

from __future__ import annotations

import enum


class Status(enum.StrEnum):
    """What became of one test, as a runner says it."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"
    XFAIL = "XFAIL"
