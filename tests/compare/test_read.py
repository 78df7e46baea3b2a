"""What is read of a run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.agents.contract import Draft
from boxscore.compare.build import compare_runs
from boxscore.compare.read import read_compared
from boxscore.errors import InputError, UsageError
from boxscore.models.contract import Answer, Usage
from boxscore.provenance import SamplingRecord, StoredSample
from boxscore.records import SampleKind
from boxscore.run.lines import encode_line
from boxscore.run.store import ANSWERS, ATTEMPTS, open_run
from boxscore.sampling.records import Answered, Asked, Attempt, Unanswered
from tests.compare.runs import discordant, write_run

if TYPE_CHECKING:
    from pathlib import Path

SAMPLING = SamplingRecord(model="m", samples_each=2, planned=4, sampled=4)


def test_what_is_no_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", "+")
    (tmp_path / "none").mkdir()

    with pytest.raises(InputError, match="not a run directory"):
        read_compared([str(run), str(tmp_path / "none")])
    with pytest.raises(UsageError, match="given twice"):
        read_compared([str(run), f"{run}/../a"])


def test_several_models_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", "+ -", model="one")
    with open_run(run) as store:
        record = store.record()
        assert record is not None
        samples = [
            StoredSample(instance_id=f"t/{n}", sample_id="0", text="x", kind=SampleKind.SOLUTION, model=model, key="k")
            for n, model in enumerate(("one", "two"))
        ]
        lines, digest = store.add_samples(lambda: samples)
        provenance = replace(record.provenance, samples_digest=digest)
        store.write_record(replace(record, sample_lines=lines, provenance=provenance))

    with pytest.raises(UsageError, match="samples of 2 models"):
        read_compared([str(run)])


def test_what_was_not_submitted_counts_as_failed_where_that_is_the_practice(tmp_path: Path) -> None:
    (run,) = read_compared([str(write_run(tmp_path / "a", "+ . -", counts_missing=True))])

    assert [(one.n, one.c, one.missing) for one in run.scored.values()] == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]


def with_calls(folder: Path, dollars: float) -> Path:
    run = write_run(folder, "+ + -", sampling=replace(SAMPLING, samples_each=1, planned=3, sampled=3), cpu_s=0.5)
    with open_run(run) as store, store.further_log(ANSWERS) as calls, store.further_log(ATTEMPTS) as attempts:
        for n in range(3):
            name, own = f"t/{n}", dollars * (n + 1)
            usage = Usage(input_tokens=90, output_tokens=10)
            answer = Answer(text="x" * 10, usage=usage, cost_usd=own)
            calls(encode_line(Asked(instance_id=name, number=0, turn=0, digest="d")))
            failed = Unanswered(instance_id=name, number=0, turn=0, digest="d", reason="busy", input_tokens=20)
            calls(encode_line(failed))
            calls(encode_line(Answered(instance_id=name, number=0, turn=0, digest="d", answer=answer)))
            calls(encode_line(Answered(instance_id=name, number=7, turn=0, digest="d", answer=answer)))
            attempts(
                encode_line(Attempt(instance_id=name, sample_id="0", setup="s", drafts=(Draft(text="x"),), wall_s=2.0))
            )
    return run


def test_what_samples_took(tmp_path: Path) -> None:
    paths = [with_calls(tmp_path / "a", 0.01), with_calls(tmp_path / "b", 0.02)]

    found = compare_runs(read_compared(list(map(str, paths))))

    assert found.runs[0].amounts == pytest.approx({"cost_usd": 0.02, "tokens": 120, "agent_s": 2.0, "cpu_s": 0.5})
    ratios = found.pairs[0].ratios
    assert {name: ratio.value for name, ratio in ratios.items()} == pytest.approx(
        {"cost_usd": 2.0, "tokens": 1.0, "agent_s": 1.0, "cpu_s": 1.0}
    )
    assert ratios["cost_usd"].n == 3


def test_an_unfinished_run_is_told(tmp_path: Path) -> None:
    old, new = discordant(20, 3, 3)
    paths = [write_run(tmp_path / "a", old), write_run(tmp_path / "b", new, without_result=4)]

    found = compare_runs(read_compared(list(map(str, paths))))

    assert found.runs[1].invalid == "4 of its samples have no result yet: run its command again"
    assert found.pairs[0].observed.instances == 16
