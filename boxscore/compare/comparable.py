"""What two runs must have in common to be compared: all that their scores depend on beside the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from boxscore.compare.read import ComparedRun
    from boxscore.provenance import SamplingRecord
    from boxscore.records import Result

LIMITS = tuple(f"limits.{name}" for name in Limits.__struct_fields__)
AGENT = "agent."
NAMES_OF_AGENTS = f"{AGENT}LIMIT"
NAMES = ("data", "instances", "grading", "images", *LIMITS, NAMES_OF_AGENTS, "prompt", "k", "trust")


class Difference(Struct, frozen=True, kw_only=True):
    """Something that two runs differ in, by its name for `--allow-difference`, with what either has.

    `allowed`: the comparison was made all the same.
    """

    name: str
    baseline: str
    candidate: str
    runs: tuple[str, str]
    allowed: bool = False


def check_comparable(
    pairs: Iterable[tuple[ComparedRun, ComparedRun]], allowed: Collection[str]
) -> tuple[Difference, ...]:
    """Return what pairs of runs differ in where all of it is allowed. Raises UsageError that names all that is not."""
    for name in allowed:
        if name == NAMES_OF_AGENTS or (name not in NAMES and not name.startswith(AGENT)):
            raise UsageError(f"--allow-difference {name}: runs can differ in {', '.join(NAMES)}")
    found = [one for baseline, candidate in pairs for one in differences(baseline, candidate)]
    refused = [one for one in found if one.name not in allowed]
    if refused:
        error = UsageError("these runs cannot be compared, since more than their answers differs")
        error.details = (
            *(f"{one.name}: {one.baseline} in {one.runs[0]}, {one.candidate} in {one.runs[1]}" for one in refused),
            "grade them alike, or accept it: "
            + " ".join(f"--allow-difference {name}" for name in dict.fromkeys(one.name for one in refused)),
        )
        raise error
    return tuple(msgspec.structs.replace(one, allowed=True) for one in found)


def differences(baseline: ComparedRun, candidate: ComparedRun) -> Iterator[Difference]:
    """What two runs of a benchmark differ in; what is not known of either is no difference."""
    for name, one, other in (
        *_of_runs(baseline, candidate),
        *_of_results(baseline, candidate),
        *_of_sampling(baseline.record.provenance.sampling, candidate.record.provenance.sampling),
    ):
        yield Difference(name=name, baseline=one, candidate=other, runs=(baseline.label, candidate.label))


_Found = tuple[str, str, str]


def _of_runs(baseline: ComparedRun, candidate: ComparedRun) -> Iterator[_Found]:
    """What the records of two runs say of themselves."""
    one, other = baseline.record.provenance, candidate.record.provenance
    if one.data_sha256 and other.data_sha256 and one.data_sha256 != other.data_sha256:
        yield "data", one.data_sha256[:16], other.data_sha256[:16]
    if baseline.record.instances.keys() != candidate.record.instances.keys():
        common = len(baseline.record.instances.keys() & candidate.record.instances.keys())
        yield (
            "instances",
            f"{len(baseline.record.instances)}",
            f"{len(candidate.record.instances)} ({common} in both)",
        )
    if one.k != other.k and {one.k, other.k} != {None, (1,)}:
        yield "k", _shown(one.k), _shown(other.k)
    if one.trust is not other.trust:
        yield "trust", one.trust.value, other.trust.value
    if one.least_trust is not other.least_trust:
        yield "trust", f"least {one.least_trust or 'any'}", f"least {other.least_trust or 'any'}"


def _shown(ks: tuple[int, ...] | None) -> str:
    return "as samples allow" if ks is None else ",".join(map(str, ks))


def _of_results(baseline: ComparedRun, candidate: ComparedRun) -> Iterator[_Found]:
    """What the results of instances that both have came about under."""
    yield from _differing("grading", _version, baseline, candidate)
    yield from _differing("images", _image, baseline, candidate)
    for name in Limits.__struct_fields__:
        yield from _differing(f"limits.{name}", _limit(name), baseline, candidate)
    if baseline.record.provenance.trust is candidate.record.provenance.trust:
        yield from _differing("trust", _trust, baseline, candidate)


def _differing(
    name: str, fact: Callable[[Result], str | None], baseline: ComparedRun, candidate: ComparedRun
) -> Iterator[_Found]:
    """The first instance whose results in two runs have no such fact in common, and how many there are."""
    found = []
    for instance, one in baseline.scored.items():
        other = candidate.scored.get(instance)
        if other is None:
            continue
        before = {known for result in one.results.values() if (known := fact(result)) is not None}
        after = {known for result in other.results.values() if (known := fact(result)) is not None}
        if before and after and before != after:
            found.append((instance, before, after))
    if found:
        instance, before, after = found[0]
        place = "" if len(found) == len(baseline.scored) else f" (of {len(found)} instances, {instance} first)"
        yield name, _joined(before), _joined(after) + place


def _joined(facts: Iterable[str]) -> str:
    return " and ".join(sorted(facts))


def _version(result: Result) -> str | None:
    return None if result.conditions is None else result.conditions.version[:16] or None


def _image(result: Result) -> str | None:
    found = result.conditions
    return None if found is None else (found.image_digest or found.image or None)


def _limit(name: str) -> Callable[[Result], str | None]:
    return lambda result: None if result.conditions is None else f"{getattr(result.conditions.limits, name):g}"


def _trust(result: Result) -> str | None:
    """Of what passed: a sample that never ran shows little of how it would have been judged."""
    return result.trust.value if result.outcome is Outcome.PASSED else None


def _of_sampling(one: SamplingRecord | None, other: SamplingRecord | None) -> Iterator[_Found]:
    """How samples were asked for, where both runs asked for them."""
    if one is None or other is None:
        return
    if one.template_digest != other.template_digest:
        yield "prompt", _template(one), _template(other)
    for name in sorted(one.limits.keys() | other.limits.keys()):
        before, after = one.limits.get(name, "none"), other.limits.get(name, "none")
        if before != after:
            yield f"{AGENT}{name}", before, after


def _template(record: SamplingRecord) -> str:
    return f"{record.template or record.variant or 'a template'} ({record.template_digest[:16] or 'no digest'})"
