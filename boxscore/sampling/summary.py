"""What a run's asking came to, for `run.json` and its reports."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from boxscore.agents.contract import AgentLimits, TokenLimit
from boxscore.provenance import RoundScore, SamplingRecord
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.provenance import Spent
    from boxscore.records import Sample
    from boxscore.run.plan import Name
    from boxscore.sampling.attempts import Attempts
    from boxscore.sampling.plan import SamplingPlan
    from boxscore.sampling.records import Attempt, Round
    from boxscore.sampling.sampler import Sampler


KEPT = "kept"  # why a draft was made that is an earlier one once more, and no round
REASONS = 20  # why samples could not be made: the most frequent
ALL_SAMPLES = 2  # equal answers of an instance, at least, before anything is said of them


def sampling_record(
    plan: SamplingPlan, sampler: Sampler, attempts: Attempts, spent: Spent, *, over_budget: bool
) -> SamplingRecord:
    """What was asked for, and what came of it."""
    request = plan.request
    ended = [attempts.ended[instance_id, str(number)] for instance_id, number in sampler.samples]
    seconds = [one.wall_s for one in ended]
    price = plan.budget.price
    return SamplingRecord(
        model=plan.model.name,
        base=plan.model.base,
        samples_each=request.samples_each,
        variant=plan.prompts.variant,
        template="" if request.template is None else str(request.template),
        template_digest=plan.prompts.digest,
        **msgspec.structs.asdict(request.sampling),
        agent=plan.job.agent.name,
        agent_options=dict(request.agent_options),
        limits=given_limits(request.limits),
        seal=next((one.seal for one in ended if one.seal is not None), None),
        input_usd=None if price is None else price.input_usd,
        output_usd=None if price is None else price.output_usd,
        max_cost_usd=request.max_cost_usd,
        planned=len(plan.job),
        sampled=len(sampler.samples),
        failed=sampler.failed.total(),
        failures=dict(sampler.failed.most_common(REASONS)),
        over_budget=over_budget,
        **msgspec.structs.asdict(spent),
        stop_reasons=dict(Counter(one.stop_reason for one in ended if one.stop_reason)),
        flags=dict(Counter(rule for one in ended for rule in {flag.rule for flag in one.flags})),
        agent_median_s=percentile(seconds, 0.5),
        agent_p95_s=percentile(seconds, 0.95),
        agent_max_s=max(seconds, default=None),
        rounds=round_scores(ended, attempts.rounds, sampler.outcomes),
    )


def given_limits(limits: AgentLimits) -> dict[str, str]:
    """The limits that were given, by their names, as texts."""
    found = {}
    for name, value in msgspec.structs.asdict(limits).items():
        if isinstance(value, TokenLimit):
            found[name] = f"{'output:' if value.output_only else ''}{value.tokens}"
        elif value is not None:
            found[name] = f"{value:g}"
    return found


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
