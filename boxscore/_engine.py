"""Grade the samples of a run: reuse what is stored, spread the rest over workers, store each result as it comes."""

from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore._errors import ProtocolError, UsageError
from boxscore._plan import unknown
from boxscore._progress import Silent
from boxscore._records import Shortener
from boxscore._store import pending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from boxscore._grading import GraderFactory
    from boxscore._harness import Task
    from boxscore._interrupt import StopSignal
    from boxscore._plan import Name, Plan
    from boxscore._progress import Progress
    from boxscore._provenance import NodeRecord, RunRecord
    from boxscore._records import Result
    from boxscore._spread import Spread
    from boxscore._store import RunStore


def _silent(_total: int) -> AbstractContextManager[Progress]:
    return nullcontext(Silent())


class Tools(Struct, frozen=True, kw_only=True):
    """What a run works with: how graders open, how running ones are ended at once, how work is spread.

    `show` opens the progress display for a number of samples; it is not called where there is nothing to grade.
    `begin` is called once before the first grader opens, `end` once after the last one has closed, whatever happened.
    `layers` is asked at the end for the defences that held in the boxes. `seconds` says how long a sample of a task is
    likely to take, 0 if that is not known.
    """

    open_grader: GraderFactory
    abandon: Callable[[], None]
    spread: Spread
    workers: int
    stop: StopSignal
    show: Callable[[int], AbstractContextManager[Progress]] = _silent
    begin: Callable[[], object] = tuple
    end: Callable[[], object] = tuple
    layers: Callable[[], tuple[str, ...]] = tuple
    seconds: Callable[[Task], float] = unknown


class Graded(Struct, frozen=True, kw_only=True):
    """The results of a run in the order of its samples, without their output.

    `missing` counts samples that an interrupt left without one.
    """

    record: RunRecord
    results: tuple[Result, ...]
    missing: int
    reused: int


def run_plan(plan: Plan, record: RunRecord, store: RunStore, tools: Tools) -> Graded:
    """Grade what the store has no standing result of; open no box if that is nothing.

    Raises StoreError, SandboxUnavailable, and UsageError if the directory holds a run of another benchmark; the store
    then keeps all results that were known.
    """
    before = store.record()
    record = _continue(record, before, store)
    todo, known = pending(plan.keys(), store.latest())
    reused = len(known)
    store.write_samples(plan.stored)
    if record != before:
        store.write_record(record)
    if todo:
        record = _grade(plan, record, store, tools, todo, known)
    results = tuple(known[item.name] for item in plan.items if item.name in known)
    return Graded(record=record, results=results, missing=len(plan.items) - len(results), reused=reused)


def _grade(  # noqa: PLR0913, PLR0917 - what a run is made of
    plan: Plan, record: RunRecord, store: RunStore, tools: Tools, todo: set[Name], known: dict[Name, Result]
) -> RunRecord:
    """Grade the samples in `todo` into `known`; whatever happens, `run.json` says how long it took."""
    began = time.monotonic()
    with tools.show(len(todo)) as progress:
        batches = plan.batches(todo, workers=tools.workers, seconds=tools.seconds)
        writer = _Writer(plan, store, progress, todo=todo, known=known)
        try:
            writer.write(plan.without_code(todo))
            tools.begin()
            tools.spread.run(batches, tools.open_grader, writer.on_results, tools.stop, tools.abandon)
        finally:
            tools.end()
            record = _changed(
                record,
                finished=None if writer.todo else now(),
                wall_s=round(record.provenance.wall_s + time.monotonic() - began, 3),
                layers=tuple(sorted({*record.provenance.layers, *tools.layers(), *writer.layers})),
                nodes=_joined(record.provenance.nodes, tools.spread.nodes()),
            )
            store.write_record(record)
    return record


class _Writer:
    """Checks results against what was asked, gives them their keys and stores them, moving names as it goes."""

    def __init__(
        self, plan: Plan, store: RunStore, progress: Progress, *, todo: set[Name], known: dict[Name, Result]
    ) -> None:
        self.todo = todo
        self.layers: set[str] = set()
        self._known = known
        self._keys = plan.keys()
        self._store = store
        self._progress = progress
        self._shorten = Shortener()

    def on_results(self, results: Sequence[Result]) -> None:
        """Store results of a grader. Raises ProtocolError for one that nobody waits for, after storing the others."""
        wanted: dict[Name, Result] = {}
        stray = []
        for result in results:
            name = result.instance_id, result.sample_id
            if name in self.todo and name not in wanted:
                wanted[name] = msgspec.structs.replace(result, key=self._keys[name])
            else:
                stray.append(name)
        self.write(tuple(wanted.values()))
        if stray:
            raise ProtocolError(f"a grader gave a result that nobody waits for: {stray[0]}")

    def write(self, results: Sequence[Result]) -> None:
        """Store results that have their keys."""
        if not results:
            return
        self._store.append(results)
        for result in results:
            name = result.instance_id, result.sample_id
            self.todo.discard(name)
            self._known[name] = self._shorten(result)
            self.layers.update(result.layers)
        self._progress.add(results)


def _continue(record: RunRecord, before: RunRecord | None, store: RunStore) -> RunRecord:
    """Take over from an earlier run in the same directory when it began, how long it worked and in what boxes."""
    if before is None:
        return record
    old = before.provenance
    if old.benchmark != record.provenance.benchmark:
        raise UsageError(f"{store.path} holds a run of {old.benchmark!r}, not of {record.provenance.benchmark!r}")
    taken = {name: getattr(old, name) for name in ("started", "finished", "wall_s", "layers", "nodes")}
    return _changed(record, **taken)


def _joined(before: Sequence[NodeRecord], now_too: Sequence[NodeRecord]) -> tuple[NodeRecord, ...]:
    """The machines of this run and, before them, those of an earlier one that are not among them."""
    hosts = {one.host for one in now_too}
    return (*(one for one in before if one.host not in hosts), *now_too)


def _changed(record: RunRecord, **changes: object) -> RunRecord:
    return msgspec.structs.replace(record, provenance=msgspec.structs.replace(record.provenance, **changes))


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
