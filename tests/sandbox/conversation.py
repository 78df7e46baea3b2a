"""Tests and a program that talk to each other in one process, by the messages that would cross between two."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

import plain
from candidate import describe
from objects import Objects, advance
from proxies import Proxy, Things
from verdicts import SampleEnd

if TYPE_CHECKING:
    from typing import NoReturn


class SteppedBack(BaseException):
    """The oracle ended here."""


class Conversation:
    """Stands for the channel of a grader; `source` is the program."""

    def __init__(self, source: str = "", *, shares: bool = True) -> None:
        self.names: dict[str, Any] = {}
        exec(source, self.names)
        self.things = Things(self, shares=shares)
        self.objects = Objects(self.names, self.names.__getitem__, self.ask_tests, shares=shares)
        self.asked: list[str] = []

    def ask(self, operation: str, /, *values: Any, **keywords: Any) -> Any:
        self.asked.append(operation)
        message = self.things.message(*values, tuple(keywords.items()), None)
        *given, pairs, _ = self.objects.accept(crossed(message))
        try:
            answer = self.objects.message(self.objects.do(operation, *given, **dict(pairs)))
        except BaseException as error:  # noqa: BLE001 - as a candidate does it
            described, form = describe(error, "call"), self.objects.message_of_error(error)
            (standing,) = self.things.accept(crossed(form), 1)
            raise standing or SampleEnd("error", str(marshal.loads(described)[1][0])) from None
        return self.things.accept(crossed(answer), 1)[0]

    def ask_tests(self, operation: str, number: int, arguments: Any, keywords: Any) -> Any:
        given, pairs = self.things.accept(crossed(self.objects.message(arguments, tuple(keywords.items()))), 2)
        thing = self.things.own(number)
        answer = advance(thing) if operation == "advance" else thing(*given, **dict(pairs))
        return self.objects.accept(crossed(self.things.message(answer)), 1)[0]

    def note(self, what: str) -> None:
        self.things.note(what)

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        return self.ask("call", Proxy(self, name), *arguments, **keywords)

    def step_back(self, reason: str) -> NoReturn:
        raise SteppedBack(reason)

    def run(self, tests: str) -> dict[str, Any]:
        names = tuple(name for name in self.names if name != "__builtins__")
        namespace: dict[str, Any] = {"__name__": "tests"}
        known, _ = self.ask("globals", names, ())
        namespace |= dict(zip(names, (value for _, value in known), strict=True))
        exec(tests, namespace)
        return namespace


def crossed(message: Any) -> Any:
    return plain.rebuild(marshal.dumps(message, plain.VERSION))
