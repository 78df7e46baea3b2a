"""The Python API: what it takes, what it refuses, and what comes back."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import boxscore
from boxscore.data.samples import given_samples
from boxscore.run.store import read_record

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
SPANS = "tiny/merge-spans"
ROW = {"task_id": SPANS, "solution": "def merge_spans(spans): return []"}
HALF = "holds half of a surrogate pair, which is no character"
ONE = boxscore.Sample(instance_id=SPANS, sample_id="0", text=ROW["solution"])


def test_every_public_name_is_shown_and_there() -> None:
    """`dir` lists every name of `__all__`, and each can be had."""
    assert set(boxscore.__all__) <= set(dir(boxscore))
    assert all(hasattr(boxscore, name) for name in boxscore.__all__)


def test_the_list_of_public_names_is_in_order() -> None:
    """Each name stands in it once."""
    assert sorted(set(boxscore.__all__)) == boxscore.__all__


def test_importing_a_record_loads_no_engine() -> None:
    """A record is had without numpy, rich, typer or the engine."""
    code = "import sys; from boxscore import Sample, Limits; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not set(done.stdout.split()) & {"numpy", "rich", "typer", "pathlib", "boxscore.run.engine"}


@pytest.mark.parametrize(
    ("record", "changes", "named"),
    [
        (boxscore.Sample, {"instance_id": ""}, "instance_id must have 1 to 512"),
        (boxscore.Sample, {"sample_id": "b" * 513}, "sample_id must have 1 to 512"),
        (boxscore.Sample, {"sample_id": 0}, "sample_id must be a string, not 0"),
        (boxscore.Sample, {"text": None}, "text must be a string, not None"),
        (boxscore.Sample, {"kind": "code"}, "one of completion, solution"),
        (boxscore.Instance, {"instance_id": ""}, "instance_id must have 1 to 512"),
        (boxscore.Instance, {"prompt": []}, "prompt must be a string"),
        (boxscore.Limits, {"cpu_s": -1}, "cpu_s must be seconds, more than 0 and at most 86,400, not -1"),
        (boxscore.Limits, {"wall_s": float("nan")}, "wall_s must be seconds"),
        (boxscore.Limits, {"memory_bytes": 0}, "memory_bytes must be a whole number from 1 on, not 0"),
        (boxscore.Limits, {"processes": True}, "processes must be a whole number"),
    ],
)
def test_a_record_that_cannot_be_is_refused(record: type[msgspec.Struct], changes: dict[str, Any], named: str) -> None:
    """A record says at once which field is wrong, with its value and what is allowed."""
    good: dict[type, dict[str, Any]] = {
        boxscore.Sample: {"instance_id": "a", "sample_id": "0", "text": "x"},
        boxscore.Instance: {"instance_id": "a", "prompt": "", "row": {}},
    }

    with pytest.raises(boxscore.UsageError, match=re.escape(named)):
        record(**good.get(record, {}) | changes)


def test_a_kind_may_be_given_by_its_word() -> None:
    """The word for a kind becomes that kind."""
    assert boxscore.Sample(instance_id="a", sample_id="0", text="", kind="answer").kind is boxscore.SampleKind.ANSWER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"workers": 0}, "workers must be `int` >= 1, not 0"),
        ({"workers": 1.5}, "workers must be `int | None`, not 1.5"),
        ({"strict": 1}, "strict must be `bool`, not 1"),
        ({"runtime": ""}, "runtime must be `str` of length >= 1"),
        ({"apply": 3}, "apply must be `str | None`, not 3"),
        ({"apply": "strict"}, "--apply is for patches"),
        ({"on": "moon"}, "on must be 'local', 'ray' or 'ray://…', not 'moon'"),
        ({"cpu_s": -1}, "cpu_s must be `float` > 0.0, not -1"),
        ({"cpu_s": "3"}, "cpu_s must be `float | None`, not '3' (str)"),
        ({"backend": "dokcer"}, "backend must be one of auto, docker, local, fake, not 'dokcer'"),
        ({"k": 0}, "k must be a whole number from 1 on, not 0"),
        ({"k": ()}, "k must be one or more whole numbers"),
        ({"k": "1"}, "k must be a whole number"),
        ({"out": 3}, "out must be a path, not 3"),
        ({"out": ""}, "out must be a path, not ''; the current folder is '.'"),
        ({"out": "a\0b"}, "out must be a path, not 'a\\x00b'"),
        ({"samples": ""}, "samples must not be an empty path; the current folder is '.'"),
        ({"image": ""}, "image must be `str` of length >= 1"),
        ({"image": 5}, "image must be `str | None`, not 5"),
        ({"data": ["x"]}, "data must be a path"),
        ({"instances": 3}, "instances must be one or more names"),
        ({"samples": ["def f(): pass"]}, "samples[0] must be a Sample, a dict or a Path, not 'def f(): pass'"),
        ({"samples": 7}, "samples must be Sample records, dicts"),
        ({"samples": [ONE, ONE]}, "samples[1]: field 'sample_id': sample '0' of"),
        ({"samples": [{"solution": "x"}]}, "samples[0]: field 'task_id': is missing"),
        ({"samples": [{"task_id": SPANS, "code": "x"}]}, "samples[0]: one of completion, solution"),
        ({"samples": [{"task_id": SPANS, "solution": 3}]}, "samples[0]: field 'solution': must be a string"),
        ({"samples": [ROW | {"solution": "\ud800"}]}, f"samples[0]: field 'solution': {HALF}"),
        ({"samples": [ROW | {"sample_id": "\ud800"}]}, f"samples[0]: field 'sample_id': {HALF}"),
        ({"samples": msgspec.structs.replace(ONE, text="\ud800")}, f"{SPANS!r} {HALF}"),
        ({"samples": "no-such-file.jsonl"}, "no-such-file.jsonl: cannot be read"),
        ({"samples": []}, "there is no sample to grade"),
        (
            {"samples": boxscore.Sample(instance_id="tiny/nothing", sample_id="0", text="")},
            "'tiny/nothing' is no instance of this benchmark, whose ids are such as 'tiny/",
        ),
    ],
)
def test_an_argument_that_cannot_be_is_refused(arguments: dict[str, Any], named: str) -> None:
    """`grade` names the argument, its value and what is allowed, before a box opens."""
    with pytest.raises(boxscore.UsageError, match=re.escape(named)):
        boxscore.grade("tiny", **{"samples": ONE, **arguments})


def test_samples_in_every_shape(tmp_path: Path) -> None:
    """A record, a dict, a path as text or Path, and a mix of them from a generator are read alike."""
    file = tmp_path / "samples.jsonl"
    file.write_text(json.dumps(ROW) + "\n")
    shapes = (ONE, [ONE], ROW, [ROW], str(file), file, [file], (one for one in (ROW,)))

    read = [given_samples(shape, [SPANS]) for shape in shapes]

    assert read == [[ONE]] * len(shapes)
    named = msgspec.structs.replace(ONE, sample_id="x")
    assert [one.sample_id for one in given_samples([ROW, file, named], [SPANS])] == ["0", "1", "x"]


@pytest.mark.bubblewrap
def test_results_come_with_the_report(local_backend: Backend, tmp_path: Path) -> None:
    """The result of each sample comes in the samples' order with what it printed, and stands in no report.json."""
    assert local_backend.name == "local"
    loud = {"task_id": SPANS, "sample_id": "loud", "solution": "print('here')\ndef merge_spans(spans): return None"}

    report = boxscore.grade("tiny", [loud, ROW], backend="local", workers=1, instances=SPANS, k=1, out=tmp_path / "run")

    assert isinstance(report, boxscore.Report)
    assert [(one.instance_id, one.sample_id) for one in report.results] == [(SPANS, "loud"), (SPANS, "0")]
    assert "here" in report.results[0].output
    assert report.samples == len(report.results)
    assert "results" not in json.loads((tmp_path / "run" / "report.json").read_text())


