"""DS-1000: 1,000 problems of data science, whose answers are pieces of code that go into a program (Lai et al., 2022).

A row has a `code_context`, which defines `test_execution(solution)`: it puts the text of an answer into the place of
`[insert]` in its `exec_context`, executes that for each of its cases and compares. Some contexts also define
`test_string(solution)`, which looks at the text. CC BY-SA 4.0. `ds-1000@pandas` is one library's part.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPLATES = Path(__file__).with_name("templates")
EXECUTION, STRING = "test_execution", "test_string"
TEXTS = ("prompt", "reference_code", "code_context")
NAME = "code"  # what the official program calls the text of an answer
CASE = """

import unittest


class TestCases(unittest.TestCase):
"""
METHOD = """    def {test}(self):
        {test}({name})
"""
LIMITS = boxscore.Limits(cpu_s=120.0, wall_s=480.0, memory_bytes=8 << 30, processes=256, disk_bytes=256 << 20)
ENVIRONMENT = (
    ("CUDA_VISIBLE_DEVICES", "-1"),
    ("MPLBACKEND", "agg"),
    ("OMP_NUM_THREADS", "1"),
    ("TF_CPP_MIN_LOG_LEVEL", "3"),
)


class DS1000:
    source = boxscore.DataSource(
        path="ds1000/test.jsonl",
        hub=("xlangai/DS-1000", "4416080ac5cb80bdf7576aefb8f9a0b4d5426a44", "test.jsonl"),
    )
    trust = boxscore.Trust.CLAIM
    image = "bigcodebench"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {
        "chat": TEMPLATES / "ds_1000.chat.jinja",
        "completion": TEMPLATES / "humaneval.completion.jinja",
    }
    prompt_stops: Mapping[str, tuple[str, ...]] = dict.fromkeys(("chat", "completion"), ("</code>", "# SOLUTION END"))

    def __init__(self, library: str = "") -> None:
        self._library = library
        self.name = f"ds-1000@{library}" if library else "ds-1000"
        self.title = f"DS-1000{f', {library}' if library else ''}: code that goes into programs of data science"

    def narrowed(self, part: str) -> DS1000:
        """The problems of one library, as `pandas`."""
        return DS1000(part.lower())

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        instances = [self._instance(row, path, line) for line, row in boxscore.read_rows(path)]
        ids = {one.instance_id for one in instances}
        if len(ids) < len(instances):
            raise boxscore.InputError("two rows have one problem_id", path=path, field="metadata")
        libraries = {_library(one.row) for one in instances}
        if self._library and self._library not in libraries:
            known = ", ".join(sorted(libraries))
            raise boxscore.UsageError(f"DS-1000 has no library {self._library!r}; it has {known}")
        return [one for one in instances if self._library in ("", _library(one.row))]

    def _instance(self, row: dict[str, Any], path: Path, line: int) -> boxscore.Instance:
        text = {name: boxscore.text_field(row, name, path=path, line=line) for name in TEXTS}
        metadata = row.get("metadata")
        if not isinstance(metadata, dict) or not isinstance(metadata.get("library"), str):
            raise boxscore.InputError("must be an object with a library", path=path, line=line, field="metadata")
        number = metadata.get("problem_id")
        if isinstance(number, bool) or not isinstance(number, int):
            raise boxscore.InputError("must have a number as problem_id", path=path, line=line, field="metadata")
        try:
            defined = boxscore.defined_names(text["code_context"])
        except SyntaxError as error:
            raise boxscore.InputError(f"is no Python: {error}", path=path, line=line, field="code_context") from error
        if EXECUTION not in defined:
            raise boxscore.InputError(f"defines no {EXECUTION}", path=path, line=line, field="code_context")
        return boxscore.Instance(
            instance_id=f"DS-1000/{number}",
            prompt=text["prompt"],
            row=row,
            reference=text["reference_code"],
            cluster=_cluster(metadata),
            tags={"library": _library(row)} if metadata["library"] else {},
        )

    def prompt_fields(self, instance: boxscore.Instance) -> Mapping[str, object]:
        """The problem in words, with the program around the place of the answer."""
        return {"prompt": instance.prompt}

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:  # noqa: ARG002 - a method of every harness
        """A module that holds the text of an answer, as tests get it: alone it need not be Python."""
        text = sample.text if sample.kind is boxscore.SampleKind.SOLUTION else without_tags(sample.text)
        return program_of(text) if text.strip() else None

    def task(self, instance: boxscore.Instance) -> boxscore.UnittestTask:
        context = instance.row["code_context"]
        tests = [test for test in (EXECUTION, STRING) if test in boxscore.defined_names(context)]
        return boxscore.UnittestTask(
            tests=context + CASE + "".join(METHOD.format(test=test, name=NAME) for test in tests),
            entry_point=NAME,
            reference=program_of(instance.row["reference_code"]),
            required=tuple(f"TestCases.{test}" for test in tests),
            shown=(instance.prompt,),
            environment=ENVIRONMENT,
            limits=LIMITS,
        )


def program_of(text: str) -> str:
    return f"{NAME} = {text!r}\n"


def without_tags(answer: str) -> str:
    """An answer's code without what models put around it, by the rules of the official program, in their order."""
    answer = answer.partition("</code>")[0].replace("```python", "")
    answer = answer.partition("```")[0].partition("\nEND SOLUTION")[0]
    return answer.replace("<code>", "")


def _library(row: dict[str, Any]) -> str:
    library: str = row["metadata"]["library"]
    return library.lower()


def _cluster(metadata: dict[str, Any]) -> str | None:
    origin = metadata.get("perturbation_origin_id")
    return None if origin is None else f"{metadata['library']}/{origin}"


HARNESS = DS1000()
