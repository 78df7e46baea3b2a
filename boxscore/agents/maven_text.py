"""What the preset `sd-feedback-maven` reads and writes as text: poms, errors of builds, and changes in answers."""

from __future__ import annotations

import posixpath
import re
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from packaging.version import InvalidVersion, Version

from boxscore.maven.pom_text import PomText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FORCED = ("maven.compiler.source", "maven.compiler.target", "maven.compiler.release")
IF_THERE = ("java.version", "jdk.version", "javaVersion", "jdkversion", "java.testversion")
SETTINGS = ("source", "target", "release")
COMPILER = "maven-compiler-plugin"
_PROPERTY = re.compile(r"\$\{([^}]+)\}")
COMPILATION, FAILURE = "[ERROR] COMPILATION ERROR :", "[INFO] BUILD FAILURE"
POM = "pom.xml"
MOST_ERRORS, MOST_LINE = 1000, 1250
CONTEXT = 5  # lines of source on either side of an error
MARK = "  //  Compilation error is at this line."
_SOURCE_ERROR = re.compile(r"\[ERROR\]\s*(\S.{0,2000}?\.java):\[(\d{1,7}),(\d{1,7})\]\s*(.*)")
_NOISE = ("NOTE:", "WARNING:", "Progress", "Downloaded", "Downloading", "[ERROR] WARNING: Unknown module:")
_TESTS = re.compile(r"\[ERROR\]\s+(?:Failures:|Errors:|Tests in error:|Failed tests:)")
_TESTS_END = re.compile(r"\[(?:ERROR|WARNING|INFO)\]\s+Tests run:")
MOST_CHANGES = 500  # of an answer
_MARK = re.compile(r"\[Change (Start|End) ([^\]\n]{1,4096})\]")
_NOTHING = 10  # characters: what is quoted of the grammar itself has no more between its marks


def seeded(pom: str, release: int, versions: Mapping[str, str]) -> str:
    """A pom with SD-Feedback's seed changes. Raises ValueError for no pom.

    It builds for a Java release, and its dependencies are at least at the `versions` of a table, by `group:artifact`.
    """
    text = PomText(pom.encode())
    properties = text.root.child("properties")
    there = {one.name: one for one in properties.children} if properties is not None else {}
    for name in (*FORCED, *IF_THERE):
        if name in there:
            text.set_text(there[name], str(release))
    lines = "".join(f"    <{name}>{release}</{name}>\n" for name in FORCED if name not in there)
    if properties is None:
        text.add(text.root, f"\n  <properties>\n{lines}  </properties>\n")
    elif lines:
        text.add(properties, f"\n{lines}  ")
    for one in text.root.walk():
        if one.name == "plugin" and text.text(one.child("artifactId")) == COMPILER:
            configuration = one.child("configuration")
            for setting in configuration.children if configuration is not None else ():
                if setting.name in SETTINGS:
                    text.set_text(setting, str(release))
    _raise_versions(text, versions)
    return text.done().decode()


def _raise_versions(pom: PomText, versions: Mapping[str, str]) -> None:
    properties = pom.root.child("properties")
    for one in pom.root.walk():
        version = one.child("version") if one.name == "dependency" else None
        wanted = versions.get(f"{pom.text(one.child('groupId'))}:{pom.text(one.child('artifactId'))}")
        if version is None or wanted is None:
            continue
        match = _PROPERTY.fullmatch(pom.text(version))
        known = properties.child(match[1]) if match and properties is not None else version
        if _is_older(pom.text(known), wanted):
            pom.set_text(version, wanted)


def _is_older(old: str, new: str) -> bool:
    """Compare versions by their numbers alone; what cannot be compared is left as it is."""
    first, second = (re.sub(r"[a-zA-Z-]", "", one).rstrip(".") for one in (old, new))
    try:
        return Version(first) < Version(second)
    except InvalidVersion:
        return False


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


class Change(Struct, frozen=True):
    """A text to be found in a file, and what is to stand there instead."""

    find: str
    replacement: str


class Answer(Struct, frozen=True, kw_only=True):
    """The changes of an answer by the path that it gave, and what is wrong with it, in words for the model."""

    changes: Mapping[str, Sequence[Change]]
    problems: tuple[str, ...] = ()


def read_answer(text: str) -> Answer:
    """Read all changes of an answer; in one with a problem there may be others that could be made."""
    changes: dict[str, list[Change]] = {}
    problems: list[str] = []
    for begun, body, ended in islice(_files(text), MOST_CHANGES):
        if begun != ended:
            if len(body) > _NOTHING:
                problems.append(f"A change of `{begun}` ends as one of `{ended}`.")
            continue
        found, problem = _changes(begun, body)
        changes.setdefault(begun, []).extend(found)
        problems += [problem] if problem else []
    if not changes and not problems:
        problems.append("Unable to get any file to change, please double check the formats for filenames.")
    return Answer(changes={path: tuple(dict.fromkeys(found)) for path, found in changes.items()}, problems=(*problems,))


def _files(text: str) -> Iterator[tuple[str, str, str]]:
    """The path that a change begins with, what is in it, and the path it ends with; in time linear in the text."""
    begun: re.Match[str] | None = None
    for mark in _MARK.finditer(text):
        if begun is None and mark[1] == "Start":
            begun = mark
        elif begun is not None and mark[1] == "End":
            yield begun[2].strip(), text[begun.end() : mark.start()], mark[2].strip()
            begun = None


def _blocks(body: str, name: str) -> list[str]:
    """What stands between the marks of a name."""
    begin, end = f"[{name} Start]", f"[{name} End]"
    found: list[str] = []
    place = body.find(begin)
    while place >= 0:
        closed = body.find(end, place)
        if closed < 0:
            break
        found.append(body[place + len(begin) : closed])
        place = body.find(begin, closed)
    return found


def _changes(path: str, body: str) -> tuple[list[Change], str]:
    finds, replacements = _blocks(body, "Find"), _blocks(body, "Replace")
    if len(finds) != len(replacements):
        count = f"{len(finds)} != {len(replacements)}"
        return [], f"Number of find vs replace blocks are not the same for `{path}`: {count}."
    if not finds:
        return [], f"There is no find and no replace block for `{path}`." if len(body) > _NOTHING else ""
    pairs = [Change(find.strip(), new.strip()) for find, new in zip(finds, replacements, strict=True)]
    useful = [pair for pair in pairs if pair.find != pair.replacement]
    same = next((pair.find for pair in pairs if pair.find == pair.replacement), None)
    problem = "" if same is None else f"Find and replace blocks are the same:\n[Find Start]\n{same}\n[Find End]"
    return useful[:MOST_CHANGES], problem


def changed(content: str, changes: Sequence[Change]) -> str | None:
    """Make changes one after the other, each wherever its text is found; None where none of them is to be found."""
    found = False
    for change in changes:
        lines = [re.escape(line) for line in (line.strip() for line in change.find.splitlines()) if line]
        if not lines:
            continue
        content, count = re.subn(r"\s*".join(lines), lambda _, new=change.replacement: new, content)  # type: ignore[misc]
        found = found or count > 0
    return content if found else None