@pytest.mark.bubblewrap
def test_the_longest_limit_can_be_read_again(local_backend: Backend, tmp_path: Path) -> None:
    """A run with a day of cpu time for a sample has a wall limit that its record may hold."""
    assert local_backend.name == "local"

    boxscore.grade("tiny", ROW, backend="local", instances=SPANS, cpu_s=86_400, out=tmp_path / "run")

    assert read_record(tmp_path / "run").provenance.limits.wall_s == 86_400


@pytest.mark.bubblewrap
def test_gold_by_name(local_backend: Backend) -> None:
    """`gold` is the references, as `-p gold` is, where no file has that name."""
    report = boxscore.grade("tiny", "gold", instances="spiral", backend="local")

    assert [(one.sample_id, one.outcome) for one in report.results] == [("gold", boxscore.Outcome.PASSED)]


@pytest.mark.bubblewrap
def test_options_of_a_run_are_recorded(local_backend: Backend) -> None:
    report = boxscore.grade("tiny", ONE, backend=local_backend.name, strict=True, on="local")

    (result,) = report.results
    assert result.conditions is not None
    assert result.conditions.strict


@pytest.mark.parametrize("name", boxscore.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """docs/api.md names everything that `boxscore` exports."""
    assert re.search(rf"`{name}[`(]", PAGE)


def test_every_argument_is_documented() -> None:
    """`help(boxscore.grade)` explains each argument."""
    for name in inspect.signature(boxscore.grade).parameters:
        assert f"        {name}: " in (boxscore.grade.__doc__ or ""), name


@pytest.mark.bubblewrap
def test_examples_of_the_page_run(local_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python blocks of docs/api.md run one after the other."""
    assert local_backend.name == "local"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.print", lambda *_: None)
    names: dict[str, Any] = {}

    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks:
        exec(block, names)

    assert blocks
