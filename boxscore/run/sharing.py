"""Samples of one instance with equal keys are graded once: which of them is graded, and what the others get.

Equal keys are equal code for an equal task under equal conditions, so that one verdict is that of all. The sample that
comes first is graded for the others. A result that does not stand is shared with nobody: the others are then graded
each by itself, as the retries of one sample say nothing of those of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from boxscore.records import Result
    from boxscore.run.plan import Item, Name


class Sharing:
    """Who is graded for whom, of the samples `todo`; `share` False lets each be graded by itself."""

    def __init__(self, items: Iterable[Item], todo: AbstractSet[Name], *, share: bool) -> None:
        self._others: dict[Name, list[str]] = {}
        first: dict[str, dict[str, str]] = {}
        self._graded: set[Name] = set()
        for item in items:
            if item.has_code and item.name in todo:
                instance_id, sample_id = item.name
                leader = first.setdefault(instance_id, {}).setdefault(item.key, sample_id) if share else sample_id
                if leader == sample_id:
                    self._graded.add(item.name)
                else:
                    self._others.setdefault((instance_id, leader), []).append(sample_id)

    def take(self) -> set[Name]:
        """The samples to grade next, each once: at first one of each kind, then those that nothing was shared with."""
        names, self._graded = self._graded, set()
        return names

    def copies(self, result: Result) -> Iterator[Result]:
        """The results of the samples that this one's was waited for; none if it does not stand."""
        others = self._others.pop((result.instance_id, result.sample_id), ())
        if result.stands:
            return (copy_for(result, sample_id) for sample_id in others)
        self._graded.update((result.instance_id, sample_id) for sample_id in others)
        return iter(())


def copy_for(result: Result, sample_id: str) -> Result:
    """The result of another sample with the same key."""
    return replace(result, sample_id=sample_id, copied_from=result.sample_id)


def same_as_known(items: Iterable[Item], todo: AbstractSet[Name], known: Mapping[Name, Result]) -> dict[Name, Name]:
    """For samples in `todo` whose like was graded before: the known sample whose result is theirs too.

    That is one that was graded itself, if there is one. A copy will do as well: what it was copied from may be no
    sample of this run any more.
    """
    donors: dict[str, dict[str, str]] = {}
    for (instance_id, sample_id), result in known.items():
        of_instance = donors.setdefault(instance_id, {})
        if result.copied_from is None:
            of_instance[result.key] = sample_id
        else:
            of_instance.setdefault(result.key, sample_id)
    found = {}
    for item in items:
        if item.has_code and item.name in todo:
            donor = donors.get(item.name[0], {}).get(item.key)
            if donor is not None:
                found[item.name] = item.name[0], donor
    return found


def with_originals(results: Iterable[Result]) -> tuple[Result, ...]:
    """Results of a run in which each copy names a sample of that run.

    Where the samples no longer have the one that was graded, or have it with other code, its first copy stands for it.
    """
    found = list(results)
    if not any(one.copied_from for one in found):
        return tuple(found)
    keys = {(one.instance_id, one.sample_id): one.key for one in found}
    stands_for: dict[Name, str] = {}
    for at, one in enumerate(found):
        if one.copied_from is None or keys.get((one.instance_id, one.copied_from)) == one.key:
            continue
        first = stands_for.setdefault((one.instance_id, one.key), one.sample_id)
        found[at] = replace(one, copied_from=None if first == one.sample_id else first)
    return tuple(found)
