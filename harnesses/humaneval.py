"""HumanEval: 164 functions to complete from signature and docstring (Chen et al., 2021; MIT licence).

A sample passes if `check` of the instance's test passes on it. What the prompt defines beside the function to complete
(`poly`, `encode_cyclic`) is given to the tests from the prompt, not from the sample.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).with_name("templates")


class HumanEval(boxscore.FunctionHarness):
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
    prompt_templates: Mapping[str, Path] = {  # EvalPlus' for models that chat: the benchmark itself has none
        "chat": TEMPLATES / "evalplus.chat.jinja",
        "prefill": TEMPLATES / "evalplus.prefill.jinja",
        "completion": TEMPLATES / "humaneval.completion.jinja",
    }
    prompt_stops: Mapping[str, tuple[str, ...]] = {  # of Codex' paper; EvalPlus'
        "completion": ("\nclass", "\ndef", "\n#", "\nif", "\nprint"),
        "prefill": ("\n```\n",),
    }
    # The median of six numbers, an order by bits that is none, a formula's terms, and a text in brackets for a tuple.
    untrue_examples: Mapping[str, tuple[int, ...]] = {
        "HumanEval/47": (1,),
        "HumanEval/116": (0, 1),
        "HumanEval/130": (0, 1),
        "HumanEval/148": (1,),
    }

    def tests(self, instance: boxscore.Instance) -> str:
        """Run the instance's `check` on the function."""
        return f"{super().tests(instance)}\n\ncheck({self.names(instance)[0]})\n"


HARNESS = HumanEval()
