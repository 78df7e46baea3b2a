"""Options of `boxscore grade` for patches: gold as a file's name, how to apply, SWE-bench's files."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
import typer
from msgspec import structs
from typer.testing import CliRunner

from boxscore import Outcome, PatchTask, Result, Sample, SampleKind, TreeImage, Trust, UsageError
from boxscore.cli.app import app
from boxscore.cli.grade import GradeOptions, _sample_files, _samples
from boxscore.cli.options import ladder
from boxscore.cli.swebench_files import write_swebench_files
from boxscore.protocols.patch.logs import between_markers
from boxscore.protocols.patch.task import Ladder
from boxscore.run.prepare import Request, load_benchmark
from boxscore.run.store import open_run

if TYPE_CHECKING:
    from boxscore.run.prepare import Benchmark, Job


@pytest.fixture(scope="module")
def tiny() -> Benchmark:
    """A benchmark that ships with recorded samples."""
    return load_benchmark(Request(benchmark="tiny"))


def files(tiny: Benchmark, *paths: Path, gold: bool = False) -> tuple[Path, ...]:
    """The files that samples are read from."""
    return _sample_files(GradeOptions(request=Request(benchmark="tiny"), predictions=paths, gold=gold), tiny)


def test_gold_by_name(tiny: Benchmark) -> None:
    """`-p gold` is the references, by the name that SWE-bench gives their model."""
    assert files(tiny, Path("gold")) == ()
    assert {sample.model for sample in _samples(tiny, (), None)[0]} == {"gold"}


def test_a_file_named_gold(tiny: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is such a file it is meant."""
    monkeypatch.chdir(tmp_path)
    Path("gold").touch()

    assert files(tiny, Path("gold")) == (Path("gold"),)


def test_gold_and_a_file(tiny: Benchmark) -> None:
    """Both at once is a mistake."""
    with pytest.raises(UsageError, match="one of them"):
        files(tiny, Path("gold"), Path("other.jsonl"))


def test_predictions_of_no_instance_are_counted(tiny: Benchmark, tmp_path: Path) -> None:
    """How many were left out is said, with one of them."""
    name = tiny.every[0].instance_id
    rows = [{"instance_id": one, "model_patch": "x"} for one in (name, "org__lib-1", "org__lib-2")]
    (tmp_path / "preds.json").write_text(json.dumps(rows))

    samples, warnings = _samples(tiny, (tmp_path / "preds.json",), None)

    assert [sample.instance_id for sample in samples] == [name]
    (warning,) = warnings
    assert warning.startswith("2 predictions are of no instance of tiny, such as 'org__lib-1'")


@pytest.mark.parametrize(("text", "meant"), [(None, None), *((one.value, one) for one in Ladder)])
def test_how_to_apply(text: str | None, meant: Ladder | None) -> None:
    """Each way to apply a patch has its name."""
    assert ladder(text) is meant


@pytest.mark.parametrize("option", ["-p", "--out", "--data", "--swebench-logs", "--log-file"])
def test_an_empty_path_is_not_the_current_folder(option: str) -> None:
    """What an unset variable leaves is refused."""
    done = CliRunner().invoke(app, ["grade", "tiny", option, "", "--dry-run"])

    assert done.exit_code == 2
    assert "the path is empty" in done.output


def test_the_backend_that_runs_nothing_is_refused() -> None:
    """No command line grades with it: every sample would count as failed."""
    done = CliRunner().invoke(app, ["grade", "tiny", "--backend", "fake", "--dry-run"])

    assert done.exit_code == 2
    assert "is for tests" in done.output


def test_no_such_way() -> None:
    """Others are refused with the names that there are."""
    with pytest.raises(typer.BadParameter, match="swebench-v5"):
        ladder("force")


def job(folder: Path, *tasks: object) -> Job:
    """A run, as far as its report files depend on it."""
    named = {f"org__lib-{number}": task for number, task in enumerate(tasks)}
    plan, record = SimpleNamespace(tasks=named), SimpleNamespace(instances=dict.fromkeys(named))
    return cast("Job", SimpleNamespace(folder=folder / "run1", plan=plan, record=record))


def task() -> PatchTask:
    """A task of the patch protocol."""
    return PatchTask(
        image=TreeImage(name="a"), fail_to_pass=("t",), pass_to_pass=(), commands=("pytest",), parser="pytest"
    )


def sample(model: str, sample_id: str) -> Sample:
    """A prediction for the first instance."""
    return Sample(instance_id="org__lib-0", sample_id=sample_id, text="diff", kind=SampleKind.PATCH, model=model)


def test_a_report_for_each_model(tmp_path: Path) -> None:
    """Each model has a report of its own, and so has a second sample of one instance."""
    samples = [sample("a", "0"), sample("b", "1"), sample("a", "2")]
    results = [
        Result(instance_id="org__lib-0", sample_id=one, outcome=outcome, trust=Trust.CANARY)
        for one, outcome in (("0", Outcome.PASSED), ("1", Outcome.WRONG), ("2", Outcome.WRONG))
    ]

    written = write_swebench_files(job(tmp_path, task()), results, samples, None)

    resolved = {path.name: json.loads(path.read_text("utf-8"))["resolved_instances"] for path in written}
    assert resolved == {"a.run1.json": 1, "b.run1.json": 0, "a.run1-1.json": 0}


def test_logs_hold_what_was_printed(tmp_path: Path) -> None:
    """A run holds its results without their output: the last stored one of a sample is read from its file."""
    last = Result(instance_id="org__lib-0", sample_id="0", outcome=Outcome.WRONG, trust=Trust.CANARY, output="1 failed")
    with open_run(tmp_path / "run1") as store:
        store.append([structs.replace(last, outcome=Outcome.INTERNAL, output="lost"), last])
        held = store.results({("org__lib-0", "0"): ""}).values()

    write_swebench_files(job(tmp_path, task()), held, [sample("a", "0")], tmp_path / "logs")

    (log,) = tmp_path.glob("logs/run_evaluation/run1/a/org__lib-0/test_output.txt")
    assert between_markers(log.read_text("utf-8")) == "'\n1 failed\n+ : '"


def test_none_for_other_benchmarks(tmp_path: Path) -> None:
    """Functions have no such report."""
    assert write_swebench_files(job(tmp_path, object()), [], [], None) == []
