"""MultiPL-E: HumanEval (or MBPP) in other languages (Cassano et al., 2022, arXiv 2208.08227), one harness a language.

A program is the prompt, a completion cut at its stop tokens, and the row's tests. What the tests expect stays with the
grader, see `driver`; that the program ends well is not enough to pass.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import Instance, Limits, SampleKind, Trust

from .comparison import CHECKER
from .driver import driver
from .extraction import function_of_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Sample, Task

    from .driver import Driver

FIELDS = ("name", "language", "prompt", "tests")
COMMAND_S, MEMORY_BYTES, OUTPUT_BYTES = 15.0, 2 << 30, 4 << 20
TITLES = {"js": "JavaScript", "java": "Java", "go": "Go", "cpp": "C++"}
PROGRAM_LANGUAGES = {"js": "javascript", "java": "java", "go": "go", "cpp": "cpp"}
OPEN_TYPES = ("union ", "std::vector<std::any>", "std::any ")  # of C++, that hold a value of any of several types


class MultiplE:
    trust = Trust.ORACLE
    image = "programs"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {
        "chat": Path(__file__).with_name("chat.jinja"),
        "completion": Path(__file__).parents[1] / "templates" / "humaneval.completion.jinja",
    }

    def __init__(self, language: str, source: boxscore.DataSource) -> None:
        self.language, self.source = language, source
        self.name = f"multipl-e-{language}"
        self.title = f"MultiPL-E: HumanEval in {TITLES[language]}"

    @property
    def prompt_stops(self) -> Mapping[str, tuple[str, ...]]:
        """Those that every row of the language has; `extract` cuts by each row's own."""
        stops = {"js": ("\nfunction ", "\n/*", "\n//", "\nconsole.log"), "java": ("\n    }\n",), "cpp": ("\n}",)}
        return {"completion": stops.get(self.language, ("\nfunc", "struct", "\n// "))}

    def load(self, path: Path) -> Sequence[Instance]:
        found = []
        for line, row in boxscore.read_rows(path, key="name"):
            text = {name: boxscore.text_field(row, name, path=path, line=line) for name in FIELDS}
            if text["language"] not in {self.language, f"{self.language}_test.go"}:
                problem = f"must be {self.language!r}, not {text['language']!r}"
                raise boxscore.InputError(problem, path=path, line=line, field="language")
            try:
                stops = stop_tokens(row.get("stop_tokens"))
            except ValueError as error:
                raise boxscore.InputError(str(error), path=path, line=line, field="stop_tokens") from None
            instance_id = f"{self.name}/{text['name']}"
            found.append(Instance(instance_id=instance_id, prompt=text["prompt"], row={**row, "stop_tokens": stops}))
        return found

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        return {"prompt": instance.prompt, "language": TITLES[self.language], "fence": PROGRAM_LANGUAGES[self.language]}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A completion goes behind the prompt, up to the first stop token; then come the tests, whatever the sample.

        Of a chat answer the function is taken, with what stands before it in its block.
        """
        if not sample.text.strip():
            return None
        if sample.kind is SampleKind.COMPLETION:
            code = instance.prompt + cut(sample.text, instance.row["stop_tokens"])
        elif sample.kind is SampleKind.ANSWER:
            found = function_of_answer(self.language, instance.prompt, sample.text)
            if found is None:
                return None
            code = found
        else:
            code = sample.text
        if self.language == "go":
            code = as_main_package(code)
        return f"{code}\n{self._driver(instance).source}"

    def task(self, instance: Instance) -> Task:
        values = self._driver(instance).values
        limits = Limits(cpu_s=COMMAND_S, memory_bytes=MEMORY_BYTES, output_bytes=OUTPUT_BYTES, processes=128)
        expected = json.dumps({"language": self.language, "values": values}, separators=(",", ":"))
        checker = CHECKER if values is not None else "def accept(stdin, output, expected):\n    return True\n"
        return boxscore.ProgramTask(
            language=PROGRAM_LANGUAGES[self.language],
            cases=(boxscore.Case(expected=expected if values is not None else ""),),
            comparison=boxscore.Comparison(rule=boxscore.Rule.CHECKER, checker=checker),
            limits=limits,
            compile_limits=Limits(cpu_s=2 * COMMAND_S, wall_s=120.0, memory_bytes=MEMORY_BYTES, processes=128),
            claimed=values is None,
        )

    def _driver(self, instance: Instance) -> Driver:
        signature = instance.prompt.rstrip().rpartition("\n")[2]
        opaque = self.language == "cpp" and (
            signature.startswith("Union_") or any(one in signature.partition("(")[0] for one in OPEN_TYPES)
        )
        return driver(self.language, instance.row["tests"], opaque=opaque)


def stop_tokens(given: object) -> list[str]:
    """The stop tokens of a row: a list, or a list written as text. Raises ValueError for anything else."""
    try:
        found = ast.literal_eval(given) if isinstance(given, str) else given
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"is no list of texts: {error}") from None
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise ValueError("must be a list of texts")
    return found


def cut(text: str, stops: Sequence[str]) -> str:
    return text[: min((at for at in map(text.find, stops) if at >= 0), default=len(text))]


def as_main_package(code: str) -> str:
    """A Go file as a program: its package clause says `main`, since a function of that name runs the tests."""
    lines = code.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("package "):
            lines[number] = "package main"
            return "\n".join(lines)
    return f"package main\n{code}"
