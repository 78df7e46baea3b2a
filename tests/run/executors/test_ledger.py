"""Who has which work in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from boxscore.harness import FunctionTask
from boxscore.protocols.contract import Batch, Candidate
from boxscore.records import Outcome, Result, Trust
from boxscore.run.executors.cluster import MAX_LOSSES, Ledger
from boxscore.run.executors.worker import ItemResults, WorkItem

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK = FunctionTask(entry_point="f", names=("f",), tests="")


def batch(instance_id: str, size: int) -> Batch:
    candidates = tuple(Candidate(sample_id=str(one), code="") for one in range(size))
    return Batch(instance_id=instance_id, task=TASK, trust=Trust.ORACLE, candidates=candidates)


def answer(item: WorkItem, count: int | None = None, *, finished: bool = True) -> ItemResults:
    results = tuple(
        Result(
            instance_id=item.batch.instance_id,
            sample_id=one.sample_id,
            outcome=Outcome.PASSED,
            trust=Trust.ORACLE,
        )
        for one in item.batch.candidates[:count]
    )
    return ItemResults(number=item.number, results=results, finished=finished)


def ids(item: WorkItem) -> list[str]:
    return [one.sample_id for one in item.batch.candidates]


def test_work_in_hand_is_bounded() -> None:
    """A worker gets batches up to the samples it may have in hand, and more only as it answers."""
    ledger = Ledger([batch(f"t/{number}", 1) for number in range(10)], workers=1)

    first = ledger.take(1, 3)
    again = ledger.take(1, 3)
    ledger.accept(1, [answer(first[0])])
    more = ledger.take(1, 3)

    assert [len(first), len(again), len(more), ledger.waiting_samples] == [3, 0, 1, 6]


def test_work_is_taken_as_it_is_needed() -> None:
    """Of long work only some is looked ahead, and what is done is forgotten; all of it is handed out in the end."""
    drawn: list[int] = []

    def source() -> Iterator[Batch]:
        for number in range(200):
            drawn.append(number)
            yield batch(f"t/{number}", 64)

    ledger = Ledger(source(), workers=2)
    first, handed = len(drawn), 0
    while items := ledger.take(1, 64):
        handed += sum(len(item.batch.candidates) for item in items)
        ledger.accept(1, [answer(item) for item in items])

    assert first == 8
    assert (len(drawn), handed, ledger.done) == (200, 200 * 64, True)


def test_a_batch_that_takes_its_workers_along_is_given_up() -> None:
    """After the last loss its samples are `internal`; what was only in the queue behind it is graded."""
    ledger = Ledger([batch("t/0", 1), batch("t/1", 1)], workers=1)
    given_up = []
    for worker in range(MAX_LOSSES):
        ledger.take(worker, 2)
        given_up += ledger.lost(worker, "killed")

    (rest,) = ledger.take(9, 2)

    assert [(one.instance_id, one.outcome) for one in given_up] == [("t/0", Outcome.INTERNAL)]
    assert rest.batch.instance_id == "t/1"


def test_giving_back_is_no_loss() -> None:
    """A machine without a sandbox says nothing about the work it was given."""
    ledger = Ledger([batch("t/0", 1)], workers=1)
    for worker in range(2 * MAX_LOSSES):
        ledger.take(worker, 1)
        ledger.give_back(worker)

    assert len(ledger.take(99, 1)) == 1


def test_a_finished_batch_is_not_waited_for() -> None:
    """A sample that its grader skipped is left without a result, as on this machine."""
    ledger = Ledger([batch("t/0", 2)], workers=0)
    (item,) = ledger.take(1, 2)

    ledger.accept(1, [answer(item, 1)])

    assert ledger.done


@given(
    sizes=st.lists(st.integers(1, 6), max_size=8),
    events=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("tlgp"), st.integers(0, 5)), max_size=60),
)
def test_nothing_is_lost_or_doubled(sizes: list[int], events: list[tuple[int, str, int]]) -> None:
    """Whoever takes, tells, dies and gives back in whatever order, each sample has one result in the end."""
    ledger = Ledger([batch(f"t/{number}", size) for number, size in enumerate(sizes)], workers=2)
    hands: dict[int, list[WorkItem]] = {0: [], 1: [], 2: []}
    got: list[Result] = []
    for worker, event, count in events:
        hand = hands[worker]
        if event == "t":
            hand += ledger.take(worker, count)
        elif event == "p" and hand:
            done = count >= len(hand[0].batch.candidates)
            got += ledger.accept(worker, [answer(hand[0], count, finished=done)])
            hands[worker] = hand[done:]
        elif event in "lg":
            got += ledger.lost(worker, "gone") if event == "l" else []
            ledger.give_back(worker)
            hand.clear()
    for worker in hands:
        ledger.give_back(worker)
    for item in ledger.take(99, 1000):
        got += ledger.accept(99, [answer(item)])

    names = [(one.instance_id, one.sample_id) for one in got]
    assert sorted(names) == sorted((f"t/{n}", str(one)) for n, size in enumerate(sizes) for one in range(size))
    assert ledger.done
