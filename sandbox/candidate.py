"""What runs in a candidate's process: loads its code, calls what it is asked to call, sends the answers.

From the first line of the candidate's code on, nothing here can be trusted, and nothing outside does.
Requests come from file descriptor 3, answers leave by 4, in the frames that `frames.py` describes.
"""

from __future__ import annotations

import itertools
import marshal
import os
import struct
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import plain
from frames import ANSWER, CALLBACK, DIGEST, LENGTH, LOADED, MAX_ANSWER, PASSED, RAISED, VALUE, write_all
from objects import NONE, Objects, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

REQUESTS, ANSWERS, OBSERVED, REPORT = 3, 4, 5, 6  # the last two where tests run in the candidate's process
MAX_TEXT = 2_000
FLUSH_S = 0.02

_PRINTED = sys.stdout
_STARTED, _MAIN = sys.modules["__main__"], ModuleType("__main__")  # made and kept here: each fork would pay for it
_MAIN.__dict__.clear()
TOO_LARGE = RAISED + marshal.dumps(("answer", ("OverflowError",), "the answer is too large"), plain.VERSION)


class Session:
    """The candidate's globals, the objects that it handed out, and the two pipes."""

    def __init__(self, scope: dict[str, Any] | None = None) -> None:
        self.globals: dict[str, Any] = {} if scope is None else scope
        self.shares = False
        self.made: Objects | None = None
        self.inbox = b""

    @property
    def objects(self) -> Objects:
        """What it handed out: made when it is first needed, as most programs answer with plain data."""
        if self.made is None:
            self.made = Objects(self.globals, self.named, self.ask, shares=self.shares)
        return self.made

    def named(self, name: str) -> Any:
        try:
            return self.globals[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def serve(self) -> Any:
        """Answer requests until the pipe ends, or until there is a reply to what was asked here."""
        while True:
            head = self.read(4)
            if head is None:
                return None
            operation, *rest = marshal.loads(self.read(LENGTH.unpack(head)[0]) or b"")
            if operation == "reply":
                return rest
            getattr(self, "do_" + operation)(*rest)

    def read(self, count: int) -> bytes | None:
        while len(self.inbox) < count:
            data = os.read(REQUESTS, max(65_536, count - len(self.inbox)))
            if not data:
                return None
            self.inbox += data
        part, self.inbox = self.inbox[:count], self.inbox[count:]
        return part

    def do_load(self, source: str, shares: bool) -> None:
        """Execute the candidate's program; with `shares` its tests see what becomes of values that they hand over."""
        self.shares = shares
        try:
            code = compile(source, "<candidate>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
            return send(RAISED + describe(error, "syntax"))
        try:
            exec(code, self.globals)
        except BaseException as error:
            return send(RAISED + describe(error, "load"))
        return send(LOADED)

    def do_call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        try:
            answer = self.named(name)(*arguments, **keywords)
        except BaseException as error:
            return send(RAISED + describe(error, "call"))
        return send(self.encode(answer))

    def do_do(self, operation: str, message: Any, surroundings: tuple[Any, ...]) -> None:
        """Do anything else with the candidate's names and objects: see `objects.OPERATIONS`."""
        failure, around = b"", None
        try:
            *values, keywords, read = self.objects.accept(message)
            if read is None and surroundings == NONE:
                answer = self.objects.do(operation, *values, **dict(keywords))
            else:
                with Surroundings(read, *surroundings) as around:
                    answer = self.objects.do(operation, *values, **dict(keywords))
        except MemoryError:
            return send(TOO_LARGE)
        except BaseException as error:
            failure = describe(error, "call")
            crossing = self.objects.message_of_error(error)
        else:
            crossing = self.crossing(answer)
        printed, position = ("", 0) if around is None else around.found()
        return send(pack(failure, crossing, printed, position))

    def crossing(self, answer: Any) -> Any:
        """Make the message of an answer; None where it is too large for one."""
        try:
            return self.objects.message(answer)
        except BaseException:  # a class of the program's may do anything when it is looked at
            return None

    def do_beside(self, helpers: str, code: str, tests: str) -> None:
        """Run program and tests as one, as if nobody had anything to hide."""
        try:
            exec(compile(helpers, "<helpers>", "exec", dont_inherit=True), self.globals)
            exec(compile(code, "<candidate>", "exec", dont_inherit=True), self.globals)
            exec(compile(tests, "<tests>", "exec", dont_inherit=True), self.globals)
        except BaseException as error:
            ended = isinstance(error, SystemExit) and ends_in_tests(error)
            if ended and error.args in ((), (0,), (None,)):
                return send(PASSED)
            return send(RAISED + describe(error, "tests" if ended or isinstance(error, AssertionError) else "beside"))
        return send(PASSED)

    def ask(self, operation: str, number: int, arguments: Any, keywords: Any) -> Any:
        """Have the tests call a function of theirs, or advance an iterator; raise what that raises."""
        message = self.objects.message(arguments, tuple(keywords.items()))
        send(CALLBACK + marshal.dumps((operation, number, message), plain.VERSION))
        reply = self.serve()
        if reply is None:
            os._exit(0)
        raised, answer = reply
        (value,) = self.objects.accept(answer)
        if raised:
            raise value
        return value

    def do_batch(
        self, name: str, many: Sequence[tuple[Any, ...]], timed: bool, marks: Sequence[int], exact: bool
    ) -> None:
        """Call once for each tuple of arguments; with `exact`, foreign numbers stay what they are: no plain data.

        Answers are gathered, and written before each call whose number is in `marks` and at least every FLUSH_S
        seconds.
        """
        try:
            function = self.named(name)
        except BaseException as error:
            return send(RAISED + describe(error, "call"))
        plain.foreign_numbers = not exact
        clock, marked = time.perf_counter, frozenset(marks)
        outbox: list[bytes] = []
        size, flushed = 0, clock()
        for index, arguments in enumerate(many):
            if index in marked:
                write(b"".join(outbox))
                outbox, size = [], 0
            started = time.process_time() if timed else 0.0
            encoded = self.answer(function, arguments)
            if timed:
                encoded = struct.pack("<d", time.process_time() - started) + encoded
            outbox += (LENGTH.pack(len(encoded)), encoded)
            size += len(encoded)
            if size > 60_000 or clock() - flushed > FLUSH_S:
                write(b"".join(outbox))
                outbox, size, flushed = [], 0, clock()
        return write(b"".join(outbox))

    def answer(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
        try:
            answer = function(*arguments)
            return encode_long(answer) or self.encode(answer)
        except BaseException as error:
            return RAISED + describe(error, "call")

    def encode(self, answer: Any) -> bytes:
        """Encode an answer as plain data, or where it has no such form, by a message."""
        try:
            encoded = VALUE + marshal.dumps(plain.reduce(answer), plain.VERSION)
        except MemoryError:
            return TOO_LARGE
        except (plain.NotPlain, ValueError, RecursionError):
            crossing = self.crossing(answer)
            return TOO_LARGE if crossing is None else pack(b"", crossing, "", 0)
        return encoded if len(encoded) <= MAX_ANSWER else TOO_LARGE


def pack(failure: bytes, message: Any, printed: str, position: int) -> bytes:
    """Encode a message and what was raised; what was printed, and how far was read in what the tests gave to read."""
    try:
        encoded = ANSWER + marshal.dumps((failure, message, printed, position), plain.VERSION)
    except (MemoryError, ValueError):
        return TOO_LARGE
    return encoded if len(encoded) <= MAX_ANSWER else TOO_LARGE


def ends_in_tests(error: BaseException) -> bool:
    """Whether an exception was raised by a line of the tests themselves."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and at.tb_frame.f_code.co_filename == "<tests>"


def describe(error: BaseException, stage: str) -> bytes:
    names = tuple([kind.__name__[:200] for kind in type(error).__mro__[:20]])
    try:
        text = str(error)[:MAX_TEXT]
    except BaseException as second:
        text = "its text raised " + type(second).__name__
    return marshal.dumps((stage, names, text), plain.VERSION)


def send(encoded: bytes) -> None:
    write(LENGTH.pack(len(encoded)) + encoded)


def write(frames: bytes) -> None:
    """Write answers to their pipe, after what was printed until now."""
    try:
        _PRINTED.flush()
    except BaseException:
        pass  # the candidate closed it; its log then ends there
    write_all(ANSWERS, frames)


def main() -> None:
    """Serve until the grader closes the pipe.

    The candidate's globals are those of `__main__`, where `pickle` looks for functions that go to another process; but
    that is not their `__name__`, so what a program does as a script it does not do here.
    """
    sys.argv = [""]
    sys.modules["__main__"] = _MAIN
    try:
        Session(_MAIN.__dict__).serve()
    finally:
        os._exit(0)


# Long answers in a candidate's process: some have hundreds of megabytes, which must not cross to the grader.
#
# An answer of more than LONG_BYTES crosses as the digest of its byte form, taken chunk by chunk, and so does a whole
# number of more digits than are decoded.

LONG_BYTES = 4 << 20
CHUNK, TEXT_CHUNK = 1_000, 64_000  # items of a list or tuple, characters of a text
DIGIT_BITS = 15  # of the byte form of a whole number
_HEAD = 5  # a tag and a count begin the byte form of a list or tuple; its items follow as they are
_TAGS: dict[type, bytes] = {list: b"[", tuple: b"("}


def encode_long(answer: Any) -> bytes | None:
    kind = type(answer)
    if kind is int or kind is str or kind is bytes:
        return digest(answer, parts_of(answer)) if is_long(answer) else None
    if (kind not in _TAGS and kind is not dict) or len(answer) <= CHUNK:
        return None
    parts, size = [], 0
    try:
        forms = pair_forms(answer) if kind is dict else chunk_forms(answer)
        for part in forms:
            parts.append(part)
            size += len(part)
            if size > LONG_BYTES:
                return digest(answer, itertools.chain(parts, forms))
    except (plain.NotPlain, ValueError, RecursionError):
        return None
    if kind is dict:
        return b"".join([VALUE, b"{", *parts, b"0"])
    return b"".join([VALUE, _TAGS[kind], LENGTH.pack(len(answer)), *[part[_HEAD:] for part in parts]])


def chunk_forms(answer: list[Any] | tuple[Any, ...]) -> Iterator[bytes]:
    for start in range(0, len(answer), CHUNK):
        yield marshal.dumps(plain.reduce(answer[start : start + CHUNK]), plain.VERSION)


def pair_forms(answer: dict[Any, Any]) -> Iterator[bytes]:
    for key, value in answer.items():
        yield b"".join([marshal.dumps(plain.reduce(one), plain.VERSION) for one in (key, value)])


def is_long(answer: int | str | bytes) -> bool:
    """Say whether a text or bytes are long, or a number has more digits than are decoded."""
    if isinstance(answer, int):
        return answer.bit_length() > plain.MAX_INT_BITS - DIGIT_BITS
    return len(answer) > LONG_BYTES


def parts_of(answer: int | str | bytes) -> Iterator[bytes]:
    """Give a text, encoded, or bytes in pieces small enough that their memory is used again; a number with its sign."""
    if isinstance(answer, int):
        yield answer.to_bytes(answer.bit_length() // 8 + 1, "little", signed=True)
        return
    for start in range(0, len(answer), TEXT_CHUNK):
        part = answer[start : start + TEXT_CHUNK]
        yield part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")


def digest(answer: Any, parts: Iterable[bytes]) -> bytes:
    """Encode an answer as its type, its length and the digest of its parts; the order of a dict's pairs counts not."""
    import hashlib  # noqa: PLC0415 - few samples need it, and what is loaded here is in the memory of all

    total = hashlib.sha256()
    if type(answer) is dict:
        parts = sorted(hashlib.sha256(part).digest() for part in parts)
    for part in parts:
        total.update(part)
    size = answer.bit_length() if type(answer) is int else len(answer)
    return DIGEST + marshal.dumps((type(answer).__name__, size, total.digest()), plain.VERSION)
