"""tiny: our own small functions, which ship with boxscore, to try it out and to test it.

Each line of `instances.jsonl` has `instance_id`; `prompt`, signature and docstring of a function; `entry_point`, its
name; `tests`, source that defines `check(candidate)`; `reference`, the body that goes after the prompt; `difficulty`,
one of easy, medium and hard. `samples.jsonl` beside it holds recorded samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIELDS = ("instance_id", "prompt", "entry_point", "tests", "reference", "difficulty")


class Tiny:
    """The harness of tiny."""

    name = "tiny"
    title = "tiny: small functions that ship with boxscore"
    trust = boxscore.Trust.ORACLE
    image = "python"
    parts: tuple[str, ...] = ()
    source = boxscore.DataSource(path="tiny/instances.jsonl", bundled=True)

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        """Read the rows at `path`."""
        return [self._instance(path, line, row) for line, row in boxscore.read_rows(path, key="instance_id")]

    def _instance(self, path: Path, line: int, row: dict[str, object]) -> boxscore.Instance:
        text = {name: boxscore.text_field(row, name, path=path, line=line) for name in FIELDS}
        return boxscore.Instance(
            instance_id=text["instance_id"],
            prompt=text["prompt"],
            row=row,
            reference=text["prompt"] + text["reference"],
        )

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        """Ask for the function in a code block."""
        question = "Complete this function. Answer with the whole of it in one code block.\n\n"
        question += f"```python\n{instance.prompt}```\n"
        return [{"role": "user", "content": question}]

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A completion goes after the prompt; a chat answer is searched for the function."""
        return boxscore.program(sample, prompt=instance.prompt, names=(instance.row["entry_point"],))

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask:
        """Run the instance's `check` on the function."""
        entry_point = instance.row["entry_point"]
        return boxscore.FunctionTask(
            entry_point=entry_point,
            names=(entry_point,),
            helpers=boxscore.definitions(instance.prompt, leave_out=entry_point),
            tests=f"{instance.row['tests']}\n\ncheck({entry_point})\n",
            reference=instance.reference,
            limits=boxscore.Limits(cpu_s=2.0),
        )


HARNESS = Tiny()
