"""What runs in a candidate's process: loads its code, calls what it is asked to call, sends the answers.

From the first line of the candidate's code on, nothing here can be trusted, and nothing outside does.
Requests come from file descriptor 3, answers leave by 4, in the frames that `frames.py` describes.
"""

from __future__ import annotations

import builtins
import marshal
import os
import struct
import sys
import time
from typing import TYPE_CHECKING

import plain
from frames import CHANGED, LENGTH, LOADED, MAX_ANSWER, OBJECT, RAISED, VALUE, write_all
from long_answers import encode_long

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from frames import Links

REQUESTS, ANSWERS, OBSERVED = 3, 4, 5  # the last where tests run in the candidate's process
MAX_TEXT = 2_000
FLUSH_S = 0.02

_PRINTED = sys.stdout
TOO_LARGE = RAISED + marshal.dumps(("answer", ("OverflowError",), "the answer is too large"), plain.VERSION)


class Session:
    """The candidate's globals, the objects it handed out by number, and the two pipes."""

    def __init__(self) -> None:
        self.globals: dict[str, Any] = {}
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.inbox = b""

    def serve(self) -> None:
        """Answer requests until the pipe ends."""
        while True:
            head = self.read(4)
            if head is None:
                return
            operation, *rest = marshal.loads(self.read(LENGTH.unpack(head)[0]) or b"")
            getattr(self, "do_" + operation)(*rest)

    def read(self, count: int) -> bytes | None:
        """Read so many bytes; None when the pipe ends before."""
        while len(self.inbox) < count:
            data = os.read(REQUESTS, max(65_536, count - len(self.inbox)))
            if not data:
                return None
            self.inbox += data
        part, self.inbox = self.inbox[:count], self.inbox[count:]
        return part

    def do_load(self, source: str) -> None:
        """Execute the candidate's program."""
        try:
            code = compile(source, "<candidate>", "exec")
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
            return send(RAISED + describe(error, "syntax"))
        try:
            exec(code, self.globals)
        except BaseException as error:
            return send(RAISED + describe(error, "load"))
        return send(LOADED)

    def do_call(
        self, name: str | int, arguments: tuple[Any, ...], keywords: dict[str, Any], links: Links, changes: bool
    ) -> None:
        """Call a global or an object that was handed out; with `changes`, answer what became of the arguments too."""
        try:
            if links:
                arguments = self.resolve(arguments, links)
            answer = self.thing(name)(*arguments, **keywords)
        except BaseException as error:
            return send(RAISED + describe(error, "call"))
        return send(self.encode(answer, arguments if changes else None))

    def do_batch(
        self, name: str, many: Sequence[tuple[Any, ...]], timed: bool, marks: Sequence[int], exact: bool
    ) -> None:
        """Call once for each tuple of arguments; with `exact`, foreign numbers stay what they are: no plain data.

        Answers are gathered, and written before each call whose number is in `marks` and at least every FLUSH_S
        seconds.
        """
        try:
            function = self.target(name)
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
        """Call once, and encode what came of it; a long list by its digest."""
        try:
            answer = function(*arguments)
            return encode_long(answer) or self.encode(answer, None)
        except BaseException as error:
            return RAISED + describe(error, "call")

    def do_get(self, number: int, name: str) -> None:
        """Answer with an attribute of an object that was handed out."""
        try:
            answer = getattr(self.objects[number], name)
        except BaseException as error:
            return send(RAISED + describe(error, "call"))
        return send(self.encode(answer, None))

    def do_set(self, number: int, name: str, value: Any, links: Links) -> None:
        """Set an attribute of an object that was handed out."""
        try:
            (value,) = self.resolve((value,), links)
            setattr(self.objects[number], name, value)
        except BaseException as error:
            return send(RAISED + describe(error, "call"))
        return send(self.encode(None, None))

    def thing(self, link: str | int) -> Any:
        """Look up what a link means: the number of an object that was handed out, or a name for `target`."""
        return self.target(link) if isinstance(link, str) else self.objects[link]

    def target(self, name: str) -> Any:
        """Look up a global, or a built-in where the name begins with a dot."""
        try:
            return builtins.__dict__[name[1:]] if name[0] == "." else self.globals[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def resolve(self, value: Any, links: Links) -> Any:
        """Put what `links` names back in its places.

        Each link is a path into the structure and a number of an object, or a name for `target`.
        """
        for path, link in links:
            value = self.place(value, path, self.thing(link))
        return value

    def place(self, value: Any, path: Sequence[int], thing: Any) -> Any:
        """Return the structure with `thing` at the end of the path."""
        if not path:
            return thing
        step, *rest = path
        if isinstance(value, tuple):
            return (*value[:step], self.place(value[step], rest, thing), *value[step + 1 :])
        value[step] = self.place(value[step], rest, thing)
        return value

    def encode(self, answer: Any, arguments: Any) -> bytes:
        """Encode an answer as plain data, or as an object that stays here; with arguments unless they are None."""
        try:
            kind, value = VALUE, plain.reduce(answer)
            if arguments is not None:
                kind, value = CHANGED, (value, plain.reduce(arguments))
            payload = marshal.dumps(value, plain.VERSION)
        except MemoryError:
            return TOO_LARGE
        except (plain.NotPlain, ValueError, RecursionError):
            number = self.numbers.setdefault(id(answer), len(self.objects))
            if number == len(self.objects):
                self.objects.append(answer)
            return OBJECT + marshal.dumps(
                (number, type(answer).__name__[:MAX_TEXT], truth_value(answer)), plain.VERSION
            )
        if len(payload) > MAX_ANSWER:
            return TOO_LARGE
        return kind + payload


def truth_value(answer: object) -> bool | None:
    """Ask the object for its own truth value; None where asking it raises."""
    try:
        return bool(answer)
    except BaseException:
        return None


def describe(error: BaseException, stage: str) -> bytes:
    """Say where it was raised, the names of its class and its bases, and its text, bounded."""
    names = tuple([kind.__name__[:200] for kind in type(error).__mro__[:20]])
    try:
        text = str(error)[:MAX_TEXT]
    except BaseException as second:
        text = "its text raised " + type(second).__name__
    return marshal.dumps((stage, names, text), plain.VERSION)


def send(encoded: bytes) -> None:
    """Write one answer as a frame."""
    write(LENGTH.pack(len(encoded)) + encoded)


def write(frames: bytes) -> None:
    """Write answers to their pipe, after what was printed until now."""
    try:
        _PRINTED.flush()
    except BaseException:
        pass  # the candidate closed it; its log then ends there
    write_all(ANSWERS, frames)


def main() -> None:
    """Serve until the grader closes the pipe."""
    sys.argv = [""]
    try:
        Session().serve()
    finally:
        os._exit(0)
