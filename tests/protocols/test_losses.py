"""Whose doing a lost box is, by boxes in memory that die on demand; when attempts end; what is learned once."""

from __future__ import annotations

import itertools
import json
import marshal
import struct
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.fake import FakeBackend, FakeStream
from boxscore.errors import BoxLost, HarnessError, LossCause, RunStopped, SandboxUnavailable
from boxscore.harness import FunctionTask
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.function.grader import open_function_grader
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.retry import MAX_HELD, MAX_LOSSES, MAX_LOSSES_AT_SAMPLE, MAX_UNSURE, at_code, attempt
from boxscore.protocols.warm import KEY_BYTES, TURNS
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.boxes.fake import FakeRun


GOOD, BAD = 0, 1  # the numbers of the two controls


def frame(message: dict[str, object]) -> bytes:
    data = json.dumps(message).encode()
    return struct.pack("<I", len(data)) + data


def verdict(number: int, outcome: str = "passed", *, unsure: bool = False, output: str = "") -> bytes:
    text: dict[str, object] = {
        "reason": "",
        "error_type": None,
        "limit": None,
        "unsure": unsure,
        "parts": {},
        "output": output,
        "output_truncated": False,
    }
    return frame({"number": number, "outcome": outcome, **text, "cpu_s": 0.1, "wall_s": 0.1, "memory_bytes": 1})


def right(number: int) -> bytes:
    return verdict(number, output="control\n") if number == GOOD else verdict(number, "wrong")


class Mortal(FakeStream):
    """A supervisor that greets, grades its control, and then does with each sample what `fare` says.

    `fare` gives the bytes that answer a sample; where it gives none, the box is lost. Samples are numbered from a
    number of the host's on, which `first` holds once it is known; here they count from 0.
    """

    def __init__(
        self,
        fare: Callable[[int], bytes],
        control: Callable[[int], bytes],
        cause: LossCause = LossCause.INSIDE,
        first: list[int] | None = None,
    ) -> None:
        super().__init__(self.answer, cause=cause)
        self.fare, self.control, self.numbers = fare, control, list[int]()
        self.first: list[int] = [] if first is None else first
        self.instance, self.keys = "", list[bytes]()
        self.greeting = frame({"ready": True, "python": "3.11", "layers": []})

    def answer(self, data: bytes) -> bytes:
        if len(self.sent) == 1:
            keys = data[-KEY_BYTES * TURNS :]
            self.keys = [keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES)]
            return self.greeting + frame({"turn": self.keys[0].hex()})
        answers = b""
        if data.startswith(self.keys[0]):
            data = data[KEY_BYTES:]
            del self.keys[0]
        while data and not self.stopped:
            size = int.from_bytes(data[:4], "little")
            kind, *rest = marshal.loads(data[4 : 4 + size])
            data = data[4 + size :]
            if kind == "instance":
                self.instance = rest[0]["entry_point"]
            if kind == "sample":
                answers += self.graded(rest[0])
            if kind == "held":
                answers += frame({"held_bytes": 1})
            if kind == "end" and not self.stopped:
                answers += frame({"turn": self.keys[0].hex()})
        return answers

    def graded(self, number: int) -> bytes:
        if self.instance == "control":
            return self.control(number)
        self.first += [] if self.first else [number]
        self.numbers.append(number - self.first[0])
        answer = self.fare(self.numbers[-1])
        self.stopped = not answer
        return renumbered(answer, self.first[0])


def renumbered(answer: bytes, first: int) -> bytes:
    message = json.loads(answer[4:] or b"{}")
    return frame(message | {"number": message["number"] + first}) if "number" in message else answer


def toy_batch(samples: int) -> Batch:
    return Batch(
        instance_id="toy/f",
        task=FunctionTask(entry_point="f", names=("f",), tests="assert f()"),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(n), code="def f(): return 1") for n in range(samples)),
    )


def grade(  # noqa: PLR0913 - what each box does, by keyword
    folder: Path,
    fare: Callable[[int, int], bytes],
    samples: int = 1,
    *,
    control: Callable[[int, int], bytes] = lambda _, number: right(number),
    cause: LossCause = LossCause.INSIDE,
    greeting: Callable[[int], bytes | None] = lambda _: None,
) -> tuple[list[Result], list[list[int]]]:
    boxes: list[Mortal] = []
    count, first = itertools.count(), list[int]()

    def start(_: FakeRun) -> FakeStream:
        box = next(count)
        boxes.append(Mortal(lambda number: fare(box, number), lambda number: control(box, number), cause, first))
        boxes[-1].greeting = greeting(box) or boxes[-1].greeting
        return boxes[-1]

    with open_function_grader(FakeBackend(stream=start), None, cache=folder) as grader:
        return list(grader.grade(toy_batch(samples))), [box.numbers for box in boxes]


