"""A base for benchmarks of functions: one record for each function, with prompt, tests and reference as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.extract import program
from boxscore.data.prompts import render_prompt
from boxscore.data.rows import read_rows, text_field
from boxscore.data.shown_examples import said_by_name, shown_asserts
from boxscore.errors import HarnessError
from boxscore.harness import FunctionTask
from boxscore.protocols.function.source import definitions
from boxscore.records import Instance, Limits, Trust
from boxscore.resources import package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.data.rows import Row
    from boxscore.harness import DataSource
    from boxscore.records import Sample

# Where a continued function is over, as it was when HumanEval was published (arXiv:2107.03374, section 2.1).
FUNCTION_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")


class FunctionHarness:
    """A harness of functions; a subclass gives `name`, `title`, `source`, and what differs from the following.

    Each record has its id in `id_field`, the question in `prompt_field`, the function's name in `entry_point_field`,
    the gold answer in `reference_field` and the source of its tests in `tests_field`, all but the id as text;
    `more_fields` are further texts that must be there, and `tag_fields` such that say what kind of task it is, which
    become tags of the instance. `completes` says that the prompt is the head of a function: the
    reference and samples of the kind `completion` go after it, and tests see what else it defines. `limits` is what a
    sample may use. `untrue_examples` are places, from 0, of examples in an instance's prompt that its own reference
    fails, by id, and `example_imports` is source that goes before those that are true. Each method may be replaced.
    """

    name: str
    title: str
    source: DataSource
    trust = Trust.ORACLE
    image = "python"
    parts: tuple[str, ...] = ()

    id_field = "task_id"
    prompt_field = "prompt"
    entry_point_field = "entry_point"
    reference_field = "reference"
    tests_field: str | None = "tests"
    more_fields: tuple[str, ...] = ()
    tag_fields: tuple[str, ...] = ()
    completes = True
    limits = Limits()
    untrue_examples: Mapping[str, tuple[int, ...]] = {}
    example_imports = ""

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the rows at `path`."""
        return [self.instance(row, path, line) for line, row in read_rows(path, key=self.id_field)]

    def instance(self, row: Row, path: Path, line: int) -> Instance:
        """Make an instance of a row. Raises InputError, with path, line and field, for a bad one."""
        usual = (self.prompt_field, self.entry_point_field, self.reference_field, self.tests_field)
        fields = (*usual, *self.more_fields, *self.tag_fields)
        text = {name: text_field(row, name, path=path, line=line) for name in fields if name is not None}
        prompt = text[self.prompt_field]
        return Instance(
            instance_id=str(row[self.id_field]),
            prompt=prompt,
            row=row,
            reference=(prompt if self.completes else "") + text[self.reference_field],
            tags={name: text[name] for name in self.tag_fields if text[name]},
        )

    def names(self, instance: Instance) -> tuple[str, ...]:
        """The names of the sample that the tests use; the first is the function."""
        return (str(instance.row[self.entry_point_field]),)

    def _names(self, instance: Instance) -> tuple[str, ...]:
        found: object = self.names(instance)
        if not isinstance(found, tuple) or not found:
            raise HarnessError(
                f"names of harness {self.name!r}, for {instance.instance_id!r}, returned {found!r}, "
                "not a tuple that begins with the function's name"
            )
        return found

    @property
    def prompt_templates(self) -> Mapping[str, Path]:
        """Ask for the function in a code block; base models go on with its head."""
        place = package() / "data/templates"
        if not self.completes:
            return {"chat": place / "whole.chat.jinja"}
        return {"chat": place / "head.chat.jinja", "completion": place / "head.completion.jinja"}

    @property
    def prompt_stops(self) -> Mapping[str, tuple[str, ...]]:
        """Where a base model's function is over."""
        return {"completion": FUNCTION_STOPS} if self.completes else {}

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        """What a template may show of an instance."""
        return {"prompt": instance.prompt}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """Ask for the function in a code block."""
        return render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A completion goes after the prompt; a chat answer is searched for the names."""
        return program(sample, prompt=instance.prompt if self.completes else "", names=self._names(instance))

    def visible_task(self, instance: Instance) -> FunctionTask | None:
        """Run the examples that the prompt shows; without any there is no such task."""
        asserts = self.visible_asserts(instance)
        if not asserts:
            return None
        names = self._names(instance)
        return FunctionTask(
            entry_point=names[0],
            names=names[:1],
            helpers=self.example_imports + self._helpers(instance),
            tests="".join(f"{one}\n" for one in asserts),
            limits=self.limits,
        )

    def visible_asserts(self, instance: Instance) -> tuple[str, ...]:
        """The same asserts as `shown_asserts`, which say which they are when they fail."""
        return tuple(said_by_name(self.shown_asserts(instance)))

    def shown_asserts(self, instance: Instance) -> tuple[str, ...]:
        """The examples that the prompt shows, as asserts that the reference passes."""
        found = shown_asserts(instance.prompt, self._names(instance)[0])
        untrue = self.untrue_examples.get(instance.instance_id, ())
        return tuple(one for place, one in enumerate(found) if place not in untrue)

    def tests(self, instance: Instance) -> str:
        """The source of an instance's tests."""
        if self.tests_field is None:
            raise HarnessError(
                f"harness {self.name!r} has neither a tests_field nor a method `tests` or `task` of its own"
            )
        return str(instance.row[self.tests_field])

    def task(self, instance: Instance) -> FunctionTask:
        """Run the tests beside proxies of the names."""
        names = self._names(instance)
        return FunctionTask(
            entry_point=names[0],
            names=names,
            helpers=self._helpers(instance),
            tests=self.tests(instance),
            reference=instance.reference,
            limits=self.limits,
        )

    def _helpers(self, instance: Instance) -> str:
        """What the prompt defines beside the function."""
        if not self.completes:
            return ""
        return _helpers(instance.prompt, leave_out=self._names(instance)[0])


def _helpers(prompt: str, *, leave_out: str) -> str:
    """What a prompt defines beside the function, also where it ends with the signature, as without a docstring."""
    try:
        return definitions(prompt, leave_out=leave_out)
    except SyntaxError:
        return definitions(f"{prompt.rstrip()}\n    pass\n", leave_out=leave_out)
