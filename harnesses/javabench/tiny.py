"""tiny-java: a project of ours in JavaBench's shape, a small post office, which ships with boxscore.

`instances.jsonl` has a line for each class that is to be written: `task_id`, `target`, and `needs`, the files that it
uses. `suites.jsonl` has one for each class of tests: `test_id`, `target`, and `targets`, the classes that it reaches.
`projects/Post` is the skeleton, `projects/Post-Solution` the classes written, and their tests. `samples.jsonl` has
recorded samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boxscore

from .harness import JavaProjects
from .rows import SOURCES, ClassRow, Project, Suite, assembled, folder_files
from .samples import Context

if TYPE_CHECKING:
    from pathlib import Path

MOST_CONTEXT = 8192  # characters of skeletons that are shown, as in JavaBench


class TinyJava(JavaProjects):
    base = "tiny-java"
    about = "tiny-java: classes of a small post office in Java that ship with boxscore"
    every = ("Post",)
    source = boxscore.DataSource(path="tiny_java/instances.jsonl", bundled=True)

    def read(self, path: Path, name: str) -> Project:
        skeleton = folder_files(path.parent / "projects" / name)
        written = folder_files(path.parent / "projects" / f"{name}-Solution")
        shown = _Shown(dict(skeleton), self.part.context)
        return assembled(
            name=name,
            classes=tuple(_class_row(row, path, line, shown) for line, row in boxscore.read_rows(path, key="task_id")),
            suites=tuple(_suite(row, path.with_name("suites.jsonl"), line) for line, row in _suite_rows(path)),
            skeleton=skeleton,
            solution=tuple(sorted({**dict(skeleton), **dict(written)}.items())),
            path=path,
        )


class _Shown:
    """What is shown of the skeleton with a class, in a context."""

    def __init__(self, skeleton: dict[str, bytes], context: Context) -> None:
        self._skeleton, self._context = skeleton, context

    def code(self, target: str) -> str:
        return f"```java\n{self._text(target)}\n```\n"

    def context(self, needs: tuple[str, ...]) -> str:
        """The files that a class needs: signatures, whole skeletons up to a length, or nothing."""
        if self._context is Context.MINIMUM:
            return ""
        whole = self._context is Context.MAXIMUM
        texts = [self.code(one) if whole else f"```java\n{signatures(self._text(one))}\n```\n" for one in needs]
        joined = "\n".join(texts)
        return joined[:MOST_CONTEXT] if whole else joined

    def _text(self, target: str) -> str:
        return self._skeleton.get(f"{SOURCES}/{target}", b"").decode()


def signatures(source: str) -> str:
    data = source.encode()
    for method in sorted(boxscore.java_methods(source), key=lambda one: one.start, reverse=True):
        data = data[: method.start + 1] + data[method.end - 1 :]
    return data.decode()


def _class_row(row: dict[str, Any], path: Path, line: int, shown: _Shown) -> ClassRow:
    target = boxscore.text_field(row, "target", path=path, line=line)
    return ClassRow(
        task_id=boxscore.text_field(row, "task_id", path=path, line=line),
        target=target,
        code=shown.code(target),
        context=shown.context(_texts(row, "needs", path, line)),
    )


def _suite_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    return list(boxscore.read_rows(path.with_name("suites.jsonl"), key="test_id"))


def _suite(row: dict[str, Any], path: Path, line: int) -> Suite:
    return Suite(
        test_id=boxscore.text_field(row, "test_id", path=path, line=line),
        class_name=boxscore.text_field(row, "target", path=path, line=line),
        targets=_texts(row, "targets", path, line),
    )


def _texts(row: dict[str, Any], field: str, path: Path, line: int) -> tuple[str, ...]:
    found = row.get(field)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise boxscore.InputError("must be a list of strings", path=path, line=line, field=field)
    return tuple(found)
