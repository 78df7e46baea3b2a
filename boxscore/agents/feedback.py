"""Feedback on a draft that fails: in a named form, made of the result alone, and bounded.

The result is that of the tests that may be seen; nothing else of an instance is at hand here, so that nothing else can
be told. What does not fit is cut in the middle, and the text says so.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from boxscore.agents.texts import cut_middle
from boxscore.protocols.registry import summary_of
from boxscore.records import Outcome

if TYPE_CHECKING:
    from boxscore.records import Result

MOST_TESTS = 20  # that are named
LEAST_BYTES, USUAL_BYTES, MOST_BYTES = 200, 4000, 64 << 10
_TRACEBACK_HEAD = 0.25  # what was raised stands at the end, a compiler's first error at the beginning


class Form(enum.StrEnum):
    """How much feedback says: each form includes those before it."""

    VERDICT = "verdict"
    TEST = "test"
    TRACEBACK = "traceback"


_VERDICTS = {
    Outcome.NO_CODE: "There is no code in the answer that could be run.",
    Outcome.PATCH_REJECTED: "The patch does not apply.",
    Outcome.SYNTAX: "The code has a syntax error.",
    Outcome.BUILD_FAILED: "The code cannot be built.",
    Outcome.TIMEOUT: "The code takes too long.",
    Outcome.MEMORY: "The code uses too much memory.",
    Outcome.OUTPUT_LIMIT: "The code prints too much.",
    Outcome.DISK_LIMIT: "The code writes too much.",
    Outcome.PROCESS_LIMIT: "The code starts too many processes.",
    Outcome.SIGNAL: "The code crashes.",
    Outcome.FORBIDDEN: "The code does what is not allowed.",
    Outcome.TAMPERED: "The code interferes with its tests.",
    Outcome.ERROR: "The code raises an error.",
    Outcome.WRONG: "The code fails a test.",
    Outcome.PASSED: "The code passes its tests.",
}


def feedback_of(result: Result, form: Form, *, most_bytes: int = USUAL_BYTES) -> str:
    """Write feedback on a result in a form, in at most `most_bytes` of UTF-8."""
    printed = _printed(result).strip("\n") if form is Form.TRACEBACK else ""
    parts = [_VERDICTS.get(result.outcome, "The code could not be tested.")]
    if form is not Form.VERDICT:
        reason = result.reason.strip()
        parts += [part for part in ("" if reason in printed else reason, _failing_tests(result)) if part]
    room = most_bytes - sum(len(part.encode("utf-8", "replace")) + 2 for part in parts)
    if printed.strip() and room >= LEAST_BYTES:
        built = result.outcome not in (Outcome.BUILD_FAILED, Outcome.SYNTAX)
        parts.append(cut_middle(printed, room, head=_TRACEBACK_HEAD if built else 1.0))
    return cut_middle("\n\n".join(parts), most_bytes)


def failure_of(result: Result) -> tuple[str, ...]:
    """What two rounds have in common that fail alike: outcome, error, reason and the tests that fail."""
    return (str(result.outcome), result.error_type or "", result.reason, _failing_tests(result, most=10_000))


def _failing_tests(result: Result, *, most: int = MOST_TESTS) -> str:
    """The names of the tests that a patch or a project fails; those of other protocols are in the reason."""
    tests = summary_of(result).tests
    failing = [name for name, status in tests.items() if status not in ("PASSED", "XFAIL", "SKIPPED")]
    if not failing:
        return ""
    more = [f"and {len(failing) - most} more"] if len(failing) > most else []
    return "\n".join(["Tests that fail:", *failing[:most], *more])


def _printed(result: Result) -> str:
    """What the first failing case wrote to standard error, a compiler's errors, or else all that was printed."""
    printed = summary_of(result).printed
    return result.output if printed is None else printed
