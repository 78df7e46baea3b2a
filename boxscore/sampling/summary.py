"""What a run's asking came to, for `run.json` and its reports."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from boxscore.provenance import RoundScore
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.records import Sample
    from boxscore.run.plan import Name
    from boxscore.sampling.records import Attempt, Round


KEPT = "kept"  # why a draft was made that is an earlier one once more, and no round
ALL_SAMPLES = 2  # equal answers of an instance, at least, before anything is said of them


def round_scores(
    attempts: Iterable[Attempt], rounds: Mapping[Name, Mapping[int, Round]], last: Mapping[Name, Outcome]
) -> tuple[RoundScore, ...]:
    """Compute the score after each round, with the last draft of agents that made fewer; () if no agent made two.

    `last` has the outcomes of samples. Only those count all of whose drafts were graded. An earlier draft that an agent
    comes back to at its end is no round.
    """
    passed: dict[Name, list[bool]] = {}
    for attempt in attempts:
        name = attempt.instance_id, attempt.sample_id
        graded = {number: one.outcome for number, one in rounds.get(name, {}).items()}
        graded[len(attempt.drafts)] = last.get(name, Outcome.INTERNAL)
        made = [number for number, draft in enumerate(attempt.drafts, 1) if draft.why != KEPT]
        outcomes = [graded.get(number) for number in made]
        if made and None not in outcomes and Outcome.INTERNAL not in outcomes:
            passed[name] = [outcome is Outcome.PASSED for outcome in outcomes]
    most = max(map(len, passed.values()), default=0)
    return tuple(_round(number, passed) for number in range(1, most + 1)) if most > 1 else ()


def _round(number: int, passed: Mapping[Name, Sequence[bool]]) -> RoundScore:
    shares: defaultdict[str, list[bool]] = defaultdict(list)
    for (instance_id, _), each in passed.items():
        shares[instance_id].append(each[min(number, len(each)) - 1])
    means = [sum(some) / len(some) for some in shares.values()]
    return RoundScore(
        round=number,
        drafts=sum(len(each) >= number for each in passed.values()),
        samples=len(passed),
        passed=sum(map(sum, shares.values())),
        score=sum(means) / len(means) if means else None,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The least of these values that so large a share of all does not exceed; None of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


def equal_answers(samples: Iterable[Sample], *, temperature: float | None) -> str | None:
    """Warn of instances whose answers are all the same though the model was to vary them."""
    texts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        if sample.text:  # an agent that was ended has none, and a model that says nothing is warned of by itself
            texts[sample.instance_id][sample.text] += 1
    several = [name for name, counts in texts.items() if counts.total() >= ALL_SAMPLES]
    equal = [name for name in several if len(texts[name]) == 1]
    if temperature == 0 or not equal or 2 * len(equal) < len(several):
        return None
    how = "its provider's own temperature" if temperature is None else f"temperature {temperature:g}"
    return (
        f"all answers to {len(equal)} of {len(several)} instances are equal, such as those to {equal[0]!r}, at {how}: "
        "the model or a cache in between repeats itself, so pass@k above 1 means nothing"
    )
