"""A run as exports read it: its samples with what became of them, and its scores by model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.compare.amounts import read_amounts
from boxscore.errors import InputError, UsageError
from boxscore.harness import GradedRun
from boxscore.models.secrets import own_keys_remover, redacted
from boxscore.records import Sample
from boxscore.report.build import build_reports
from boxscore.run.report_files import run_info
from boxscore.run.sharing import with_originals
from boxscore.run.store import Outputs, read_run, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from boxscore.protocols.contract import Task
    from boxscore.provenance import Provenance, RunRecord, StoredSample
    from boxscore.records import Result
    from boxscore.report.records import Report, RunInfo
    from boxscore.run.plan import Name

FEW = 5  # ids that a line names


class Exported(Struct, frozen=True, kw_only=True):
    """A sample and what became of it: `result` is None where it is not graded. `amounts` are as `compare` has them."""

    sample: StoredSample
    result: Result | None
    output: str
    cluster: str | None
    amounts: Mapping[str, float]


class ExportedRun:
    """A run directory, read once; what samples printed stays on disk until it is asked for.

    `reports` has the report of each model, by its name: one alone where a run has one. `clean` leaves the keys of this
    process's environment out of a text.
    """

    def __init__(self, folder: Path) -> None:
        """Read it. Raises InputError for what is no run, or a damaged one; StoreError."""
        self.folder = folder
        with shared(folder) as alone:
            record, self.samples, results = read_run(folder)
            self.record = structs.replace(record, provenance=_without_passwords(record.provenance))
            self._output = Outputs(folder)
            self.going_on = not alone
        in_order = ((one.instance_id, one.sample_id) for one in self.samples)
        graded = with_originals(results[name] for name in in_order if name in results)
        self.results: dict[Name, Result] = {(one.instance_id, one.sample_id): one for one in graded}
        self.info = run_info(self.record, self.samples)
        self.report, self.reports = _reports(self.info, self.record, self.samples, graded, folder)
        named = {(one.instance_id, one.sample_id) for one in self.samples}
        self._amounts = read_amounts(folder, self.results, named)
        self.clean: Callable[[str], str] = own_keys_remover()

    @property
    def benchmark(self) -> str:
        """What was run."""
        return self.record.provenance.benchmark

    def printed(self, result: Result) -> str:
        """Read what a sample printed, without keys of ours. Raises StoreError."""
        return self.clean(self._output(result))

    def graded(
        self,
        run_id: str,
        folder: Path,
        files: str,
        *,
        tasks: Mapping[str, Task] | None = None,
        files_version: str | None = None,
    ) -> GradedRun:
        """The run as a harness writes its files of one, into `files` below a folder; texts are without keys of ours."""
        samples = (
            Sample(
                instance_id=one.instance_id,
                sample_id=one.sample_id,
                text=self.clean(one.text),
                kind=one.kind,
                model=self.clean(one.model),
            )
            for one in self.samples
        )
        return GradedRun(
            run_id=run_id,
            folder=folder,
            files=folder / files,
            instances=tuple(self.record.instances),
            samples=tuple(samples),
            results=tuple(self.results.values()),
            tasks=tasks or {},
            printed=self.printed,
            files_version=files_version,
        )

    def each(self, *, output: bool = True) -> Iterator[Exported]:
        """Give each sample in the run's order, one at a time; without what it printed if that is not wanted."""
        for sample in self.samples:
            name = sample.instance_id, sample.sample_id
            result = self.results.get(name)
            yield Exported(
                sample=sample,
                result=result,
                output=self.printed(result) if output and result is not None else "",
                cluster=self.record.instances.get(sample.instance_id),
                amounts=self._amounts.get(name, {}),
            )

    def unfinished(self) -> tuple[str, ...]:
        """Say what of the run is not there yet."""
        left = len(self.samples) - len(self.results)
        lines = [f"{left:,} of {len(self.samples):,} samples without a result"] if left else []
        return (*(["what the run, which is still in progress, adds from now on"] if self.going_on else []), *lines)


def _without_passwords(provenance: Provenance) -> Provenance:
    """The same, with addresses that let nobody in."""
    sampling, engine = provenance.sampling, provenance.engine
    if sampling is not None:
        sampling = structs.replace(sampling, base=redacted(sampling.base))
    return structs.replace(provenance, sampling=sampling, engine=None if engine is None else redacted(engine))


def named(ids: list[str]) -> str:
    """The first of a list of ids, and how many more there are."""
    more = f" and {len(ids) - FEW:,} more" if len(ids) > FEW else ""
    return ", ".join(ids[:FEW]) + more


def _reports(
    info: RunInfo, record: RunRecord, samples: list[StoredSample], results: tuple[Result, ...], folder: Path
) -> tuple[Report, dict[str, Report]]:
    try:
        whole, each = build_reports(info, results)
    except InputError:
        raise
    except UsageError as error:  # an instance that the record does not have
        raise InputError(f"{error}; `boxscore repair {folder}` may help", path=folder) from error
    if each:
        return whole, {one.model or "": one for one in each}
    sampling = record.provenance.sampling
    model = next((one.model for one in samples if one.model), "") or ("" if sampling is None else sampling.model)
    return whole, {model: whole}
