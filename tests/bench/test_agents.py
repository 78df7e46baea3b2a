"""The figures of agents: how they are counted, and what both programs are given."""

from __future__ import annotations

import ast
import asyncio

from bench.agents import COMMANDS, PEER, Scripted, figures, ratios
from boxscore.models.contract import Question


def test_figures_are_of_all_turns_and_instances() -> None:
    """p50 and p95 in milliseconds; a ratio above one says that the other takes longer."""
    ours = figures([{"turns": [0.01, 0.02], "instance": 1.0}, {"turns": [0.03], "instance": 2.0}])
    theirs = figures([{"turns": [0.04, 0.06], "instance": 1.0}, {"turns": [0.08], "instance": 2.0}])

    assert ours == {"turn_p50_ms": 20.0, "turn_p95_ms": 30.0, "instance_p50_ms": 2000.0, "instance_p95_ms": 2000.0}
    assert ratios(ours, theirs) == {"turn_p50": 3.0, "turn_p95": 2.67, "instance_p50": 1.0, "instance_p95": 1.0}


def test_the_script_is_held_to_its_end() -> None:
    """Each command in its turn, then the end; the peer's program is Python."""
    model = Scripted(COMMANDS, 0.0)

    async def ask() -> list[str]:
        return [
            (await model.answer(Question(instance_id="i", number=0, turn=turn))).text for turn in (0, len(COMMANDS))
        ]

    first, last = asyncio.run(ask())

    assert COMMANDS[0] in first
    assert "submit" in last
    assert len(model.asked) == len(model.answered) == 2
    ast.parse(PEER)
