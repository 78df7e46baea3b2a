"""The decoder's caps, each with an answer that it refuses."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, NamedTuple

from tests.layers.removal import Edit, module_without

if TYPE_CHECKING:
    from collections.abc import Callable


class ClaimRow(NamedTuple):
    """As `Row`, of one answer."""

    layer: str
    attack: str
    answer: Callable[[], bytes]
    removed: tuple[Edit, ...]
    expected: str
    without: str
    holds: str


def decoded(answer: bytes, removed: tuple[Edit, ...]) -> str:
    """Decode an answer with some of the caps gone and say what came of it."""
    plain = module_without("plain", removed)
    try:
        value = plain.rebuild(answer)
    except plain.TooLarge:
        return "`output_limit`"
    except plain.Breach:
        return "`tampered`"
    except RecursionError:
        return "RecursionError"
    return f"decoded: {type(value).__name__}"


def colliding() -> bytes:
    """Encode a set of numbers with equal hashes."""
    return marshal.dumps({number * ((1 << 61) - 1) for number in range(1, 1000)}, 2)


DECODED = (
    ClaimRow(
        layer="a decoder of its own, not `marshal`",
        attack="answer with a code object",
        answer=lambda: marshal.dumps(compile("1", "x", "eval"), 2),
        removed=(Edit("plain", "value = decoder.value(0)", "return __import__('marshal').loads(data)"),),
        expected="`tampered`",
        without="decoded: code",
        holds="nothing: what `marshal` does with hostile bytes is not defined",
    ),
    ClaimRow(
        layer="depth of an answer",
        attack="answer with 100,000 nested tuples",
        answer=lambda: b"(\1\0\0\0" * 100_000 + b"N",
        removed=(Edit("plain", "if depth >= MAX_DEPTH:", "if False:"),),
        expected="`tampered`",
        without="RecursionError",
        holds=(
            "Python's limit on recursion, which makes it `wrong`. It stays: a limit of ours is the same in every "
            "version"
        ),
    ),
    ClaimRow(
        layer="items of an answer",
        attack="answer with 5 million items",
        answer=lambda: b"(" + (5_000_000).to_bytes(4, "little") + b"N" * 5_000_000,
        removed=(Edit("plain", "if self.items > MAX_ITEMS:", "if False:"),),
        expected="`output_limit`",
        without="decoded: tuple",
        holds="the largest size of an answer, and the grader's limit on address space; grading takes longer",
    ),
    ClaimRow(
        layer="digits of an integer",
        attack="answer with an integer of 4.5 million bits",
        answer=lambda: b"l" + (300_000).to_bytes(4, "little") + b"\1\0" * 300_000,
        removed=(Edit("plain", "if count * 15 > MAX_INT_BITS:", "if False:"),),
        expected="`output_limit`",
        without="decoded: int",
        holds="the supervisor's deadline for a grader that computes with it",
    ),
    ClaimRow(
        layer="equal hashes",
        attack="answer with a set of 999 numbers of one hash",
        answer=colliding,
        removed=(Edit("plain", "if len(items) <= MAX_COLLISIONS:", "if True:"),),
        expected="`tampered`",
        without="decoded: set",
        holds="the supervisor's deadline: with a million of them building the set takes hours",
    ),
)
