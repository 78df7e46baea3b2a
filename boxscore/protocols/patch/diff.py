"""Reads the text of a patch: which files it names, how, and where its hunks are.

The reading is for admission and for people; git itself decides what a patch does, and the tree it leaves is looked at
again. So hunks that are cut short are no error here, and lines between files that mean nothing are skipped as git does.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.flags.scan import BINARY

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINK_CHARS = 4096
MAX_NAMES = 8  # of one file: six headers can name it
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_MOST_DIGITS = 18  # of a number of lines that are looked at: git takes any number
_HEADER = re.compile(  # a `---` alone ends the message of a patch that was sent by mail
    r"(diff --git|---(?= )|\+\+\+(?= )|rename from|rename to|copy from|copy to|new file mode|deleted file mode"
    r"|old mode|new mode|index|GIT binary patch|literal|delta)(?: (.*))?"
)
_ESCAPE = re.compile(rb"\\([abtnvfr\"\\]|[0-3][0-7]{2})")
_ESCAPED = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_NAMED = {"rename from", "rename to", "copy from", "copy to"}
_MODES = {"new file mode", "deleted file mode", "old mode", "new mode"}


class UnclearName(ValueError):  # noqa: N818 - says what is wrong with a name, as an outcome of its own
    """A name in a header that can be read in more than one way, or in none."""


class PatchedFile(Struct, kw_only=True):
    """One file's part of a patch: the names and modes its headers give, as written there (`a/`, `b/` and all).

    `paths` are the files meant: names without their first part, in order, without repetition. `link` is what a part
    for a symbolic link adds. `binary_bytes` is the size that binary data says it has, None if the part is text.
    `sided` says that the `+++` line has been read: the next `---` line begins another file. `hunks` has the lines of
    each hunk that the file then has, with their numbers and whether they were added; `number` is that of the next one.
    """

    names: list[str] = []
    paths: list[str] = []
    modes: list[str] = []
    link: str = ""
    binary_bytes: int | None = None
    sided: bool = False
    hunks: list[list[tuple[int, str, bool]]] = []
    number: int = 0

    def add(self, name: str, *, prefixed: bool) -> None:
        """Note a name; `prefixed` ones have a first part that is not of the tree. Raises UnclearName."""
        self.names.append(name)
        if len(self.names) > MAX_NAMES:
            raise UnclearName(f"one file has more than {MAX_NAMES} names")
        path = name.partition("/")[2] or name if prefixed else name
        if path not in self.paths:
            self.paths.append(path)


def read_files(text: str) -> Iterator[PatchedFile]:
    """Yield each file's part of a patch. Raises UnclearName."""
    current: PatchedFile | None = None
    git = False  # whether the current part began with `diff --git`
    old_lines = new_lines = 0
    for line in text.split("\n"):
        if (old_lines > 0 or new_lines > 0) and (line[:1] in {" ", "+", "-", "\\", ""} or line == "\r"):
            old_lines -= line[:1] not in {"+", "\\"}
            new_lines -= line[:1] not in {"-", "\\"}
            _take(current, line)
            continue
        old_lines = new_lines = 0
        if (hunk := _HUNK.match(line)) is not None:
            old_lines, start, new_lines = (
                int((count or "1").lstrip("0")[:_MOST_DIGITS] or 0) for count in hunk.groups()
            )
            if current is not None:
                current.hunks.append([])
                current.number = start
        elif (header := _HEADER.fullmatch(line.removesuffix("\r"))) is not None:
            word, rest = header[1], header[2] or ""
            if word == "diff --git" or (word == "---" and (current is None or not git or current.sided)):
                if current is not None:
                    yield current
                current, git = PatchedFile(), word == "diff --git"
            if current is not None:
                _note(current, word, rest)
    if current is not None:
        yield current


def changed_paths(patch: str) -> tuple[str, ...]:
    """The files that a patch names, in their order, each once; those before a name that cannot be read."""
    paths: dict[str, None] = {}
    with suppress(UnclearName):  # with which no patch is admitted
        for part in read_files(patch):
            paths |= dict.fromkeys(part.paths)
    return tuple(paths)


