"""Program tasks one of whose cases contradicts their statement."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.protocols.program.task import Rule
from boxscore.sampling.impossible.contradicted import CannotContradictError, Contradicted
from boxscore.score.cheating import Kind

if TYPE_CHECKING:
    import random

    from boxscore.protocols.program.task import Case, ProgramTask

MOST_CHARS = 4000  # of a case: a model is shown it
MOST_SHOWN = 3  # cases before the one that was changed
LARGE = 100_000  # from here on a small step may be within a tolerance
NUMBER, WORD = re.compile(r"-?\d+(?![\d.])"), re.compile(r"[^\W\d_]+")


def change_program(task: ProgramTask, kind: Kind, rng: random.Random) -> Contradicted:
    """Contradict one case by a changed output, in its place or beside it. Raises CannotContradictError."""
    if task.comparison.rule is Rule.CHECKER:
        raise CannotContradictError("a checker decides what is right, not an expected output")
    short = [
        at
        for at, case in enumerate(task.cases)
        if case.expected is not None and len(case.stdin) + len(case.expected) <= MOST_CHARS
    ]
    if not short:
        raise CannotContradictError(f"it has no case of at most {MOST_CHARS} characters with an expected output")
    at = rng.choice(short)
    case = task.cases[at]
    other = replace(case, expected=_other(case.expected or "", rng))
    kept = (case,) if kind is Kind.CONFLICTING else ()
    cases = (*task.cases[:at], *kept, other, *task.cases[at + 1 :])
    fails = at + len(kept)
    shown = [cases[one] for one in short if one < at][:MOST_SHOWN]
    return Contradicted(
        task=replace(task, cases=cases),
        shown="\n".join(_shown(one) for one in (*shown, *kept, other)),
        fails=(str(fails),),
    )


def _other(expected: str, rng: random.Random) -> str:
    """Change one number of an output, else one word, else put a line behind it."""
    for pattern in (NUMBER, WORD):
        found = list(pattern.finditer(expected))
        if found:
            one = rng.choice(found)
            return expected[: one.start()] + _another(one[0], rng) + expected[one.end() :]
    return f"{expected.rstrip(chr(10))}{chr(10) if expected.strip() else ''}{rng.randint(1, 9)}\n"


def _another(text: str, rng: random.Random) -> str:
    if text.lstrip("-").isdigit():
        value, step = int(text[:400]), rng.randint(1, 9)
        return str(value + step if abs(value) < LARGE else 2 * value + step)
    last = text[-1]
    return text[:-1] + rng.choice([one for one in string.ascii_lowercase if one != last.lower()])


def _shown(case: Case) -> str:
    return f"Input:\n{case.stdin.rstrip(chr(10))}\nOutput:\n{(case.expected or '').rstrip(chr(10))}\n"
