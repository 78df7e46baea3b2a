"""Flaky tests are printed with the logs of two runs that disagree."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from boxscore.audit.grading import observe
from boxscore.data.plugins import load_harness
from boxscore.interrupt import Stop
from boxscore.protocols.contract import Disagreement, Observed
from boxscore.protocols.patch.observe import disagreements
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome, Result, Trust
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from tests.protocols.patch.patch_boxes import TASK

if TYPE_CHECKING:
    from pathlib import Path

P, F = Status.PASSED.value, Status.FAILED.value


def result(sample: str, **reported: str) -> Result:
    return Result(
        instance_id="i",
        sample_id=sample,
        outcome=Outcome.WRONG,
        trust=Trust.WATCHED,
        detail=PatchDetail(reported=reported),
    )


def test_two_runs_that_disagree() -> None:
    before = [result("before/1", a=F, b=F), result("before/2", a=F, b=F)]
    after = [result("gold/1", a=P, b=P), result("gold/2", a=P, b=F), result("gold/3", a=P)]

    assert disagreements("i", TASK, ["b"], (before, after)) == (
        Disagreement(instance_id="i", test="b", passed="gold/1", failed="gold/2"),
    )
    assert disagreements("i", TASK, ["a"], (before, after)) == ()


@pytest.mark.usefixtures("local_backend")
def test_logs_of_runs_that_disagree(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(benchmark="tiny", backend="local", only=("spiral",), out=tmp_path / "out", workers=1)
    benchmark = load_benchmark(request)
    (instance,) = benchmark.asked
    task = load_harness("tiny").task(instance)
    found = Disagreement(instance_id=instance.instance_id, test="odd", passed="gold/1", failed="gold/2")
    shown = Observed(problems=(), line="", record=found, disagreements=(found,))
    observing = SimpleNamespace(observe=lambda *_: shown)
    monkeypatch.setattr("boxscore.audit.grading.role", lambda *_: observing)
    code = f"print('here')\n{instance.reference}"
    seen = observe(request, benchmark, {instance.instance_id: (task, {"gold": code})}, 2, Stop(), say=print)

    assert seen is not None
    assert {key[1] for key in seen.logs} == {"gold/1", "gold/2"}
    assert all(path.is_relative_to(tmp_path / "out" / "logs") and path.is_file() for path in seen.logs.values())
    said = capfd.readouterr().out
    assert "flaky: odd" in said
    for what, sample in (("passes", "gold/1"), ("does not pass", "gold/2")):
        assert f"  {what} in {sample}: {seen.logs[instance.instance_id, sample]}" in said
