"""A run in progress: its results as they come, each read once.

Theory of operation. `results.jsonl` only grows, so what is new stands beyond the place that was read last. Of each
result the page holds its row and where its line begins; what it printed, its answer and its tests are read when the
row is opened. A last line that is still being written is left for the next time. Rows are in the order in which results
came, so that new ones are added below. A sample that is graded twice has its row changed in its place, and the
generation changes; so it does where a file is another one than before. Once the run has ended, `read.py` shows it.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from boxscore.errors import StoreError
from boxscore.page.head import heading, interval, provenance_facts, subtitle
from boxscore.page.read import AttemptLine, Prompts, with_trajectory
from boxscore.page.records import Head
from boxscore.page.rerun import rerun_commands
from boxscore.page.rows import SampleFacts, columns_of, rows_of
from boxscore.page.sections import Shown, details_of
from boxscore.page.texts import cell
from boxscore.protocols.details import decoder_of
from boxscore.protocols.shows import Fact
from boxscore.provenance import StoredSample
from boxscore.records import Outcome, Result, SampleKind
from boxscore.report.numbers import percent
from boxscore.run.lines import MOST_LINE_BYTES, damage, line_at, open_regular
from boxscore.run.store import ATTEMPTS, RECORD, RESULTS, SAMPLES, read_record
from boxscore.sampling.records import Attempt
from boxscore.score.cheating import kind_of
from boxscore.score.statistics import InstanceCounts, estimate
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from boxscore.page.records import Details, Scalar
    from boxscore.provenance import RunRecord
    from boxscore.run.plan import Name


_T = TypeVar("_T", bound=Struct)


class Tail:
    """Reads a file of a run as it grows.

    `damaged` counts lines that are not believed, which are passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._at, self._inode = path, 0, 0
        self.damaged = 0

    def is_another(self) -> bool:
        """Whether the file is another one than at the last look: then what came of it must be forgotten."""
        try:
            status = self._path.stat()
        except OSError:
            return self._at > 0
        return self._at > 0 and (status.st_ino != self._inode or status.st_size < self._at)

    def rewind(self) -> None:
        """Read the file from its beginning."""
        self._at = self.damaged = 0

    def new(self, kind: type[_T]) -> Iterator[tuple[int, _T]]:
        """The whole lines that were added, decoded, each with its place; one that is still being written comes later.

        Raises StoreError where the file cannot be read; one that is not there has no lines.
        """
        decoder = decoder_of(kind)
        try:
            with open_regular(self._path) as file:
                self._inode = os.fstat(file.fileno()).st_ino
                file.seek(self._at)
                while (line := file.readline(MOST_LINE_BYTES)).endswith(b"\n"):
                    place, self._at = self._at, self._at + len(line)
                    found = _decoded(line, decoder)
                    if found is None:
                        self.damaged += 1
                    else:
                        yield place, found
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read: {error.strerror or error}") from error

    def read(self, place: int, kind: type[_T]) -> _T:
        """Read a line again. Raises StoreError."""
        return line_at(self._path, place, kind)


