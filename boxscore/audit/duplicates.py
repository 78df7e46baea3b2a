"""Prompts that are nearly the same: in one benchmark, or in two.

A prompt is taken as the set of its runs of three words, in lower case and without punctuation; two are near when the
runs that they share are a large part of all that they have. Runs that are in many prompts of a benchmark, such as what
it asks each time, count for nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.audit.findings import Finding, FindingKind, finding
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.run.prepare import Benchmark

LEAST = 0.5
"""The least share of runs in common (Jaccard) of prompts that are near."""
_RUN = 3  # words
_FEWEST = 6  # runs of a prompt that can be near another: shorter ones are near by chance
_COMMON_SHARE, _COMMON_LEAST = 0.05, 10  # runs in more than so many prompts are the benchmark's own words
_WORDS = re.compile(r"\w+")


class Near(Struct, frozen=True, kw_only=True):
    """Two prompts, and what share of their runs of words is in both."""

    instance_id: str
    other: str
    share: float


def duplicate_findings(benchmark: Benchmark, against: str | None) -> Iterator[Finding]:
    """Instances that were asked for whose prompt is near another's, of the benchmark itself or of one that is named.

    Raises what `load_benchmark` does.
    """
    prompts = {one.instance_id: one.prompt for one in benchmark.every}
    asked = {one.instance_id for one in benchmark.asked}
    for near in near_duplicates(prompts):
        if near.instance_id in asked or near.other in asked:
            yield _finding(near, near.other)
    if against is not None:
        other = load_benchmark(Request(benchmark=against))
        own = {name: prompt for name, prompt in prompts.items() if name in asked}
        for near in near_in_other(own, {one.instance_id: one.prompt for one in other.every}):
            yield _finding(near, f"{other.harness.name} {near.other}")


def _finding(near: Near, other: str) -> Finding:
    text = f"{near.share:.0%} of its runs of words and those of {other} are in both"
    return finding(FindingKind.NEAR_DUPLICATE, near.instance_id, text, others=(other,))


def near_duplicates(prompts: Mapping[str, str]) -> Iterator[Near]:
    """Pairs of near prompts of one benchmark, of which `other` comes first."""
    runs = _runs_of(prompts)
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in runs.items():
        yield from _near(name, own, runs, holders)
        for run in own:
            holders[run].append(name)


def near_in_other(prompts: Mapping[str, str], others: Mapping[str, str]) -> Iterator[Near]:
    """Pairs of a prompt and a near one of another benchmark."""
    runs = _runs_of(others)
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in runs.items():
        for run in own:
            holders[run].append(name)
    for name, own in _runs_of(prompts).items():
        yield from _near(name, own, runs, holders)


def _near(
    name: str,
    own: frozenset[tuple[str, ...]],
    runs: Mapping[str, frozenset[tuple[str, ...]]],
    holders: Mapping[tuple[str, ...], list[str]],
) -> Iterator[Near]:
    shared = Counter(other for run in own for other in holders.get(run, ()))
    for other, count in shared.items():
        share = count / (len(own) + len(runs[other]) - count)
        if share >= LEAST:
            yield Near(instance_id=name, other=other, share=share)


def _runs_of(prompts: Mapping[str, str]) -> dict[str, frozenset[tuple[str, ...]]]:
    """The runs of each prompt that has enough of its own."""
    found = {name: _runs(text) for name, text in prompts.items()}
    times = Counter(run for own in found.values() for run in own)
    most = max(_COMMON_LEAST, _COMMON_SHARE * len(found))
    own = {name: frozenset(run for run in runs if times[run] <= most) for name, runs in found.items()}
    return {name: runs for name, runs in own.items() if len(runs) >= _FEWEST}


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORDS.findall(text.lower())
    return frozenset(zip(*(words[start:] for start in range(_RUN)), strict=False))
