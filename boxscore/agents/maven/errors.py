"""What a build by Maven complains of, read out of what it printed: a source's errors, or else the project's one."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMPILATION, FAILURE = "[ERROR] COMPILATION ERROR :", "[INFO] BUILD FAILURE"
POM = "pom.xml"
MOST_ERRORS, MOST_LINE = 1000, 1250
CONTEXT = 5  # lines of source on either side of an error
MARK = "  //  Compilation error is at this line."
_SOURCE_ERROR = re.compile(r"\[ERROR\]\s*(\S.{0,2000}?\.java):\[(\d{1,7}),(\d{1,7})\]\s*(.*)")
_NOISE = ("NOTE:", "WARNING:", "Progress", "Downloaded", "Downloading", "[ERROR] WARNING: Unknown module:")
_TESTS = re.compile(r"\[ERROR\]\s+(?:Failures:|Errors:|Tests in error:|Failed tests:)")
_TESTS_END = re.compile(r"\[(?:ERROR|WARNING|INFO)\]\s+Tests run:")


class BuildError(Struct, frozen=True, kw_only=True):
    """One error of a build: a path below the tree, and a line and a column counted from 1, 0 where there are none."""

    path: str
    message: str
    line: int = 0
    column: int = 0


def read_errors(log: str, tree: str) -> tuple[BuildError, ...]:
    """The errors of a build that failed, in the order in which they were printed; at least one.

    Where the compiler named no source, there is one of the project: the lines of Maven that say why it failed, after
    those that name the tests that did.
    """
    lines = [line.rstrip() for line in log.splitlines()]
    begin = _first(lines, COMPILATION)
    end = _first(lines, FAILURE, begin or 0)
    if begin is not None and end is not None:
        found = _source_errors(lines[begin:end], tree)
        if found:
            return found
        said = [line.removeprefix("[ERROR] ") for line in lines[begin + 1 : end] if line.startswith("[ERROR] ")]
        if said:
            return tuple(BuildError(path=POM, message=line) for line in said[:MOST_ERRORS])
    return (BuildError(path=POM, message=_project_error(lines, end)),)


def same_errors(before: Sequence[BuildError], after: Sequence[BuildError]) -> bool:
    """Whether two builds failed alike: as many errors of each file with the same messages, wherever they stand."""
    return _by_file(before) == _by_file(after)


def snippet(source: str, line: int) -> str:
    """The lines around one that is counted from 1, which is marked; "" where there is no such line."""
    lines = source.splitlines()
    if not 0 < line <= len(lines):
        return ""
    lines[line - 1] += MARK
    return "\n".join(lines[max(0, line - 1 - CONTEXT) : line + CONTEXT])


def _source_errors(lines: Iterable[str], tree: str) -> tuple[BuildError, ...]:
    found: list[tuple[str, int, int, list[str]]] = []
    goes_on = False
    for line in lines:
        match = _SOURCE_ERROR.fullmatch(line)
        if match is not None:
            if len(found) == MOST_ERRORS:
                break
            found.append((match[1], int(match[2]), int(match[3]), [match[4]]))
        elif goes_on and line.startswith(" "):
            found[-1][3].append(line)
        goes_on = match is not None or (goes_on and line.startswith(" "))
    return tuple(
        BuildError(path=below(tree, path), line=line, column=column, message="\n".join(said))
        for path, line, column, said in found
    )


def below(tree: str, path: str) -> str:
    """A path as it is below a tree; unchanged where it is elsewhere."""
    normal = posixpath.normpath(path)
    return normal.removeprefix(f"{tree.rstrip('/')}/")


def _project_error(lines: Sequence[str], failure: int | None) -> str:
    """Why Maven gave up, in its own words."""
    if failure is None:
        failure = next((n for n, line in enumerate(lines) if line.startswith(("[ERROR] [ERROR] ", "[FATAL] "))), None)
    rest = lines if failure is None else lines[failure:]
    said = [line for line in rest if line.startswith(("[ERROR]", "[FATAL]"))]
    told = [line for line in (*_failing_tests(lines), *said) if _is_telling(line)]
    return "\n".join(told[:MOST_ERRORS]) or "\n".join(line for line in lines[-20:] if line.strip())


def _failing_tests(lines: Sequence[str]) -> list[str]:
    """What surefire sums up of tests that failed, without how long they took."""
    told: list[str] = []
    inside = False
    for line in lines:
        inside = (inside or _TESTS.match(line) is not None) and _TESTS_END.match(line) is None
        if inside:
            told.append(line)
    return told


def _is_telling(line: str) -> bool:
    bare = line.removeprefix("[ERROR]").strip()
    return bool(bare) and len(line) <= MOST_LINE and not line.startswith(_NOISE)


def _first(lines: Sequence[str], wanted: str, start: int = 0) -> int | None:
    return next((number for number in range(start, len(lines)) if lines[number] == wanted), None)


def _by_file(errors: Iterable[BuildError]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in errors:
        found.setdefault(error.path, []).append(error.message)
    return found
