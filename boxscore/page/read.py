"""A run directory as a page: its head and index at once, and the sections of a sample when they are asked for.

In memory are the samples with their texts, results without what they printed, and where lines stand that are read when
a row is opened: what samples printed, attempts and trajectories. Prompts are the benchmark's, where its data is on this
machine as it was when the run was made; nothing is fetched, and no test or reference is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.contract import Draft
from boxscore.agents.trajectory import read_trajectory
from boxscore.compare.read import read_amounts
from boxscore.data.plugin_calls import prompt_messages
from boxscore.errors import BoxscoreError, InputError
from boxscore.page.head import ReadRun, head_of
from boxscore.page.pictures import MAX_FILE_BYTES, MAX_PAGE_FILE_BYTES
from boxscore.page.rows import FLAKY, SampleFacts, columns_of, flaky, rows_of
from boxscore.page.sections import Shown, details_of
from boxscore.protocols.registry import summary_of
from boxscore.provenance import StoredSample
from boxscore.records import Outcome, Result
from boxscore.report.build import build_reports
from boxscore.run.engine import with_originals
from boxscore.run.lines import LinePlaces, read_lines
from boxscore.run.prepare import recorded_benchmark
from boxscore.run.run import run_info
from boxscore.run.store import ATTEMPTS, RECORD, RESULTS, own_results, read_run, shared
from boxscore.sampling.records import Attempt, trajectory_path
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from boxscore.page.records import Details, Head, Scalar
    from boxscore.protocols.shows import Summary
    from boxscore.provenance import Provenance, RunRecord
    from boxscore.run.plan import Name
    from boxscore.run.prepare import Benchmark


class _Draft(Struct, frozen=True):
    """A draft of which only the number counts."""


class AttemptLine(Struct, frozen=True):
    """As much of a line of `attempts.jsonl` as the index shows."""

    instance_id: str
    sample_id: str
    wall_s: float = 0.0
    drafts: list[_Draft] = []


class Prompts:
    """The messages of a run's instances; none where they cannot be had here. The data is read when first asked for."""

    def __init__(self) -> None:
        self._instances: dict[str, tuple[Benchmark, int]] | None = None

    def of(self, provenance: Provenance, instance_id: str) -> Sequence[Mapping[str, str]]:
        """The messages that ask for an instance of a run, which is always the same one."""
        if self._instances is None:
            benchmark = recorded_benchmark(provenance)
            every = () if benchmark is None else benchmark.every
            self._instances = {one.instance_id: (benchmark, place) for place, one in enumerate(every) if benchmark}
        found = self._instances.get(instance_id)
        if found is None:
            return ()
        benchmark, place = found
        try:
            return tuple(prompt_messages(benchmark.harness, benchmark.every[place]))
        except BoxscoreError:  # a page without a prompt is better than none
            return ()


class _ResultLine(Struct, frozen=True):
    instance_id: str
    sample_id: str
    outcome: Outcome
    key: str = ""


