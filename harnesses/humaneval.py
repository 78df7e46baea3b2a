"""HumanEval: 164 functions to complete from signature and docstring (Chen et al., 2021; MIT licence).

A sample passes if `check` of the instance's test passes on it. What the prompt defines beside the function to complete
(`poly`, `encode_cyclic`) is given to the tests from the prompt, not from the sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIELDS = ("task_id", "prompt", "entry_point", "canonical_solution", "test")


class HumanEval:
    """The harness of HumanEval."""

    name = "humaneval"
    title = "HumanEval: 164 functions from docstrings"
    trust = boxscore.Trust.ORACLE
    image = "python"
    parts: tuple[str, ...] = ()
    source = boxscore.DataSource(
        path="humaneval/HumanEval.jsonl.gz",
        sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
        url="https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/"
        "data/HumanEval.jsonl.gz",
    )

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        """Read the rows at `path`."""
        return [self._instance(path, line, row) for line, row in boxscore.read_rows(path, key="task_id")]

    def _instance(self, path: Path, line: int, row: dict[str, object]) -> boxscore.Instance:
        text = {name: boxscore.text_field(row, name, path=path, line=line) for name in FIELDS}
        return boxscore.Instance(
            instance_id=text["task_id"],
            prompt=text["prompt"],
            row=row,
            reference=text["prompt"] + text["canonical_solution"],
        )

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        """EvalPlus' chat prompt: the benchmark itself has none."""
        return boxscore.evalplus_prompt(instance.prompt)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A completion goes after the prompt; a chat answer is searched for the function."""
        return boxscore.program(sample, prompt=instance.prompt, names=(instance.row["entry_point"],))

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask:
        """Run the instance's `check` on the function, with the benchmark's limit of 3 s, here of cpu time."""
        entry_point = instance.row["entry_point"]
        return boxscore.FunctionTask(
            entry_point=entry_point,
            names=(entry_point,),
            helpers=boxscore.definitions(instance.prompt, leave_out=entry_point),
            tests=f"{instance.row['test']}\n\ncheck({entry_point})\n",
            reference=instance.reference,
            limits=boxscore.Limits(cpu_s=3.0),
        )


HARNESS = HumanEval()
