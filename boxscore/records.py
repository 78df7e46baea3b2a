"""The records that move through the engine: frozen, typed, validated where they enter.

Units are in the names: seconds (`_s`), bytes (`_bytes`). "Not computed" is None, never 0.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, ClassVar, Self

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import StructConfig  # noqa: TC002

from boxscore.checks import check_count, check_name, check_names, check_seconds, check_text, shown
from boxscore.errors import UsageError

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Bytes = Annotated[int, Meta(gt=0)]
Identifier = Annotated[str, Meta(min_length=1, max_length=512)]


class Outcome(enum.StrEnum):
    """Why a sample ended as it did. Closed and ordered: where several apply, the first in this order is the outcome."""

    INTERNAL = "internal"
    NO_CODE = "no_code"
    PATCH_REJECTED = "patch_rejected"
    SYNTAX = "syntax"
    BUILD_FAILED = "build_failed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    DISK_LIMIT = "disk_limit"
    PROCESS_LIMIT = "process_limit"
    SIGNAL = "signal"
    FORBIDDEN = "forbidden"
    TAMPERED = "tampered"
    ERROR = "error"
    WRONG = "wrong"
    NO_TESTS = "no_tests"
    PASSED = "passed"


# No tests judged these samples, so that there was no verdict to protect.
UNTESTED = frozenset({Outcome.INTERNAL, Outcome.NO_CODE, Outcome.SYNTAX, Outcome.PATCH_REJECTED})


class Trust(enum.StrEnum):
    """How a verdict was protected from the candidate, strongest first; `docs/security.md` says what each promises."""

    ORACLE = "oracle"
    OBSERVER = "observer"
    BLIND = "blind"
    WATCHED = "watched"
    CLAIM = "claim"
    NONE = "none"

    def is_below(self, least: Trust | None) -> bool:
        """Whether it promises less than another level; None asks for nothing."""
        order = tuple(Trust)
        return least is not None and order.index(self) > order.index(least)

    @classmethod
    def _missing_(cls, value: object) -> Trust | None:
        """Read `canary`, a level that older results have, as the claim that it was worth."""
        return cls.CLAIM if value == "canary" else None


class LimitName(enum.StrEnum):
    """Which limit ended a run."""

    CPU = "cpu"
    WALL = "wall"
    MEMORY = "memory"
    OUTPUT = "output"
    DISK = "disk"
    PROCESSES = "processes"


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one candidate may use. Verdicts hang on `cpu_s`; `wall_s` is for code that sleeps or is stopped."""

    cpu_s: Seconds = 3.0
    wall_s: Seconds = 60.0
    memory_bytes: Bytes = 1 << 30
    processes: Annotated[int, Meta(ge=1)] = 64
    disk_bytes: Bytes = 64 << 20
    output_bytes: Bytes = 1 << 20

    def __post_init__(self) -> None:
        """Raise UsageError for what no limit can be."""
        check_seconds("Limits", "cpu_s", self.cpu_s)
        check_seconds("Limits", "wall_s", self.wall_s)
        check_count("Limits", "memory_bytes", self.memory_bytes)
        check_count("Limits", "processes", self.processes)
        check_count("Limits", "disk_bytes", self.disk_bytes)
        check_count("Limits", "output_bytes", self.output_bytes)


class SampleKind(enum.StrEnum):
    """What the text of a sample is: how a harness turns it into code depends on it."""

    COMPLETION = "completion"  # goes after the prompt
    SOLUTION = "solution"  # a whole program
    ANSWER = "answer"  # a chat answer, with code somewhere in it
    PATCH = "patch"  # a unified diff of a repository, empty where a model gave none


class Instance(Struct, frozen=True, kw_only=True):
    """One task of a benchmark.

    `row` is the benchmark's own record and only its harness looks inside. `reference` is the gold answer as a
    whole solution (None where the benchmark has none). `cluster` groups instances that are not independent. `tags` say
    what kind of task it is, such as `{"domain": "Database"}`: `boxscore compare --by domain` groups by them.
    """

    instance_id: Identifier
    prompt: str
    row: dict[str, Any]
    reference: str | None = None
    cluster: str | None = None
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Raise UsageError for an id, a prompt or a tag that cannot be one."""
        check_name("Instance", "instance_id", self.instance_id)
        check_text(f"Instance {self.instance_id!r}", "prompt", self.prompt)
        check_names(f"Instance {self.instance_id!r}", "tags", self.tags)


# A run holds as many as it has samples, none of which can be part of a cycle: the collector need not look at them.
class Sample(Struct, frozen=True, kw_only=True, gc=False):
    """One answer to one instance; `sample_id` is unique within the instance. `model` says who gave it, if known."""

    instance_id: Identifier
    sample_id: Identifier
    text: str
    kind: SampleKind = SampleKind.SOLUTION
    model: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError for what a sample cannot be; take the word for a kind as that kind."""
        check_name("Sample", "instance_id", self.instance_id)
        owner = f"Sample of {self.instance_id!r}"
        check_name(owner, "sample_id", self.sample_id)
        check_text(owner, "text", self.text)
        check_text(owner, "model", self.model)
        if not isinstance(self.kind, SampleKind):
            if self.kind not in tuple(SampleKind):
                raise UsageError(
                    f"Sample of {self.instance_id!r}: kind must be one of {', '.join(SampleKind)}, "
                    f"not {shown(self.kind)}"
                )
            msgspec.structs.force_setattr(self, "kind", SampleKind(self.kind))


