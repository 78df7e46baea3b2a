"""A run as exports read it, the place where an export goes, and what a format is."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.cache import PART, is_device, sync_folder
from boxscore.compare.read import read_amounts
from boxscore.errors import BoxscoreError, InputError, StoreError, UsageError
from boxscore.harness import GradedRun
from boxscore.models.secrets import own_keys_remover, redacted
from boxscore.records import Sample
from boxscore.report.build import build_reports
from boxscore.run.engine import with_originals
from boxscore.run.run import run_info
from boxscore.run.store import Outputs, read_run, safe_name, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
        raise InputError(str(error), path=folder) from error
    if each:
        return whole, {one.model or "": one for one in each}
    sampling = record.provenance.sampling
    model = next((one.model for one in samples if one.model), "") or ("" if sampling is None else sampling.model)
    return whole, {model: whole}


_MARKER = ".boxscore-export"  # in folders of ours, which alone are replaced
_NAME_CHARS = 100


class Destination(Struct, frozen=True, kw_only=True):
    """Where to write: `out` as it was given, else below the current folder by the name of the run's directory.

    What is there already is replaced with `force` alone; of folders only those that an export wrote. The directory of a
    run is never written to.
    """

    run: Path
    out: str | None = None
    force: bool = False

    def path(self, ending: str) -> Path:
        """What is written: `out`, or the run's name with this ending."""
        return Path(f"{self.run_name}{ending}") if self.out is None else Path(self.out)

    @property
    def run_name(self) -> str:
        """The name of the run's directory, as a name of files."""
        return safe_name(self.run.resolve().name)[:_NAME_CHARS] or "run"

    @contextmanager
    def file(self, ending: str) -> Iterator[Path]:
        """Give a path to write a file to, which takes its place once the block has ended well.

        Raises UsageError where it must not be written, StoreError where it cannot be.
        """
        path = self.path(ending)
        with _store_errors(path):
            self._check(path)
            if path.is_dir():
                raise UsageError(f"{path} is a folder: give a file with --out")
        part = _part_of(path)
        try:
            with _store_errors(path):
                part.touch(exist_ok=False)
                yield part
                _sync(part)
                part.replace(path)
                sync_folder(path.absolute().parent)
        finally:
            with suppress(OSError):
                part.unlink()

    @contextmanager
    def folder(self, ending: str) -> Iterator[Path]:
        """Give an empty folder, which takes its place once the block has ended well. Raises as `file`."""
        path = self.path(ending)
        with _store_errors(path):
            self._check(path)
            if os.path.lexists(path) and not (path / _MARKER).is_file():
                raise UsageError(f"{path} was not written by an export, and is not replaced: give another --out")
        part, old = _part_of(path), _part_of(path)
        try:
            with _store_errors(path):
                part.mkdir()
                (part / _MARKER).touch()
                yield part
                if path.exists():
                    path.rename(old)
                try:
                    part.rename(path)
                except OSError:
                    if old.exists():
                        old.rename(path)
                    raise
                sync_folder(path.absolute().parent)
        finally:
            for one in (part, old):
                shutil.rmtree(one, ignore_errors=True)

    def _check(self, path: Path) -> None:
        place, run = Path(os.path.realpath(path)), self.run.resolve()
        if place == run or run in place.parents:
            raise UsageError(f"{path} is in the directory of the run, which is never written to: give another --out")
        if place in run.parents:
            raise UsageError(f"{path} holds the run itself: give another --out")
        if is_device(path):
            raise UsageError(f"{path} is a device, in whose place no file is put: give another --out")
        if os.path.lexists(path) and not self.force:
            raise UsageError(f"{path} is there already: give another --out, or --force to replace it")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"{path.absolute().parent} is no folder: make it, or give another --out")


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name[:_NAME_CHARS]}.{secrets.token_hex(6)}{PART}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BoxscoreError:
        raise
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror or error}") from error


class Written(Struct, frozen=True, kw_only=True):
    """What an export came to: `what` was written, what of the run was `left_out`, and what to do `then`."""

    what: str
    left_out: tuple[str, ...] = ()
    then: str = ""
