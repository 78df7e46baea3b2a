"""Options of `boxscore grade` for patches: gold as a file's name, and how to apply."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore import ApplyStrategy, UsageError
from boxscore.cli.app import main
from boxscore.cli.grade import GradeOptions, read_given, sample_files
from boxscore.cli.output import USAGE
from boxscore.data.plugins import apply_strategy, load_harness
from boxscore.data.samples import unknown_warnings
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from boxscore.run.prepare import Benchmark


@pytest.fixture(scope="module")
def tiny() -> Benchmark:
    """A benchmark that ships with recorded samples."""
    return load_benchmark(Request(benchmark="tiny"))


def files(tiny: Benchmark, *paths: Path, gold: bool = False) -> tuple[Path, ...]:
    """The files that samples are read from."""
    return sample_files(GradeOptions(request=Request(benchmark="tiny"), predictions=paths, gold=gold), tiny)


def test_instances_are_named_as_in_files() -> None:
    """In any case, with `_` for `/`, or by what follows the last `/`; `show`, `validate` and `attack` ask the same."""
    asked = load_benchmark(Request(benchmark="tiny", only=("TINY_merge-spans", "Roman-Numeral", "tiny/spiral"))).asked

    assert {one.instance_id for one in asked} == {"tiny/merge-spans", "tiny/roman-numeral", "tiny/spiral"}
    with pytest.raises(UsageError, match="tiny has no instance 'spans'"):
        load_benchmark(Request(benchmark="tiny", only=("spans",)))


def test_gold_by_name(tiny: Benchmark) -> None:
    """`-p gold` is the references, by the name that SWE-bench gives their model."""
    assert files(tiny, Path("gold")) == ()
    assert {sample.model for sample in read_given(tiny, (), None)[0]} == {"gold"}


def test_a_file_named_gold(tiny: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is such a file it is meant."""
    monkeypatch.chdir(tmp_path)
    Path("gold").touch()

    assert files(tiny, Path("gold")) == (Path("gold"),)


def test_predictions_of_no_instance_are_counted(tiny: Benchmark, tmp_path: Path) -> None:
    """How many were left out is said, with one of them."""
    name = tiny.every[0].instance_id
    rows = [{"instance_id": one, "model_patch": "x"} for one in (name, "org__lib-1", "org__lib-2")]
    (tmp_path / "preds.json").write_text(json.dumps(rows))

    samples, warnings = read_given(tiny, (tmp_path / "preds.json",), None)

    assert [sample.instance_id for sample in samples] == [name]
    (warning,) = warnings
    assert warning == "2 predictions are of no instance of tiny and left out: 'org__lib-1' and 1 other id"
    assert unknown_warnings("tiny", ["x"]) == ["1 prediction is of no instance of tiny and left out: 'x'"]


def test_patches_of_no_instance_are_counted(tmp_path: Path) -> None:
    """Those of a folder as those of a file."""
    benchmark = load_benchmark(Request(benchmark="tiny-patches"))
    for name in ("tiny-patches__purse", "nobody"):
        (tmp_path / f"{name}.patch").write_text("--- a/x\n")

    samples, warnings = read_given(benchmark, (tmp_path,), None)

    assert [sample.instance_id for sample in samples] == ["tiny-patches/purse"]
    assert warnings == ["1 prediction is of no instance of tiny-patches and left out: 'nobody'"]


def test_how_to_apply(tiny: Benchmark) -> None:
    """Each way to apply a patch has its name, those of a benchmark beside the strict one."""
    harness = load_harness("swe-bench")

    assert apply_strategy(tiny.harness, "strict") == ApplyStrategy()
    assert apply_strategy(harness, "swebench-v5").resets


def test_copies_of_a_file_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Two files with one content are graded, and said to be copies."""
    row = {"instance_id": "tiny/spiral", "solution": "def spiral(): pass"}
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "c.jsonl").write_text(json.dumps({**row, "solution": "def spiral(): return 1"}) + "\n")
    files = [part for name in ("a", "b", "c") for part in ("-p", str(tmp_path / f"{name}.jsonl"))]

    with pytest.raises(SystemExit) as ended:
        main(["grade", "tiny", *files, "--backend", "local", "--out", str(tmp_path / "run"), "--dry-run"])

    said = capfd.readouterr().err
    assert ended.value.code == 0
    assert said.count("holds the same as") == 1
    assert "b.jsonl holds the same as" in said


def test_a_folder_for_files_that_a_benchmark_has_not_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for logs of a benchmark that writes none."""
    with pytest.raises(SystemExit) as ended:
        main(["grade", "tiny", "--limit", "1", "--backend", "local", "--benchmark-files", str(tmp_path), "--dry-run"])

    assert ended.value.code == 0
    assert f"warning: tiny has no files of its own: none are written to {tmp_path}" in capfd.readouterr().err


@pytest.mark.parametrize(("bench", "offered"), [("tiny", True), ("tiny-patches", False)])
def test_without_an_engine_the_other_backend_is_offered_where_it_serves(
    bench: str,
    offered: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Patches need images of their own: for them another backend is no way out."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(SystemExit) as ended:
        main(["grade", bench, "--gold", "--backend", "docker", "--dry-run"])

    assert ended.value.code == USAGE
    assert ("--backend local" in capfd.readouterr().err) is offered


def test_no_such_way() -> None:
    """Others are refused with the names that there are."""
    with pytest.raises(UsageError, match="strict, swebench-v4, swebench-v5"):
        apply_strategy(load_harness("swe-bench"), "force")
