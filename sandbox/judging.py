"""One instance: its tests, or its inputs with the reference's answers, and what a candidate must do to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import frames
import plain
from proxies import ClassHandle, Proxy
from texts import text_of_error
from verdicts import TESTS, SampleEnd, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from channel import Channel
    from frames import InputsMessage, InstanceMessage


def judges_apart(message: InstanceMessage) -> list[tuple[str, Judge]]:
    return [
        (part["part"], Judge({**message, "names": part["names"], "helpers": part["helpers"], "tests": part["tests"]}))
        for part in message.get("apart", ())
    ]


MANY_EXCHANGES = 2_000  # beyond these a candidate's time went by in answers
FAILURES = ("wrong", "error", "timeout", "forbidden", "tampered")  # that may be due to how values crossed


class Judge:
    """What the host sent of one instance, compiled once; `flaw` says why nothing can be judged by it, if so."""

    def __init__(self, message: InstanceMessage) -> None:
        self.message, self.inputs, self.flaw = message, message["inputs"], ""
        try:
            self.prepare(message)
        except Exception as error:  # whatever a harness wrote: each sample is told, instead of losing its box
            self.flaw = f"the instance cannot be prepared: {type(error).__name__}: {text_of_error(error)}"
            return
        if self.inputs is None and self.tests is None:
            self.flaw = "an instance with neither tests nor inputs"

    def prepare(self, message: InstanceMessage) -> None:
        self.helpers = compile(message["helpers"], "<helpers>", "exec", dont_inherit=True)
        self.tests = None if message["tests"] is None else compile(message["tests"], TESTS, "exec", dont_inherit=True)
        if self.inputs is not None:
            self.expected = Answers(self.inputs["expected"])
            self.accept = make_checker(self.inputs["checker"])
            self.marks = marks_of(self.inputs)

    def judge(self, channel: Channel, code: str) -> None:
        """Grade one candidate of an instance without a flaw: return when it passed, raise SampleEnd otherwise."""
        channel.load(code)
        if self.inputs is not None:
            self.judge_inputs(channel, self.inputs)
        elif self.tests is not None:
            self.judge_tests(channel, self.tests)
            if channel.decided is not None:  # the tests swallowed it, by `except:` or a `return` in `finally`
                raise channel.decided

    def judge_beside(self, channel: Channel, code: str) -> None:
        channel.run_beside(self.message["helpers"], code, self.message["tests"] or "")

    def judge_tests(self, channel: Channel, tests: CodeType) -> None:
        namespace: dict[str, Any] = {"__name__": "tests"}
        try:
            exec(self.helpers, namespace)
        except Exception as error:
            raise SampleEnd(
                "internal", f"the instance's helpers raise {type(error).__name__}: {text_of_error(error)}"
            ) from None
        namespace |= self.standing(channel)
        try:
            exec(tests, namespace)
        except SampleEnd:
            raise
        except SystemExit as end:  # of the tests themselves, as at the end of a script: a candidate's never gets here
            if end.code:
                raise SampleEnd("wrong", f"the tests ended with exit status {str(end.code)[:100]}") from None
        except ModuleNotFoundError as error:
            if hasattr(error, "end"):
                raise verdict_of(error) from None
            raise SampleEnd("internal", f"the tests need a module that is not there: {text_of_error(error)}") from None
        except BaseException as error:
            raise verdict_of(error) from None
        if not channel.calls:
            raise SampleEnd("no_tests", "the tests never called the candidate")

    def standing(self, channel: Channel) -> dict[str, Any]:
        proxies: dict[str, Any] = {name: Proxy(channel, name) for name in self.message["names"]}
        if not self.message["beside"]:
            return proxies
        try:
            return proxies | self.look_around(channel)
        except Exception:  # whatever its globals are, or say
            channel.step_back("its names are of no usual kind")

    def look_around(self, channel: Channel) -> dict[str, Any]:
        """Ask for the candidate's names, and which other names of the tests it defines, too."""
        names, borrowed = self.message["names"], self.message.get("borrowed", ())
        known, defined = channel.ask("globals", names, (*borrowed, *self.message.get("bound", ())))
        found = {name: value for name, (there, value) in zip(names, known, strict=True) if there is True}
        meant = [name for name in borrowed if name in defined]
        if meant:
            channel.step_back(f"the tests may mean its {', '.join(meant)}, and not Python's")
        classes = [name for name, value in found.items() if isinstance(value, (type, ClassHandle))]
        channel.things.seen = "a class" if classes else "a global name" if defined else ""
        # Classes and constants are used without a call.
        channel.calls = len(classes) + sum(not callable(value) for value in found.values())
        return found

    def why_beside(self, channel: Channel, end: SampleEnd | None) -> str:
        """Say why the tests must be run in the program's process for a verdict; nothing where they need not be.

        A program that fails is charged only where tests and program did no more than pass plain data to each other, or
        where it fails there too.
        """
        beside = self.message["beside"]
        if not beside or channel.blind_spot or end is None:
            return channel.blind_spot if beside else ""
        if end.outcome == "output_limit":
            return "its answers are too large to cross"
        if end.outcome not in FAILURES or (end.outcome == "timeout" and channel.exchanges < MANY_EXCHANGES):
            return ""
        if beside == "failed":
            return "its tests act on their process"
        if channel.things.seen:
            return f"its tests handle {channel.things.seen} of the program"
        return "its tests may define what it lacks" if end.error in ("NameError", "UnboundLocalError") else ""

    def judge_inputs(self, channel: Channel, inputs: InputsMessage) -> None:
        identical, limits = inputs["identical"], inputs["cpu_s"]
        timed = False
        exact = inputs["exact_types"]
        channel.send("batch", self.message["entry_point"], inputs["arguments"], timed, self.marks, exact)
        channel.total_limit = inputs["total_cpu_s"]
        if not limits:
            raise SampleEnd("no_tests", "there are no inputs")
        for index in range(len(limits)):
            try:
                encoded = channel.receive(limits[index])
                if not identical[index] or encoded != self.expected.encoded[index]:
                    self.compare(channel, index, inputs["arguments"][index], encoded)
            except SampleEnd as end:
                end.index = index
                raise

    def compare(self, channel: Channel, index: int, arguments: tuple[Any, ...], encoded: bytes) -> None:
        """Raise SampleEnd unless an answer that is not the reference's to the byte is right all the same."""
        if frames.DIGEST in (encoded[:1], self.expected.encoded[index][:1]):
            raise SampleEnd("wrong", f"input {index}: not the expected answer (a long one, compared by its digest)")
        try:
            answer = channel.value(encoded)
            accepted = self.accept(index, arguments, answer, self.expected)
        except Exception as error:
            end = getattr(error, "end", None)
            raise end or SampleEnd("wrong", f"input {index}: comparing raised {type(error).__name__}") from None
        if not accepted:
            raise SampleEnd("wrong", f"input {index}: not the expected answer")


