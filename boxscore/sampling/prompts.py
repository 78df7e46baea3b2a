"""How the instances of a run are put to its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import prompt_messages
from boxscore.sampling.assignment import Prompt

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.harness import Harness
    from boxscore.records import Instance

# Where the continuation of a function is over, as Codex's own evaluation has it (arXiv:2107.03374, section 2.1).
FUNCTION_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


class Prompts:
    """The prompts of one benchmark in one variant; each is made when it is asked for."""

    def __init__(self, harness: Harness, variant: str | None, template: Path | None) -> None:
        self._harness, self._variant, self._template = harness, variant, template
        self.digest, self.variant, self.completes = "", "chat", False
        self._made: dict[str, Prompt] = {}

    def of(self, instance: Instance) -> Prompt:
        """Put an instance into its template. Raises UsageError, HarnessError."""
        messages = tuple(dict(one) for one in prompt_messages(self._harness, instance))
        return Prompt(messages=messages)
