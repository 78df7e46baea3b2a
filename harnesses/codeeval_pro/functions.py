"""HumanEval Pro and MBPP Pro: the harness of both.

A row has a base problem and a derived one, whose function is to call the base problem's. The benchmark tests the
derived function alone, and so does our verdict; the tests of the base problem, HumanEval's or MBPP's own, are run
apart, on a process of their own, and say whether a failure lies in the base function or in what was made of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


FENCE, PYTHON = "```", "```python"
# What a sanitized answer ends before. Only the first mark that is anywhere in it counts, and the last needs a blank.
MARKS = (("if __name__", "if __name__"), ("# Test", "# Test"), ("# Example", "# Example "))


def written(sample: boxscore.Sample, names: Sequence[str]) -> str | None:
    """The code that a sample holds, as the official programs take it before they run it; None where there is none.

    A completion ends at the first fence. Of a chat answer the first block in Python is taken, and that alone; one
    without such a block, which the official program would run as it stands, is searched for the functions.
    """
    text = sample.text
    if sample.kind is boxscore.SampleKind.COMPLETION:
        text = text.partition(FENCE)[0]
    elif sample.kind is boxscore.SampleKind.ANSWER:
        _, fence, block = text.partition(PYTHON)
        if not fence:
            return boxscore.program(sample, prompt="", names=names)
        text = block.partition(FENCE)[0]
    return text if text.strip() else None


def sanitized(text: str) -> str:
    """The code up to a mark of the benchmark's own: its "santized" results are of this."""
    for mark, cut in MARKS:
        if mark in text:
            return text.partition(cut)[0]
    return text


TEMPLATES = Path(__file__).parents[1] / "templates"
BASE, DERIVED = "base", "derived"
SANITIZED = "sanitized"
TEXTS = ("raw_problem", "raw_solution", "new_problem", "new_solution", "test_code")
CPU_S = 3.0  # the benchmark's limit of 3 s, here of cpu time


class ProFunctions(boxscore.FunctionHarness):
    """The harness of one of the two sets.

    `base` says where the base problems have their tests; with None they are not run. `untested` are numbers of rows
    whose own base solution fails them. `example_line` is the line of a row's tests that the prompts with an example
    show.
    """

    id_field = "id"
    completes = False
    limits = boxscore.Limits(cpu_s=CPU_S)
    prompt_templates: Mapping[str, Path] = {
        name: TEMPLATES / f"codeeval_pro.{name}.jinja"
        for name in ("chat", "chat-1shot", "completion", "completion-1shot", "completion-cot")
    }
    prompt_stops: Mapping[str, tuple[str, ...]] = {
        name: ("```",) for name in prompt_templates if name.startswith("completion")
    }

    def __init__(  # noqa: PLR0913 - all that tells the two sets, and their parts, apart
        self,
        name: str,
        title: str,
        source: boxscore.DataSource,
        *,
        prefix: str,
        example_line: int,
        base: BaseTests | None,
        untested: frozenset[int] = frozenset(),
        sanitizes: bool = False,
    ) -> None:
        self.name, self.title, self.source = name, title, source
        self.parts = (BASE, DERIVED) if base is not None else ()
        self._prefix, self._example_line = prefix, example_line
        self._base, self._untested, self._sanitizes = base, untested, sanitizes

    def narrowed(self, part: str) -> ProFunctions:
        """`derived` leaves the base problems' tests out, `sanitized` cuts answers as the benchmark's sanitizer does."""
        if part not in {DERIVED, SANITIZED}:
            raise boxscore.UsageError(f"{self.name} has the parts {DERIVED} and {SANITIZED}, not {part!r}")
        return type(self)(
            f"{self.name}@{part}",
            f"{self.title}, {'without tests of the base problem' if part == DERIVED else 'answers sanitized'}",
            self.source,
            prefix=self._prefix,
            example_line=self._example_line,
            base=None if part == DERIVED else self._base,
            untested=self._untested,
            sanitizes=self._sanitizes or part == SANITIZED,
        )

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        """Read the rows at `path`, and the tests of their base problems."""
        instances = super().load(path)
        for instance, (name, tests) in zip(instances, self._base.read() if self._base else (), strict=False):
            row = instance.row
            if row["id"] not in self._untested and name in boxscore.defined_names(
                row["raw_problem"] + row["raw_solution"]
            ):
                row["base_tests"] = {"entry_point": name, "tests": tests}
        return instances

    def instance(self, row: dict[str, Any], path: Path, line: int) -> boxscore.Instance:
        text = {name: boxscore.text_field(row, name, path=path, line=line) for name in TEXTS}
        instance_id = self.instance_id(row, path, line)
        try:
            self.derived(row)
        except SyntaxError as error:
            raise boxscore.InputError(f"not Python: {error.msg}", path=path, line=line, field="test_code") from error
        except LookupError as error:
            raise boxscore.InputError(str(error), path=path, line=line, field="test_code") from error
        return boxscore.Instance(
            instance_id=instance_id,
            prompt=f"{text['raw_problem'].strip()}\n{text['new_problem'].strip()}",
            row=row,
            reference=program_of(row),
        )

    def instance_id(self, row: dict[str, Any], path: Path, line: int) -> str:
        """The number of a row, after the name of the set. Raises InputError."""
        if not isinstance(row["id"], int):
            raise boxscore.InputError("must be a number", path=path, line=line, field="id")
        return f"{self._prefix}/{row['id']}"

    def derived(self, row: dict[str, Any]) -> str:
        """The function that is tested. Raises SyntaxError, and LookupError where there is none."""
        return derived_name(row)

    def prompt_fields(self, instance: boxscore.Instance) -> Mapping[str, object]:
        row = instance.row
        lines = row["test_code"].split("\n")
        return {
            "base": row["raw_problem"].strip(),
            "derived": row["new_problem"].strip(),
            "example": lines[self._example_line] if len(lines) > self._example_line else "",
        }

    def names(self, instance: boxscore.Instance) -> tuple[str, ...]:
        return (self.derived(instance.row),)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A completion goes after the base problem; see `answers`."""
        code = written(sample, self.names(instance))
        if code is None:
            return None
        head = instance.row["raw_problem"] if sample.kind is boxscore.SampleKind.COMPLETION else ""
        return head + (sanitized(code) if self._sanitizes else code)

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask:
        """Run the asserts beside the derived function; and, apart, the base problem's beside its own."""
        row = instance.row
        base = row.get("base_tests")
        apart = () if base is None else (base_part(row, base["entry_point"], base["tests"]),)
        names = self.names(instance)
        return boxscore.FunctionTask(
            entry_point=names[0],
            names=names,
            helpers=imports_for(row, row["test_code"]),
            tests=row["test_code"],
            reference=instance.reference,
            limits=self.limits,
            part=DERIVED if apart else "",
            apart=apart,
        )


