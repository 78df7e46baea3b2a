"""How the instances of a run are put to its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import make_task
from boxscore.data.prompts import CHAT, COMPLETION, render_prompt, template_digest, variants
from boxscore.protocols.registry import protocol_of
from boxscore.sampling.assignment import Prompt

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.harness import Harness
    from boxscore.records import Instance

FUNCTION = "function"  # the protocol
# Where a continued function is over, as it was when HumanEval was published (arXiv:2107.03374, section 2.1).
FUNCTION_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


class Prompts:
    """The prompts of one benchmark in one variant; each is made when it is asked for, and the last is kept.

    `digest` is of their template. `completes`: they are for base models, which go on with a text.
    """

    def __init__(self, harness: Harness, variant: str | None, template: Path | None) -> None:
        """Raises UsageError for a variant that there is not, or a template that cannot be read."""
        self._harness, self._template = harness, template
        self.digest = template_digest(harness, variant=variant, template=template)
        self.variant = variant or (CHAT if template is not None else variants(harness)[0])
        self.completes = self.variant.startswith(COMPLETION)
        self._last: tuple[str, Prompt] | None = None

    def of(self, instance: Instance) -> Prompt:
        """Put an instance into its template. Raises UsageError, HarnessError."""
        if self._last is not None and self._last[0] == instance.instance_id:
            return self._last[1]
        made = render_prompt(self._harness, instance, variant=self.variant, template=self._template)
        stop: tuple[str, ...] = ()
        if made.completion is not None and protocol_of(make_task(self._harness, instance)).name == FUNCTION:
            stop = FUNCTION_STOPS
        prompt = Prompt(messages=made.messages, completion=made.completion, stop=stop, template_digest=made.digest)
        self._last = instance.instance_id, prompt
        return prompt
