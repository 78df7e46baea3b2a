"""Which files a migration may not bring, by what its patch did to the tree, before any of them is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.jvm.names import JDK, OF_TESTS
from boxscore.protocols.migration.arguments import is_harmless, split_arguments
from boxscore.protocols.migration.resolved import TREE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from boxscore.protocols.patch.admission import Change

ENDS = (
    *(".class", ".jar", ".war", ".ear", ".jmod", ".jimage", ".zip", ".gz", ".tar", ".7z", ".xz"),
    *(".so", ".dll", ".dylib", ".jnilib", ".exe", ".jsa"),
)
EXTENSIONS = ".mvn/extensions.xml"
JVM_CONFIG = ".mvn/jvm.config"
TAKEN = tuple(f"{package}." for package in (*JDK, *OF_TESTS, "org.apache.maven"))
"""Packages of Java, of what tests are run with and of Maven: classes of these names would be taken for theirs."""

_PACKAGE = re.compile(rb"^[^\S\n]*package\s+([\w.]+)\s*;", re.MULTILINE)
_IN_DISGUISE = re.compile(rb"yv66v[gw]A|UEsDBB|(?i:\\u00ca\\u00fe\\u00ba\\u00be|\bcafebabe0000003[0-9a-f])")
_MOCKING = "mockito-extensions/"
_KINDS_OF_MOCKS = frozenset(
    [b"", b"mock-maker-inline", b"mock-maker-subclass", b"mock-maker-proxy", b"member-accessor-module"]
)
_PLAIN = re.compile(r"-[\w.:/=,+-]+")


def file_faults(changes: Iterable[Change], contents: Mapping[str, bytes], known: frozenset[str]) -> Iterator[str]:
    """Say what is wrong with the files that a patch has left, one sentence each.

    `contents` are the texts of changed files. Packages in `known` are the project's own from before.
    """
    for change in changes:
        path, now = change.path, change.after
        if now is None or now.kind == "folder":
            continue
        if path.lower().endswith(ENDS):
            yield f"it brings a file that is compiled or packed: {path}"
        elif path.rpartition("/")[2] == TREE_FILE:
            yield f"it brings what the grader's own Maven writes: {path}"
        elif path == EXTENSIONS or path.endswith(f"/{EXTENSIONS}"):
            yield f"it changes what Maven itself is extended with: {path}"
        elif _IN_DISGUISE.search(contents.get(path, b"")):
            yield f"it holds a compiled class or an archive, written as text: {path}"
        elif _MOCKING in path and contents.get(path, b"").strip() not in _KINDS_OF_MOCKS:
            yield f"it extends what tests mock with: {path}"
        elif taken := taken_package(package_of(contents.get(path, b"")), known) if path.endswith(".java") else "":
            yield f"it brings classes of the package {taken}, which would be taken for others: {path}"


def package_of(source: bytes) -> str:
    """The package that a source says it is in; "" where it says none. By its text: classes are looked at again."""
    found = _PACKAGE.search(source)
    return found[1].decode("ascii", "replace") if found else ""


def taken_package(package: str, known: frozenset[str]) -> str:
    """The package, where it is somebody else's and none of the project's own from before; else ""."""
    return package if f"{package}.".startswith(TAKEN) and package not in known else ""


def config_faults(text: bytes, before: bytes) -> tuple[tuple[str, ...], str]:
    """The options of `.mvn/jvm.config` that Maven's own JVM may have, and why others are none; "" where all are.

    What the project had before is not held against anybody, and is not used either unless it is harmless.
    """
    try:
        words, known = (split_arguments(one.decode(errors="replace")) for one in (text, before))
    except ValueError as error:
        return (), f"{JVM_CONFIG} cannot be read: {error}"
    odd = [word for word in words if not _is_plain(word) and word not in known]
    reason = f"{JVM_CONFIG} has what is no harmless option of Java: {odd[0][:200]}" if odd else ""
    return tuple(word for word in words if _is_plain(word)), reason


def _is_plain(word: str) -> bool:
    """Whether an option lets Maven's own JVM do more, and tells Maven nothing: its properties are ours alone."""
    return (
        is_harmless(word, ())
        and not (word.startswith("-D") and not word.startswith("-Dfile.encoding="))
        and _PLAIN.fullmatch(word) is not None
    )