def base_part(row: dict[str, Any], name: str, tests: str) -> boxscore.PartTests:
    helpers = boxscore.definitions(row["raw_problem"] + row["raw_solution"], leave_out=name)
    return boxscore.PartTests(part=BASE, names=(name,), tests=tests, helpers=helpers)


def program_of(row: dict[str, Any]) -> str:
    """The reference: both problems with their solutions, put together as the benchmark does."""
    return "".join(row[name] for name in TEXTS[:4])


def derived_name(row: dict[str, Any]) -> str:
    """The function that the tests call. Raises SyntaxError, and LookupError where they call none of the reference's."""
    defined = boxscore.defined_names(program_of(row))
    imported = boxscore.defined_names(imports_for(row, row["test_code"]))
    for name in boxscore.free_names(row["test_code"], known=defined):
        if name in defined and name not in imported:
            return name
    raise LookupError("calls nothing that the reference defines")


def imports_for(row: dict[str, Any], tests: str) -> str:
    """The reference's imports that the tests rely on, as on `math` for `math.isclose`."""
    free = set(boxscore.free_names(tests, known=boxscore.defined_names(program_of(row))))
    lines = (line.strip() for line in program_of(row).splitlines() if line.startswith(("import ", "from ")))
    return "".join(f"{line}\n" for line in lines if set(boxscore.defined_names(line)) & free)


HUMANEVAL = boxscore.DataSource(
    path="humaneval/HumanEval.jsonl.gz",
    sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    url="https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/"
    "data/HumanEval.jsonl.gz",
)
MBPPPLUS = boxscore.DataSource(
    path="evalplus/MbppPlus-v0.2.0.jsonl.gz",
    sha256="af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
    url="https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus.jsonl.gz",
)


class BaseTests(Struct, frozen=True, kw_only=True):
    """Where the base problems have their tests, and how a row of there says them."""

    source: boxscore.DataSource
    tests: Callable[[dict[str, Any]], str]

    def read(self) -> list[tuple[str, str]]:
        """For each row, in order, the function and the source of its tests.

        Raises:
            DataError: The file is not here and cannot be fetched, or it is not the published one.
            InputError: A row is not as it must be.
        """
        path = boxscore.fetch(self.source)
        return [self._read(row, path, line) for line, row in boxscore.read_rows(path, key="task_id")]

    def _read(self, row: dict[str, Any], path: Path, line: int) -> tuple[str, str]:
        return boxscore.text_field(row, "entry_point", path=path, line=line), self.tests(row)


def humaneval_tests(row: dict[str, Any]) -> str:
    """The `check` of a row of HumanEval, and its call."""
    return f"{row['test']}\n\ncheck({row['entry_point']})\n"


def mbpp_tests(row: dict[str, Any]) -> str:
    """MBPP's own asserts, which MBPP+ repeats, with the import that some of them need."""
    return f"import math\n{row['assertion']}\n"
