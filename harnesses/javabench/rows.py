"""What a clone of JavaBench's repository holds of a project: classes to write, suites, skeleton, solution and tests."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES, TESTS = "src/main/java", "src/test/java"
RESOURCES = ("src/main/resources", "src/test/resources")
MAX_PROJECT_BYTES = 16 << 20
MAX_FILES = 1_000
NAME = re.compile(r"[A-Za-z][\w-]{0,63}")
TARGET = re.compile(r"(?:\w+/){0,12}\w+\.java")


class ClassRow(Struct, frozen=True, kw_only=True):
    """A class to be written: `PA19/Cell.java`, where it is, its skeleton in a fence, and what is shown with it."""

    task_id: str
    target: str
    code: str
    context: str = ""

    @property
    def path(self) -> str:
        return f"{SOURCES}/{self.target}"


class Suite(Struct, frozen=True, kw_only=True):
    """A class of tests: `PA19/CellTest`, its whole name, and the targets of the classes that it reaches."""

    test_id: str
    class_name: str
    targets: tuple[str, ...]


class Project(Struct, frozen=True, kw_only=True):
    """One project. Files are paths in it and contents: those of the solution, and the sources of the skeleton alone."""

    name: str
    classes: tuple[ClassRow, ...]
    suites: tuple[Suite, ...]
    skeleton: tuple[tuple[str, bytes], ...]
    solution: tuple[tuple[str, bytes], ...]
    tests: tuple[tuple[str, bytes], ...]

    def skeleton_of(self, row: ClassRow) -> str:
        """The skeleton's file of a class, as it is there."""
        return dict(self.skeleton)[row.path].decode("utf-8", "replace")

    def solution_of(self, row: ClassRow) -> str:
        return dict(self.solution)[row.path].decode("utf-8", "replace")

    def class_at(self, target: str) -> ClassRow:
        """The class that is at a target. Raises KeyError for none."""
        return {row.target: row for row in self.classes}[target]


def read_project(root: Path, name: str, context: str) -> Project:
    """Read a project and its rows in one of the contexts. Raises InputError for what is not as it is published."""
    rows = root / "datasets" / f"{context}-context" / f"data-{name}.jsonl"
    classes = tuple(_class_row(row, rows, line) for line, row in boxscore.read_rows(rows, key="task_id"))
    suites = tuple(_suites(root / "datasets" / "testcase" / f"test-{name}.jsonl", classes))
    solution = folder_files(root / "projects" / f"{name}-Solution")
    return assembled(
        name=name,
        classes=classes,
        suites=suites,
        skeleton=folder_files(root / "projects" / name),
        solution=solution,
        path=rows,
    )


def assembled(  # noqa: PLR0913 - the parts of a project, by keyword
    *,
    name: str,
    classes: tuple[ClassRow, ...],
    suites: tuple[Suite, ...],
    skeleton: tuple[tuple[str, bytes], ...],
    solution: tuple[tuple[str, bytes], ...],
    path: Path,
) -> Project:
    """Put a project together. Raises InputError where a class is not in its skeleton or solution."""
    for row in classes:
        for files, what in ((skeleton, "skeleton"), (solution, "solution")):
            if row.path not in dict(files):
                raise boxscore.InputError(f"{row.target} is not in the {what} of {name}", path=path, field="target")
    return Project(
        name=name,
        classes=classes,
        suites=suites,
        skeleton=tuple(one for one in skeleton if one[0].startswith(f"{SOURCES}/")),
        solution=tuple(one for one in solution if _is_below(one[0], (SOURCES, RESOURCES[0]))),
        tests=tuple(one for one in solution if _is_below(one[0], (TESTS, RESOURCES[1]))),
    )


def _class_row(row: dict[str, Any], path: Path, line: int) -> ClassRow:
    text = {
        name: boxscore.text_field(row, name, path=path, line=line)
        for name in ("task_id", "target", "code", "code_context")
    }
    if TARGET.fullmatch(text["target"]) is None:
        raise boxscore.InputError("must be the path of a Java file", path=path, line=line, field="target")
    return ClassRow(task_id=text["task_id"], target=text["target"], code=text["code"], context=text["code_context"])


def _suites(path: Path, classes: tuple[ClassRow, ...]) -> Iterator[Suite]:
    known = {row.target.removesuffix(".java").replace("/", "."): row.target for row in classes}
    for line, row in boxscore.read_rows(path, key="test_id"):
        reached = row.get("full_deps")
        if not isinstance(reached, list) or not all(one in known for one in reached):
            raise boxscore.InputError("must be names of the project's classes", path=path, line=line, field="full_deps")
        yield Suite(
            test_id=boxscore.text_field(row, "test_id", path=path, line=line),
            class_name=boxscore.text_field(row, "target", path=path, line=line),
            targets=tuple(sorted(known[one] for one in reached)),
        )


@cache
def folder_files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    """Sources and resources of a project's folder, by their paths in it. Raises InputError where there are none.

    Links, hidden files and what an editor left are passed over.
    """
    found: list[tuple[str, bytes]] = []
    total = 0
    for top in (SOURCES, TESTS, *RESOURCES):
        for path in sorted((folder / top).rglob("*")):
            others = top not in RESOURCES and path.suffix != ".java"
            if path.is_symlink() or not path.is_file() or path.name.startswith(".") or others:
                continue
            total += path.stat().st_size
            if total > MAX_PROJECT_BYTES or len(found) >= MAX_FILES:
                problem = f"has more than {MAX_FILES} files, or {MAX_PROJECT_BYTES >> 20} MiB"
                raise boxscore.InputError(problem, path=folder)
            found.append((PurePosixPath(path.relative_to(folder)).as_posix(), path.read_bytes()))
    if not found:
        raise boxscore.InputError("is missing or empty: a clone of JavaBench's repository has it", path=folder)
    return tuple(found)


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return path.startswith(tuple(f"{one}/" for one in folders))
