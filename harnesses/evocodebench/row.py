"""A row of EvoCodeBench: where a function is, what it is to do, which tests decide."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from pathlib import Path

TEST = re.compile(r"[\w./-]+\.py(?:::[\w\[\], .=/+-]+)*")
NAME = re.compile(r"[\w.-]+")


class Row(Struct, frozen=True):
    """One function. Positions are of its first and last line, from 1; `indent` is that of its body in columns."""

    namespace: str
    type: Literal["function", "method"]
    completion_path: str
    signature_position: tuple[int, int]
    body_position: tuple[int, int]
    tests: tuple[str, ...]
    requirement: dict[str, str]
    indent: int
    domain: str | None = None

    @property
    def project(self) -> str:
        return self.completion_path.partition("/")[0]

    @property
    def path(self) -> str:
        """The file, below that folder."""
        return self.completion_path.partition("/")[2]

    @property
    def name(self) -> str:
        return self.namespace.rpartition(".")[2]


def row_of(data: dict[str, object], path: Path, line: int) -> Row:
    """A row as it must be. Raises InputError with file, line and field."""
    try:
        row = msgspec.convert(data, Row)
    except msgspec.ValidationError as error:
        raise boxscore.InputError(str(error), path=path, line=line) from error
    problem = _problem(row)
    if problem:
        raise boxscore.InputError(problem, path=path, line=line)
    return row


def _problem(row: Row) -> str:
    first, last = row.body_position
    if not row.signature_position[0] <= row.signature_position[1] < first <= last or row.signature_position[0] < 1:
        return "signature_position and body_position are not lines one after the other"
    if not row.tests or not all(TEST.fullmatch(test) for test in row.tests):
        return "tests must be node ids of pytest"
    parts = row.completion_path.split("/")
    if len(parts) < 2 or ".." in parts or not NAME.fullmatch(parts[0]) or "" in parts:  # noqa: PLR2004 - folder and file
        return f"completion_path is {row.completion_path!r}, no file of a repository"
    return "" if 0 < row.indent <= 64 else f"indent is {row.indent}"  # noqa: PLR2004 - deeper is no code
