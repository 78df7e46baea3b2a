"""Class files put together byte by byte, so that tests need no compiler and can break what they like."""

from __future__ import annotations

import struct

VOID = "()V"
RETURN = b"\xb1"


class Pool:
    """A pool of constants that grows as they are asked for."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self._known: dict[bytes, int] = {}

    def add(self, entry: bytes) -> int:
        """Give the index of an entry."""
        if entry not in self._known:
            self.entries.append(entry)
            self._known[entry] = len(self.entries)
        return self._known[entry]

    def text(self, text: str | bytes) -> int:
        """Give the index of a text, bytes as they are."""
        data = text if isinstance(text, bytes) else text.encode()
        return self.add(struct.pack(">BH", 1, len(data)) + data)

    def of(self, kind: int, *indexes: int) -> int:
        """Give the index of a constant that is made of others."""
        return self.add(struct.pack(f">B{len(indexes)}H", kind, *indexes))

    def class_(self, name: str) -> int:
        """Give the index of a class."""
        return self.of(7, self.text(name))

    def method(self, owner: str, name: str, descriptor: str = VOID) -> int:
        """Give the index of a method."""
        return self.of(10, self.class_(owner), self.of(12, self.text(name), self.text(descriptor)))


def class_file(  # noqa: PLR0913 - each a part that some test is about
    name: str = "toy/Calc",
    *,
    major: int = 61,
    parent: str = "java/lang/Object",
    calls: tuple[str, ...] = (),
    methods: tuple[tuple[str, bytes], ...] = (("run", RETURN),),
    before: tuple[str, ...] = (),
) -> bytes:
    """A class whose methods have this code; one more, `calls`, calls methods of `toy/Other` by these names.

    `before` are texts that only move the other constants to other places.
    """
    pool = Pool()
    for text in before:
        pool.text(text)
    this, above, code = pool.class_(name), pool.class_(parent), pool.text("Code")
    calling = b"".join(b"\xb8" + struct.pack(">H", pool.method("toy/Other", one)) for one in calls) + RETURN
    written = []
    for method, body in (*methods, *((("calls", calling),) if calls else ())):
        attribute = struct.pack(">HHI", 9, 9, len(body)) + body + struct.pack(">HH", 0, 0)
        head = struct.pack(">HHHH", 1, pool.text(method), pool.text(VOID), 1)
        written.append(head + struct.pack(">HI", code, len(attribute)) + attribute)
    return assembled(pool.entries, this, above, b"".join(written), len(written), major=major)


def assembled(  # noqa: PLR0913 - the parts of a class file
    entries: list[bytes], this: int, parent: int, methods: bytes = b"", count: int = 0, *, major: int = 61
) -> bytes:
    """A class file with these constants and methods, and nothing else."""
    head = struct.pack(">IHHH", 0xCAFEBABE, 0, major, len(entries) + 1) + b"".join(entries)
    return head + struct.pack(">HHHHHH", 0x21, this, parent, 0, 0, count) + methods + struct.pack(">H", 0)
