"""What a method does, as a hash that does not hang on where constants stand in its class file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from boxscore.protocols.migration.constants import DYNAMIC, BadClass, Constants, Reader
from boxscore.protocols.migration.constants import INVOKE_DYNAMIC as CALL_SITE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LAST = 201
"""The highest instruction of the format."""

LDC, LDC_W, IINC, GOTO, JSR, TABLE_SWITCH, LOOKUP_SWITCH = 18, 19, 132, 167, 168, 170, 171
INVOKE_INTERFACE, INVOKE_DYNAMIC, WIDE, MULTI_NEW_ARRAY, GOTO_W, JSR_W = 185, 186, 196, 197, 200, 201

PLAIN = {16: 1, 17: 2, 188: 1, IINC: 2} | dict.fromkeys((*range(21, 26), *range(54, 59), 169), 1)
"""How many bytes follow the instructions whose operands are plain numbers."""

FOLLOWED = {INVOKE_INTERFACE: 2, INVOKE_DYNAMIC: 2, MULTI_NEW_ARRAY: 1}
"""How many bytes stand behind the index of a constant."""

CONSTANT = frozenset((LDC_W, 20, *range(178, 185), 187, 189, 192, 193, *FOLLOWED))
"""Instructions with the index of a constant."""

CODE_BYTES = 0xFFFF
"""The longest code that a method may have."""

JUMPS = frozenset((*range(153, 169), 198, 199))
"""Instructions with the distance to another."""

SAME = {LDC_W: LDC, GOTO_W: GOTO, JSR_W: JSR}
"""Instructions that differ only in how far they can point."""

Bootstraps = tuple[tuple[int, tuple[int, ...]], ...]


class _Instruction:
    """One instruction: where it stands, its spelled operands, and the places it may go to."""

    __slots__ = ("at", "text", "to")

    def __init__(self, at: int, text: str, to: tuple[int, ...] = ()) -> None:
        self.at, self.text, self.to = at, text, to


def spelled_code(code: bytes, handlers: Sequence[tuple[int, int, int, int]], speller: Speller) -> str:
    """Hash instructions and exception handlers. Raises BadClass for what is no code of the format."""
    if len(code) > CODE_BYTES:
        raise BadClass(f"it has a method of {len(code)} bytes, more than {CODE_BYTES}")
    reader = _CodeReader(code)
    instructions = []
    while reader.at < len(code):
        instructions.append(_instruction(reader, speller))
    numbers = {one.at: number for number, one in enumerate(instructions)} | {len(code): len(instructions)}
    digest = hashlib.sha256()
    for one in instructions:
        digest.update(f"{one.text} {_places(one.to, numbers)}\n".encode(errors="surrogatepass"))
    for start, end, target, kind in handlers:
        caught = speller(kind) if kind else "any"
        digest.update(f"{_places((start, end, target), numbers)} {caught}\n".encode(errors="surrogatepass"))
    return digest.hexdigest()[:32]


def _places(to: Sequence[int], numbers: Mapping[int, int]) -> list[int]:
    try:
        return [numbers[place] for place in to]
    except KeyError as error:
        raise BadClass(f"it goes to byte {error} of a method, which begins no instruction") from error


class _CodeReader(Reader):
    """A reader of one method's instructions that knows where it is."""

    @property
    def at(self) -> int:
        """The place of the next byte."""
        return self._at


class Speller:
    """Spells the constants of one class, and each of its bootstrap methods, once."""

    def __init__(self, constants: Constants, bootstraps: Bootstraps) -> None:
        self._constants, self._bootstraps = constants, bootstraps
        self._known: dict[int, str] = {}
        self._known_bootstraps: dict[int, str] = {}

    def __call__(self, index: int) -> str:
        """Give a constant as a hash. Raises BadClass for what is none."""
        if index not in self._known:
            text = self._spelled(index)
            self._known[index] = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        return self._known[index]

    def _spelled(self, index: int) -> str:
        constants = self._constants
        if constants.kind(index) not in (DYNAMIC, CALL_SITE):
            return constants.spelled(index)
        number, text = constants.dynamic(index)
        if number >= len(self._bootstraps):
            raise BadClass(f"it has no bootstrap method {number}")
        if number not in self._known_bootstraps:
            handle, arguments = self._bootstraps[number]
            words = " ".join([constants.handle(handle), *(constants.spelled(one) for one in arguments)])
            self._known_bootstraps[number] = hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()
        return f"{text} {self._known_bootstraps[number]}"


def _instruction(reader: _CodeReader, speller: Speller) -> _Instruction:
    at, operation = reader.at, reader.u1()
    if operation in (TABLE_SWITCH, LOOKUP_SWITCH):
        return _switch(reader, at, operation)
    if operation > LAST:
        raise BadClass(f"it has the unknown instruction {operation}")
    to: tuple[int, ...] = ()
    operand = ""
    if operation in JUMPS:
        to = (at + _signed(reader.take(2)),)
    elif operation in (GOTO_W, JSR_W):
        to = (at + _signed(reader.take(4)),)
    elif operation in PLAIN:
        operand = reader.take(PLAIN[operation]).hex()
    elif operation == WIDE:
        operand = _widened(reader)
    elif operation in CONSTANT or operation == LDC:
        operand = speller(reader.u1() if operation == LDC else reader.u2())
        operand += reader.take(FOLLOWED.get(operation, 0)).hex()
    return _Instruction(at, f"{SAME.get(operation, operation)} {operand}", to)


def _widened(reader: _CodeReader) -> str:
    operation = reader.u1()
    return f"{operation} {reader.take(4 if operation == IINC else 2).hex()}"


def _switch(reader: _CodeReader, at: int, operation: int) -> _Instruction:
    reader.take(-reader.at % 4)
    default = at + _signed(reader.take(4))
    first = _signed(reader.take(4))
    if operation == TABLE_SWITCH:
        count, keys = _signed(reader.take(4)) - first + 1, f"{first}"
    else:
        count, keys = first, ""
    if count < 0:
        raise BadClass(f"it has a switch with {count} cases")
    to, chosen = [default], []
    for _ in range(count):
        if operation == LOOKUP_SWITCH:
            chosen.append(_signed(reader.take(4)))
        to.append(at + _signed(reader.take(4)))
    return _Instruction(at, f"{operation} {keys or chosen}", tuple(to))


def _signed(data: bytes) -> int:
    return int.from_bytes(data, signed=True)
