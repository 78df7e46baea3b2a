"""LiveCodeBench: problems of programming contests, with the date of each (Jain et al., 2024, arXiv 2403.07974).

Some ask for a whole program, tried by its in- and output, others for a method of a class `Solution`, tried by calls.
`livecodebench@2024-08..2025-01` takes those of contests in these months; a score without its window means nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import SampleKind, Trust

from .problem import OneTest, Part, function_of, problems, tests_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Instance, Sample, Task

CHECKER = """\
from decimal import Decimal


def accept(stdin, output, expected):
    printed, wanted = lines(output), lines(expected)
    return len(printed) == len(wanted) and all(map(same, printed, wanted))


def lines(text):
    return [line.strip() for line in text.strip().split("\\n")]


def same(printed, wanted):
    if printed == wanted:
        return True
    try:
        return [Decimal(word) for word in printed.split()] == [Decimal(word) for word in wanted.split()]
    except (ArithmeticError, ValueError):
        return False
"""


CASE_S, MOST_S = 6.0, 60.0  # cpu seconds of one test; of all tests of a function together
MEMORY_BYTES = 2 << 30


class LiveCodeBench:
    source = boxscore.DataSource(path="livecodebench/code_generation_lite.jsonl")
    trust = Trust.ORACLE
    image = "programs"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("chat.jinja")}

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

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        """The question, and the code that an answer begins with, if there is any."""
        return {"question": instance.prompt, "starter_code": instance.row["starter_code"]}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

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
        return _task(instance, ("public_test_cases", "private_test_cases"))

    def visible_task(self, instance: Instance) -> Task | None:
        """Try the public tests alone: they are the examples of the question."""
        return _task(instance, ("public_test_cases",)) if tests_of(instance.row["public_test_cases"]) else None


def _task(instance: Instance, fields: Sequence[str]) -> Task:
    tests: list[OneTest] = []
    for field in fields:
        try:
            tests += tests_of(instance.row[field])
        except ValueError as error:
            raise boxscore.DataError(f"{instance.instance_id}: {field}: {error}") from None
    name = function_of(instance.row["metadata"])
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
