"""Grade the samples of a run: reuse what is stored, spread the rest over workers, store each result as it comes.

Samples of one instance with equal keys have equal code for an equal task under equal conditions: the first is graded
for all. A result that does not stand is shared with nobody: the others are then graded each by itself.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import BoxscoreError, ProtocolError, RunStopped, UsageError
from boxscore.provenance import graded_under
from boxscore.records import Shortener, withhold
from boxscore.run.alarm import Alarm
from boxscore.run.executors.contract import Workload
from boxscore.run.progress import PlannedWork, Silent
from boxscore.run.store import pending
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager

    from boxscore.interrupt import StopSignal
    from boxscore.protocols.contract import GraderFactory
    from boxscore.provenance import NodeRecord, RunRecord
    from boxscore.records import Result
    from boxscore.run.executors.contract import Executor
    from boxscore.run.plan import Item, Name, Plan
    from boxscore.run.progress import Progress
    from boxscore.run.store import RunStore


def silent(_work: PlannedWork) -> AbstractContextManager[Progress]:
    """Show no progress."""
    return nullcontext(Silent())


class Tools(Struct, frozen=True, kw_only=True):
    """What a run works with: how graders open, how running ones are ended at once, where the work is done.

    `show` opens the progress display for what is to be graded; it is not called where that is nothing.
    `begin` is called once before the first grader opens, `end` once after the last one has closed, whatever happened.
    `layers` is asked at the end for the defences that held in the boxes. `share` lets samples of equal keys be graded
    once; without it each is graded by itself, also if it has a result that was another's. With
    `alarm` a run ends whose outcomes say that it is broken; `alarmed` says why results that came before it did.
    """

    open_grader: GraderFactory
    abandon: Callable[[], None]
    executor: Executor
    workers: int
    stop: StopSignal
    show: Callable[[PlannedWork], AbstractContextManager[Progress]] = silent
    begin: Callable[[], object] = tuple
    end: Callable[[], object] = tuple
    layers: Callable[[], tuple[str, ...]] = tuple
    share: bool = True
    alarm: bool = True
    alarmed: str | None = None


class RunResults(Struct, frozen=True, kw_only=True):
    """The results of a run in the order of its samples, without their output.

    `missing` counts samples that an interrupt, or the alarm, left without one. `alarm` says why that ended the run.
    """

    record: RunRecord
    results: tuple[Result, ...]
    missing: int
    reused: int
    alarm: str | None = None


def run_plan(plan: Plan, record: RunRecord, store: RunStore, tools: Tools) -> RunResults:
    """Grade what the store has no standing result of; open no box if that is nothing.

    Raises StoreError, SandboxUnavailable, and UsageError if the directory holds a run of another benchmark; the store
    then keeps all results that were known.
    """
    before = store.record()
    keys = plan.keys()
    todo, known = pending(keys, store.results(keys), alone=not tools.share)
    del keys  # of a long run they are large
    record = _continue(record, before, store, known)
    reused = len(known)
    sample_lines, digest = store.add_samples(plan.stored)
    record = msgspec.structs.replace(_changed(record, samples_digest=digest), sample_lines=sample_lines)
    alarm = None
    if todo:
        record = _changed(record, finished=None, conditions=graded_under(known.values()))
        store.write_record(record)
        record = _grade(plan, record, store, tools, todo, known)
        alarm = record.provenance.alarm
    elif tools.alarmed is not None:
        alarm = tools.alarmed
        record = _changed(record, alarm=alarm)
    elif before is not None and tools.alarm and _asked(before) == _asked(record):
        alarm = before.provenance.alarm  # the results are still those of a run that was stopped as broken
        record = _changed(record, alarm=alarm)
    record = _finished(record, before, known, missing=bool(todo))
    if record != store.record():
        store.write_record(record)
    results = with_originals(known[item.name] for item in plan.items if item.name in known)
    return RunResults(
        record=record, results=results, missing=len(plan.items) - len(results), reused=reused, alarm=alarm
    )


def _grade(  # noqa: PLR0913, PLR0917 - what a run is made of
    plan: Plan,
    record: RunRecord,
    store: RunStore,
    tools: Tools,
    todo: set[Name],
    known: dict[Name, Result],
) -> RunRecord:
    """Grade the samples in `todo` into `known`; whatever happens, `run.json` says how long it took."""
    began = time.monotonic()
    alarm = Alarm(known.values()) if tools.alarm else None
    if alarm is not None:
        tools = msgspec.structs.replace(tools, stop=_StopOrAlarm(tools.stop, alarm))
    with tools.show(_work(plan, todo)) as progress:
        writer = _Writer(plan, store, progress, tools, todo=todo, known=known, alarm=alarm)
        ungraded_reason = None
        try:
            writer.write_without_boxes()
            if writer.todo and _begun(tools):
                _grade_in_boxes(plan, tools, writer)
        except BoxscoreError as error:
            ungraded_reason = str(error)
            raise
        finally:
            try:
                tools.end()
            finally:
                record = _changed(record, ungraded_reason=ungraded_reason)
                record = _worked(record, tools, writer, known, time.monotonic() - began)
                store.write_record(record)
    return record


def _begun(tools: Tools) -> bool:
    """Begin; False if the run was stopped before it could."""
    try:
        tools.begin()
    except RunStopped:
        return False
    return True


def _worked(record: RunRecord, tools: Tools, writer: _Writer, known: Mapping[Name, Result], wall_s: float) -> RunRecord:
    """What there is to say of a run that has come to an end, whichever."""
    return _changed(
        record,
        finished=None if writer.todo else now(),
        wall_s=round(record.provenance.wall_s + wall_s, 3),
        layers=tuple(sorted({*record.provenance.layers, *tools.layers(), *writer.layers})),
        nodes=_joined(_joined(record.provenance.nodes, writer.nodes), tools.executor.nodes()),
        conditions=graded_under(known.values()),
        alarm=tools.alarmed or writer.alarmed,
    )


def _grade_in_boxes(plan: Plan, tools: Tools, writer: _Writer) -> None:
    """Grade one sample of each kind, then those that got nothing from it."""
    while (names := writer.sharing.take()) and not tools.stop.draining():
        batches = plan.batches(names, workers=tools.workers)
        tools.executor.run(
            Workload(
                batches=batches,
                open_grader=tools.open_grader,
                on_results=writer.on_results,
                stop=tools.stop,
                abandon=tools.abandon,
            )
        )
        writer.nodes = _joined(writer.nodes, tools.executor.nodes())


def _work(plan: Plan, todo: set[Name]) -> PlannedWork:
    left = Counter(instance_id for instance_id, _ in todo)
    return PlannedWork(total=len(todo), reused=len(plan.items) - len(todo), todo=left)


class _StopOrAlarm:
    """A stop signal that also halts when the alarm has gone off."""

    def __init__(self, stop: StopSignal, alarm: Alarm) -> None:
        self._stop, self._alarm = stop, alarm

    def draining(self) -> bool:
        return self._alarm.reason is not None or self._stop.draining()

    def halting(self) -> bool:
        return self._alarm.reason is not None or self._stop.halting()


class _Writer:
    """Checks results against what was asked, gives them their keys and stores them, moving names as it goes."""

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        plan: Plan,
        store: RunStore,
        progress: Progress,
        tools: Tools,
        *,
        todo: set[Name],
        known: dict[Name, Result],
        alarm: Alarm | None = None,
    ) -> None:
        self.todo, self._alarm = todo, alarm
        self.layers: set[str] = set()
        self.nodes: tuple[NodeRecord, ...] = ()
        self._plan, self._known = plan, known
        self._keys = plan.keys()
        self._store, self._progress = store, progress
        self._share = tools.share
        self._shorten = Shortener()
        self._version = VERSION
        self.sharing = Sharing((), set(), share=False)

    @property
    def alarmed(self) -> str | None:
        """Why the alarm ended the run, None if it did not."""
        return None if self._alarm is None else self._alarm.reason

    def write_without_boxes(self) -> None:
        """Store the results of samples that need no box, then see who is graded for whom."""
        without = self._plan.without_code(self.todo)
        self._write([self._own(one, (one.instance_id, one.sample_id)) for one in without])
        if self._share:
            wanted = {item.name: (item.name[0], item.key) for item in self._plan.items if item.has_code}
            wanted = {name: kind for name, kind in wanted.items() if name in self.todo}
            found = self._store.results_by_key(set(wanted.values()))
            self._write([copy_for(found[kind], name[1]) for name, kind in wanted.items() if kind in found])
        self.sharing = Sharing(self._plan.items, self.todo, share=self._share)

    def on_results(self, results: Sequence[Result]) -> None:
        """Store results of a grader. Raises ProtocolError for an unexpected one, after storing the others."""
        wanted: dict[Name, Result] = {}
        stray = []
        for result in results:
            name = result.instance_id, result.sample_id
            if name in self.todo and name not in wanted:
                wanted[name] = self._own(result, name)
            else:
                stray.append(name)
        graded = tuple(wanted.values())
        copies = [copy for result in graded for copy in self.sharing.copies(result)]
        self._write((*graded, *copies))
        if self._alarm is not None:
            self._alarm.add(graded)
        if stray:
            raise ProtocolError(f"a grader gave an unexpected result: {stray[0]}")

    def _own(self, result: Result, name: Name) -> Result:
        """A grader's result as it is stored: a machine of a cluster has said under what conditions, else as planned."""
        conditions = result.conditions or self._plan.conditions[name[0]]
        own = msgspec.structs.replace(result, conditions=conditions, boxscore=self._version, key=self._keys[name])
        return withhold(own, conditions.least_trust)

    def _write(self, results: Sequence[Result]) -> None:
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


