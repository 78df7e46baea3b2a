"""LiveCodeBench: problems of programming contests, with the date of each (Jain et al., 2024, arXiv 2403.07974).

Some ask for a whole program, tried by its in- and output, others for a method of a class `Solution`, tried by calls.
`livecodebench@2024-08..2025-01` takes those of contests in these months; a score without its window means nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore
from boxscore import SampleKind, Trust

from .comparison import CHECKER
from .problem import OneTest, Part, function_of, problems, tests_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore import Instance, Sample, Task

SYSTEM = (
    "You are an expert Python programmer. You will be given a question (problem specification) and will generate a "
    "correct Python program that matches the specification and passes all tests."
)
WITH_STARTER = (
    "You will use the following starter code to write the solution to the problem and enclose your code within "
    "delimiters."
)
WITHOUT_STARTER = (
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly test on the sample "
    "inputs). Enclose your code within delimiters as follows. Ensure that when the python program runs, it reads the "
    "inputs, runs the algorithm and writes output to STDOUT."
)
CASE_S, MOST_S = 6.0, 60.0  # cpu seconds of one test; of all tests of a function together
MEMORY_BYTES = 2 << 30


class LiveCodeBench:
    """The harness of LiveCodeBench's code generation, of all of it or of a part."""

    source = boxscore.DataSource(path="livecodebench/code_generation_lite.jsonl")
    trust = Trust.ORACLE
    image = "programs"
    parts: tuple[str, ...] = ()

    def __init__(self, part: Part | None = None) -> None:
        self._part = part or Part()
        of_part = f"@{part}" if part is not None else ""
        self.name = f"livecodebench{of_part}"
        self.title = f"LiveCodeBench: problems of programming contests{f', {part}' if part is not None else ''}"

    def narrowed(self, part: str) -> LiveCodeBench:
        """The harness of a part: a window of months or days, a platform, a difficulty, joined by `+`."""
        return LiveCodeBench(Part.of(part))

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the rows at `path` that are of this part."""
        return list(problems(path, self._part))

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """Ask as the benchmark's own program asks models that chat."""
        starter = instance.row["starter_code"]
        question = (
            f"### Question:\n{instance.prompt}\n\n"
            f"### Format: {WITH_STARTER if starter else WITHOUT_STARTER}\n"
            f"```python\n{starter or '# YOUR CODE HERE'}\n```\n\n"
            "### Answer: (use the provided format with backticks)\n\n"
        )
        return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """The lines between the last two that hold a fence; any other sample is the program.

        A program gets what the judges of contests give it; for functions, the task says so.
        """
        code = sample.text
        if sample.kind is SampleKind.ANSWER:
            lines = code.split("\n")
            fences = [number for number, line in enumerate(lines) if "```" in line]
            code = "\n".join(lines[fences[-2] + 1 : fences[-1]]) if len(fences) > 1 else ""
        if not code.strip():
            return None
        return code if function_of(instance.row["metadata"]) else boxscore.as_in_contests(code)

    def task(self, instance: Instance) -> Task:
        """Try a program on each in- and output, or call a function; public tests come first."""
        row = instance.row
        tests: list[OneTest] = []
        for field in ("public_test_cases", "private_test_cases"):
            try:
                tests += tests_of(row[field])
            except ValueError as error:
                raise boxscore.DataError(f"{instance.instance_id}: {field}: {error}") from None
        name = function_of(row["metadata"])
        return _program(tests) if name is None else _function(name, tests)


def _program(tests: Sequence[OneTest]) -> boxscore.ProgramTask:
    return boxscore.ProgramTask(
        cases=tuple(boxscore.Case(stdin=one.input, expected=one.output) for one in tests),
        comparison=boxscore.Comparison(rule=boxscore.Rule.CHECKER, checker=CHECKER),
        limits=boxscore.Limits(cpu_s=CASE_S, memory_bytes=MEMORY_BYTES),
    )


def _function(name: str, tests: Sequence[OneTest]) -> Task:
    return boxscore.inline_task(
        {"fn_name": name, "inputs": [one.input for one in tests], "outputs": [one.output for one in tests]},
        comparison=boxscore.Comparison(rule=boxscore.Rule.EXACT),
        limits=boxscore.Limits(cpu_s=min(CASE_S + len(tests), MOST_S), memory_bytes=MEMORY_BYTES),
    )


HARNESS = LiveCodeBench()
