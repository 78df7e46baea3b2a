"""Compare the classes of a candidate's build with those that the grader's own compiler made from the same sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.class_file import ClassFile, Member, read_class, read_major

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Level = Literal["code", "shape", "part", "versions"]
"""How much must agree. `code`: all. `shape`: not what methods do, nor private and synthetic members, for builds that
weave code into classes. `part`: there may be further classes, of other languages. `versions`: their versions alone."""

PRIVATE, SYNTHETIC = 0x0002, 0x1000

ANY = 0
"""In the place of a class file version: whichever it is."""

ROOM = 4 << 20
"""How many bytes more than twice those of the grader's own classes a build's may have: debug information."""


def compare_classes(
    built: Mapping[str, bytes], own: Mapping[str, bytes], *, level: Level = "code", major: int | None = None
) -> str:
    """Say why the build's classes are not the ones of the sources; "" if they are.

    Both map the path below `target/classes`, such as `org/a/B$C.class`, to the file. `major` is the class file version
    that all must have, or ANY, None for that of `own`. Debug information and annotations that only compilers read do
    not matter. A class that cannot be read is a reason: those of `own` are made of sources that somebody wrote.
    """
    lacking, added = sorted(own.keys() - built.keys()), sorted(built.keys() - own.keys())
    if lacking and level != "versions":
        return f"the build lacks {_some(lacking)}, which the sources give"
    if added and level in ("code", "shape"):
        return f"the build has {_some(added)}, which the sources do not give"
    if sum(map(len, built.values())) > 2 * sum(map(len, own.values())) + ROOM and level != "versions":
        return "the classes of the build are much larger than those that the sources give"
    if level != "versions":
        for path in sorted(own):
            reason = _compared(path, built[path], own[path], code=level == "code", major=major)
            if reason:
                return reason
    others = added if level != "versions" else sorted(built)
    return "" if major in {None, ANY} else _other_version(built, others, major)


def comparable_level(built: Mapping[str, bytes], own: Mapping[str, bytes]) -> Level:
    """Say how far the classes of a build and the grader's agree: the strictest level at which they do.

    Their versions may differ: the grader compiles the project as it was for Java 8, the build maybe for one before it.
    """
    levels: tuple[Level, ...] = ("code", "shape", "part")
    return next((level for level in levels if not compare_classes(built, own, level=level, major=ANY)), "versions")


def _other_version(built: Mapping[str, bytes], paths: Iterable[str], major: int) -> str:
    for path in paths:
        found = read_major(built[path])
        if found != major:
            return f"{path} of the build has the class file version {found}, not {major}"
    return ""


def _compared(path: str, built: bytes, own: bytes, *, code: bool, major: int | None) -> str:
    try:
        ours = read_class(own)
    except ProtocolError as error:
        return f"{path} that the sources give: {error}"
    wanted = ours.major if major is None else major
    same = built == own and wanted in {ours.major, ANY}
    return "" if same else _difference(path, built, ours, code=code, major=wanted)


def _difference(path: str, data: bytes, own: ClassFile, *, code: bool, major: int) -> str:
    try:
        built = read_class(data)
    except ProtocolError as error:
        return f"{path} of the build: {error}"
    if major not in {built.major, ANY}:
        return f"{path} of the build has the class file version {built.major}, not {major}"
    if f"{built.name}.class" != path:
        return f"{path} of the build holds the class {built.name[:200]!r}"
    for what, one, other in _headers(built, own):
        if one != other:
            return f"{path} of the build has other {what} than the sources give: {one!r:.200}, not {other!r:.200}"
    return _members(path, "fields", built.fields, own.fields, code=code) or _members(
        path, "methods", built.methods, own.methods, code=code
    )


def _headers(built: ClassFile, own: ClassFile) -> Iterable[tuple[str, object, object]]:
    return (
        ("access", built.access, own.access),
        ("parents", (built.parent, *built.interfaces), (own.parent, *own.interfaces)),
    )


def _members(path: str, what: str, built: tuple[Member, ...], own: tuple[Member, ...], *, code: bool) -> str:
    one, other = _by_name(built, code=code), _by_name(own, code=code)
    changed = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    if not changed:
        return ""
    names = _some([f"{name}{descriptor}"[:200] for name, descriptor in changed])
    return f"{path} of the build has other {what} than the sources give: {names}"


def _by_name(members: tuple[Member, ...], *, code: bool) -> dict[tuple[str, str], list[tuple[int, str]]]:
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for member in members:
        if code or not member.access & (PRIVATE | SYNTHETIC):
            what = (member.access, member.code if code else "")
            found.setdefault((member.name, member.descriptor), []).append(what)
    return found


def _some(names: list[str]) -> str:
    shown = ", ".join(name[:200] for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"  # noqa: PLR2004 - as many as are shown