def passing(_box: int, number: int) -> bytes:
    return verdict(number)


def dying(_box: int, _number: int) -> bytes:
    return b""


def test_without_losses_all_goes_in_one_box(tmp_path: Path) -> None:
    results, given = grade(tmp_path, passing, samples=3)

    assert [(result.outcome, result.attempts, result.lost_boxes) for result in results] == [(Outcome.PASSED, 1, 0)] * 3
    assert given == [[0, 1, 2]]


@pytest.mark.parametrize(("layer", "boxes"), [("identity", 2), ("identity-namespace", 3)])
def test_callers_tests_have_boxes_apart(tmp_path: Path, layer: str, boxes: int) -> None:
    made: list[Mortal] = []

    def start(_: FakeRun) -> FakeStream:
        made.append(Mortal(verdict, right, first=None))
        made[-1].greeting = frame({"ready": True, "python": "3.11", "layers": [layer]})
        return made[-1]

    with open_function_grader(FakeBackend(stream=start), None, cache=tmp_path) as grader:
        for of_caller in (False, True, False, True):
            (result,) = grader.grade(replace(toy_batch(1), of_caller=of_caller))
            assert result.outcome is Outcome.PASSED

    assert len(made) == boxes


def test_a_verdict_must_name_a_number_that_the_host_gave(tmp_path: Path) -> None:
    given = set[int]()

    def forged(number: int) -> bytes:
        given.add(number)
        return verdict(0)

    def start(_: FakeRun) -> FakeStream:
        return Mortal(forged, right, first=[0])

    with open_function_grader(FakeBackend(stream=start), None, cache=tmp_path) as grader:
        results = [result for _ in range(2) for result in grader.grade(toy_batch(1))]

    assert [result.outcome for result in results] == [Outcome.TAMPERED] * 2
    assert len(given) == 2


@pytest.mark.parametrize(
    "control",
    [
        lambda _number: b"",
        lambda number: verdict(number, output="control\n"),
        lambda number: verdict(number, "error" if number == GOOD else "wrong", output="control\n"),
        lambda number: verdict(number, "passed" if number == GOOD else "wrong"),
        lambda _number: frame({"failure": "confinement", "detail": "landlock: OSError: [Errno 1]"}),
    ],
)
def test_a_box_that_fails_its_control_grades_nothing(tmp_path: Path, control: Callable[[int], bytes]) -> None:
    results, given = grade(
        tmp_path, passing, control=lambda box, number: control(number) if box == 0 else right(number)
    )

    assert [(result.outcome, result.attempts) for result in results] == [(Outcome.PASSED, 1)]
    assert given == [[], [0]]


def test_an_inherited_limit_that_is_too_low_refuses_the_machine(tmp_path: Path) -> None:
    trouble = frame({"failure": "limit", "detail": "", "limit": "NPROC", "value": 63, "needed": 64})

    with pytest.raises(
        SandboxUnavailable, match=r"RLIMIT_NPROC is 63 and a box needs 64.*ulimit -Hu 64.*default-ulimits"
    ):
        grade(tmp_path, passing, control=lambda _box, _number: trouble)


@pytest.mark.parametrize("cause", [LossCause.OUTSIDE, LossCause.UNKNOWN])
def test_boxes_ended_from_outside_are_ours(tmp_path: Path, cause: LossCause) -> None:
    (result,), given = grade(tmp_path, dying, cause=cause)

    assert (result.outcome, result.attempts, result.lost_boxes) == (Outcome.INTERNAL, MAX_LOSSES, MAX_LOSSES)
    assert given == [[0]] * MAX_LOSSES


def test_boxes_that_ended_themselves_are_the_samples(tmp_path: Path) -> None:
    (result,), given = grade(tmp_path, dying)

    assert (result.outcome, result.lost_boxes) == (Outcome.TAMPERED, 1 + MAX_LOSSES_AT_SAMPLE)
    assert given == [[0]] * (1 + MAX_LOSSES_AT_SAMPLE)


@pytest.mark.parametrize("kind", ["confinement", "start", "killed"])
def test_what_the_supervisor_answers_for_is_ours(tmp_path: Path, kind: str) -> None:
    (result,), _ = grade(tmp_path, lambda _box, _number: frame({"failure": kind, "detail": "seccomp: OSError"}))

    assert result.outcome is Outcome.INTERNAL
    assert "seccomp: OSError" in result.reason