class RunPage:
    """A run that can be shown; made by `read_page`."""

    def __init__(
        self,
        folder: Path,
        run: ReadRun,
        samples: Sequence[StoredSample],
        results: dict[Name, Result],
        prompts: Prompts,
    ) -> None:
        """Index the run's files. Raises InputError for a damaged line, StoreError."""
        self._folder, self._samples, self._results = folder, samples, results
        self._provenance, self._prompts = run.record.provenance, prompts
        self.planned = run.record.provenance.samples
        self._amounts = read_amounts(folder, results, {(one.instance_id, one.sample_id) for one in samples})
        self._flags: dict[Name, set[str]] = {name: {FLAKY} for name in flaky(samples, results)}
        self._drafts: dict[Name, int] = {}
        self._attempts = LinePlaces(folder / ATTEMPTS, AttemptLine, self._attempt)
        self._graded: dict[tuple[Name, str], Outcome] = {}
        self._lines = LinePlaces(folder / RESULTS, _ResultLine, self._line)
        known = SampleFacts(amounts=self._amounts, drafts=self._drafts, flags=self._flags)
        self.rows: tuple[tuple[Scalar, ...], ...] = rows_of(samples, results, known)
        pictured = sum(one.detail is not None and one.detail.has_files for one in results.values())
        self.file_share = min(MAX_FILE_BYTES, MAX_PAGE_FILE_BYTES // max(1, pictured))
        """How many bytes of pictures and traces a page in one file has of each sample: all the same, in its bound."""
        self.head: Head = head_of(folder, run, columns_of(self.rows), self.rows)

    def details(self, row: int, *, file_bytes: int = MAX_FILE_BYTES) -> Details:
        """Read what is shown of the sample of a row, with at most so many bytes of pictures and traces.

        Raises InputError, StoreError; IndexError where there is none.
        """
        if row < 0:
            raise IndexError(row)
        sample = self._samples[row]
        name = sample.instance_id, sample.sample_id
        shown = Shown(
            sample=sample,
            result=self._lines.read((name, sample.key), Result) if name in self._results else None,
            attempt=self._attempts.read(name, Attempt),
            amounts=self._amounts.get(name, {}),
            flaky=FLAKY in self._flags.get(name, ()),
            file_bytes=file_bytes,
        )
        return details_of(self._with_trajectory(shown))

    def _with_trajectory(self, shown: Shown) -> Shown:
        """Add what an agent did, or what the benchmark asks where that is not there or cannot be read."""
        name = shown.sample.instance_id
        path = trajectory_path(self._folder, name, shown.sample.sample_id)
        trouble = ""
        if path.is_file():
            try:
                return replace(shown, trajectory=read_trajectory(path))
            except InputError as error:
                trouble = str(error)
        return replace(shown, trouble=trouble, prompt=self._prompts.of(self._provenance, name))

    def answer(self, row: int) -> str:
        """What the sample of a row says. Raises IndexError."""
        return self._samples[row].text

    def every_details(self) -> Iterator[Details]:
        """Read what is shown of all rows, in order, as a page in one file has it."""
        return (self.details(row, file_bytes=self.file_share) for row in range(len(self.rows)))

    def _attempt(self, line: AttemptLine) -> Name:
        """Note what the index says of an agent; the last one of a sample counts."""
        name = line.instance_id, line.sample_id
        self._drafts[name] = len(line.drafts)
        return name

    def _line(self, line: _ResultLine) -> tuple[Name, str]:
        """Note where a sample was graded more than once under one key, and came to different outcomes."""
        name = line.instance_id, line.sample_id
        if line.outcome is not Outcome.INTERNAL:
            before = self._graded.setdefault((name, line.key), line.outcome)
            if before is not line.outcome:
                self._flags.setdefault(name, set()).add(FLAKY)
        return name, line.key


def read_page(folder: Path) -> RunPage:
    """Read a run directory without writing to it. Raises InputError if it is none, or a damaged one, StoreError."""
    with shared(folder) as alone:
        return _page(folder, *read_run(folder), Prompts(), going_on=not alone)


def read_started(folder: Path, prompts: Prompts) -> RunPage | None:
    """Read a run in progress: its graded samples, in the order of their results; None before it has a record.

    Samples of agents have no lines of their own until all have ended: until then a sample is its agent's last draft.
    Raises InputError, StoreError.
    """
    if not (folder / RECORD).exists():
        return None
    record, samples, results = read_run(folder)
    stored = {(one.instance_id, one.sample_id): one for one in samples}
    if not samples or (folder / ATTEMPTS).exists():
        graded = {(one.instance_id, one.sample_id): one.key for one in read_lines(folder / RESULTS, _ResultLine)}
        results = own_results(folder, graded | {name: one.key for name, one in stored.items()})
    if results.keys() - stored.keys():
        drafts = {
            (one.instance_id, one.sample_id): one.drafts[-1]
            for one in read_lines(folder / ATTEMPTS, Attempt)
            if one.drafts
        }
        for name in results.keys() - stored.keys():
            draft = drafts.get(name, Draft(text=""))
            stored[name] = StoredSample(
                instance_id=name[0],
                sample_id=name[1],
                text=draft.text,
                kind=draft.kind,
                model="",
                key=results[name].key,
            )
    return _page(folder, record, [stored[name] for name in results], results, prompts, going_on=True)


def _page(  # noqa: PLR0913 - what a run directory holds
    folder: Path,
    record: RunRecord,
    samples: Sequence[StoredSample],
    results: dict[Name, Result],
    prompts: Prompts,
    *,
    going_on: bool,
) -> RunPage:
    ordered = (
        results[sample.instance_id, sample.sample_id]
        for sample in samples
        if (sample.instance_id, sample.sample_id) in results
    )
    report, each = build_reports(run_info(record, samples), with_originals(ordered))
    run = ReadRun(
        record=record,
        report=report,
        each=each,
        counts=_counts(record, samples, results),
        projects=tuple(_projects(results.values())),
        going_on=going_on,
    )
    return RunPage(folder, run, samples, results, prompts)


def _projects(results: Iterable[Result]) -> Iterator[Summary]:
    """The summaries of projects that grow and have a verdict."""
    judged = (summary_of(one) for one in results if one.outcome is not Outcome.INTERNAL)
    return (one for one in judged if one.stages)


def _counts(
    record: RunRecord, samples: Sequence[StoredSample], results: Mapping[Name, Result]
) -> dict[str, list[InstanceCounts]]:
    """Count graded and passed samples of each model and instance."""
    found: dict[str, dict[str, list[bool]]] = {}
    for sample in samples:
        result = results.get((sample.instance_id, sample.sample_id))
        if result is None or result.outcome is Outcome.INTERNAL:
            continue
        of_model = found.setdefault(sample.model, {})
        of_model.setdefault(sample.instance_id, []).append(result.outcome is Outcome.PASSED)
    return {
        model: [
            InstanceCounts(n=len(own), c=sum(own), cluster=record.instances.get(name)) for name, own in of_model.items()
        ]
        for model, of_model in found.items()
    }
