"""Run directories of any size for tests of the page, written as a run writes them: through the store, line by line."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from boxscore.agents.contract import Draft
from boxscore.agents.trajectory import Trajectory
from boxscore.models.contract import Answer, Usage
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.provenance import Provenance, RunRecord, SamplingRecord, StoredSample
from boxscore.records import Conditions, LimitName, Outcome, Result, SampleKind, Trust
from boxscore.run.lines import encode_line
from boxscore.run.store import ANSWERS, open_run
from boxscore.sampling.records import Answered, Asked, Attempt, trajectory_path
from tests.hostile_strings import HOSTILE, as_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONDITIONS = Conditions(backend="docker", runtime="runsc", image="python", image_digest="sha256:aa", version="v1")
OUTCOMES = (Outcome.PASSED, Outcome.WRONG, Outcome.PASSED, Outcome.TIMEOUT, Outcome.ERROR, Outcome.INTERNAL)
REASONS = {
    Outcome.WRONG: "assert candidate([1, 2]) == 3",
    Outcome.TIMEOUT: "the cpu limit of 3 s",
    Outcome.ERROR: "IndexError: list index out of range",
    Outcome.INTERNAL: "the box was lost",
}
PATCH = """\
diff --git a/src/spans.py b/src/spans.py
--- a/src/spans.py
+++ b/src/spans.py
@@ -1,2 +1,3 @@ def merge(spans):
 def merge(spans):
