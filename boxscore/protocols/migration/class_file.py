"""Class files as data: bounded reading of what a hostile build made, never loaded by any JVM of ours."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.byte_code import Speller, spelled_code
from boxscore.protocols.migration.constants import BadClass, Constants, Reader, read_constants

if TYPE_CHECKING:
    from collections.abc import Callable

CLASS_BYTES = 4 << 20
"""More than any compiler makes: its constants and code have 64 KiB each at the most, and few are that long."""

MAGIC = 0xCAFEBABE


class Member(Struct, frozen=True):
    """A field or method; `code` is what a method does with its constants spelled out, hashed, "" where it has none."""

    name: str
    descriptor: str
    access: int
    code: str = ""


class ClassFile(Struct, frozen=True, kw_only=True):
    """What a class file holds, its constants resolved.

    Names have slashes, as in the file. `major` is 52 for Java 8, 61 for 17, 65 for 21.
    """

    major: int
    minor: int
    access: int
    name: str
    parent: str
    interfaces: tuple[str, ...] = ()
    fields: tuple[Member, ...] = ()
    methods: tuple[Member, ...] = ()


def read_major(data: bytes) -> int | None:
    """Give the version of a class file that starts like one, as `javap` would print it; None for what does not."""
    if len(data) < struct.calcsize(">IHH") or int.from_bytes(data[:4]) != MAGIC:
        return None
    return int.from_bytes(data[6:8])


def read_class(data: bytes) -> ClassFile:
    """Read a class file. Raises ProtocolError for one over CLASS_BYTES, and for what is none, cut off, or goes on."""
    if len(data) > CLASS_BYTES:
        raise ProtocolError(f"a class file has {len(data)} bytes, more than {CLASS_BYTES}")
    try:
        return _read(Reader(data))
    except BadClass as error:
        raise ProtocolError(f"a class file is broken: {error}") from error


def _read(reader: Reader) -> ClassFile:
    if reader.u4() != MAGIC:
        raise BadClass("it does not begin as one")
    minor, major = reader.u2(), reader.u2()
    constants = read_constants(reader)
    access, this, parent = reader.u2(), reader.u2(), reader.u2()
    interfaces = tuple(constants.class_name(reader.u2()) for _ in range(reader.u2()))
    fields = _members(reader, constants)
    methods = _members(reader, constants)
    attributes = _attributes(reader, constants)
    reader.end()
    speller = Speller(constants, _bootstraps(attributes.get("BootstrapMethods", b"\0\0")))
    return ClassFile(
        major=major,
        minor=minor,
        access=access,
        name=constants.class_name(this),
        parent=constants.class_name(parent) if parent else "",
        interfaces=interfaces,
        fields=_resolved(fields, lambda found: _constant(found, constants)),
        methods=_resolved(methods, lambda found: _code(found, speller)),
    )


class _Raw(Struct, frozen=True):
    name: str
    descriptor: str
    access: int
    attributes: dict[str, bytes]


def _members(reader: Reader, constants: Constants) -> tuple[_Raw, ...]:
    members = []
    for _ in range(reader.u2()):
        access, name, descriptor = reader.u2(), reader.u2(), reader.u2()
        attributes = _attributes(reader, constants)
        members.append(_Raw(constants.text(name), constants.text(descriptor), access, attributes))
    return tuple(members)


def _attributes(reader: Reader, constants: Constants) -> dict[str, bytes]:
    """Give the bytes of each attribute; of two with one name, which the format forbids where it matters, raise."""
    found: dict[str, bytes] = {}
    for _ in range(reader.u2()):
        name = constants.text(reader.u2())
        if name in found and name in ("Code", "BootstrapMethods", "ConstantValue"):
            raise BadClass(f"it has two attributes {name}")
        found[name] = reader.take(reader.u4())
    return found


def _resolved(members: tuple[_Raw, ...], code: Callable[[_Raw], str]) -> tuple[Member, ...]:
    return tuple(Member(one.name, one.descriptor, one.access, code(one)) for one in members)


def _constant(field: _Raw, constants: Constants) -> str:
    value = field.attributes.get("ConstantValue")
    return "" if value is None else constants.spelled(int.from_bytes(value[:2]))


def _code(method: _Raw, speller: Speller) -> str:
    code = method.attributes.get("Code")
    if code is None:
        default = method.attributes.get("AnnotationDefault")
        return "" if default is None else f"default {len(default)}"
    reader = Reader(code)
    reader.take(4)  # the depth of its stack and the number of its variables
    instructions = reader.take(reader.u4())
    handlers = [(reader.u2(), reader.u2(), reader.u2(), reader.u2()) for _ in range(reader.u2())]
    return spelled_code(instructions, handlers, speller)


def _bootstraps(data: bytes) -> tuple[tuple[int, tuple[int, ...]], ...]:
    reader = Reader(data)
    return tuple((reader.u2(), tuple(reader.u2() for _ in range(reader.u2()))) for _ in range(reader.u2()))