def _decoded(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T | None:
    """What a line says; None for one that is damaged."""
    if damage(line) is not None:
        return None
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


GOES_ON = "the run is still in progress: the score covers what is there so far, and slow samples come last"
_FIRST_GENERATION = 1  # an ended run's page has 0
FRESH_S = 0.5  # what was read less long ago is new enough
_OUTCOME = 2  # the place of the outcome in a row


class _SampleLine(Struct, frozen=True):
    instance_id: str
    sample_id: str
    model: str = ""
    key: str = ""


class FollowedRun:
    """The page of a run that goes on. May be asked by several threads."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._results, self._samples, self._attempts = (Tail(path / name) for name in (RESULTS, SAMPLES, ATTEMPTS))
        self._record: RunRecord | None = None
        self._prompts: Prompts | None = None
        self._generation = _FIRST_GENERATION
        self._looked = -math.inf
        self._forget()

    def head(self) -> Head:
        """All but its rows, as it is now. Raises InputError, StoreError."""
        with self._lock:
            self._look()
            return self._head()

    def rows(self, first: int) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on. Raises InputError, StoreError."""
        with self._lock:
            self._look()
            return self._rows[first:]

    def details(self, row: int) -> Details:
        """What is shown of an opened row. Raises IndexError; InputError, StoreError."""
        with self._lock:
            self._look()
            if not 0 <= row < len(self._rows):
                raise IndexError(row)
            name, place = self._names[row], self._places[row]
        result = self._results.read(place, Result)
        sample_at, attempt_at = self._sample_at.get((name, result.key)), self._attempt_at.get(name)
        attempt = None if attempt_at is None else self._attempts.read(attempt_at, Attempt)
        sample = _answer(result, attempt) if sample_at is None else self._samples.read(sample_at, StoredSample)
        shown = Shown(sample=sample, result=result, attempt=attempt, amounts=self._known.amounts.get(name, {}))
        return details_of(with_trajectory(self._path, shown, self._prompts))

    def _forget(self) -> None:
        """Begin anew."""
        self._rows: list[tuple[Scalar, ...]] = []
        self._names: list[Name] = []
        self._places: list[int] = []
        self._row_of: dict[Name, int] = {}
        self._sample_at: dict[tuple[Name, str], int] = {}
        self._models: dict[Name, str] = {}
        self._chosen: dict[Name, str] = {}
        self._sample_lines = 0
        self._attempt_at: dict[Name, int] = {}
        self._agent_s: dict[Name, dict[str, float]] = {}
        self._drafts: dict[Name, int] = {}
        self._flags: dict[Name, set[str]] = {}
        self._known = SampleFacts(amounts=self._agent_s, drafts=self._drafts, flags=self._flags)

    def _look(self) -> None:
        """Read what is new, unless that was done a moment ago."""
        if time.monotonic() - self._looked < FRESH_S:
            return
        record = read_record(self._path) if (self._path / RECORD).exists() else None
        tails = (self._results, self._samples, self._attempts)
        begun = record is not None and (self._record is None or record.sample_lines != self._record.sample_lines)
        if begun or any(tail.is_another() for tail in tails):
            for tail in tails:
                tail.rewind()
            self._forget()
            self._generation += 1
        self._record = record
        if record is not None and self._prompts is None:
            self._prompts = Prompts(record.provenance)
        self._take_samples()
        self._take_attempts()
        self._take_results()
        self._looked = time.monotonic()

    def _take_samples(self) -> None:
        """Note where samples are, and the key that a result must have of those that the run is about."""
        ranges = () if self._record is None else self._record.sample_lines
        for place, line in self._samples.new(_SampleLine):
            name = line.instance_id, line.sample_id
            self._sample_at[name, line.key] = place
            self._models[name] = line.model
            if any(first <= self._sample_lines < end for first, end in ranges):
                self._chosen[name] = line.key
            self._sample_lines += 1

    def _take_attempts(self) -> None:
        """Note where agents that have ended are, and what the index says of them."""
        for place, line in self._attempts.new(AttemptLine):
            name = line.instance_id, line.sample_id
            self._attempt_at[name] = place
            self._agent_s[name] = {"agent_s": line.wall_s}
            self._drafts[name] = len(line.drafts)
            self._flags[name] = line.rules

    def _take_results(self) -> None:
        """Make rows of the results that came, in their order."""
        changed, asks = False, (self._path / ATTEMPTS).exists()
        for place, result in self._results.new(Result):
            name = result.instance_id, result.sample_id
            wanted = self._chosen.get(name, result.key if asks or not self._chosen else None)
            if wanted != result.key:
                continue  # of another command in this directory
            (row,) = rows_of((self._named(result),), {name: result}, self._known)
            at = self._row_of.setdefault(name, len(self._rows))
            if at == len(self._rows):
                self._rows.append(row)
                self._names.append(name)
                self._places.append(place)
            else:
                changed = changed or self._rows[at] != row
                self._rows[at], self._places[at] = row, place
        self._generation += changed

    def _named(self, result: Result) -> StoredSample:
        """A sample as far as its row shows it."""
        model = self._models.get((result.instance_id, result.sample_id), "")
        return _sample(result, "", SampleKind.ANSWER, model)

    def _head(self) -> Head:
        provenance = None if self._record is None else self._record.provenance
        counts = Counter(str(row[_OUTCOME]) for row in self._rows)
        models = sorted({model for model in self._models.values() if model})
        facts = [Fact(label="samples so far", value=self._so_far())]
        facts += [Fact(label=name, value=f"{counts[name]:,}") for name in Outcome if counts[name]]
        damaged = self._results.damaged
        warnings = [GOES_ON]
        if damaged:
            warnings.append(f"{damaged:,} lines of {RESULTS} are damaged and not shown")
        return Head(
            kind="run",
            title=cell(self._path.name) if provenance is None else heading(provenance, models),
            subtitle=() if provenance is None else tuple(subtitle(provenance)),
            boxscore=VERSION,
            score=tuple(self._scores()),
            facts=tuple(facts),
            warnings=tuple(warnings),
            columns=columns_of(self._rows),
            rows=len(self._rows),
            chunks=(),
            provenance=() if provenance is None else tuple(provenance_facts(provenance)),
            commands=() if provenance is None else rerun_commands(self._path, provenance),
            going_on=True,
            generation=self._generation,
        )

    def _so_far(self) -> str:
        """How much there is, and of how many where that is known: not while samples are still being made."""
        planned = 0 if self._record is None else self._record.provenance.samples
        done = f"{len(self._rows):,}"
        return f"{done} of {planned:,}" if planned >= len(self._rows) > 0 else done

    def _scores(self) -> Iterator[Fact]:
        """The score of what there is so far, of instances with any result of their own."""
        clusters = {} if self._record is None else self._record.instances
        graded: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        for (name, _), row in zip(self._names, self._rows, strict=True):
            if row[_OUTCOME] != Outcome.INTERNAL and kind_of(name) is None:
                graded[name] += 1
                passed[name] += row[_OUTCOME] == Outcome.PASSED
        found = estimate(
            [InstanceCounts(n=n, c=passed[name], cluster=clusters.get(name)) for name, n in graded.items()], 1
        )
        yield Fact(label="pass@1 so far", value=percent(found.value, unknown="not known"), note=interval(found))


def _answer(result: Result, attempt: Attempt | None) -> StoredSample:
    """The sample of an agent that has ended: its last draft. It has no line of its own until all have."""
    if attempt is None or not attempt.drafts:
        return _sample(result, "", SampleKind.ANSWER, "")
    return _sample(result, attempt.drafts[-1].text, attempt.drafts[-1].kind, "")


def _sample(result: Result, text: str, kind: SampleKind, model: str) -> StoredSample:
    return StoredSample(
        instance_id=result.instance_id, sample_id=result.sample_id, text=text, kind=kind, model=model, key=result.key
    )
