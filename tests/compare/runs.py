"""Run directories made by hand, through the store, as a grader would leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from boxscore.provenance import Provenance, RunRecord, SamplingRecord, StoredSample
from boxscore.records import Conditions, Limits, Outcome, Result, SampleKind, Trust
from boxscore.run.store import open_run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

PASSED, WRONG, INTERNAL = Outcome.PASSED, Outcome.WRONG, Outcome.INTERNAL
CONDITIONS = Conditions(backend="docker", image="python", image_digest="sha256:aa", version="v1")


def outcomes(text: str) -> dict[str, list[Outcome]]:
    kinds = {"+": PASSED, "-": WRONG, "i": INTERNAL}
    return {f"t/{n}": [kinds[one] for one in word if one != "."] for n, word in enumerate(text.split())}


def discordant(n: int, wins: int, losses: int) -> tuple[str, str]:
    first = ["-"] * wins + ["+"] * losses + ["+"] * (n - wins - losses)
    second = ["+"] * wins + ["-"] * losses + ["+"] * (n - wins - losses)
    return " ".join(first), " ".join(second)


def write_run(  # noqa: PLR0913 - what tests vary, by keyword
    folder: Path,
    graded: str | Mapping[str, Sequence[Outcome]],
    *,
    benchmark: str = "bench",
    model: str = "",
    conditions: Conditions = CONDITIONS,
    trust: Trust = Trust.ORACLE,
    clusters: Mapping[str, str] | None = None,
    tags: dict[str, dict[str, str]] | None = None,
    sampling: SamplingRecord | None = None,
    output: str = "",
    cpu_s: float | None = None,
    without_result: int = 0,
    unresolvable: Collection[str] = (),
    **facts: Any,
) -> Path:
    """Write a run of these samples; the last `without_result` of them are not graded yet.

    Of instances that are `unresolvable` not even the reference passed.
    """
    found = outcomes(graded) if isinstance(graded, str) else graded
    named = [(name, str(number), outcome) for name, own in found.items() for number, outcome in enumerate(own)]
    samples = [
        StoredSample(instance_id=name, sample_id=number, text="x", kind=SampleKind.SOLUTION, model=model, key="k")
        for name, number, _ in named
    ]
    results = [
        Result(
            instance_id=name,
            sample_id=number,
            outcome=INTERNAL if name in unresolvable else outcome,
            unresolvable=name in unresolvable,
            trust=trust,
            conditions=conditions,
            key="k",
            output="" if outcome is PASSED else output,
            cpu_s=cpu_s,
        )
        for name, number, outcome in named[: len(named) - without_result]
    ]
    provenance = Provenance(
        run_id=folder.name,
        benchmark=benchmark,
        title="Bench",
        trust=trust,
        instances=len(found),
        samples=len(samples),
        data_sha256="d" * 64,
        sampling=sampling,
    )
    with open_run(folder) as store:
        lines, digest = store.add_samples(lambda: samples)
        store.append(results)
        provenance = replace(provenance, samples_digest=digest, **facts)
        groups = dict.fromkeys(found) if clusters is None else {name: clusters.get(name) for name in found}
        store.write_record(RunRecord(provenance=provenance, instances=groups, tags=tags or {}, sample_lines=lines))
    return folder


def with_limits(**changed: Any) -> Conditions:
    return replace(CONDITIONS, limits=replace(Limits(), **changed))
