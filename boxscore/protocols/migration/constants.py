"""The constants of a class file: numbers, text and names that its other parts point to."""

from __future__ import annotations

UTF8, INTEGER, FLOAT, LONG, DOUBLE, CLASS, STRING = 1, 3, 4, 5, 6, 7, 8
FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE = 9, 10, 11, 12
METHOD_HANDLE, METHOD_TYPE, DYNAMIC, INVOKE_DYNAMIC, MODULE, PACKAGE = 15, 16, 17, 18, 19, 20

SIZES = {INTEGER: 4, FLOAT: 4, LONG: 8, DOUBLE: 8, CLASS: 2, STRING: 2, FIELD: 4, METHOD: 4, INTERFACE_METHOD: 4}
SIZES |= {NAME_AND_TYPE: 4, METHOD_HANDLE: 3, METHOD_TYPE: 2, DYNAMIC: 4, INVOKE_DYNAMIC: 4, MODULE: 2, PACKAGE: 2}

WIDE = (LONG, DOUBLE)
"""Which take the place of two constants."""


SPELLED_CHARACTERS = 32 << 20
"""What all names that are put together for one class may have: a few long texts can be pointed to very often."""


class BadClass(Exception):  # noqa: N818 - what it is says it best
    """A class file is not what the format allows; never leaves the reader of class files."""


class Reader:
    """Takes numbers and bytes from data, each once and in order; BadClass at its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        """Give the next bytes."""
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise BadClass(f"it is cut off at byte {self._at}")
        self._at += count
        return taken

    def u1(self) -> int:
        """Give the next byte."""
        return self.take(1)[0]

    def u2(self) -> int:
        """Give the next number of two bytes."""
        return int.from_bytes(self.take(2))

    def u4(self) -> int:
        """Give the next number of four bytes."""
        return int.from_bytes(self.take(4))

    def end(self) -> None:
        """Raise BadClass if anything is left."""
        if self._at < len(self._data):
            raise BadClass(f"{len(self._data) - self._at} bytes follow it")


class Constants:
    """The pool of a class file, by index; each index from outside is checked as it is followed."""

    def __init__(self, entries: dict[int, tuple[int, bytes]]) -> None:
        self._entries = entries
        self._texts: dict[int, str] = {}
        self._left = SPELLED_CHARACTERS

    def _put_together(self, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            raise BadClass(f"its names have more than {SPELLED_CHARACTERS} characters together")
        return text

    def _entry(self, index: int, *kinds: int) -> bytes:
        kind, data = self._entries.get(index, (0, b""))
        if kind not in kinds:
            raise BadClass(f"its constant {index} is of kind {kind}, not one of {kinds}")
        return data

    def kind(self, index: int) -> int:
        """Give what kind of constant stands there."""
        if index not in self._entries:
            raise BadClass(f"it has no constant {index}")
        return self._entries[index][0]

    def text(self, index: int) -> str:
        """Give a text, decoded from Java's own form of UTF-8; what that forbids becomes replacement characters."""
        if index not in self._texts:
            self._texts[index] = decoded(self._entry(index, UTF8))
        return self._texts[index]

    def class_name(self, index: int) -> str:
        """Give the name of a class, with slashes."""
        return self._put_together(self.text(int.from_bytes(self._entry(index, CLASS))))

    def name_and_type(self, index: int) -> str:
        """Give `name:descriptor`."""
        data = self._entry(index, NAME_AND_TYPE)
        return self._put_together(f"{self.text(int.from_bytes(data[:2]))}:{self.text(int.from_bytes(data[2:]))}")

    def member(self, index: int) -> str:
        """Give `owner.name:descriptor` of a field or method."""
        data = self._entry(index, FIELD, METHOD, INTERFACE_METHOD)
        owner = self.class_name(int.from_bytes(data[:2]))
        return self._put_together(f"{owner}.{self.name_and_type(int.from_bytes(data[2:]))}")

    def dynamic(self, index: int) -> tuple[int, str]:
        """Give the number of the bootstrap method of a computed constant or call, and `name:descriptor`."""
        data = self._entry(index, DYNAMIC, INVOKE_DYNAMIC)
        return int.from_bytes(data[:2]), self.name_and_type(int.from_bytes(data[2:]))

    def handle(self, index: int) -> str:
        """Give a method handle as its kind and its member."""
        data = self._entry(index, METHOD_HANDLE)
        return f"{data[0]} {self.member(int.from_bytes(data[1:]))}"

    def spelled(self, index: int) -> str:
        """Give a constant as a text that does not hang on indexes, but for those of bootstrap methods."""
        kind = self.kind(index)
        data = self._entries[index][1]
        if kind in (INTEGER, FLOAT, LONG, DOUBLE):
            return self._put_together(f"{kind} {data.hex()}")
        if kind in (CLASS, STRING, METHOD_TYPE, MODULE, PACKAGE):
            return self._put_together(f"{kind} {self.text(int.from_bytes(data))}")
        if kind in (FIELD, METHOD, INTERFACE_METHOD):
            return f"{kind} {self.member(index)}"
        if kind == METHOD_HANDLE:
            return f"{kind} {self.handle(index)}"
        if kind in (DYNAMIC, INVOKE_DYNAMIC):
            return f"{kind} {self.dynamic(index)[1]}"
        raise BadClass(f"its constant {index} of kind {kind} is used as a value")


def read_constants(reader: Reader) -> Constants:
    """Read the pool. Raises BadClass for a kind that no version of the format has."""
    entries: dict[int, tuple[int, bytes]] = {}
    count, index = reader.u2(), 1
    while index < count:
        kind = reader.u1()
        if kind == UTF8:
            data = reader.take(reader.u2())
        elif kind in SIZES:
            data = reader.take(SIZES[kind])
        else:
            raise BadClass(f"its constant {index} is of the unknown kind {kind}")
        entries[index] = kind, data
        index += 2 if kind in WIDE else 1
    return Constants(entries)


def decoded(data: bytes) -> str:
    """Decode Java's own form of UTF-8: NUL as two bytes, and what is beyond 16 bits as two surrogates of three each."""
    plain = data.replace(b"\xc0\x80", b"\0")
    try:
        return plain.decode()
    except UnicodeDecodeError:
        text = plain.decode("utf-8", "surrogatepass") if _only_surrogates(plain) else plain.decode("utf-8", "replace")
        return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _only_surrogates(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
