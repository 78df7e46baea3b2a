"""EvoEval v0.1.0: 828 tasks made from HumanEval's by seven changes (Xia et al., 2024, arXiv 2403.19114).

`evoeval@difficult` and so on are its sets, `evoeval` is all of them. A sample's answers are compared with the
reference's, strictly by type (`comparison.py`). `verbose` and `concise` ask HumanEval's tasks in other words and have
HumanEval+'s inputs, the parts `base` and `plus`. The five others have inputs as Python text (`arguments.py`), and ids
that repeat from set to set: instances are named `difficult/EvoEval/0`, `verbose/HumanEval/0`.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

import boxscore
from boxscore import SampleKind

from .arguments import arguments_of
from .comparison import checker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import FunctionTask, Instance, Sample

# Examples in prompts that the reference itself fails, by their places: agents are not shown these as tests.
UNTRUE = {
    "difficult/EvoEval/58": (0,),
    "difficult/EvoEval/70": (1,),
    "difficult/EvoEval/99": (3,),
    "creative/EvoEval/3": (0,),
    "creative/EvoEval/22": (0,),
    "creative/EvoEval/37": (1,),
    "creative/EvoEval/39": (0, 1, 2),
    "creative/EvoEval/84": (0, 1),
    "subtle/EvoEval/37": (0,),
    "subtle/EvoEval/46": (0, 1, 2, 3),
    "subtle/EvoEval/47": (1,),
    "subtle/EvoEval/66": (4,),
    "combine/EvoEval/43": (0,),
    "combine/EvoEval/67": (1,),
    "tool_use/EvoEval/23": (0,),
    "tool_use/EvoEval/30": (1,),
    "tool_use/EvoEval/36": (1,),
    "tool_use/EvoEval/49": (1,),
    "tool_use/EvoEval/77": (3,),
    "verbose/HumanEval/47": (1,),
    "concise/HumanEval/47": (1,),
    "concise/HumanEval/116": (0, 1, 2),
    "concise/HumanEval/130": (0,),
    "concise/HumanEval/148": (1,),
}


MAX_TEXT = 1 << 20  # characters of an answer
MAX_PARSED = 16 << 20  # characters given to the parser for one answer
ENDS = ("<|endoftext|>", "\n```", "\n</s>", "\n#")


def program_of(answer: str, *, prompt: str, name: str) -> str | None:
    """The program that an answer holds, as EvoEval's own `sanitize.py --eof` finds it; None where it holds no function.

    What follows the last `def NAME(` of an answer is put behind what the prompt has before its own; it ends at a fence,
    a comment at the left margin or an end mark of models; lines are taken off its end until it is Python. Of that the
    function alone is kept: helpers that a model writes are lost, those of the prompt are there.
    """
    head = f"def {name}("
    if head not in answer[:MAX_TEXT]:
        return None
    code = _four_spaces(head + answer[:MAX_TEXT].rpartition(head)[2])
    for end in ENDS:
        code = code.partition(end)[0]
    function = _function(code, name)
    return None if function is None else prompt.partition(head)[0] + function


def _four_spaces(code: str) -> str:
    """Lines that begin with three spaces get a fourth: what some models write in place of it."""
    lines = code.splitlines()
    return "".join(f"{' ' * (len(line) - len(line.lstrip()) == 3)}{line}\n" for line in lines)  # noqa: PLR2004 - as it says


def _function(code: str, name: str) -> str | None:
    """The function of that name in as many lines from the first as are Python, without its comments."""
    lines, left = code.split("\n"), MAX_PARSED
    while lines:
        source = "\n".join(lines)
        left -= len(source)
        if left < 0:
            return None
        try:
            body = boxscore.parse_source(source).body
            found = (one for one in body if isinstance(one, ast.FunctionDef) and one.name == name)
            return next((ast.unparse(one) for one in found), None)
        except SyntaxError as error:
            lines = lines[: min(len(lines) - 1, max(error.lineno or 1, 1) - 1)]
        except (ValueError, MemoryError, RecursionError):
            return None
    return None


HERE = Path(__file__).parent
VERSION = "v0.1.0"
SHA256 = {
    "difficult": "8dc031773be0d2bc86172ec4242fd06ce4256c34a710f1affee24655946a4fd6",
    "creative": "4ab26cb7eb69aab36b68c60c44e9da4330b689b6ac23997062bb3a85977a427e",
    "subtle": "0b38871e0eadc7b8f5ae8038feac5496655412d4e68ca580cad8bd2c81b036b1",
    "combine": "44dab80c829bf0953e3fcaedbd50420a305d8d42e2cdaa03a7d6af96ce0bbe2f",
    "tool_use": "901166f15db3deac52e0a1f82a831390ea41127816970470c1d3fd4f9065dc79",
    "verbose": "97b6a7cb69b9f5a9c83301a98e54c681a5ff3c3beae92115d59c50fcaf8955e2",
    "concise": "d84771c5857e080ae310724e1e75784a46a8a9beea80d9b6427426634a885ddc",
}
REWORDED = ("verbose", "concise")  # with HumanEval's ids and inputs in two parts
STOPS = (
    *("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif"),
    *("<|endoftext|>", "\n```", "\n</s>", "<|endofmask|>"),
)
SAMPLE_S, VISIBLE_S = 61.0, 10.0  # cpu seconds of all inputs; of all examples of the prompt
CALL_S, CALL_FACTOR = 1.0, 4.0  # a call may take so much, or so many times what the reference takes
MEMORY_BYTES = 4 << 30


def source_of(name: str) -> boxscore.DataSource:
    return boxscore.DataSource(
        path=f"evoeval/EvoEval_{name}-{VERSION}.jsonl.gz",
        sha256=SHA256[name],
        url=f"https://github.com/evo-eval/evoeval_release/releases/download/{VERSION}/EvoEval_{name}.jsonl.gz",
    )


class EvoEval(boxscore.FunctionHarness):
    reference_field = "canonical_solution"
    tests_field = None  # inputs, see `task`
    limits = boxscore.Limits(cpu_s=SAMPLE_S, memory_bytes=MEMORY_BYTES)
    prompt_templates: Mapping[str, Path] = {
        "chat": HERE / "evoeval.chat.jinja",
        "open": HERE / "evoeval.open.jinja",
        "completion": HERE.parent / "templates/humaneval.completion.jinja",  # the head of the function as it stands
    }
    prompt_stops: Mapping[str, tuple[str, ...]] = {"completion": STOPS}
    untrue_examples: Mapping[str, tuple[int, ...]] = UNTRUE

    def __init__(self, name: str | None = None) -> None:
        self._set = name
        self.name = "evoeval" if name is None else f"evoeval@{name}"
        self.title = "EvoEval: 828 tasks evolved from HumanEval, seven sets" if name is None else f"EvoEval: {name}"
        self.source = source_of(name or next(iter(SHA256)))
        self.parts: tuple[str, ...] = ("base", "plus") if name in REWORDED else ()

    def narrowed(self, part: str) -> EvoEval:
        """The harness of a set, such as `difficult`; EvoEval's own names (`EvoEval_difficult`) do too."""
        name = part.lower().removeprefix("evoeval_")
        if name not in SHA256:
            raise boxscore.UsageError(f"EvoEval has no set {part!r}; it has {', '.join(SHA256)}")
        return EvoEval(name)

    def load(self, path: Path) -> Sequence[Instance]:
        if self._set is not None:
            return _read(self, self._set, path)
        first, *others = SHA256
        found = list(_read(self, first, path))
        for name in others:
            found += _read(self, name, _published(name, beside=path))
        return found

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A chat answer goes through the benchmark's own sanitizer; a completion goes right after the prompt."""
        if sample.kind is SampleKind.ANSWER:
            return program_of(sample.text, prompt=instance.prompt, name=self.names(instance)[0])
        return super().extract(instance, sample)

    def visible_task(self, instance: Instance) -> FunctionTask | None:
        task = super().visible_task(instance)
        return None if task is None else replace(task, limits=replace(self.limits, cpu_s=VISIBLE_S))

    def task(self, instance: Instance) -> FunctionTask:
        row: dict[str, Any] = instance.row
        entry_point = self.names(instance)[0]
        return boxscore.FunctionTask(
            entry_point=entry_point,
            names=(entry_point,),
            inputs=boxscore.Inputs(
                arguments=_arguments(instance),
                base=len(row["base_input"]) if self.parts else None,
                checker=checker(row["set"], row["task_id"]),
                exact_types=True,
                min_cpu_s=CALL_S,
                cpu_factor=CALL_FACTOR,
                total_cpu_s=SAMPLE_S,
            ),
            reference=instance.reference,
            limits=self.limits,
        )


