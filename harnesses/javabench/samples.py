"""Samples: from answers to files of classes, and what of them was left undone, as the project protocol grades them."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from msgspec import Struct

import boxscore
from boxscore import Sample, SampleKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore import Instance

    from .rows import ClassRow, Project

FENCE = re.compile(r"```java\r?\n(.*?)```", re.DOTALL)
START = "public"
LEAST_LONGER = 10  # characters that a method must have more than its skeleton, where a comment in it still says TODO
TYPE = r"\b(?:class|interface|enum|record)\s+{name}\b"
MARK = '{"files":'


def files_of(sample: Sample) -> dict[str, str] | None:
    """The files of a sample that gives them as such, as references do; None for any other."""
    if sample.kind is not SampleKind.SOLUTION or not sample.text.startswith(MARK):
        return None
    try:
        return dict(boxscore.decode_files(sample.text).files)
    except ValueError:
        return None


def file_of(instance: Instance, sample: Sample) -> str | None:
    """The text of a sample of one class; None where it has none that could be put into the skeleton."""
    (row,) = instance.row["classes"]
    return _encoded({row: class_of(sample)}, instance.row["project"])


def pieces_of(instance: Instance) -> Mapping[str, str]:
    """The ids of the classes that an instance replaces, with their targets."""
    return {row.task_id: row.target for row in instance.row["classes"]}


class Pieces:
    """The classes of an instance of several."""

    def __init__(self, instance: Instance) -> None:
        self._rows: tuple[ClassRow, ...] = instance.row["classes"]
        self._project: Project = instance.row["project"]

    def joined(self, samples: Mapping[str, Sample]) -> str:
        """The text of one sample of each class; "" where one of them could not be put into its skeleton."""
        return _encoded({row: class_of(samples[row.task_id]) for row in self._rows}, self._project) or ""

    def of_answer(self, sample: Sample) -> str | None:
        """The text of an answer that has a block for each class; None where one is missing."""
        blocks = FENCE.findall(sample.text)
        found: dict[ClassRow, str] = {}
        for row in self._rows:
            declared = re.compile(TYPE.format(name=row.target.rpartition("/")[2].removesuffix(".java")))
            block = next((one for one in blocks if declared.search(one)), None)
            if block is None:
                return None
            found[row] = block
        return _encoded(found, self._project)


def _encoded(codes: Mapping[ClassRow, str], project: Project) -> str | None:
    files, undone = {}, []
    for row, code in codes.items():
        made = spliced(project.skeleton_of(row), code)
        if made is None:
            return None
        files[row.path] = made.text
        undone += [row.path] * made.undone
    return boxscore.encode_files(files, incomplete=undone)


class Spliced(Struct, frozen=True, kw_only=True):
    """A file made of a sample, and whether a method in it was left undone."""

    text: str
    undone: bool


def class_of(sample: boxscore.Sample) -> str:
    """The class in a sample, "" where it has none.

    The first fence that says `java` has it, in answers and in completions, which are answers in the benchmark's own
    files; a solution is a file.
    """
    if sample.kind is SampleKind.SOLUTION:
        return sample.text
    found = FENCE.search(sample.text)
    return found[1] if found is not None else ""


def spliced(skeleton: str, code: str) -> Spliced | None:
    """Put a class into the skeleton's file; None where either has no `public`.

    What stands before the first `public` is the skeleton's, so that imports of the sample are lost.
    """
    at, own = skeleton.find(START), code.find(START)
    if at < 0 or own < 0:
        return None
    return Spliced(text=skeleton[:at] + code[own:], undone=is_undone(skeleton, code))


def is_undone(skeleton: str, code: str) -> bool:
    """Whether a method that the skeleton marks with TODO is marked in a sample too, and hardly longer.

    Methods are compared by their names and places among those of one name; lines that are comments do not count.
    """
    marked = {(one.name, one.number): one for one in boxscore.java_methods(code) if one.todo}
    for method in boxscore.java_methods(skeleton):
        own = marked.get((method.name, method.number)) if method.todo else None
        if own is not None:
            before, after = boxscore.java_body(skeleton, method), boxscore.java_body(code, own)
            if len(_without_comments(after)) - len(_without_comments(before)) < LEAST_LONGER:
                return True
    return False


def _without_comments(body: str) -> str:
    return "\n".join(line for line in body.split("\n") if not line.strip().startswith("//"))


class Wise(enum.StrEnum):
    """How much of a project a sample gives: a class, all that a suite of tests reaches, or all there is to write."""

    CLASS = "class-wise"
    TEST = "test-wise"
    PROJECT = "project-wise"


class Context(enum.StrEnum):
    """What a model is shown of the project: signatures of what the class depends on, whole skeletons, or nothing."""

    SELECTIVE = "selective"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


class Part(Struct, frozen=True, kw_only=True):
    """What is graded, what is shown, and of which projects, none meaning all."""

    wise: Wise = Wise.CLASS
    context: Context = Context.SELECTIVE
    projects: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, name: str, projects: tuple[str, ...]) -> Part:
        """Read what stands after `@`. Raises UsageError."""
        words = text.split("+")
        wise = [word for word in words if word in tuple(Wise)]
        context = [word for word in words if word in tuple(Context)]
        chosen = tuple(project for project in projects if project in words)
        unknown = set(words) - {*wise, *context, *chosen}
        if unknown or len(set(words)) != len(words) or len(wise) > 1 or len(context) > 1:
            several = f", projects ({', '.join(projects)})" if len(projects) > 1 else ""
            raise boxscore.UsageError(
                f"{name}@{text}: give one of {', '.join(Wise)}, one of {', '.join(Context)}{several}, joined by `+`"
            )
        return cls(
            wise=Wise(wise[0]) if wise else Wise.CLASS,
            context=Context(context[0]) if context else Context.SELECTIVE,
            projects=chosen,
        )

    def __str__(self) -> str:
        words = [self.wise] * (self.wise is not Wise.CLASS) + [self.context] * (self.context is not Context.SELECTIVE)
        return "+".join([*words, *self.projects])
