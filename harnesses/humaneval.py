"""HumanEval: 164 functions to complete from signature and docstring (Chen et al., 2021; MIT licence).

A sample passes if `check` of the instance's test passes on it. What the prompt defines beside the function to complete
(`poly`, `encode_cyclic`) is given to the tests from the prompt, not from the sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUESTION = (
    "Please provide a self-contained Python script that solves the following problem in a markdown code block:\n"
    "```\n{}\n```\n"
)


class HumanEval(boxscore.FunctionHarness):
    """The harness of HumanEval."""

    name = "humaneval"
    title = "HumanEval: 164 functions from docstrings"
    source = boxscore.DataSource(
        path="humaneval/HumanEval.jsonl.gz",
        sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
        url="https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/"
        "data/HumanEval.jsonl.gz",
    )

    reference_field = "canonical_solution"
    tests_field = "test"
    limits = boxscore.Limits(cpu_s=3.0)  # the benchmark's limit of 3 s, here of cpu time

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        """EvalPlus' chat prompt: the benchmark itself has none."""
        return [{"role": "user", "content": QUESTION.format(instance.prompt.strip())}]

    def tests(self, instance: boxscore.Instance) -> str:
        """Run the instance's `check` on the function."""
        return f"{super().tests(instance)}\n\ncheck({self.names(instance)[0]})\n"


HARNESS = HumanEval()
