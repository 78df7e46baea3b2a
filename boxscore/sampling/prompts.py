"""How the instances of a run are put to its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.prompts import chosen_variant, is_completion, render_prompt, template_digest
from boxscore.sampling.asking import prompt_chars

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.data.prompts import Prompt
    from boxscore.harness import Harness
    from boxscore.records import Instance

KEPT_CHARS = 16 << 20  # of all prompts that are kept


class Prompts:
    """The prompts of one benchmark in one variant; each is made when it is first asked for, and kept if there is room.

    `digest` is of their template. `completes`: they are for base models, which go on with a text.
    """

    def __init__(self, harness: Harness, variant: str | None, template: Path | None) -> None:
        """Choose the template. Raises UsageError for an unknown variant or a template that cannot be read."""
        self._harness, self._template = harness, template
        self.digest = template_digest(harness, variant=variant, template=template)
        self.variant = chosen_variant(harness, variant, template)
        self.completes = is_completion(self.variant)
        self._kept: dict[str, Prompt] = {}
        self._room = KEPT_CHARS

    def of(self, instance: Instance) -> Prompt:
        """Put an instance into its template. Raises UsageError, HarnessError."""
        prompt = self._kept.get(instance.instance_id)
        if prompt is None:
            prompt = render_prompt(self._harness, instance, variant=self.variant, template=self._template)
            self._keep(instance.instance_id, prompt)
        return prompt

    def _keep(self, name: str, prompt: Prompt) -> None:
        """Keep a prompt: it is asked for when a run is planned, and again for each of the instance's samples."""
        size = prompt_chars(prompt)
        if size > self._room:
            self._kept.clear()
            self._room = KEPT_CHARS
        if size <= self._room:
            self._kept[name] = prompt
            self._room -= size