class ApplyStrategy(Struct, frozen=True, kw_only=True):
    """How to apply a patch (`--apply`). By default `git apply` is tried once.

    Each of `steps` is a command that gets the patch's file as its last argument; the first that succeeds applied it.
    With `resets` what a failed step left behind is removed before the next. `ends_last_line` adds the line end that a
    patch lacks.
    """

    steps: tuple[tuple[str, ...], ...] = (("git", "apply", "--verbose"),)
    resets: bool = False
    ends_last_line: bool = True


class Applied(Struct, frozen=True, kw_only=True):
    """How a patch got into the tree.

    `rung` is the command that applied it, `undone` what was restored or removed afterwards because it is test code,
    test configuration or would stand in for a module of the runner.
    """

    rung: str
    changed: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()


class PatchFlag(Struct, frozen=True, kw_only=True):
    """A hint that a patch forges its test run: evidence for people, never a verdict.

    `rule` is one of those in docs/flags.md; `text` is what stands at `line` of `path`, as the patch leaves it.
    """

    path: Annotated[str, Meta(max_length=512)]
    line: Annotated[int, Meta(ge=0)]
    rule: Annotated[str, Meta(max_length=64)]
    text: Annotated[str, Meta(max_length=200)] = ""

    @property
    def place(self) -> str:
        """Where it is, as editors take it."""
        return f"{self.path}:{self.line}"


class Evidence(Struct, frozen=True, kw_only=True):
    """What stands behind a pass of tests that share a process with the candidate, beside their runner's word.

    `checked` of `expected` values in the tests were checked outside of the box; both are None where none could be.
    `planted` tests that had to fail did; None where none could be planted. `reason` says why the level is no higher.
    """

    checked: int | None = None
    expected: int | None = None
    planted: int | None = None
    reason: str = ""

    @property
    def in_words(self) -> str:
        """The evidence in words, "" where there is none."""
        checked = f"{self.checked} of {self.expected} expected values checked outside of the box"
        one = "1 planted test failed as it must"
        planted = one if self.planted == 1 else f"{self.planted} planted tests failed as they must"
        parts = (checked * (self.checked is not None), planted * (self.planted is not None), self.reason)
        return "; ".join(filter(None, parts))


class CompileError(Struct, frozen=True, kw_only=True):
    """One error of a compiler: a file by its path in the project, a line counted from 1, 0 where none was named."""

    path: str
    line: int
    message: str


class Detail:
    """What a protocol's results say beyond their outcome: base of its record, a Struct whose tag `kind` is its name.

    It stands in the folder of its protocol, which alone knows its fields; `boxscore.protocols.details` decodes it.
    """

    __slots__ = ()
    has_files: ClassVar[bool] = False  # pictures and the like, which are not held in memory

    @classmethod
    def of(cls, result: Result | None) -> Self | None:
        """The detail of a result as one of this kind; None for other results, and where there is none."""
        detail = None if result is None else result.detail
        return detail if isinstance(detail, cls) else None

    @property
    def made_by(self) -> str:
        """The name of its protocol."""
        config: StructConfig = getattr(self, "__struct_config__")  # noqa: B009 - of a Struct
        return str(config.tag)

    def without_files(self) -> Self:
        """The same without pictures and the like."""
        return self


class OtherDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="other"):
    """What a protocol that does not ship with boxscore says of a result beyond its outcome: plain data of JSON."""

    protocol: Identifier
    data: dict[str, Any] = {}

    @property
    def made_by(self) -> str:
        """See `Detail.made_by`."""
        return self.protocol


