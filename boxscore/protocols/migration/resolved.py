"""What Maven resolved of the dependencies of each module, read from the trees that `dependency:tree` writes as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from boxscore.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TREE_FILE = ".boxscore-dependencies.json"
"""Where the plugin writes, below each module's folder."""

MAX_ARTEFACTS, MAX_TREE_BYTES, MAX_DEPTH = 20_000, 16 << 20, 200
_JAR_TYPES = frozenset({"jar", "test-jar", "maven-plugin", "ejb", "ejb-client", "bundle", "java-source", "javadoc"})
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,199}")
_COMPILED_WITH = frozenset({"compile", "provided", "system"})

Word = Annotated[str, Meta(max_length=200)]


class Artefact(Struct, frozen=True, kw_only=True):
    """An artefact that a module is built or run with."""

    group: str
    artifact: str
    version: str
    type: str = "jar"
    classifier: str = ""
    scope: str = "compile"
    direct: bool = False

    @property
    def name(self) -> str:
        """`group:artifact`."""
        return f"{self.group}:{self.artifact}"

    @property
    def is_jar(self) -> bool:
        """Whether it can stand on a class path."""
        return self.type in _JAR_TYPES

    @property
    def compiles(self) -> bool:
        """Whether main classes are compiled with it."""
        return self.scope in _COMPILED_WITH

    @property
    def path(self) -> str:
        """Where it is in a Maven repository."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        extension = "jar" if self.is_jar else self.type
        folder = f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}"
        return f"{folder}/{self.artifact}-{self.version}{suffix}.{extension}"


class _Node(Struct, frozen=True):
    groupId: Word  # noqa: N815 - as the plugin writes them
    artifactId: Word  # noqa: N815 - as above
    version: Word
    type: Word = "jar"
    scope: Word = ""
    classifier: Word = ""
    children: Annotated[tuple[_Node, ...], Meta(max_length=MAX_ARTEFACTS)] = ()


def read_dependencies(data: bytes) -> tuple[Artefact, ...]:
    """Read the tree of one module: each artefact once, nearest first, the module itself left out.

    Raises ProtocolError for what is no such tree, or names that are none in a Maven repository.
    """
    if len(data) > MAX_TREE_BYTES or _depth(data) > MAX_DEPTH:
        raise ProtocolError("a tree of dependencies is too large, or too deep")
    try:
        root = msgspec.json.decode(data, type=_Node)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"no tree of dependencies: {error}") from error
    found: dict[tuple[str, str, str, str], Artefact] = {}
    for one in _walk(root.children):
        found.setdefault((one.group, one.artifact, one.type, one.classifier), one)
        if len(found) > MAX_ARTEFACTS:
            raise ProtocolError("a tree of dependencies has too many")
    return tuple(found.values())


def _depth(data: bytes) -> int:
    depth = most = 0
    for byte in data:
        if byte in b"[{":
            depth += 1
            most = max(most, depth)
        elif byte in b"]}":
            depth -= 1
    return most


def _walk(nodes: Sequence[_Node]) -> Iterator[Artefact]:
    """Each node before those below it, as Maven puts them on a class path."""
    waiting = [(node, True) for node in reversed(nodes)]
    while waiting:
        node, direct = waiting.pop()
        yield _artefact(node, direct=direct)
        waiting += [(child, False) for child in reversed(node.children)]


def is_word(text: str) -> bool:
    """Whether a text can be a name in the path of an artefact."""
    return _WORD.fullmatch(text) is not None and ".." not in text


def _artefact(node: _Node, *, direct: bool) -> Artefact:
    for word in (*node.groupId.split("."), node.artifactId, node.version, node.type):
        if not is_word(word):
            raise ProtocolError(f"no name of an artefact: {word[:100]!a}")
    if node.classifier and not is_word(node.classifier):
        raise ProtocolError(f"no classifier of an artefact: {node.classifier[:100]!a}")
    return Artefact(
        group=node.groupId,
        artifact=node.artifactId,
        version=node.version,
        type=node.type,
        classifier=node.classifier,
        scope=node.scope or "compile",
        direct=direct,
    )
