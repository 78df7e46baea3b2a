"""Compare what a program printed with what was expected: in time that grows with the length, whatever was printed.

Only the grader does this. What a program printed is hostile: nothing here evaluates it, and numbers are read from short
tokens of plain digits alone.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from program_frames import ComparisonMessage

MAX_DIGITS = 400  # of a token that is read as a number; a float has at most 309 before its point
SHOWN = 60
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")


class Answer(NamedTuple):
    """One case as it went: what was put in, what came out, what was expected."""

    stdin: bytes
    output: bytes
    expected: bytes


class Comparer:
    """A task's way of comparing, compiled once. Raises whatever a checker's own source raises when it is compiled."""

    def __init__(self, comparison: ComparisonMessage) -> None:
        self.rule, self.rel_tol, self.abs_tol = comparison["rule"], comparison["rel_tol"], comparison["abs_tol"]
        source = comparison["checker"]
        self.checker = None if source is None else compile(source, "<checker>", "exec", dont_inherit=True)

    def fault(self, answer: Answer) -> str | None:
        """Say what is wrong with an answer, None if nothing is. It never tells what was expected.

        Raises whatever a checker raises.
        """
        try:
            text = answer.output.decode()
        except UnicodeDecodeError as error:
            return f"its output is not UTF-8, from byte {error.start}"
        if self.rule == "checker":
            return None if self.accept()(answer.stdin.decode(), text, answer.expected.decode()) else "not accepted"
        if answer.output == answer.expected:
            return None
        if self.rule == "exact":
            return f"not the expected output, from byte {first_difference(answer.output, answer.expected)}"
        if self.rule == "trailing_space":
            return fault_in(stripped(answer.output), stripped(answer.expected), "line", bytes.__eq__)
        same = self.same_number if self.rule == "numbers" else bytes.__eq__
        return fault_in(answer.output.split(), answer.expected.split(), "token", same)

    def accept(self) -> Callable[[str, str, str], Any]:
        """A checker, in a namespace that nothing has been left in."""
        namespace: dict[str, Any] = {"__name__": "checker"}
        if self.checker is not None:
            exec(self.checker, namespace)
        accept: Callable[[str, str, str], Any] = namespace["accept"]
        return accept

    def same_number(self, printed: bytes, expected: bytes) -> bool:
        if printed == expected:
            return True
        left, right = number(printed), number(expected)
        if left is None or right is None:
            return False
        return abs(left - right) <= max(self.rel_tol * abs(right), self.abs_tol)


def number(token: bytes) -> float | None:
    """Read a finite number in decimal digits; None for any other token."""
    if len(token) > MAX_DIGITS or not _NUMBER.fullmatch(token):
        return None
    value = float(token)
    return value if math.isfinite(value) else None


def stripped(text: bytes) -> list[bytes]:
    return [line.rstrip() for line in text.rstrip().split(b"\n")]


def fault_in(
    printed: Sequence[bytes], expected: Sequence[bytes], unit: str, same: Callable[[bytes, bytes], bool]
) -> str | None:
    for index, (left, right) in enumerate(zip(printed, expected, strict=False)):
        if not same(left, right):
            return f"{unit} {index + 1} is not the expected one: {left[:SHOWN].decode('utf-8', 'backslashreplace')!r}"
    if len(printed) != len(expected):
        return f"{len(printed)} {unit}s where {len(expected)} were expected"
    return None


def first_difference(left: bytes, right: bytes) -> int:
    """The index of the first byte that differs, or that only one has: by halves, since bytes compare fast."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
