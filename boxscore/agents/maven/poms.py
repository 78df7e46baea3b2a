"""Changes of poms that need no model: the Java to build for, and the versions of dependencies.

A pom is changed where it must be, and nowhere else: its elements are found by their place in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_BYTES, MOST_ELEMENTS = 4 << 20, 100_000
FORCED = ("maven.compiler.source", "maven.compiler.target", "maven.compiler.release")
IF_THERE = ("java.version", "jdk.version", "javaVersion", "jdkversion", "java.testversion")
SETTINGS = ("source", "target", "release")
COMPILER = "maven-compiler-plugin"
_PROPERTY = re.compile(r"\$\{([^}]+)\}")


class _Element:
    """An element of a pom: its name without namespace, and the bytes that it and its content take."""

    def __init__(self, name: str, start: int, inner: int, *, empty: bool) -> None:
        self.name, self.start, self.inner, self.empty = name, start, inner, empty
        self.inner_end = self.end = inner
        self.children: list[_Element] = []

    def child(self, name: str) -> _Element | None:
        return next((one for one in self.children if one.name == name), None)

    def walk(self) -> Iterator[_Element]:
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += reversed(one.children)


class _Pom:
    """The text of a pom, and the changes that are to be made to it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.root = data, _parsed(data)
        self._edits: list[tuple[int, int, bytes]] = []

    def text(self, element: _Element | None) -> str:
        if element is None or element.children:
            return ""
        return self.data[element.inner : element.inner_end].decode(errors="replace").strip()

    def set_text(self, element: _Element, text: str) -> None:
        new = f"<{element.name}>{text}</{element.name}>" if element.empty else text
        where = (element.start, element.end) if element.empty else (element.inner, element.inner_end)
        if self.text(element) != text:
            self._edits.append((*where, new.encode()))

    def add(self, parent: _Element, text: str) -> None:
        """Put text behind all that an element has."""
        if parent.empty:
            tag = self.data[parent.start : parent.end].rstrip(b"/>").rstrip()
            self._edits.append((parent.start, parent.end, tag + f">{text}</{parent.name}>".encode()))
        else:
            self._edits.append((parent.inner_end, parent.inner_end, text.encode()))

    def done(self) -> bytes:
        data = self.data
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2], reverse=True):
            data = data[:start] + new + data[end:]
        return data


def with_release(data: bytes, release: int) -> bytes:
    """A pom that builds for a Java release, as SD-Feedback's seed changes make it. Raises ValueError for no pom."""
    pom = _Pom(data)
    _set_properties(pom, str(release))
    _set_compiler(pom, str(release))
    return pom.done()


def with_versions(data: bytes, versions: Mapping[str, str]) -> bytes:
    """A pom whose dependencies have at least the versions of a table, by `group:artifact`. Raises ValueError."""
    pom = _Pom(data)
    properties = pom.root.child("properties")
    known = {one.name: pom.text(one) for one in (properties.children if properties else ())}
    for one in pom.root.walk():
        if one.name != "dependency":
            continue
        name = f"{pom.text(one.child('groupId'))}:{pom.text(one.child('artifactId'))}"
        version = one.child("version")
        if version is not None and name in versions and _is_older(_resolved(pom.text(version), known), versions[name]):
            pom.set_text(version, versions[name])
    return pom.done()


def _set_properties(pom: _Pom, release: str) -> None:
    properties = pom.root.child("properties")
    there = {one.name: one for one in properties.children} if properties is not None else {}
    for name in (*FORCED, *IF_THERE):
        if name in there:
            pom.set_text(there[name], release)
    lines = "".join(f"    <{name}>{release}</{name}>\n" for name in FORCED if name not in there)
    if properties is None:
        pom.add(pom.root, f"\n  <properties>\n{lines}  </properties>\n")
    elif lines:
        pom.add(properties, f"\n{lines}  ")


def _set_compiler(pom: _Pom, release: str) -> None:
    plugins = [one for one in pom.root.walk() if one.name == "plugin" and pom.text(one.child("artifactId")) == COMPILER]
    for plugin in plugins:
        configuration = plugin.child("configuration")
        if configuration is None:
            pom.add(plugin, _configuration(SETTINGS, release))
            continue
        for name in SETTINGS:
            one = configuration.child(name)
            if one is not None:
                pom.set_text(one, release)
        missing = [name for name in SETTINGS if configuration.child(name) is None]
        if missing:
            pom.add(configuration, "".join(f"<{name}>{release}</{name}>" for name in missing))
    if not plugins:
        _add_compiler(pom, release)


def _add_compiler(pom: _Pom, release: str) -> None:
    text = (
        f"\n<plugin><groupId>org.apache.maven.plugins</groupId><artifactId>{COMPILER}</artifactId>"
        f"{_configuration(SETTINGS, release)}</plugin>\n"
    )
    build = pom.root.child("build")
    plugins = build.child("plugins") if build is not None else None
    if plugins is not None:
        pom.add(plugins, text)
    elif build is not None:
        pom.add(build, f"\n<plugins>{text}</plugins>\n")
    else:
        pom.add(pom.root, f"\n<build><plugins>{text}</plugins></build>\n")


def _configuration(names: Iterable[str], release: str) -> str:
    return f"<configuration>{''.join(f'<{name}>{release}</{name}>' for name in names)}</configuration>"


def _resolved(version: str, known: Mapping[str, str]) -> str:
    for _ in range(10):  # properties may stand for others, and for themselves
        match = _PROPERTY.fullmatch(version)
        if match is None:
            return version
        version = known.get(match[1], "")
    return ""


def _is_older(old: str, new: str) -> bool:
    """Compare versions by their numbers alone; what cannot be compared is left as it is."""
    try:
        return Version(_numbers(old)) < Version(_numbers(new))
    except InvalidVersion:
        return False


def _numbers(version: str) -> str:
    return re.sub(r"[a-zA-Z-]", "", version).rstrip(".")


def _parsed(data: bytes) -> _Element:
    """The elements of a pom. Raises ValueError for what is none, has a document type, or is too much."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has {len(data)} bytes")
    if b"\0" in data:
        raise ValueError("it is in an encoding that does not hold ASCII")
    parser = expat.ParserCreate()
    root = _Element("", 0, 0, empty=False)
    open_elements, count = [root], 0

    def begin(name: str, _: object) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise ValueError("it has too many elements")
        start = parser.CurrentByteIndex
        inner = _tag_end(data, start)
        element = _Element(name.rpartition(":")[2], start, inner, empty=data[inner - 2 : inner] == b"/>")
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        element = open_elements.pop()
        if not element.empty:
            element.inner_end = parser.CurrentByteIndex
            element.end = _tag_end(data, element.inner_end)

    def refuse(*_: object) -> None:
        raise ValueError("it has a document type")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - its signature
    except expat.ExpatError as error:
        raise ValueError(f"it is not XML: {error}") from error
    if not root.children or root.children[0].name != "project":
        raise ValueError("it is no pom")
    return root.children[0]


def _tag_end(data: bytes, start: int) -> int:
    """Where a tag that begins at `start` ends: `>` may stand in the value of an attribute."""
    quote = 0
    for place in range(start, len(data)):
        byte = data[place]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return place + 1
    raise ValueError("a tag does not end")
