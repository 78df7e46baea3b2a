"""A run directory as a page: its head and index at once, and the sections of a sample when they are asked for.

In memory are the samples with their texts, results without what they printed, and the places of lines that are read
again: what samples printed, attempts and trajectories stay in their files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.compare.read import read_amounts
from boxscore.page.attempts import AttemptLine, with_trajectory
from boxscore.page.head import ReadRun, head_of
from boxscore.page.pictures import MAX_FILE_BYTES, MAX_PAGE_FILE_BYTES
from boxscore.page.prompts import Prompts
from boxscore.page.rows import FLAKY, SampleFacts, columns_of, flaky, rows_of
from boxscore.page.sections import Shown, details_of
from boxscore.protocols.registry import summary_of
from boxscore.records import Outcome, Result
from boxscore.report.build import build_reports
from boxscore.run.lines import LinePlaces, read_lines
from boxscore.run.report_files import run_info
from boxscore.run.sharing import with_originals
from boxscore.run.store import ATTEMPTS, RESULTS, ROUNDS, read_run, shared
from boxscore.sampling.records import Attempt, Round
from boxscore.score.cheating import kind_of
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from boxscore.page.records import Details, Head, Scalar
    from boxscore.protocols.shows import Summary
    from boxscore.provenance import RunRecord, StoredSample
    from boxscore.run.plan import Name


class _ResultLine(Struct, frozen=True):
    instance_id: str
    sample_id: str
    outcome: Outcome
    key: str = ""


class RunPage:
    """A run that can be shown; made by `read_page`."""

    def __init__(
        self, folder: Path, run: ReadRun, samples: Sequence[StoredSample], results: dict[Name, Result]
    ) -> None:
        """Index the run's files. Raises InputError for a damaged line, StoreError."""
        self._folder, self._samples, self._results = folder, samples, results
        self._prompts = Prompts(run.record.provenance)
        self._amounts = read_amounts(folder, results, {(one.instance_id, one.sample_id) for one in samples})
        self._rounds: dict[Name, dict[int, Round]] = {}
        for one in read_lines(folder / ROUNDS, Round):
            self._rounds.setdefault((one.instance_id, one.sample_id), {})[one.round] = one
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
            rounds=self._rounds.get(name, {}),
            amounts=self._amounts.get(name, {}),
            flaky=FLAKY in self._flags.get(name, ()),
            file_bytes=file_bytes,
        )
        return details_of(with_trajectory(self._folder, shown, self._prompts))

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
        self._flags[name] = line.rules | (self._flags.get(name, set()) & {FLAKY})
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
        record, samples, results = read_run(folder)
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
            going_on=not alone,
        )
        return RunPage(folder, run, samples, results)


def _projects(results: Iterable[Result]) -> Iterator[Summary]:
    """The summaries of projects that grow and have a verdict."""
    judged = (summary_of(one) for one in results if one.outcome is not Outcome.INTERNAL)
    return (one for one in judged if one.stages)


def _counts(
    record: RunRecord, samples: Sequence[StoredSample], results: Mapping[Name, Result]
) -> dict[str, list[InstanceCounts]]:
    """Count graded and passed samples of each model and instance, but of those that only a cheat passes."""
    found: dict[str, dict[str, list[bool]]] = {}
    for sample in samples:
        result = results.get((sample.instance_id, sample.sample_id))
        if result is None or result.outcome is Outcome.INTERNAL or kind_of(sample.instance_id) is not None:
            continue
        of_model = found.setdefault(sample.model, {})
        of_model.setdefault(sample.instance_id, []).append(result.outcome is Outcome.PASSED)
    return {
        model: [
            InstanceCounts(n=len(own), c=sum(own), cluster=record.instances.get(name)) for name, own in of_model.items()
        ]
        for model, of_model in found.items()
    }