class Sharing:
    """Who is graded for whom, of the samples `todo`; `share` False lets each be graded by itself."""

    def __init__(self, items: Iterable[Item], todo: AbstractSet[Name], *, share: bool) -> None:
        self._others: dict[Name, list[str]] = {}
        first: dict[str, dict[str, str]] = {}
        self._graded: set[Name] = set()
        for item in items:
            if item.has_code and item.name in todo:
                instance_id, sample_id = item.name
                leader = first.setdefault(instance_id, {}).setdefault(item.key, sample_id) if share else sample_id
                if leader == sample_id:
                    self._graded.add(item.name)
                else:
                    self._others.setdefault((instance_id, leader), []).append(sample_id)

    def take(self) -> set[Name]:
        """The samples to grade next, each once: at first one of each kind, then those that nothing was shared with."""
        names, self._graded = self._graded, set()
        return names

    def copies(self, result: Result) -> Iterator[Result]:
        """The results of the samples that this one's was waited for; none if it does not stand."""
        others = self._others.pop((result.instance_id, result.sample_id), ())
        if result.stands:
            return (copy_for(result, sample_id) for sample_id in others)
        self._graded.update((result.instance_id, sample_id) for sample_id in others)
        return iter(())


def copy_for(result: Result, sample_id: str) -> Result:
    """The result of another sample with the same key."""
    return msgspec.structs.replace(result, sample_id=sample_id, copied_from=result.sample_id)


