"""A model with answers that are given beforehand: for tests, and for people who write agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.models.contract import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.models.contract import Question

    Script = Sequence[str] | Mapping[str, Sequence[str]] | Callable[[Question], str]


class FakeModel:
    """Answers turn by turn from a script: texts for each turn, those by instance, or a function of the question.

    The last text is given again for every further turn. A token is a word, and each costs `usd_per_token`.
    """

    base = ""

    def __init__(self, script: Script, *, name: str = "fake", usd_per_token: float = 0.0) -> None:
        """Remember the script, and in `asked` every question."""
        self.name = name
        self.asked: list[Question] = []
        self._script, self._usd_per_token = script, usd_per_token

    async def answer(self, question: Question) -> Answer:
        """Give the script's answer."""
        self.asked.append(question)
        text = self._text(question)
        asked = question.completion or " ".join(str(one.get("content", "")) for one in question.messages)
        usage = Usage(input_tokens=len(asked.split()), output_tokens=len(text.split()))
        cost = self._usd_per_token * (usage.input_tokens + usage.output_tokens)
        return Answer(text=text, finish_reason="stop", usage=usage, cost_usd=cost)

    async def close(self) -> None:
        """Nothing is open."""

    def _text(self, question: Question) -> str:
        if callable(self._script):
            return self._script(question)
        texts = self._script[question.instance_id] if isinstance(self._script, dict) else list(self._script)
        return str(texts[min(question.turn, len(texts) - 1)])
