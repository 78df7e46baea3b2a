"""What can be seen without a box: names that tests need, and prompts that are nearly the same.

A prompt is the set of its word trigrams, in lower case and without punctuation; two are near when the Jaccard index of
their sets is high. Trigrams that many prompts of a benchmark have, such as its standing instructions, do not count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.audit.findings import Finding, FindingKind, finding
from boxscore.data.harness_check import findings as contract_findings
from boxscore.data.plugin_calls import prompt_messages
from boxscore.data.plugins import ships_with_boxscore
from boxscore.protocols.registry import entry_point_of, shows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance
    from boxscore.run.prepare import Benchmark

_WORD = re.compile(r"\w+")


def statement_findings(harness: Harness, instance: Instance, task: Task) -> Iterator[Finding]:
    """What is wrong with an instance's prompt, or with its harness. Raises HarnessError."""
    name = instance.instance_id
    if not ships_with_boxscore(harness):  # whose contract is tested, and takes longer to look at than all else here
        for text in contract_findings(harness, instance):
            yield finding(FindingKind.BROKEN_CONTRACT, name, text)
    needed = _needed(task)
    if not needed:
        return
    told = " ".join([instance.prompt, *(str(one["content"]) for one in prompt_messages(harness, instance))])
    words = set(_WORD.findall(told))
    hidden = [one for one in needed if one not in words]
    if hidden:
        text = f"the tests need {', '.join(hidden)}, which the prompt does not name"
        yield finding(FindingKind.HIDDEN_NAME, name, text)


def _needed(task: Task) -> tuple[str, ...]:
    entry_point = entry_point_of(task)
    if entry_point is None:
        return ()
    names = shows_of(task).describe(task).get("names", ())
    more = (one for one in names if isinstance(one, str)) if isinstance(names, (list, tuple)) else ()
    return tuple(dict.fromkeys((entry_point, *more)))


LEAST = 0.5
"""The least Jaccard index of prompts that are near."""
_WORDS_EACH = 3
_FEWEST = 6  # trigrams of a prompt that can be near another: shorter ones are near by chance
_COMMON_SHARE, _COMMON_LEAST = 0.05, 10  # trigrams in more prompts than this are the benchmark's own words


class Near(Struct, frozen=True, kw_only=True):
    """Two prompts, and the Jaccard index of their word trigrams."""

    instance_id: str
    other: str
    share: float


def duplicate_findings(benchmark: Benchmark) -> Iterator[Finding]:
    """Instances that were asked for whose prompt is near another's."""
    prompts = {one.instance_id: one.prompt for one in benchmark.every}
    asked = {one.instance_id for one in benchmark.asked}
    for near in near_duplicates(prompts):
        if near.instance_id in asked or near.other in asked:
            text = f"{near.share:.0%} of the word trigrams of its prompt and that of {near.other} are in both"
            yield finding(FindingKind.NEAR_DUPLICATE, near.instance_id, text, others=(near.other,))


def near_duplicates(prompts: Mapping[str, str]) -> Iterator[Near]:
    """Pairs of near prompts of one benchmark, of which `other` comes first."""
    trigrams = _trigrams_of(prompts)
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in trigrams.items():
        yield from _near(name, own, trigrams, holders)
        for one in own:
            holders[one].append(name)


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
    found = {name: _trigrams(text) for name, text in prompts.items()}
    times = Counter(one for own in found.values() for one in own)
    most = max(_COMMON_LEAST, _COMMON_SHARE * len(found))
    own = {name: frozenset(one for one in every if times[one] <= most) for name, every in found.items()}
    return {name: left for name, left in own.items() if len(left) >= _FEWEST}


def _trigrams(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return frozenset(zip(*(words[start:] for start in range(_WORDS_EACH)), strict=False))
