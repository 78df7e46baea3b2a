"""Class files as data: bounded reading of what a hostile build made, never loaded by any JVM of ours."""

from __future__ import annotations

from msgspec import Struct


class Member(Struct, frozen=True):
    """A field or method; `code` is what a method does with its constants spelled out, hashed, "" where it has none."""

    name: str
    descriptor: str
    access: int
    code: str = ""


class ClassFile(Struct, frozen=True, kw_only=True):
    """What a class file holds, its constants resolved.

    Names have slashes, as in the file. `references` are the classes and members that it refers to, `strings` the text
    constants. `major` is 52 for Java 8, 61 for 17, 65 for 21.
    """

    major: int
    minor: int
    access: int
    name: str
    parent: str
    interfaces: tuple[str, ...] = ()
    fields: tuple[Member, ...] = ()
    methods: tuple[Member, ...] = ()
    references: frozenset[str] = frozenset()
    strings: frozenset[str] = frozenset()


def read_class(data: bytes) -> ClassFile:
    """Read a class file. Raises ProtocolError for what is none, is cut off, has bytes left over, or is over 16 MiB."""
    raise NotImplementedError(data)
