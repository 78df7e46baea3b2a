"""`boxscore show` for a run: how it went, or what became of the samples of an instance."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.texts import cut_middle
from boxscore.checks import first_of
from boxscore.cli.output import FEW_IDS, OK, plain, print_ids, print_json, print_lines, print_table
from boxscore.data.samples import instance_named
from boxscore.errors import UsageError
from boxscore.protocols.registry import drawing_of
from boxscore.protocols.shows import Stages, strip_of
from boxscore.records import Outcome, Result
from boxscore.run.store import Outputs, read_run
from boxscore.sampling.records import trajectory_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from boxscore.provenance import StoredSample

MOST_BYTES = 16 << 10  # of an answer or an output; --json has all

_Name = tuple[str, str]


class ShownRun(Struct, frozen=True, kw_only=True):
    """A run as it stands; `left` counts samples without a result."""

    run_id: str
    path: str
    benchmark: str
    backend: str
    samples: int
    left: int
    outcomes: dict[str, int]
    started: str
    finished: str | None


class ShownSample(Struct, frozen=True, kw_only=True):
    """An answer and what became of it: `result` is None where it is not graded, `trajectory` the file of its agent."""

    instance_id: str
    sample_id: str
    text: str
    result: Result | None
    trajectory: str | None = None


def show_run(folder: Path, only: Sequence[str], *, json: bool, ids: bool = False) -> int:
    """Show a run, or what became of some samples, named `ID/SAMPLE`, or by their instance; or the ids of instances."""
    record, samples, results = read_run(folder)
    if only:
        _show_samples(folder, samples, results, only, json=json)
        return OK
    if ids:
        print_ids(list(dict.fromkeys(sample.instance_id for sample in samples)), json=json)
        return OK
    counts = Counter(result.outcome for result in results.values())
    shown = ShownRun(
        run_id=record.provenance.run_id,
        path=str(folder),
        benchmark=record.provenance.benchmark,
        backend=record.provenance.backend,
        samples=len(samples),
        left=len(samples) - len(results),
        outcomes={outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]},
        started=record.provenance.started,
        finished=record.provenance.finished,
    )
    if json:
        print_json(shown)
        return OK
    rows = [
        ("run", shown.run_id),
        ("directory", shown.path),
        ("benchmark", shown.benchmark),
        ("boxes", shown.backend),
        ("samples", f"{shown.samples}, {shown.left} without a result"),
        ("outcomes", ", ".join(f"{name} {count}" for name, count in shown.outcomes.items()) or "-"),
        ("started", shown.started),
        ("finished", shown.finished or "no"),
    ]
    print_table(("what", "value"), rows)
    return OK


def _show_samples(
    folder: Path, samples: Sequence[StoredSample], results: dict[_Name, Result], only: Sequence[str], *, json: bool
) -> None:
    named = set(names_of_samples(folder, samples, only))
    output = Outputs(folder)
    shown = []
    for sample in samples:
        if (sample.instance_id, sample.sample_id) in named:
            result = results.get((sample.instance_id, sample.sample_id))
            if result is not None:
                result = output.whole(result)
            path = trajectory_path(folder, sample.instance_id, sample.sample_id)
            shown.append(
                ShownSample(
                    instance_id=sample.instance_id,
                    sample_id=sample.sample_id,
                    text=sample.text,
                    result=result,
                    trajectory=str(path) if path.is_file() else None,
                )
            )
    if json:
        print_json(shown)
        return
    for one in shown:
        agent = [] if one.trajectory is None else [("trajectory", f"{one.trajectory}; the run's page shows it")]
        print_table((f"{one.instance_id}, sample {one.sample_id}", ""), [*result_rows(one.result), *agent])
        if one.result is None:
            _print_text("answer", one.text)
            continue
        drawn = drawing_of(one.result, one.text).sections
        stages = next((section for section in drawn if isinstance(section, Stages)), None)
        if stages is None:
            _print_text("answer", one.text)
            _print_text("output", one.result.output)
        else:  # whose answer is a project, and whose output is that of the tests which decided
            print_lines([f"{stages.headline} {strip_of(stages.stages)}", ""])
            attempt = stages.decided_attempt
            _print_text("log", (attempt.log if attempt is not None else "") or one.result.output)
            print_lines([f"answer: {stages.answer}; --json has all of it, the run's page shows each task", ""])


def names_of_samples(folder: Path, samples: Iterable[StoredSample], only: Sequence[str]) -> list[_Name]:
    """Give the samples of a run that are meant by `ID/SAMPLE`, or by `ID` with all others of that instance.

    Raises UsageError for what the run does not have.
    """
    numbers: dict[str, list[str]] = {}
    for sample in samples:
        numbers.setdefault(sample.instance_id, []).append(sample.sample_id)
    return [name for written in only for name in _meant(folder, numbers, written)]


def _meant(folder: Path, numbers: Mapping[str, list[str]], written: str) -> list[_Name]:
    instance = instance_named(written, numbers)
    if instance is not None:
        return [(instance, number) for number in numbers[instance]]
    before, slash, number = written.rpartition("/")
    instance = instance_named(before, numbers) if slash else None
    if instance is None:
        few = first_of(sorted(numbers), FEW_IDS)
        raise UsageError(f"{folder} has no sample of {written!r}; its instances are {few}")
    if number not in numbers[instance]:
        few = first_of(numbers[instance], FEW_IDS)
        raise UsageError(f"{folder} has no sample {number!r} of {instance}; it has {few}")
    return [(instance, number)]


def result_rows(result: Result | None) -> list[tuple[str, str]]:
    """Return what a result says of itself as names and texts, and why it has not reached a higher level of trust."""
    if result is None:
        return [("outcome", "not graded yet")]
    used = [
        f"cpu {result.cpu_s:.2f} s" if result.cpu_s is not None else "",
        f"wall {result.wall_s:.2f} s" if result.wall_s is not None else "",
        f"memory {result.memory_bytes >> 20} MiB" if result.memory_bytes is not None else "",
    ]
    rows = [
        ("outcome", result.outcome.value),
        ("reason", result.reason),
        ("parts", ", ".join(f"{name} {outcome}" for name, outcome in result.parts.items())),
        ("limit", result.limit.value if result.limit is not None else ""),
        ("used", ", ".join(text for text in used if text)),
        ("trust", "-" if result.level is None else result.level.value),
        ("evidence", result.evidence),
        ("attempts", str(result.attempts)),
        *((f"flag {flag.rule}", f"{flag.place}: {flag.text}") for flag in result.flags),
    ]
    return [(name, value) for name, value in rows if value]


def _print_text(name: str, text: str) -> None:
    if text.strip():
        sys.stdout.write(f"{name}:\n{plain(cut_middle(text.rstrip(), MOST_BYTES))}\n\n")
