"""MBPP: short Python tasks with three asserts each (Austin et al., 2021; CC BY 4.0).

Two benchmarks: `mbpp`, all 974 tasks (the score in the literature is of tasks 11 to 510, the test split), and
`mbpp-sanitized`, the 427 that were checked by hand. Challenge tests are not part of the score. The program is the
sample, then the set-up code, then the tests. Names that the tests use and do not define are the sample's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPLATES = Path(__file__).with_name("templates")
ASK = (
    "You are an expert Python programmer, and here is your task: {text} Your code should pass these tests:\n\n{tests}\n"
)
SHOTS = (2, 3, 4)
CPU_S = 3.0
SLOW = {123: 15.0}  # its reference takes longer than 3 s on slow machines


class Mbpp(boxscore.FunctionHarness):
    completes = False
    visible_tests_decide = True
    prompt_templates: Mapping[str, Path] = {name: TEMPLATES / f"mbpp.{name}.jinja" for name in ("chat", "completion")}
    prompt_stops: Mapping[str, tuple[str, ...]] = {"completion": ("[DONE]",)}

    def __init__(self, name: str, title: str, source: boxscore.DataSource, text: str) -> None:
        self.name, self.title, self.source = name, title, source
        self._text = text  # the field with the task in words

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        instances = super().load(path)
        shots = [{**self._asked(one.row), "code": one.row["code"]} for one in instances if one.row["task_id"] in SHOTS]
        for instance in instances:
            instance.row["shots"] = shots
        return instances

    def instance(self, row: dict[str, Any], path: Path, line: int) -> boxscore.Instance:
        if not isinstance(row["task_id"], int):
            raise boxscore.InputError("must be a number", path=path, line=line, field="task_id")
        text = boxscore.text_field(row, self._text, path=path, line=line)
        code = boxscore.text_field(row, "code", path=path, line=line)
        for field, needed in (("test_list", True), ("test_imports", False)):
            value = row.get(field, None if needed else [])
            if not isinstance(value, list) or (needed and not value) or not all(isinstance(one, str) for one in value):
                raise boxscore.InputError("must be a list of strings", path=path, line=line, field=field)
        if "test_setup_code" in row:
            boxscore.text_field(row, "test_setup_code", path=path, line=line)
        try:
            names_of(row)
        except SyntaxError as error:
            raise boxscore.InputError(
                f"not Python: {error.msg}", path=path, line=line, field="code or tests"
            ) from error
        return boxscore.Instance(
            instance_id=f"MBPP/{row['task_id']}",
            prompt=ASK.format(text=text, tests="\n".join(row["test_list"])),
            row=row,
            reference=code,
        )

    def prompt_fields(self, instance: boxscore.Instance) -> Mapping[str, object]:
        """The task in words, its asserts, and the paper's three examples with their answers: tasks 2, 3 and 4."""
        return {**self._asked(instance.row), "shots": instance.row["shots"]}

    def _asked(self, row: dict[str, Any]) -> dict[str, object]:
        return {"text": row[self._text], "tests": row["test_list"]}

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A completion is the whole program, up to `[DONE]`; a chat answer is searched for what the tests use."""
        text = sample.text
        if sample.kind is not boxscore.SampleKind.SOLUTION:
            text = text.partition("[BEGIN]")[2] if text.lstrip().startswith("[BEGIN]") else text
            text = text.partition("[DONE]")[0]
        cut = boxscore.Sample(instance_id=sample.instance_id, sample_id=sample.sample_id, text=text, kind=sample.kind)
        return super().extract(instance, cut)

    def names(self, instance: boxscore.Instance) -> tuple[str, ...]:
        return names_of(instance.row)

    def shown_asserts(self, instance: boxscore.Instance) -> tuple[str, ...]:
        """All asserts: MBPP shows its tests. Where they need set-up code, which it does not show, none."""
        return () if instance.row.get("test_setup_code") else tuple(instance.row["test_list"])

    def visible_task(self, instance: boxscore.Instance) -> boxscore.FunctionTask | None:
        asserts = self.visible_asserts(instance)
        if not asserts:
            return None
        tests = "\n".join([*instance.row.get("test_imports", []), *asserts, ""])
        return msgspec.structs.replace(self.task(instance), tests=tests, reference=None)

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask:
        row = instance.row
        names = names_of(row)
        return boxscore.FunctionTask(
            entry_point=names[0],
            names=names,
            helpers=imports_of(row),
            tests=tests_of(row),
            reference=instance.reference,
            limits=boxscore.Limits(cpu_s=SLOW.get(row["task_id"], CPU_S)),
        )


def tests_of(row: dict[str, Any]) -> str:
    return "\n".join([*row.get("test_imports", []), row.get("test_setup_code", ""), *row["test_list"], ""])


def imports_of(row: dict[str, Any]) -> str:
    """The reference's imports that the tests rely on: task 596 takes the size of its arguments with `sys`."""
    free = boxscore.free_names(tests_of(row))
    lines = (line.strip() for line in row["code"].splitlines() if line.startswith("import "))
    return "".join(f"{line}\n" for line in lines if set(boxscore.defined_names(line)) & set(free))


def names_of(row: dict[str, Any]) -> tuple[str, ...]:
    """The names that a task's tests take from the sample; first the one that is called."""
    defined = boxscore.defined_names(row["code"])
    imported = boxscore.defined_names(imports_of(row))
    free = [name for name in boxscore.free_names(tests_of(row), known=defined) if name not in imported]
    asserted = boxscore.free_names("\n".join(row["test_list"]), known=defined)
    first = next((name for name in asserted if name in free and name in defined), free[0] if free else "")
    return tuple(dict.fromkeys((first, *free)))


HARNESSES = (
    Mbpp(
        "mbpp",
        "MBPP: 974 short Python tasks (the test split is 11 to 510)",
        boxscore.DataSource(
            path="mbpp/mbpp.jsonl",
            sha256="ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
            url="https://raw.githubusercontent.com/google-research/google-research/"
            "30adf0ec5f35f9609c2f1d896005e184195d9146/mbpp/mbpp.jsonl",
        ),
        "text",
    ),
    Mbpp(
        "mbpp-sanitized",
        "MBPP sanitized: the 427 tasks that were checked by hand",
        boxscore.DataSource(
            path="mbpp/sanitized-mbpp.json",
            sha256="8ac32b2799150228e2d745aed09c870b7e4444246d4727d1004576207ef40769",
            url="https://raw.githubusercontent.com/mrigankpawagi/PropertyEval/"
            "4e73775e3824006471d85c9180ebd9cadcbfb4ac/sanitized-mbpp.json",
        ),
        "prompt",
    ),
)
