"""Lost boxes: whose doing a loss is, told with boxes in memory that die on demand."""

from __future__ import annotations

import itertools
import json
import marshal
import struct
from typing import TYPE_CHECKING

from boxscore._backends._fake import FakeBackend, FakeStream
from boxscore._grading import Batch, Candidate
from boxscore._harness import FunctionTask
from boxscore._protocols._function import MAX_LOSSES, MAX_LOSSES_AT_SAMPLE, Losses, open_function_grader
from boxscore._records import Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore._backends._fake import FakeRun

CONTROL = -1


def frame(message: dict[str, object]) -> bytes:
    """Make a frame as a box does."""
    data = json.dumps(message).encode()
    return struct.pack("<I", len(data)) + data


def verdict(number: int) -> bytes:
    """Pass a sample; the control, an empty program, is an error as anywhere."""
    outcome = "error" if number == CONTROL else "passed"
    text: dict[str, object] = {
        "reason": "",
        "error_type": None,
        "limit": None,
        "parts": {},
        "output": "",
        "output_truncated": False,
    }
    return frame({"number": number, "outcome": outcome, **text, "cpu_s": 0.1, "wall_s": 0.1, "memory_bytes": 1})


class Mortal(FakeStream):
    """A supervisor that greets, passes every sample, and ends at those of which `survives` says no."""

    def __init__(self, survives: Callable[[int], bool]) -> None:
        super().__init__(self.answer)
        self.survives, self.numbers = survives, list[int]()

    def answer(self, data: bytes) -> bytes:
        """Answer the frames that the host sent at once; none after the one at which the box is lost."""
        if len(self.sent) == 1:
            return frame({"ready": True, "python": "3.11", "layers": []})
        answers = b""
        while data and not self.stopped:
            size = int.from_bytes(data[:4], "little")
            kind, *rest = marshal.loads(data[4 : 4 + size])
            data = data[4 + size :]
            if kind == "sample":
                self.numbers.append(rest[0])
                self.stopped = not self.survives(rest[0])
                answers += b"" if self.stopped else verdict(rest[0])
        return answers


def grade(folder: Path, survives: Callable[[int, int], bool], samples: int = 1) -> tuple[list[Result], list[list[int]]]:
    """Grade in boxes of which `survives(box, number)` tells if they do; return what each box was given, too."""
    boxes: list[Mortal] = []
    count = itertools.count()

    def start(_: FakeRun) -> FakeStream:
        box = next(count)
        boxes.append(Mortal(lambda number: survives(box, number)))
        return boxes[-1]

    batch = Batch(
        instance_id="toy/f",
        task=FunctionTask(entry_point="f", names=("f",), tests="assert f()"),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(n), code="def f(): return 1") for n in range(samples)),
    )
    with open_function_grader(FakeBackend(stream=start), None, cache=folder) as grader:
        return list(grader.grade(batch)), [box.numbers for box in boxes]


def test_without_losses_all_goes_in_one_box(tmp_path: Path) -> None:
    """One box grades a batch, with no control."""
    results, given = grade(tmp_path, lambda _box, _number: True, samples=3)

    assert [(result.outcome, result.attempts) for result in results] == [(Outcome.PASSED, 1)] * 3
    assert given == [[0, 1, 2]]


def test_a_batch_that_is_given_up_takes_its_box_with_it(tmp_path: Path) -> None:
    """Verdicts that nobody waits for any more are not read as those of the next batch."""
    boxes: list[Mortal] = []

    def start(_: FakeRun) -> FakeStream:
        boxes.append(Mortal(lambda _number: True))
        return boxes[-1]

    batch = Batch(
        instance_id="toy/f",
        task=FunctionTask(entry_point="f", names=("f",), tests="assert f()"),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(n), code="def f(): return 1") for n in range(3)),
    )
    with open_function_grader(FakeBackend(stream=start), None, cache=tmp_path) as grader:
        first = iter(grader.grade(batch))
        next(first)
        first.close()  # type: ignore[attr-defined]  # a generator, whatever else an iterator may be
        results = list(grader.grade(batch))

    assert [(result.outcome, result.attempts) for result in results] == [(Outcome.PASSED, 1)] * 3
    assert [box.numbers for box in boxes] == [[0, 1, 2], [0, 1, 2]]


def test_boxes_lost_before_the_control_are_ours(tmp_path: Path) -> None:
    """When not even an empty program can be graded, the sample is internal after six boxes, never tampered."""
    (result,), given = grade(tmp_path, lambda _box, _number: False)

    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, MAX_LOSSES)
    assert given == [[0], *[[CONTROL]] * (MAX_LOSSES - 1)]


def test_boxes_lost_after_the_control_are_the_samples(tmp_path: Path) -> None:
    """Three boxes that graded the control and died at the sample show that it did it."""
    (result,), given = grade(tmp_path, lambda _box, number: number == CONTROL)

    assert (result.outcome, result.attempts) == (Outcome.TAMPERED, 1 + MAX_LOSSES_AT_SAMPLE)
    assert given == [[0], *[[CONTROL, 0]] * MAX_LOSSES_AT_SAMPLE]


def test_a_verdict_ends_the_suspicion(tmp_path: Path) -> None:
    """A sample that gets its verdict at the third attempt has it; the rest is graded in the same box, uncontrolled."""
    results, given = grade(tmp_path, lambda box, number: box > 1 or number == CONTROL, samples=3)

    assert [(result.outcome, result.attempts) for result in results] == [(Outcome.PASSED, n) for n in (3, 1, 1)]
    assert given[1:] == [[CONTROL, 0], [CONTROL, 0, 1, 2]]


def test_the_others_of_a_batch_are_not_blamed(tmp_path: Path) -> None:
    """Only the sample at which boxes are lost is excluded or blamed."""
    results, _ = grade(tmp_path, lambda _box, number: number != 1, samples=3)

    assert [result.outcome for result in results] == [Outcome.PASSED, Outcome.TAMPERED, Outcome.PASSED]


def test_losses_of_both_kinds_are_counted_apart() -> None:
    """Losses of ours between those at the sample neither blame nor clear it."""
    losses, outcomes = Losses(), []
    for controlled in (False, True, False, True, False):
        if controlled:
            losses.control_passed()
        outcomes.append(losses.count())

    losses.control_passed()

    assert outcomes == [None] * 5
    assert losses.count() is Outcome.TAMPERED
