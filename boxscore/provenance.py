"""The records of a run directory that are not results: `run.json` and the lines of `samples.jsonl`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from boxscore.records import Conditions, Identifier, Limits, Result, Sample, SampleKind, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from boxscore.records import Instance

FORMAT_VERSION = 3

Line = Annotated[int, Meta(ge=0)]


class StoredSample(Struct, frozen=True, kw_only=True, gc=False):
    """One line of `samples.jsonl`: a sample with the key that a result must have to be its own."""

    instance_id: Identifier
    sample_id: Identifier
    text: str
    kind: SampleKind
    model: str = ""
    key: str

    @classmethod
    def of(cls, sample: Sample, key: str) -> StoredSample:
        """Join a sample and its key."""
        return cls(
            instance_id=sample.instance_id,
            sample_id=sample.sample_id,
            text=sample.text,
            kind=sample.kind,
            model=sample.model,
            key=key,
        )


class NodeRecord(Struct, frozen=True, kw_only=True):
    """A machine of a cluster that graded: how many workers it had, what the image is there, whose Docker engine."""

    host: str
    workers: int
    image_digest: str = ""
    engine: str | None = None


class GradedUnder(Struct, frozen=True, kw_only=True):
    """How many of a run's results came about under the same conditions, by the same version of boxscore.

    `image` is None where each instance has an image of its own. Without `conditions` nothing is known of them.
    """

    conditions: Conditions | None
    boxscore: str
    samples: int


class Spent(Struct, frozen=True, kw_only=True):
    """What the calls of a run came to, with those that had no use.

    `calls` are those that a provider billed, `answers` those that gave one; `retries` the calls beyond one for each
    answer. `unanswered` questions got none in the end.
    `cost_usd` is None where the price of a call is not known. `lost` calls were at work when a process was killed: each
    may have been billed, all at most `lost_usd` (None: not known).
    """

    calls: int = 0
    answers: int = 0
    retries: int = 0
    unanswered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    lost: int = 0
    lost_usd: float | None = 0.0


class SamplingRecord(Spent, frozen=True, kw_only=True):
    """How samples were asked of a model, and what came of it; in `run.json` of what `boxscore run` made.

    `model` is its name, `base` where it is (empty: its provider's usual place). `samples_each` were asked for of every
    instance, by the prompt `variant`, the template with this digest, and the parameters that are not None. `limits` and
    `agent_options` are those that were given. `input_usd` and `output_usd` are the price of a million tokens, where it
    is known. `seal` is what the boxes of agents proved.

    The rest counts what is in the run directory, beside what its calls came to. `sampled` of `planned` samples are
    there. `failed` others could not be made, `failures` counts why; what is left was not asked for. `over_budget`: the
    run asked no more, so as not to cost more than `max_cost_usd`. `stop_reasons` counts why agents ended, other than by
    themselves. `agent_median_s`, `agent_p95_s` and `agent_max_s` are how long they took.
    """

    model: str
    base: str = ""
    samples_each: int = 1
    variant: str = ""
    template: str = ""
    template_digest: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    agent: str = ""
    agent_options: dict[str, str] = {}
    limits: dict[str, str] = {}
    seal: dict[str, Any] | None = None
    input_usd: float | None = None
    output_usd: float | None = None
    max_cost_usd: float | None = None
    planned: int = 0
    sampled: int = 0
    failed: int = 0
    failures: dict[str, int] = {}
    over_budget: bool = False
    cost_usd: float | None = None
    stop_reasons: dict[str, int] = {}
    agent_median_s: float | None = None
    agent_p95_s: float | None = None
    agent_max_s: float | None = None


class Provenance(Struct, frozen=True, kw_only=True):
    """What was asked of a run, and all that its numbers depend on. Times are UTC in ISO 8601.

    `k` None leaves the choice to the report. `samples_digest` is a hash of the lines of `samples.jsonl` that the last
    command was about, in its order. `inputs` maps files of samples to their sha256. `wall_s` adds up over resumed runs.
    `data_published` says whether the data has the published checksum (None: none is published).
    `conditions` are those of the results that are there, most frequent first; the rest is what was asked for last.
    `limits` are those of most samples; `limits_cpu_s` is the limit asked for in place of the benchmark's own. `engine`
    is the address of a Docker engine that was named in place of this machine's own. `on` says over what the work was
    spread, `nodes` which machines graded, where that was not this one alone. `no_alarm` says that the alarm for outcome
    drift was off, `alarm` why it ended the run, `ungraded_reason` why the last command could not grade, or go on.
    `no_gate` says that samples were charged whether or not references resolve, which else had to `gate_repeats` times.
    Passes below `least_trust` were withheld.
    `sampling` says how samples came about that the run asked for. The benchmark has `benchmark_instances`, of which the
    run was asked for `instances`; None in older runs.
    """

    format_version: int = FORMAT_VERSION
    run_id: str
    benchmark: str
    title: str
    trust: Trust
    parts: tuple[str, ...] = ()
    k: tuple[int, ...] | None = None
    instances: int
    samples: int
    samples_digest: str = ""
    inputs: dict[str, str] = {}
    data_path: str | None = None
    data_sha256: str | None = None
    data_published: bool | None = None
    image: str | None = None
    image_digest: str = ""
    backend: str = ""
    runtime: str | None = None
    strict: bool = False
    engine: str | None = None
    on: str = "local"
    nodes: tuple[NodeRecord, ...] = ()
    layers: tuple[str, ...] = ()
    limits: Limits = Limits()
    limits_cpu_s: float | None = None
    workers: int = 1
    grading_version: str = ""
    versions: dict[str, str] = {}
    host: str = ""
    conditions: tuple[GradedUnder, ...] = ()
    started: str = ""
    finished: str | None = None
    wall_s: float = 0.0
    no_alarm: bool = False
    no_gate: bool = False
    gate_repeats: int = 1
    least_trust: Trust | None = None
    alarm: str | None = None
    ungraded_reason: str | None = None
    counts_missing: bool = False
    sampling: SamplingRecord | None = None
    benchmark_instances: int | None = None

    @property
    def partial(self) -> str | None:
        """Say that a run is about a part of its benchmark, where it is known to be."""
        if self.benchmark_instances is None or self.instances >= self.benchmark_instances:
            return None
        return (
            f"{self.instances:,} of the {self.benchmark_instances:,} instances of the benchmark were asked for: "
            "nothing here is said of the others"
        )


def graded_under(results: Iterable[Result]) -> tuple[GradedUnder, ...]:
    """Count results by what they were graded under, most frequent first; images of instances count as one."""
    return joined_conditions(Counter((one.conditions, one.boxscore) for one in results))


def joined_conditions(counts: Mapping[tuple[Conditions | None, str], int]) -> tuple[GradedUnder, ...]:
    """As `graded_under`, of results that are counted already."""
    joined: Counter[tuple[Conditions | None, str]] = Counter()
    for (conditions, version), count in counts.items():
        if conditions is not None and not conditions.image_digest:
            conditions = replace(conditions, image=None)  # noqa: PLW2901 - the same, without what is told apart
        joined[conditions, version] += count
    return tuple(
        GradedUnder(conditions=conditions, boxscore=version, samples=count)
        for (conditions, version), count in joined.most_common()
    )


def tags_of(instances: Iterable[Instance]) -> dict[str, dict[str, str]]:
    """The tags of instances as a record has them: those that have a tag, by its name."""
    found: dict[str, dict[str, str]] = {}
    for instance in instances:
        for name, value in instance.tags.items():
            found.setdefault(name, {})[instance.instance_id] = value
    return found


class RunRecord(Struct, frozen=True, kw_only=True):
    """`run.json`: a run's provenance, and the instances it was asked for with their clusters (None: independent).

    `tags` has what the benchmark says of their kind: the value of each by the tag's name, then by instance.
    `warnings` says what was odd about samples or data before anything was graded.
    `sample_lines` are the lines of `samples.jsonl` that the last command was about, in its order: ranges of a first
    line and one past the last, counted from 0.
    """

    provenance: Provenance
    instances: dict[str, str | None]
    tags: dict[str, dict[str, str]] = {}
    warnings: tuple[str, ...] = ()
    sample_lines: tuple[tuple[Line, Line], ...] = ()