class Answers:
    """The reference's answers, decoded when they are looked at; one that is known by its digest alone reads as None."""

    def __init__(self, encoded: tuple[bytes, ...]) -> None:
        self.encoded = encoded
        self.values: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.encoded)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self.encoded)))]
        if index not in self.values:
            kind, payload = self.encoded[index][:1], self.encoded[index][1:]
            self.values[index] = plain.rebuild(payload) if kind == frames.VALUE else None
        return self.values[index]


def marks_of(inputs: InputsMessage) -> list[int]:
    """List the inputs before which all earlier answers must be out: those with longer limits, and the first of plus."""
    limits = inputs["cpu_s"]
    least = min(limits, default=0.0)
    return [index for index, seconds in enumerate(limits) if seconds > least or index == inputs["base"]]


def make_checker(source: str | None) -> Callable[[int, tuple[Any, ...], Any, Answers], object]:
    """Compile an instance's own way of accepting answers; without one, they are compared with `==`."""
    if source is None:
        return lambda index, _, answer, expected: bool(answer == expected[index])
    namespace: dict[str, Any] = {"__name__": "checker"}
    exec(compile(source, "<checker>", "exec", dont_inherit=True), namespace)
    accept: Callable[[int, tuple[Any, ...], Any, Answers], object] = namespace["accept"]
    return accept
