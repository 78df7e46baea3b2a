"""Samples for races: the published solutions, made different from each other by comments; three in ten are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]

BODIES = {3: "    return None\n", 6: "    raise ValueError('wrong')\n", 9: "    pass\n"}


def make_samples(problems: Sequence[Row], count: int) -> list[Row]:
    """`count` samples: each problem once, then each a second time, and so on; every text is another one.

    A problem whose solution stands alone (MBPP+) gets whole programs, the others completions of their prompts.
    """
    samples: list[Row] = []
    while len(samples) < count:
        turn = len(samples) // len(problems)
        for place, problem in enumerate(problems[: count - len(samples)]):
            wrong = BODIES.get((turn + place) % 10)
            row = {"task_id": problem["task_id"], "sample_id": str(turn)}
            samples.append(row | _answer(problem, turn, wrong))
    return samples


def _answer(problem: Row, turn: int, wrong: str | None) -> Row:
    name, solution = problem["entry_point"], problem["canonical_solution"]
    note = f"# attempt {turn} at {name}\n"
    if f"def {name}(" in solution:
        instead = f"\n\ndef {name}(*_arguments, **_named):\n{wrong}" if wrong else ""
        return {"solution": note + solution + instead}
    return {"completion": "    " + note + (wrong or solution)}