class Conditions(Struct, frozen=True, kw_only=True, cache_hash=True):
    """What a sample was graded under: with its instance's task and its code, all that its verdict depends on.

    `runtime` is the container runtime, None for a backend that has none. `strict`: each sample had
    a box of its own, as every patch has. `image` is a reference and `image_digest` what it was there; patches have no
    digest, since the reference of an instance's image is made of all that is in it. `version` hashes those of our own
    sources that decide. `gate` says that it would not be charged where its instance's reference does not resolve.
    A pass below `least_trust` is withheld.
    """

    backend: str
    runtime: str | None = None
    strict: bool = False
    image: str | None = None
    image_digest: str = ""
    limits: Limits = Limits()
    version: str = ""
    gate: bool = False
    least_trust: Trust | None = None


class Result(Struct, frozen=True, kw_only=True, omit_defaults=False, gc=False):
    """What became of one sample: one line of `results.jsonl`.

    `parts` holds the verdict of each part a benchmark scores apart (`base` and `plus` of EvalPlus), else is empty.
    `reason` is for people; it is bounded and never parsed. `limit` names the limit that ended the run, if one did:
    `cpu`, `wall`, `memory`, `output`, `disk` or `processes`. `layers` names the defences that were in force. `detail`
    is what its protocol says beyond the outcome, None where that is nothing. `lost_boxes` counts those lost at it where
    it never got a verdict. `unresolvable`: it is `internal` because the reference of its instance does not resolve
    where it was to be graded, or nothing needs to be fixed there. `withheld`: it is `internal` because it passed at
    less trust than is rewarded. `conditions` are those it was graded under and `boxscore` the version that did it.
    `copied_from` names the sample of the same instance and code that was graded for this one too. `key` is made of the
    conditions, the instance's task and the sample's code: a stored result is reused only under an equal key.
    """

    instance_id: Identifier
    sample_id: Identifier
    outcome: Outcome
    trust: Trust
    reason: str = ""
    error_type: str | None = None
    parts: dict[str, Outcome] = {}
    limit: LimitName | None = None
    cpu_s: float | None = None
    wall_s: float | None = None
    memory_bytes: int | None = None
    output: str = ""
    output_truncated: bool = False
    layers: tuple[str, ...] = ()
    attempts: int = 1
    lost_boxes: int = 0
    detail: Detail | None = None
    unresolvable: bool = False
    withheld: bool = False
    conditions: Conditions | None = None
    boxscore: str = ""
    copied_from: str | None = None
    key: str = ""

    @property
    def flags(self) -> tuple[PatchFlag, ...]:
        """Hints that its patch forges the test run, for people to judge."""
        found: tuple[PatchFlag, ...] = getattr(self.detail, "flags", ())
        return found

    @property
    def evidence(self) -> str:
        """What stands behind its pass beside its tests' word, in words; "" where that is nothing."""
        found = getattr(self.detail, "evidence", None)
        return found.in_words if isinstance(found, Evidence) else ""

    @property
    def level(self) -> Trust | None:
        """How its verdict was protected; None where it was refused before any test ran, or never graded."""
        return None if self.outcome in UNTESTED else self.trust

    @property
    def stands(self) -> bool:
        """Whether it may be used again in place of grading its sample once more.

        Not if the trouble was ours, and not if it was concluded from the loss of boxes alone.
        """
        return (self.outcome is not Outcome.INTERNAL or self.withheld) and not self.lost_boxes


def withhold(result: Result, least_trust: Trust | None) -> Result:
    """Make a pass below a level of trust one that is not rewarded, and no failure either; any other result stays."""
    if result.outcome is not Outcome.PASSED or not result.trust.is_below(least_trust):
        return result
    why = f"passed at {result.trust}, and nothing below {least_trust} is rewarded here"
    reason = f"{why}: {result.reason}" if result.reason else why
    return msgspec.structs.replace(result, outcome=Outcome.INTERNAL, reason=reason, withheld=True)


class Shortener:
    """Cuts results to what reports need, so that a run of any length can be held: nothing printed, shared names."""

    def __init__(self) -> None:
        self._layers: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}
        self._conditions: dict[Conditions | None, Conditions | None] = {}

    def __call__(self, result: Result) -> Result:
        """The same result, without its output, and without the pictures and traces of a web project."""
        return msgspec.structs.replace(
            result,
            instance_id=self._texts.setdefault(result.instance_id, result.instance_id),
            reason=self._texts.setdefault(result.reason, result.reason),
            layers=self._layers.setdefault(result.layers, result.layers),
            conditions=self._conditions.setdefault(result.conditions, result.conditions),
            boxscore=self._texts.setdefault(result.boxscore, result.boxscore),
            output="",
            detail=None if result.detail is None else result.detail.without_files(),
        )


def fingerprint(*values: object) -> str:
    """Hash anything msgspec can encode, field order included; equal values give equal fingerprints."""
    import hashlib  # noqa: PLC0415 - keeps `boxscore --help` fast

    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()[:32]
