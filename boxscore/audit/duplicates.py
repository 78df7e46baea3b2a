"""Prompts that are nearly the same: in one benchmark, or in two.

A prompt is the set of its word trigrams, in lower case and without punctuation; two are near when the Jaccard index of
their sets is high. Trigrams that many prompts of a benchmark have, such as its standing instructions, do not count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.audit.findings import Finding, FindingKind, finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.run.prepare import Benchmark

LEAST = 0.5
"""The least Jaccard index of prompts that are near."""
_WORDS_EACH = 3
_FEWEST = 6  # trigrams of a prompt that can be near another: shorter ones are near by chance
_COMMON_SHARE, _COMMON_LEAST = 0.05, 10  # trigrams in more prompts than this are the benchmark's own words
_WORDS = re.compile(r"\w+")


class Near(Struct, frozen=True, kw_only=True):
    """Two prompts, and the Jaccard index of their word trigrams."""

    instance_id: str
    other: str
    share: float


def duplicate_findings(benchmark: Benchmark, against: Benchmark | None) -> Iterator[Finding]:
    """Instances that were asked for whose prompt is near another's, of the benchmark itself or of another."""
    prompts = {one.instance_id: one.prompt for one in benchmark.every}
    asked = {one.instance_id for one in benchmark.asked}
    for near in near_duplicates(prompts):
        if near.instance_id in asked or near.other in asked:
            yield _finding(near, near.other)
    if against is not None:
        own = {name: prompt for name, prompt in prompts.items() if name in asked}
        for near in near_in_other(own, {one.instance_id: one.prompt for one in against.every}):
            yield _finding(near, f"{against.harness.name} {near.other}")


def _finding(near: Near, other: str) -> Finding:
    text = f"{near.share:.0%} of the word trigrams of its prompt and that of {other} are in both"
    return finding(FindingKind.NEAR_DUPLICATE, near.instance_id, text, others=(other,))


def near_duplicates(prompts: Mapping[str, str]) -> Iterator[Near]:
    """Pairs of near prompts of one benchmark, of which `other` comes first."""
    trigrams = _trigrams_of(prompts)
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in trigrams.items():
        yield from _near(name, own, trigrams, holders)
        for one in own:
            holders[one].append(name)


def near_in_other(prompts: Mapping[str, str], others: Mapping[str, str]) -> Iterator[Near]:
    """Pairs of a prompt and a near one of another benchmark."""
    trigrams = _trigrams_of(others)
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in trigrams.items():
        for one in own:
            holders[one].append(name)
    for name, own in _trigrams_of(prompts).items():
        yield from _near(name, own, trigrams, holders)


def _near(
    name: str,
    own: frozenset[tuple[str, ...]],
    trigrams: Mapping[str, frozenset[tuple[str, ...]]],
    holders: Mapping[tuple[str, ...], list[str]],
) -> Iterator[Near]:
    shared = Counter(other for one in own for other in holders.get(one, ()))
    for other, count in sorted(shared.items()):  # in an order that does not hang on hashes of texts
        share = count / (len(own) + len(trigrams[other]) - count)
        if share >= LEAST:
            yield Near(instance_id=name, other=other, share=share)


def _trigrams_of(prompts: Mapping[str, str]) -> dict[str, frozenset[tuple[str, ...]]]:
    """The trigrams of each prompt that has enough of its own."""
    found = {name: _trigrams(text) for name, text in prompts.items()}
    times = Counter(one for own in found.values() for one in own)
    most = max(_COMMON_LEAST, _COMMON_SHARE * len(found))
    own = {name: frozenset(one for one in every if times[one] <= most) for name, every in found.items()}
    return {name: left for name, left in own.items() if len(left) >= _FEWEST}


def _trigrams(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORDS.findall(text.lower())
    return frozenset(zip(*(words[start:] for start in range(_WORDS_EACH)), strict=False))
