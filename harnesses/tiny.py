"""tiny: our own small functions, which ship with boxscore, to try it out and to test it.

Each line of `instances.jsonl` has `instance_id`; `prompt`, signature and docstring of a function; `entry_point`, its
name; `tests`, source that defines `check(candidate)`; `reference`, the body that goes after the prompt; `difficulty`,
one of easy, medium and hard. `samples.jsonl` beside it holds recorded samples.
"""

from __future__ import annotations

import boxscore


class Tiny(boxscore.FunctionHarness):
    name = "tiny"
    title = "tiny: small functions that ship with boxscore"
    source = boxscore.DataSource(path="tiny/instances.jsonl", bundled=True)

    id_field = "instance_id"
    tag_fields = ("difficulty",)
    limits = boxscore.Limits(cpu_s=2.0)

    def tests(self, instance: boxscore.Instance) -> str:
        """Run the instance's `check` on the function."""
        return f"{super().tests(instance)}\n\ncheck({self.names(instance)[0]})\n"


HARNESS = Tiny()
