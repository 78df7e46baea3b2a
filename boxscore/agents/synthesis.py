"""An agent that has a Java class written method by method, by the strategies of JavaBench that ask several times.

    skeleton ──▶ the one with a single TODO ──ask──▶ that method's body, put into the class ──▶ the next method

`independent` shows the skeleton each time, with no other method in it written; `incremental` shows the class as it has
become by then. What is asked is the prompt with another class in its code block.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.agents.contract import Draft
from boxscore.agents.options import AgentOptions
from boxscore.agents.repair import draft_of_answer
from boxscore.data.java_methods import JavaMethod, java_body, java_methods, with_java_bodies
from boxscore.errors import UsageError
from boxscore.models.contract import text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from boxscore.agents.contract import Assignment

STRATEGIES = ("independent", "incremental", "incremental-reversed", "incremental-random")
MOST_SEED = 1_000_000_000
_BLOCK = re.compile(r"```java\r?\n(.*?)```", re.DOTALL)


def synthesis_agent(options: Mapping[str, str]) -> SynthesisAgent:
    """Make the agent, with the options `strategy` and `seed`. Raises UsageError."""
    given = AgentOptions(SynthesisAgent.name, options)
    strategy = given.choice("strategy", STRATEGIES, "incremental")
    seed = given.count("seed", 0, least=0, most=MOST_SEED)
    given.done()
    return SynthesisAgent(strategy, seed)


class SynthesisAgent:
    """Asks for each method that says TODO, one after the other. A class without any is asked for once, as a whole."""

    name = "synthesis"
    wants_box = False

    def __init__(self, strategy: str, seed: int) -> None:
        self._strategy, self._seed = strategy, seed

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield the class after each method."""
        if assignment.completion is not None:
            raise UsageError("agent 'synthesis' needs a chat model: base models only continue a text")
        asked = _Asked.of(assignment)
        if asked is None:
            assignment.stop_reason = "no_todo"
            yield draft_of_answer(await assignment.ask(assignment.prompt), assignment, why="first")
            return
        written = asked.block
        for place, method in enumerate(self._ordered(asked.todo, assignment)):
            shown = asked.block if self._strategy == "independent" else written
            answer = await assignment.ask(asked.about(_alone(shown, method)))
            written = _with_method(written, answer.text, method)
            yield Draft(text=written, why="repaired" if place else "first")

    def _ordered(self, methods: list[JavaMethod], assignment: Assignment) -> list[JavaMethod]:
        if self._strategy == "incremental-reversed":
            return methods[::-1]
        if self._strategy == "incremental-random":
            name = f"{self._seed} {assignment.instance.instance_id} {assignment.number}"
            random.Random(name).shuffle(methods)  # noqa: S311 - an order, no secret
        return methods


class _Asked(Struct, frozen=True):
    """A prompt in two: its messages, of which the last holds a code block with the class, and that block."""

    messages: tuple[dict[str, Any], ...]
    block: str
    todo: list[JavaMethod]

    @classmethod
    def of(cls, assignment: Assignment) -> _Asked | None:
        """Find the class in a prompt; None where there is none with a method that says TODO, or several are asked for.

        Like the benchmark's own program it reads the whole block, with its fences.
        """
        if not assignment.prompt:
            return None
        blocks = list(_BLOCK.finditer(text_of(assignment.prompt[-1]["content"])))
        if len(blocks) != 1:
            return None
        block = blocks[0][0]
        todo = [one for one in java_methods(block) if one.todo]
        return cls(assignment.prompt, block, todo) if todo else None

    def about(self, block: str) -> list[dict[str, Any]]:
        """The messages, with another block in the place of theirs."""
        *others, last = self.messages
        return [*others, {**last, "content": text_of(last["content"]).replace(self.block, block, 1)}]


def _alone(source: str, method: JavaMethod) -> str:
    """A class in which no other method says TODO: the others that did have nothing in their bodies."""
    names = {(one.name, one.number) for one in java_methods(source) if one.todo}
    return with_java_bodies(source, dict.fromkeys(names - {(method.name, method.number)}, ""))


def _with_method(source: str, answer: str, method: JavaMethod) -> str:
    """The class with a method's body out of an answer; as it is where that has none, or one that does not parse."""
    found = _BLOCK.search(answer)
    given = "" if found is None else found[1]
    for one in java_methods(given):
        if (one.name, one.number) == (method.name, method.number):
            inside = java_body(given, one)[1:-1]
            return source if one.broken else with_java_bodies(source, {(method.name, method.number): inside})
    return source
