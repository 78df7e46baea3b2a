"""How the instances of a run are put to its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.prompts import chosen_variant, is_completion, render_prompt, template_digest

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.data.prompts import Prompt
    from boxscore.harness import Harness
    from boxscore.records import Instance


class Prompts:
    """The prompts of one benchmark in one variant; each is made when it is asked for, and the last is kept.

    `digest` is of their template. `completes`: they are for base models, which go on with a text.
    """

    def __init__(self, harness: Harness, variant: str | None, template: Path | None) -> None:
        """Choose the template. Raises UsageError for an unknown variant or a template that cannot be read."""
        self._harness, self._template = harness, template
        self.digest = template_digest(harness, variant=variant, template=template)
        self.variant = chosen_variant(harness, variant, template)
        self.completes = is_completion(self.variant)
        self._last: tuple[str, Prompt] | None = None

    def of(self, instance: Instance) -> Prompt:
        """Put an instance into its template. Raises UsageError, HarnessError."""
        if self._last is not None and self._last[0] == instance.instance_id:
            return self._last[1]
        prompt = render_prompt(self._harness, instance, variant=self.variant, template=self._template)
        self._last = instance.instance_id, prompt
        return prompt
