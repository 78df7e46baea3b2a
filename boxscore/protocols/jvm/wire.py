"""What crosses the border of a box in which JUnit runs: a request goes in, a report comes out.

The report was written by the process that the code under test runs in. It is decoded strictly and within bounds, and
says no more than that process' word: nothing here is a proof.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import HarnessError
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_FRAMES = 500_000
MAX_FRAME_BYTES = 1 << 17
MAX_TESTS = 100_000
FIELDS = {"start": 1, "test": 4, "broken": 4, "unloaded": 3, "late": 2, "trouble": 2, "end": 3}
WORST_FIRST = (Status.ERROR, Status.FAILED, Status.SKIPPED, Status.PASSED)


class Report(Struct, frozen=True, kw_only=True):
    """What a run reported.

    `odd` says how it is no report that the runner writes, "" where it is one so far; `ended` whether it came to its
    end. Of each test there are its worst status, why, how often it was run, and how often it passed then. `unloaded`
    are classes that could not be, `late` is the test that took too long, `trouble` what kept the runner from running
    tests.
    """

    started: bool = False
    ended: bool = False
    odd: str = ""
    statuses: Mapping[str, Status] = {}
    reasons: Mapping[str, str] = {}
    invocations: Mapping[str, int] = {}
    passes: Mapping[str, int] = {}
    unloaded: Mapping[str, str] = {}
    late: str | None = None
    trouble: str = ""

    @property
    def passing(self) -> bool:
        """Whether all that was reported has passed."""
        return all(status is Status.PASSED for status in self.statuses.values())


def request(
    key: str,
    *,
    classes: Iterable[str],
    tests: Iterable[str] = (),
    parameters: Iterable[tuple[str, str]] = (),
    method_s: float | None = None,
) -> bytes:
    """Ask for the tests of classes: all of them, or those that are named. Raises HarnessError for what fits no line."""
    words = [
        ("key", key),
        *([] if method_s is None else [("method-millis", str(max(1, int(1000 * method_s))))]),
        *(("class", name) for name in classes),
        *(("test", test) for test in tests),
        *(("parameter", f"{name}={value}") for name, value in parameters),
    ]
    if odd := [value for _, value in words if "\n" in value or not value.isprintable()]:
        raise HarnessError(f"a name that tests in Java cannot have: {odd[0]!r}")
    return "".join(f"{word} {value}\n" for word, value in words).encode()


def read_report(data: bytes, key: str) -> Report:
    """Read what came over the channel of a run that was given this key."""
    frames, odd = _frames(data)
    gathered = _Gathered()
    for number, frame in enumerate(frames):
        if gathered.ended:
            odd = odd or "something follows the end of the report"
            break
        if frame[0] == "end" and (frame[1] != key or frame[2] != str(number)):
            odd = odd or "the end of the report is not the runner's"
            break
        if (frame[0] == "start") != (number == 0):
            odd = odd or "the report does not begin as the runner's does"
            break
        odd = odd or gathered.take(frame)
    return gathered.report(odd)


def _frames(data: bytes) -> tuple[list[Sequence[str]], str]:
    """Cut a report into frames; say what is odd about the first that is none, with which reading ends."""
    *lines, rest = data.split(b"\n", MAX_FRAMES)
    frames: list[Sequence[str]] = []
    for line in lines:
        if len(line) > MAX_FRAME_BYTES:
            return frames, "a line of the report is too long"
        try:
            frame = msgspec.json.decode(line, type=tuple[str, ...])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return frames, "a line of the report cannot be read"
        if not frame or FIELDS.get(frame[0]) != len(frame):
            return frames, "the report has a line that the runner never writes"
        frames.append(frame)
    return frames, "the report ends in the middle of a line" if rest else ""


class _Gathered:
    """Puts frames together."""

    def __init__(self) -> None:
        self.statuses: dict[str, Status] = {}
        self.reasons: dict[str, str] = {}
        self.invocations: dict[str, int] = {}
        self.passes: dict[str, int] = {}
        self.unloaded: dict[str, str] = {}
        self.late: str | None = None
        self.trouble = ""
        self.started = self.ended = False

    def take(self, frame: Sequence[str]) -> str:
        """Take a frame; say what is odd about it, "" if nothing is."""
        match frame:
            case ("start",):
                self.started = True
            case ("end", _, _):
                self.ended = True
            case ("test" | "broken" as kind, test, status, reason):
                return self._test(test, status, reason, run=kind == "test")
            case ("unloaded", name, reason):
                self.unloaded[name] = reason
            case ("late", test):
                self.late = test
            case (_, trouble):
                self.trouble = trouble
        return ""

    def _test(self, test: str, word: str, reason: str, *, run: bool) -> str:
        if word not in WORST_FIRST:
            return "the report has an unknown status"
        status = Status(word)
        if len(self.statuses) >= MAX_TESTS and test not in self.statuses:
            return "the report has too many tests"
        known = self.statuses.get(test, Status.PASSED)
        worst = min(known, status, key=WORST_FIRST.index)
        if reason and (test not in self.reasons or worst is not known):
            self.reasons[test] = reason
        self.statuses[test] = worst
        self.invocations[test] = self.invocations.get(test, 0) + run
        self.passes[test] = self.passes.get(test, 0) + (run and status is Status.PASSED)
        return ""

    def report(self, odd: str) -> Report:
        return Report(
            started=self.started,
            ended=self.ended and not odd,
            odd=odd,
            statuses=self.statuses,
            reasons=self.reasons,
            invocations=self.invocations,
            passes=self.passes,
            unloaded=dict(itertools.islice(self.unloaded.items(), MAX_TESTS)),
            late=self.late,
            trouble=self.trouble,
        )
