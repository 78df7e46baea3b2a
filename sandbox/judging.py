"""One instance: its tests, or its inputs with the reference's answers, and what a candidate must do to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plain
import wire
from proxies import Proxy
from texts import text_of_error
from verdicts import Stop, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from line import Line
    from wire import Inputs, Told


class Instance:
    """What the host said about one instance, compiled once; `flaw` says why nothing can be judged by it, if so."""

    def __init__(self, told: Told) -> None:
        self.told, self.inputs, self.flaw = told, told["inputs"], ""
        try:
            self.prepare(told)
        except Exception as error:  # whatever a harness wrote: each sample is told, instead of losing its box
            self.flaw = f"the instance cannot be prepared: {type(error).__name__}: {text_of_error(error)}"
            return
        if self.inputs is None and self.tests is None:
            self.flaw = "an instance with neither tests nor inputs"

    def prepare(self, told: Told) -> None:
        """Compile what was told."""
        self.helpers = compile(told["helpers"], "<helpers>", "exec")
        self.tests = None if told["tests"] is None else compile(told["tests"], "<tests>", "exec")
        if self.inputs is not None:
            self.expected = Answers(self.inputs["expected"])
            self.accept = make_oracle(self.inputs["oracle"])
            self.marks = marks_of(self.inputs)

    def judge(self, line: Line, code: str) -> None:
        """Grade one candidate of an instance without a flaw: return when it passed, raise Stop otherwise."""
        line.load(code)
        if self.inputs is not None:
            self.judge_inputs(line, self.inputs)
        elif self.tests is not None:
            self.judge_tests(line, self.tests)

    def judge_tests(self, line: Line, tests: CodeType) -> None:
        """Run the tests, with proxies in the places of the candidate's names."""
        namespace: dict[str, Any] = {"__name__": "tests"}
        try:
            exec(self.helpers, namespace)
        except Exception as error:
            raise Stop(
                "internal", f"the instance's helpers raise {type(error).__name__}: {text_of_error(error)}"
            ) from None
        for name in self.told["names"]:
            namespace[name] = Proxy(line, name)
        try:
            exec(tests, namespace)
        except Stop:
            raise
        except BaseException as error:
            raise verdict_of(error) from None
        if not line.calls:
            raise Stop("no_tests", "the tests never called the candidate")

    def judge_inputs(self, line: Line, inputs: Inputs) -> None:
        """Send all arguments at once, then compare the answers as they come."""
        identical, limits = inputs["identical"], inputs["cpu_s"]
        timed = False
        line.send("batch", self.told["entry_point"], inputs["arguments"], timed, self.marks)
        line.total_limit = inputs["total_cpu_s"]
        if not limits:
            raise Stop("no_tests", "there are no inputs")
        for index in range(len(limits)):
            try:
                claim = line.receive(limits[index])
                if not identical[index] or claim != self.expected.claims[index]:
                    self.compare(line, index, inputs["arguments"][index], claim)
            except Stop as stop:
                stop.index = index
                raise

    def compare(self, line: Line, index: int, arguments: tuple[Any, ...], claim: bytes) -> None:
        """Raise Stop unless an answer that is not the reference's to the byte is right all the same."""
        if wire.DIGEST in (claim[:1], self.expected.claims[index][:1]):
            raise Stop("wrong", f"input {index}: not the expected answer (a long one, compared by its digest)")
        try:
            answer = line.value(claim, None)
            accepted = self.accept(index, arguments, answer, self.expected)
        except Exception as error:
            stop = getattr(error, "stop", None)
            raise stop or Stop("wrong", f"input {index}: comparing raised {type(error).__name__}") from None
        if not accepted:
            raise Stop("wrong", f"input {index}: not the expected answer")


class Answers:
    """The reference's answers, decoded when they are looked at; one that is known by its digest alone reads as None."""

    def __init__(self, claims: tuple[bytes, ...]) -> None:
        self.claims = claims
        self.values: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.claims)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self.claims)))]
        if index not in self.values:
            kind, payload = self.claims[index][:1], self.claims[index][1:]
            self.values[index] = plain.rebuild(payload) if kind == wire.VALUE else None
        return self.values[index]


def marks_of(inputs: Inputs) -> list[int]:
    """List the inputs before which all earlier answers must be out: those with longer limits, and the first of plus."""
    limits = inputs["cpu_s"]
    least = min(limits, default=0.0)
    return [index for index, seconds in enumerate(limits) if seconds > least or index == inputs["base"]]


def make_oracle(source: str | None) -> Callable[[int, tuple[Any, ...], Any, Answers], object]:
    """Compile an instance's own way of accepting answers; without one, they are compared with `==`."""
    if source is None:
        return lambda index, _, answer, expected: bool(answer == expected[index])
    namespace: dict[str, Any] = {"__name__": "oracle"}
    exec(compile(source, "<oracle>", "exec"), namespace)
    accept: Callable[[int, tuple[Any, ...], Any, Answers], object] = namespace["accept"]
    return accept
