"""Samples: the file of a class, or the files of several, as the text that the project protocol grades."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boxscore
from boxscore import Sample, SampleKind

from .splice import FENCE, class_of, spliced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore import Instance

    from .rows import ClassRow, Project

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
        """Take the classes and the project of an instance."""
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