def test_tests_that_come_to_no_end_over_an_answer_are_a_timeout(tmp_path: Path) -> None:
    (result,), given = grade(tmp_path, lambda _box, _number: frame({"failure": "held", "detail": "not in time"}))

    assert result.outcome is Outcome.TIMEOUT
    assert given == [[0]] * (1 + MAX_HELD)


def test_a_verdict_ends_the_suspicion(tmp_path: Path) -> None:
    results, given = grade(tmp_path, lambda box, number: verdict(number) if box > 1 else b"", samples=3)

    assert [(result.outcome, result.attempts) for result in results] == [(Outcome.PASSED, n) for n in (3, 1, 1)]
    assert given == [[0], [0], [0, 1, 2]]


def test_the_others_of_a_batch_are_not_blamed(tmp_path: Path) -> None:
    results, _ = grade(tmp_path, lambda _box, number: b"" if number == 1 else verdict(number), samples=3)

    assert [result.outcome for result in results] == [Outcome.PASSED, Outcome.TAMPERED, Outcome.PASSED]


@pytest.mark.parametrize(
    ("again", "outcome", "attempts"),
    [
        (verdict(0), Outcome.PASSED, 2),
        (verdict(0, "signal", unsure=True), Outcome.SIGNAL, 3),
        (verdict(0, "timeout", unsure=True), Outcome.TIMEOUT, 3),
    ],
)
def test_an_unsure_verdict_is_believed_when_it_comes_again(
    tmp_path: Path, again: bytes, outcome: Outcome, attempts: int
) -> None:
    (result,), given = grade(tmp_path, lambda box, _: again if box else verdict(0, "signal", unsure=True))

    assert (result.outcome, result.attempts) == (outcome, attempts)
    assert given == [[0]] * attempts


def test_a_sample_that_is_never_confined_is_internal(tmp_path: Path) -> None:
    (result,), given = grade(tmp_path, lambda _box, _: verdict(0, "internal", unsure=True))

    assert result.outcome is Outcome.INTERNAL
    assert given == [[0]] * MAX_UNSURE


def attempts(once: Callable[[], str], control: Callable[[], object]) -> tuple[list[float], Exception]:
    waited = list[float]()
    with pytest.raises(RunStopped) as raised:
        attempt(once, control=control, sleep=waited.append)
    return waited, raised.value


def stopped() -> str:
    with at_code():
        raise RunStopped("the run was stopped")


def test_a_stopped_attempt_is_the_last() -> None:
    controls = itertools.count()

    waited, _ = attempts(stopped, lambda: next(controls))

    assert waited == []
    assert next(controls) == 0


def test_a_stopped_control_is_followed_by_no_attempt() -> None:
    calls = itertools.count()

    def lose() -> str:
        next(calls)
        raise BoxLost("gone")

    waited, _ = attempts(lose, stopped)

    assert len(waited) == 1
    assert next(calls) == 1


class Found(Struct):
    number: int


class Other(Struct):
    text: str


class Counting:
    def __init__(self, *, unsure: bool) -> None:
        self.times, self._unsure = 0, unsure

    def __call__(self) -> tuple[Found, bool]:
        self.times += 1
        return Found(self.times), self._unsure


@pytest.mark.parametrize(
    ("unsure", "numbers"), [(False, [1, 1, 1, 1, 1, 1, 1, 1, 1]), (True, [1, 2, 2, 3, 3, 3, 3, 4, 4])]
)
def test_what_is_unsure_is_learned_again_ever_more_rarely(tmp_path: Path, *, unsure: bool, numbers: list[int]) -> None:
    """A busy machine is not so for ever, and what never gets sure must not cost a learning each time."""
    records, learn = LearnedRecords(), Counting(unsure=unsure)

    assert [records.found(tmp_path / "a.json", Found, learn).number for _ in numbers] == numbers


@pytest.mark.parametrize(("unsure", "number"), [(False, 1), (True, 2)])
def test_only_what_is_sure_is_kept_for_others(tmp_path: Path, *, unsure: bool, number: int) -> None:
    learn = Counting(unsure=unsure)
    LearnedRecords().found(tmp_path / "a.json", Found, learn)

    assert LearnedRecords().found(tmp_path / "a.json", Found, learn).number == number


@pytest.mark.parametrize("error", [HarnessError("a limit ended its tests"), BoxLost("gone"), TimeoutError("no answer")])
def test_what_is_known_is_kept_where_learning_it_again_fails(tmp_path: Path, error: Exception) -> None:
    records = LearnedRecords()

    def fail() -> tuple[Found, bool]:
        raise error

    found = [
        records.found(tmp_path / "a.json", Found, learn).number
        for learn in (Counting(unsure=True), fail, fail, lambda: (Found(7), True), fail)
    ]

    assert found == [1, 1, 1, 7, 7]
