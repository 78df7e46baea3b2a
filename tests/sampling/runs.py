"""Runs over `tiny` with a model that is given its answers, for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.interrupt import Stop
from boxscore.models.fake import FakeModel
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import run_sampling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore import Instance
    from boxscore.interrupt import StopSignal
    from boxscore.models.contract import Model, Question
    from boxscore.sampling.run import FinishedSampling

FEW = ("tiny/roman-numeral", "tiny/merge-spans", "tiny/days-between")


def tiny() -> dict[str, Instance]:
    return {one.instance_id: one for one in load_benchmark(Request(benchmark="tiny")).every}


def right(instance: Instance) -> str:
    return f"```python\n{instance.reference}\n```"


def wrong(instance: Instance) -> str:
    return f"```python\n{instance.prompt}    return None\n```"


def model(passes: Callable[[Question], bool] = lambda _: True, **options: Any) -> FakeModel:
    """A model whose answers pass where they are to, and are never the same text twice."""
    known = tiny()

    def answer(question: Question) -> str:
        text = (right if passes(question) else wrong)(known[question.instance_id])
        return f"{text}\nanswer {question.number}.{question.turn}"

    return FakeModel(answer, **options)


def request(
    folder: Path, *, only: tuple[str, ...] = FEW, grading: dict[str, Any] | None = None, **options: Any
) -> SamplingRequest:
    given: dict[str, Any] = {"benchmark": "tiny", "backend": "local", "only": only, "out": folder, "workers": 2} | (
        grading or {}
    )
    return SamplingRequest(grading=Request(**given), model="fake", **options)


def run(folder: Path, asked: Model, *, stop: StopSignal | None = None, **options: Any) -> FinishedSampling:
    return run_sampling(plan_sampling(request(folder, **options), asked), stop=stop or Stop())
