"""What a protocol shows of a result, as plain records: facts, tests, logs, stages, changed files.

A protocol fills these from its own detail record, without a bound: whoever draws them (`show`, the page) bounds and
cleans all texts, checks all pictures, and knows no protocol. All of it may be hostile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from boxscore.records import Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boxscore.records import PatchFlag

Side = Literal["A", "B"] | None  # of a comparison, whose run something is of

NOT_REACHED, NOT_JUDGED = "not_reached", "not_judged"  # of a stage, in place of an outcome
PASSED_AT_ONCE, PASSED_LATER, WENT_ON, FAILED, NO_VERDICT, UNREACHED = "✓↻~✗?·"  # the marks of stages
PROMISES = {  # of passes, by their level
    Trust.ORACLE: "the tests compared outside of the code's process, which could not read, change or skip them",
    Trust.OBSERVER: "what the code made was judged from another box, out of its reach",
    Trust.BLIND: "some expected values never entered the box, and were right",
    Trust.WATCHED: "planted tests failed as they must, and no forging pattern that we know left a trace",
    Trust.CLAIM: "the tests ran beside the code, which could have forged what they reported",
    Trust.NONE: "nothing protected the verdict",
}


class Fact(Struct, frozen=True, kw_only=True):
    """A value under its label, both for people."""

    label: str
    value: str
    note: str = ""


class Facts(Struct, frozen=True, kw_only=True, tag="facts"):
    """A verdict, usage or any list of labelled values."""

    title: str
    items: tuple[Fact, ...]
    opened: bool = True
    side: Side = None


class Case(Struct, frozen=True, kw_only=True):
    """A test and what became of it; `decided`: it is the one that decided."""

    test: str
    outcome: str
    required: bool = True
    decided: bool = False
    wall_s: float | None = None
    reason: str = ""


class Cases(Struct, frozen=True, kw_only=True, tag="cases"):
    """The tests of a sample, those that matter most first; `left_out` of them are not listed."""

    title: str
    cases: tuple[Case, ...]
    left_out: int = 0
    side: Side = None


class Text(Struct, frozen=True, kw_only=True, tag="text"):
    """A text: a prompt, a log, a message. `cut_bytes` were left out of the middle or the end; the text says where.

    `language` is for highlighting (`python`, `java`, `diff`, …), None for plain text and logs.
    """

    title: str
    text: str
    language: str | None = None
    cut_bytes: int = 0
    opened: bool = True
    side: Side = None


class StageFile(Struct, frozen=True, kw_only=True):
    """A file that was kept of an attempt, with a name to save it under, and a title where it is a picture."""

    name: str
    title: str
    data: bytes


class StageAttempt(Struct, frozen=True, kw_only=True):
    """An attempt at a stage. `tests` maps each to its status; `first_page` is a picture, empty where none was taken."""

    number: int
    outcome: str
    reason: str = ""
    wrote: tuple[str, ...] | None = None  # paths; None where that is not known
    tests: dict[str, str] = {}
    log: str = ""
    wall_s: float | None = None
    times: tuple[Fact, ...] = ()
    first_page: bytes = b""
    files: tuple[StageFile, ...] = ()


class Stage(Struct, frozen=True, kw_only=True):
    """A stage of a project that grows: `outcome` is that of its last attempt, NOT_REACHED or NOT_JUDGED.

    `mark` is its sign in a strip; `note` says in a few words what the sign says. In a summary its `attempts` have no
    more than a number and an outcome.
    """

    name: str
    level: str = ""
    outcome: str
    mark: str
    note: str = ""
    attempts: tuple[StageAttempt, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it passed at any attempt."""
        return self.mark in {PASSED_AT_ONCE, PASSED_LATER}


class Stages(Struct, frozen=True, kw_only=True):
    """A project as its stages, in order; `headline` says how far it got.

    `decided` is the stage and the attempt by which it did not pass. `kept` are all its files with their sizes, `answer`
    says what its sample is made of.
    """

    title: str
    headline: str
    stages: tuple[Stage, ...]
    decided: tuple[str, int] | None = None
    kept: tuple[tuple[str, int], ...] = ()
    answer: str = ""

    @property
    def decided_attempt(self) -> StageAttempt | None:
        """The attempt that `decided` names."""
        every = ((one.name, attempt) for one in self.stages for attempt in one.attempts)
        return next((attempt for name, attempt in every if (name, attempt.number) == self.decided), None)


class ChangedFile(Struct, frozen=True, kw_only=True):
    """A file that a sample wrote, and what was there before; None for what is no text."""

    path: str
    before: str | None
    after: str | None


class Changes(Struct, frozen=True, kw_only=True):
    """What a sample wrote, to be drawn as a diff; without files nothing is drawn."""

    title: str = ""
    files: tuple[ChangedFile, ...] = ()


Shown = Facts | Cases | Stages


class Summary(Struct, frozen=True, kw_only=True):
    """What lists, feedback and exports need of a result: cheap, for it is asked for every sample of a run.

    `decided` names the test, case or check by which a sample did not pass. `tests` maps each test that was named to
    its status; empty where none was run. `passed` counts tests or cases that passed. `printed` is what the failing
    case or the compiler wrote, None where that is the result's output. `stages` are those of a project that grows, and
    `stopped` the one at which it ended. `language` is that of the sample's code.
    """

    decided: str = ""
    tests: dict[str, str] = {}
    passed: int = 0
    printed: str | None = None
    language: str = "python"
    stages: tuple[Stage, ...] = ()
    stopped: str = ""


class Drawing(Struct, frozen=True, kw_only=True):
    """What is drawn of a result when it is opened: `sections` above the answer, `logs` below it.

    `answer` is the sample as a diff; None draws its text. `shows_output`: the result's own output is a log of its own,
    called `output_title`.
    """

    sections: tuple[Shown, ...] = ()
    answer: Changes | None = None
    logs: tuple[Text, ...] = ()
    shows_output: bool = True
    output_title: str = "Output"


def strip_of(stages: Iterable[Stage]) -> str:
    """All stages as signs, in order."""
    return "".join(one.mark for one in stages)


def passed_of(stages: tuple[Stage, ...]) -> str:
    """How many of the stages passed."""
    return f"{sum(one.passed for one in stages)} of {len(stages)}"


def passed_tests(tests: Mapping[str, str]) -> int:
    """How many tests passed, or failed as they were expected to."""
    return sum(status in ("PASSED", "XFAIL") for status in tests.values())


def failing_tests(tests: Mapping[str, str]) -> list[tuple[str, str]]:
    """The tests that did not pass, each with its status."""
    return [(test, status) for test, status in tests.items() if status != "PASSED"]


def failed_test(tests: Mapping[str, str]) -> str:
    """The first test that did not pass, "" where all did."""
    return next((test for test, status in tests.items() if status != "PASSED"), "")


def flag_facts(flags: Sequence[PatchFlag]) -> Iterator[Facts]:
    """What hints at a forged run, for people to judge; nothing where nothing does."""
    if flags:
        items = (Fact(label=flag.rule, value=flag.place, note=flag.text) for flag in flags)
        yield Facts(title="Flags", items=tuple(items))