def with_originals(results: Iterable[Result]) -> tuple[Result, ...]:
    """Results of a run in which each copy names a sample of that run.

    Where the samples no longer have the one that was graded, or have it with other code, its first copy stands for it.
    """
    found = list(results)
    if not any(one.copied_from for one in found):
        return tuple(found)
    keys = {(one.instance_id, one.sample_id): one.key for one in found}
    stands_for: dict[Name, str] = {}
    for at, one in enumerate(found):
        if one.copied_from is None or keys.get((one.instance_id, one.copied_from)) == one.key:
            continue
        first = stands_for.setdefault((one.instance_id, one.key), one.sample_id)
        found[at] = msgspec.structs.replace(one, copied_from=None if first == one.sample_id else first)
    return tuple(found)


def _continue(record: RunRecord, before: RunRecord | None, store: RunStore, known: Mapping[Name, Result]) -> RunRecord:
    """Take over from an earlier run in the same directory when it began, how long it worked and in what boxes."""
    if before is None:
        return record
    old = before.provenance
    if old.benchmark != record.provenance.benchmark:
        raise UsageError(f"{store.path} holds a run of {old.benchmark!r}, not of {record.provenance.benchmark!r}")
    kept = {name: getattr(old, name) for name in ("started", "finished", "wall_s", "layers", "nodes")}
    if _asked(before) != _asked(record):
        kept["layers"] = tuple(sorted({name for layers in {one.layers for one in known.values()} for name in layers}))
    return _changed(record, **kept)


def _finished(record: RunRecord, before: RunRecord | None, known: Mapping[Name, Result], *, missing: bool) -> RunRecord:
    """Say of what there is now: under what conditions it came about, and whether it is all."""
    finished = record.provenance.finished
    if missing:
        finished = None
    elif finished is None or (before is not None and _asked(before) != _asked(record)):
        finished = now()
    return _changed(record, finished=finished, conditions=graded_under(known.values()))


def _asked(record: RunRecord) -> tuple[object, ...]:
    one = record.provenance
    return (
        one.backend,
        one.runtime,
        one.strict,
        one.image,
        one.image_digest,
        one.limits,
        one.grading_version,
        one.no_gate,
        one.least_trust,
    )


def _joined(before: Sequence[NodeRecord], now_too: Sequence[NodeRecord]) -> tuple[NodeRecord, ...]:
    """The machines of this run and, before them, those of an earlier one that are not among them."""
    hosts = {one.host for one in now_too}
    return (*(one for one in before if one.host not in hosts), *now_too)


def _changed(record: RunRecord, **changes: object) -> RunRecord:
    return msgspec.structs.replace(record, provenance=msgspec.structs.replace(record.provenance, **changes))


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
