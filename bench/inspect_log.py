"""Write a log of Inspect by its own writer. It runs under a Python that has `inspect_ai`, and needs nothing of ours.

    bench/inspect_log.py SAMPLES LOGS

SAMPLES has a record a line: `instance_id`, `sample_id`, `text`, `result` and `said`, pairs of a role and a text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def write_log(source: Path, logs: Path) -> None:
    """Write a log of the same texts by the peer's own writer."""
    from inspect_ai.log import (  # noqa: PLC0415 - only where it is installed
        EvalConfig,
        EvalDataset,
        EvalLog,
        EvalMetric,
        EvalPlan,
        EvalResults,
        EvalScore,
        EvalSpec,
        EvalStats,
        write_eval_log,
    )

    samples = [peer_sample(json.loads(line)) for line in source.read_text("utf-8").splitlines()]
    share = sum(one.scores["boxscore"].value == "C" for one in samples) / len(samples)
    score = EvalScore(
        name="boxscore", scorer="boxscore", metrics={"accuracy": EvalMetric(name="accuracy", value=share)}
    )
    spec = EvalSpec(
        created="2026-03-01T12:00:00+00:00",
        task="tiny",
        dataset=EvalDataset(name="tiny", samples=len(samples)),
        model="mockllm/model",
        config=EvalConfig(epochs=4),
    )
    log = EvalLog(
        status="success",
        eval=spec,
        plan=EvalPlan(),
        results=EvalResults(total_samples=len(samples), completed_samples=len(samples), scores=[score]),
        stats=EvalStats(),
        samples=samples,
    )
    logs.mkdir(parents=True, exist_ok=True)
    write_eval_log(log, str(logs / "2026-03-01T12-00-00_tiny_bench.eval"))


def peer_sample(told: dict[str, Any]) -> Any:
    """One sample as the peer has it: messages, the answer, and a score that explains itself."""
    from inspect_ai.log import EvalSample  # noqa: PLC0415 - only where it is installed
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, ModelOutput  # noqa: PLC0415
    from inspect_ai.scorer import Score  # noqa: PLC0415

    kinds = {"agent": ChatMessageAssistant, "system": ChatMessageSystem, "user": ChatMessageUser}
    messages = [kinds[role](content=text) for role, text in told["said"] or [("user", "Write the function.")]]
    result = told["result"]
    return EvalSample(
        id=told["instance_id"],
        epoch=int(told["sample_id"]) + 1,
        input="Write the function.",
        target="",
        messages=[*messages, ChatMessageAssistant(content=told["text"])],
        output=ModelOutput.from_content("model-a", told["text"]),
        scores={
            "boxscore": Score(
                value="C" if result["outcome"] == "passed" else "I",
                answer=told["text"],
                explanation="\n".join([result["outcome"], result["reason"] or "", result["output"] or ""]),
            )
        },
    )


if __name__ == "__main__":
    write_log(Path(sys.argv[1]), Path(sys.argv[2]))
