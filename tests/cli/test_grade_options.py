"""What `boxscore grade` does with the samples, names and folders that it is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore import UsageError
from boxscore.cli.grade import GradeOptions, read_given, sample_files
from boxscore.data.plugins import apply_strategy, load_harness
from boxscore.data.samples import unknown_warnings
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from tests.cli.conftest import Boxscore

SAMPLE = {"instance_id": "tiny/roman-numeral", "solution": "def to_roman(n):\n    return ''\n"}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_instances_are_named_as_in_files() -> None:
    """In any case, with `_` for `/`, or by what follows the last `/`; `show`, `validate` and `attack` ask the same."""
    asked = load_benchmark(Request(benchmark="tiny", only=("TINY_merge-spans", "Roman-Numeral", "tiny/spiral"))).asked

    assert {one.instance_id for one in asked} == {"tiny/merge-spans", "tiny/roman-numeral", "tiny/spiral"}
    with pytest.raises(UsageError, match="tiny has no instance 'spans'"):
        load_benchmark(Request(benchmark="tiny", only=("spans",)))


def test_gold_by_name(here: Path) -> None:
    """`-p gold` is the references, by the name of their model; where there is such a file it is meant."""
    tiny = load_benchmark(Request(benchmark="tiny"))
    options = GradeOptions(request=Request(benchmark="tiny"), predictions=(Path("gold"),))

    assert sample_files(options, tiny) == ()
    assert {sample.model for sample in read_given(tiny, (), None)[0]} == {"gold"}
    (here / "gold").touch()
    assert sample_files(options, tiny) == (Path("gold"),)


def test_predictions_of_no_instance_are_counted(tmp_path: Path) -> None:
    """How many were left out is said, with one of them; of those in a folder as of those in a file."""
    tiny, patches = (load_benchmark(Request(benchmark=name)) for name in ("tiny", "tiny-patches"))
    name = tiny.every[0].instance_id
    rows = [{"instance_id": one, "model_patch": "x"} for one in (name, "org__lib-1", "org__lib-2")]
    (tmp_path / "preds.json").write_text(json.dumps(rows))
    (tmp_path / "patches").mkdir()
    for one in ("tiny-patches__purse", "nobody"):
        (tmp_path / "patches" / f"{one}.patch").write_text("--- a/x\n")

    samples, warnings = read_given(tiny, (tmp_path / "preds.json",), None)
    of_folder, warned = read_given(patches, (tmp_path / "patches",), None)

    assert [sample.instance_id for sample in (*samples, *of_folder)] == [name, "tiny-patches/purse"]
    assert warnings == ["2 predictions are of no instance of tiny and left out: 'org__lib-1' and 1 other id"]
    assert warned == ["1 prediction is of no instance of tiny-patches and left out: 'nobody'"]
    assert unknown_warnings("tiny", ["x"]) == ["1 prediction is of no instance of tiny and left out: 'x'"]


def test_how_to_apply() -> None:
    """Each way to apply a patch has its name, those of a benchmark beside the strict one."""
    harness = load_harness("swe-bench")

    assert apply_strategy(load_harness("tiny"), "strict") == boxscore.ApplyStrategy()
    assert apply_strategy(harness, "swebench-v5").resets
    with pytest.raises(UsageError, match="strict, swebench-v4, swebench-v5"):
        apply_strategy(harness, "force")


@pytest.mark.bubblewrap
def test_what_is_odd_is_said_before_anything_is_graded(local: Path, boxscore_: Boxscore) -> None:
    """Copies of a file, instances without a sample, a folder for files that the benchmark has not."""
    row = {"instance_id": "tiny/spiral", "solution": "def spiral(): pass"}
    files = [write(local / "a.jsonl", row), write(local / "b.jsonl", row), write(local / "c.jsonl", row, row)]
    given = [part for path in files for part in ("-p", path)]

    code, _, err = boxscore_(
        "grade", "tiny", *given, "--backend", "local", "--out", "run", "--benchmark-files", "files", "--dry-run"
    )

    assert code == 0
    assert err.count("holds the same as") == 1
    assert "b.jsonl holds the same as" in err
    assert "warning: tiny has no files of its own: none are written to files" in err
    assert "would grade 4 of 4 samples of tiny, for 1 of 18 instances" in err


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("bench", "offered"), [("tiny", True), ("tiny-patches", False)])
def test_without_an_engine_the_other_backend_is_offered_where_it_serves(
    boxscore_: Boxscore,
    bench: str,
    offered: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Patches need images of their own: for them another backend is no way out."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    code, _, err = boxscore_("grade", bench, "--gold", "--backend", "docker", "--dry-run")

    assert (code, "--backend local" in err) == (2, offered)


def test_python_refuses_folders_of_the_users_too(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("mine")

    with pytest.raises(boxscore.UsageError, match="holds no run of boxscore"):
        boxscore.grade("tiny", out=tmp_path, backend="local")

    assert (tmp_path / "report.json").read_text() == "mine"


@pytest.mark.bubblewrap
def test_samples_in_the_run_directory_are_refused(local: Path, boxscore_: Boxscore) -> None:
    """Files there are the run's to replace."""
    words = ("grade", "tiny", "--backend", "local", "--quiet", "--json", "--out", "run", "-p")
    assert boxscore_(*words, write(local / "samples.jsonl", SAMPLE)).code == 0

    inside = write(local / "run" / "report.json.jsonl", SAMPLE)

    assert boxscore_(*words, inside).code == 2
    assert json.loads(inside.read_text()) == SAMPLE