def _read(harness: EvoEval, name: str, path: Path) -> Sequence[Instance]:
    found = []
    for line, row in boxscore.read_rows(path, key="task_id"):
        _check(row, name, path=path, line=line)
        made = harness.instance({**row, "set": name}, path, line)
        # The line end is the official program's: for references alone, not for samples.
        reference = f"{made.prompt}\n{row['canonical_solution']}"
        task_id, parent = made.instance_id, row.get("parent")
        found.append(
            replace(
                made,
                instance_id=f"{name}/{task_id}",
                reference=reference,
                cluster=parent if isinstance(parent, str) and parent else task_id if name in REWORDED else None,
            )
        )
    return found


def _check(row: Mapping[str, object], name: str, *, path: Path, line: int) -> None:
    """Raise InputError unless the inputs of a row are as those of its set."""
    fields, kind, said = (
        (("base_input", "plus_input"), list, "lists of arguments") if name in REWORDED else (("inputs",), str, "texts")
    )
    for field in fields:
        if field not in row:
            raise boxscore.InputError("is missing", path=path, line=line, field=field)
        value = row[field]
        if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
            raise boxscore.InputError(f"must be a list of {said}", path=path, line=line, field=field)


def _arguments(instance: Instance) -> tuple[tuple[object, ...], ...]:
    row: dict[str, Any] = instance.row
    if row["set"] in REWORDED:
        return tuple(map(tuple, [*row["base_input"], *row["plus_input"]]))
    found = []
    for place, text in enumerate(row["inputs"]):
        try:
            found.append(arguments_of(text))
        except ValueError as error:
            raise boxscore.DataError(f"{instance.instance_id}: inputs[{place}] {error}") from None
    return tuple(found)


def _published(name: str, *, beside: Path) -> Path:
    """The published file of a set. Raises InputError for another one, since a run records the first set's alone."""
    source = source_of(name)
    path = beside.with_name(Path(source.path).name)
    if not path.is_file():
        return boxscore.fetch(source)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != source.sha256:
        raise boxscore.InputError(f"is not the published file: grade it alone, as evoeval@{name}", path=path)
    return path


HARNESS = EvoEval()