-    return spans
+    spans = sorted(spans)
+    return spans
"""


def make_run(  # noqa: PLR0913 - what tests vary, by keyword
    folder: Path,
    samples: int,
    *,
    each: int = 4,
    kind: SampleKind = SampleKind.SOLUTION,
    hostile: bool = False,
    agents: bool = False,
    models: Sequence[str] = ("model-a",),
    code_bytes: int = 800,
    log_bytes: int = 1500,
    steps: int = 6,
    step_bytes: int = 300,
    seed: int = 0,
    **facts: Any,
) -> Path:
    """Write a run of so many samples, `each` of an instance.

    With `agents` every sample has a trajectory of `steps` steps; with `hostile` all texts of
    candidates, models and benchmarks hold what a page could be attacked with. `facts` are fields of its provenance.
    """
    chance = random.Random(seed)
    bad = itertools.cycle(HOSTILE.values()) if hostile else None
    instances = [as_id(_spoiled(f"tiny/task-{n}", bad)) for n in range(-(-samples // each))]
    named = [(instances[n // each], str(n % each)) for n in range(samples)]
    given = [_spoiled(model, bad) for model in models]
    stored = [
        StoredSample(
            instance_id=name,
            sample_id=number,
            text=_text(kind, chance, code_bytes, n // each, bad),
            kind=kind,
            model=given[n % len(given)],
            key=f"key-{n}",
        )
        for n, (name, number) in enumerate(named)
    ]
    results = [_result(sample, n, chance, log_bytes, bad) for n, sample in enumerate(stored)]
    with open_run(folder) as store:
        lines, digest = store.add_samples(lambda: stored)
        for first in range(0, samples, 500):
            store.append(results[first : first + 500])
        if agents:
            _write_agents(folder, list(zip(stored, results, strict=True)), steps, step_bytes, bad)
        provenance = Provenance(
            run_id=folder.name,
            benchmark=_spoiled("tiny", bad),
            title=_spoiled("Tiny", bad),
            trust=Trust.BLIND,
            instances=len(instances),
            samples=samples,
            samples_digest=digest,
            inputs={_spoiled("samples.jsonl", bad): "e" * 64},
            data_sha256="d" * 64,
            image="python",
            image_digest="sha256:aa",
            backend="docker",
            layers=("network", "seccomp"),
            grading_version="v1",
            versions={"boxscore": "0.1.0", "python": "3.11"},
            started="2026-03-01T12:00:00+00:00",
            finished="2026-03-01T12:05:00+00:00",
            wall_s=300.0,
            sampling=_sampling(given[0], samples, each) if agents else None,
        )
        provenance = replace(provenance, **facts)
        warnings = (_spoiled("1 sample is of no instance", bad),)
        record = RunRecord(
            provenance=provenance, instances=dict.fromkeys(instances), warnings=warnings, sample_lines=lines
        )
        store.write_record(record)
    return folder


def _spoiled(text: str, bad: itertools.cycle[str] | None) -> str:
    return text if bad is None else f"{text} {next(bad)}"


def _text(kind: SampleKind, chance: random.Random, size: int, number: int, bad: itertools.cycle[str] | None) -> str:
    if kind is SampleKind.PATCH:
        return _spoiled(PATCH, bad) if chance.random() < 0.9 else _spoiled("no patch at all", bad)
    head = _spoiled(f"def candidate_{number}(values):", bad)
    lines = max(0, size - len(head)) // 45
    body = [f"    total_{chance.randrange(10**6)} = sum(values) + {chance.randrange(10**9)}\n" for _ in range(lines)]
    code = f"{head}\n{''.join(body)}    return values\n"
    return f"Here it is:\n```python\n{code}```\n" if kind is SampleKind.ANSWER else code


def _result(
    sample: StoredSample, n: int, chance: random.Random, log_bytes: int, bad: itertools.cycle[str] | None
) -> Result:
    outcome = OUTCOMES[chance.randrange(len(OUTCOMES) - (n % 10 != 0))]
    lines = "".join(f"{chance.randrange(10**12):x} collected item {k} of {n}\n" for k in range(log_bytes // 40))
    detail: PatchDetail | ProgramDetail | None = None
    if sample.kind is SampleKind.PATCH:
        tests = [_spoiled(f"tests/test_spans.py::test_{k}", bad) for k in range(12)]
        broke = 0 if outcome is Outcome.PASSED else 2
        detail = PatchDetail(
            tests={test: "FAILED" if k < broke else "PASSED" for k, test in enumerate(tests)},
            fail_to_pass=(tuple(tests[broke:4]), tuple(tests[:broke])),
            pass_to_pass=(tuple(tests[4:]), ()),
            test_s=2.5,
        )
    elif n % 5 == 0:
        last = CaseResult(outcome=outcome, reason="case", wall_s=0.1, output=_spoiled("41", bad), errors="")
        cases = (CaseResult(outcome=Outcome.PASSED, wall_s=0.1, output="40"), last)
        detail = ProgramDetail(language="python", cases=cases, first_failing=None if outcome is Outcome.PASSED else 1)
    return Result(
        instance_id=sample.instance_id,
        sample_id=sample.sample_id,
        outcome=outcome,
        trust=Trust.BLIND,
        reason=_spoiled(REASONS[outcome], bad) if outcome in REASONS else "",
        limit=LimitName.CPU if outcome is Outcome.TIMEOUT else None,
        cpu_s=round(chance.random() * 2, 3),
        wall_s=round(chance.random() * 3, 3),
        memory_bytes=chance.randrange(10**7, 10**9),
        output=_spoiled(lines, bad),
        layers=("network", "seccomp"),
        detail=detail,
        conditions=CONDITIONS,
        boxscore="0.1.0",
        key=sample.key,
    )


def _sampling(model: str, samples: int, each: int) -> SamplingRecord:
    return SamplingRecord(
        model=model,
        samples_each=each,
        variant="chat",
        template_digest="f" * 32,
        temperature=0.8,
        agent="repair",
        limits={"token_limit": "500k"},
        max_cost_usd=5.0,
        planned=samples,
        sampled=samples,
        calls=samples * 2,
        answers=samples * 2,
        input_tokens=samples * 900,
        output_tokens=samples * 300,
        cost_usd=samples * 0.002,
        agent_median_s=3.0,
        agent_p95_s=9.0,
        agent_max_s=20.0,
    )


def _write_agents(
    folder: Path,
    chosen: Sequence[tuple[StoredSample, Result]],
    steps: int,
    step_bytes: int,
    bad: itertools.cycle[str] | None,
) -> None:
    answers, attempts = [], []
    (folder / "trajectories").mkdir(exist_ok=True)
    for sample, result in chosen:
        about: dict[str, Any] = {"instance_id": sample.instance_id, "number": int(sample.sample_id)}
        for turn in range(2):
            digest = f"{sample.key}-{turn}"
            answer = Answer(
                text=_spoiled("an answer", bad), usage=Usage(input_tokens=900, output_tokens=300), cost_usd=0.002
            )
            answers.append(encode_line(Asked(**about, turn=turn, digest=digest)))
            answers.append(encode_line(Answered(**about, turn=turn, digest=digest, answer=answer)))
        first = Draft(text=_spoiled("def candidate(): pass", bad), kind=sample.kind, why="first")
        last = Draft(text=sample.text, kind=sample.kind, why="repaired")
        attempts.append(
            encode_line(
                Attempt(
                    instance_id=sample.instance_id,
                    sample_id=sample.sample_id,
                    setup="s",
                    drafts=(first, last),
                    stop_reason=_spoiled("token_limit", bad) if result.outcome is Outcome.TIMEOUT else "",
                    wall_s=4.5,
                    turns=2,
                )
            )
        )
        path = trajectory_path(folder, sample.instance_id, sample.sample_id)
        path.write_bytes(msgspec.json.encode(_trajectory(sample.model, steps, step_bytes, bad)) + b"\n")
    for name, lines in ((ANSWERS, answers), ("attempts.jsonl", attempts)):
        (folder / name).write_bytes(b"".join(lines))


def _trajectory(model: str, steps: int, size: int, bad: itertools.cycle[str] | None) -> dict[str, Any]:
    clock = itertools.count()
    trace = Trajectory(
        session_id="s",
        agent="shell",
        version="1",
        model=model,
        clock=lambda: STARTED + timedelta(seconds=7 * next(clock)),
    )
    trace.add_question(
        [
            {"role": "system", "content": _spoiled("You repair programs.", bad)},
            {"role": "user", "content": _spoiled("Merge the spans.", bad)},
        ]
    )
    filler = "some words of output that fill the step\n" * (1 + size // 40)
    for number in range(max(1, steps - 2)):
        usage = Usage(input_tokens=500, output_tokens=100)
        trace.add_answer(Answer(text=_spoiled(f"I look at file {number}.", bad), usage=usage, cost_usd=0.001))
        trace.add_action("bash", {"command": _spoiled(f"cat file{number}.py", bad)}, _spoiled(filler[:size], bad))
    return trace.as_atif()