def hunks_of(patch: str) -> dict[str, list[list[tuple[int, str, bool]]]]:
    """The hunks of each file that a patch leaves, by its new name, as `PatchedFile` has them; BINARY for other data."""
    found: dict[str, list[list[tuple[int, str, bool]]]] = {}
    with suppress(UnclearName):  # as above
        for part in read_files(patch):
            if part.paths:
                binary = [] if part.binary_bytes is None else [[(1, BINARY, True)]]
                found.setdefault(part.paths[-1], []).extend([*part.hunks, *binary])
    return found


def _take(part: PatchedFile | None, line: str) -> None:
    """Note a line of the last hunk."""
    sign, text = line[:1], line[1:]
    if part is None:
        return
    if sign not in {"-", "\\"}:
        part.hunks[-1].append((part.number, text, sign == "+"))
        part.number += 1
    if sign == "+" and "120000" in part.modes:
        part.link = (part.link + text)[:MAX_LINK_CHARS]


def _note(part: PatchedFile, word: str, rest: str) -> None:
    if word == "diff --git":
        for name in _both_names(rest):
            part.add(name, prefixed=True)
    elif word in {"---", "+++"}:
        _note_side(part, word, rest)
    elif word in _NAMED:
        part.add(_name(rest), prefixed=False)
    elif word in _MODES:
        part.modes.append(rest.strip())
    elif word == "index" and ".." in rest.partition(" ")[0]:
        part.modes += rest.split(" ")[1:]
    elif word == "GIT binary patch":
        part.binary_bytes = part.binary_bytes or 0
    elif part.binary_bytes is not None and word in {"literal", "delta"} and rest.isdecimal():
        part.binary_bytes += int(rest[:18])


def _note_side(part: PatchedFile, word: str, rest: str) -> None:
    """Note the name in a `---` or `+++` line, which a tab and a time may follow."""
    name = _name(rest.rpartition('"')[0] + '"' if rest.startswith('"') else rest.partition("\t")[0])
    if name != "/dev/null":
        part.add(name, prefixed=True)
    part.sided = part.sided or word == "+++"


def _both_names(rest: str) -> tuple[str, ...]:
    """Split what follows `diff --git`. Where it can be split in several ways, only equal names are taken, as git does.

    Raises UnclearName if there is no way at all. Without equal names the other headers must name the files.
    """
    if rest.startswith('"'):
        end = _closing_quote(rest)
        return _name(rest[: end + 1]), _name(rest[end + 1 :].removeprefix(" "))
    if rest.endswith('"') and ' "' in rest:
        first, _, second = rest.partition(' "')
        return _name(first), _name(f'"{second}')
    middle = len(rest) // 2
    if rest[middle : middle + 1] == " " and _bare(rest[:middle]) == _bare(rest[middle + 1 :]):
        return rest[:middle], rest[middle + 1 :]
    parts = rest.split(" ")
    return (parts[0], parts[1]) if len(parts) == 2 else ()  # noqa: PLR2004 - two names


def _bare(name: str) -> str:
    return name.partition("/")[2]


def _closing_quote(text: str) -> int:
    position = 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == '"':
            return position
        position += 1
    raise UnclearName(f"a quoted name does not end: {text[:100]!r}")


def _name(text: str) -> str:
    """Undo C quoting, where there is any."""
    if not text.startswith('"'):
        return text
    if len(text) < 2 or _closing_quote(text) != len(text) - 1:  # noqa: PLR2004 - two quotes
        raise UnclearName(f"a quoted name goes on after its end: {text[:100]!r}")
    try:
        return _ESCAPE.sub(lambda match: _unescape(match[1]), text[1:-1].encode()).decode()
    except UnicodeError as error:
        raise UnclearName(f"a name is not UTF-8: {text[:100]!r}") from error


def _unescape(escape: bytes) -> bytes:
    return bytes([_ESCAPED[escape[0]] if len(escape) == 1 else int(escape, 8)])
