"""Samples that are made of samples of other things: of a suite of tests, say, those of the classes that it reaches.

A harness whose instances are made so says it with `pieces(instance)`, ids by which files of samples name the pieces,
and `joined(instance, samples)`, the text of one sample of each as one sample of the instance.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import joined_pieces, pieces
from boxscore.records import Sample, SampleKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from boxscore.harness import Harness
    from boxscore.records import Instance

_Series = dict[str, list[Sample]]


def sample_ids(harness: Harness, instances: Iterable[Instance]) -> Collection[str]:
    """The ids that files of samples may have: those of instances, and of what samples of these are made of."""
    found = {one.instance_id: None for one in instances}
    for one in instances:
        found.update(dict.fromkeys(pieces(harness, one) or ()))
    return found


def joined(
    harness: Harness, instances: Sequence[Instance], samples: Sequence[Sample]
) -> tuple[list[Sample], tuple[str, ...]]:
    """The samples, with those of pieces put together, and what is to be said of those of which there are too few.

    The first sample of each piece makes the first sample of the instance, and so on, for each model by itself.
    """
    needed = {one.instance_id: tuple(pieces(harness, one) or ()) for one in instances}
    if not any(needed.values()):
        return list(samples), ()
    own = [one for one in samples if one.instance_id in needed]
    others = [one for one in samples if one.instance_id not in needed]
    by_model: dict[str, _Series] = defaultdict(lambda: defaultdict(list))
    for one in others:
        by_model[one.model][one.instance_id].append(one)
    said: list[str] = []
    for model, series in by_model.items():
        for instance in instances:
            names = needed[instance.instance_id]
            counts = {name: len(series.get(name, ())) for name in names}
            least = min(counts.values(), default=0)
            if names and least < max(counts.values()):
                few = min(counts, key=counts.__getitem__)
                said.append(f"{instance.instance_id} gets {least} samples: {few} has no more")
            own += _of_instance(harness, instance, [series[name][:least] for name in names], model, len(by_model))
    return own, tuple(said)


def _of_instance(
    harness: Harness, instance: Instance, series: Sequence[Sequence[Sample]], model: str, models: int
) -> Iterable[Sample]:
    for number, each in enumerate(zip(*series, strict=True)):
        given: Mapping[str, Sample] = {one.instance_id: one for one in each}
        yield Sample(
            instance_id=instance.instance_id,
            sample_id=f"{model}/{number}" if models > 1 and model else str(number),
            text=joined_pieces(harness, instance, given),
            kind=SampleKind.SOLUTION,
            model=model,
        )
