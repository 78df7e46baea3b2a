"""Finding runs by path or id, and showing them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from boxscore.cli.show import show_command
from boxscore.data.plugins import load_harness
from boxscore.errors import InputError, UsageError
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust
from boxscore.run.folders import find_run
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from boxscore.run.store import open_run

if TYPE_CHECKING:
    from pathlib import Path


def make_run(path: Path) -> Path:
    provenance = Provenance(
        run_id=path.name, benchmark="mini", title="mini", trust=Trust.ORACLE, instances=1, samples=2
    )
    samples = [
        StoredSample(instance_id="m/1", sample_id=name, text=f"answer {name}", kind=SampleKind.SOLUTION, key="k")
        for name in ("0", "1")
    ]
    result = Result(
        instance_id="m/1",
        sample_id="0",
        outcome=Outcome.WRONG,
        trust=Trust.ORACLE,
        reason="1 is not 2",
        output="printed \x1b[31m",
        key="k",
    )
    with open_run(path) as store:
        lines, _ = store.add_samples(lambda: samples)
        store.write_record(RunRecord(provenance=provenance, instances={"m/1": None}, sample_lines=lines))
        store.append([result])
    return path


@pytest.fixture(name="run")
def fixture_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "runs" / "mini-12345678")


def test_a_run_by_path_and_by_id(run: Path) -> None:
    """Both ways lead to the same directory."""
    assert find_run(str(run)) == run
    assert find_run(run.name).resolve() == run


def test_a_strange_id_names_the_latest(run: Path) -> None:
    for number in range(7):
        path = make_run(run.with_name(f"r{number}")) / "run.json"
        os.utime(path, (number, number))

    with pytest.raises(UsageError, match=r"the latest are mini-12345678, r6, r5, r4, r3$"):
        find_run("zzzzzz")


def test_a_folder_that_is_no_run(run: Path) -> None:
    """A folder without run.json is called what it is."""
    (run / "logs").mkdir(exist_ok=True)

    with pytest.raises(InputError, match=r"not a run directory \(it has no run\.json\)"):
        find_run(str(run / "logs"))
    with pytest.raises(InputError, match=r"\(it has no run\.json\); it holds .*mini-12345678$"):
        find_run(str(run.parent))


def test_show_a_run(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A run is shown by its id: what it has and what is left."""
    assert show_command(run.name, only=(), data=None, json=True) == 0

    shown = json.loads(capfd.readouterr().out)
    assert (shown["samples"], shown["left"], shown["outcomes"]) == (2, 1, {"wrong": 1})


def test_show_samples_of_a_run(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An instance of a run is shown with outcome, reason, answer and output, and cannot drive the terminal."""
    assert show_command(run.name, only=("1",), data=None, json=False) == 0

    out = capfd.readouterr().out
    assert all(text in out for text in ("wrong", "1 is not 2", "answer 0", "printed \\x1b[31m", "not graded yet"))


def test_show_one_sample_of_a_run(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An id that is not there is an error with those that are."""
    assert show_command(run.name, only=("m/1/1",), data=None, json=True) == 0

    assert [one["sample_id"] for one in json.loads(capfd.readouterr().out)] == ["1"]
    with pytest.raises(UsageError, match=r"has no sample '7' of m/1; it has 0, 1"):
        show_command(run.name, only=("m/1/7",), data=None, json=True)


def test_ids_of_instances(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Of a run those that it has samples of, of a benchmark all; beside named ones they make no sense."""
    show_command(run.name, only=(), data=None, json=False, ids=True)
    of_run = capfd.readouterr().out
    show_command("tiny-units", only=(), data=None, json=False, ids=True)
    of_benchmark = capfd.readouterr().out.splitlines()
    with pytest.raises(UsageError, match="name none beside it"):
        show_command("tiny-units", only=("tiny/a",), data=None, json=False, ids=True)

    assert of_run == "m/1\n"
    assert [one.instance_id for one in load_benchmark(Request(benchmark="tiny-units")).every] == of_benchmark


def test_an_instance_that_a_benchmark_lacks() -> None:
    """The command that it names lists all of them."""
    with pytest.raises(UsageError, match=r"tiny has no instance '9999'; `boxscore show tiny --ids` lists them"):
        show_command("tiny", only=("9999",), data=None, json=False)


def test_show_what_is_neither(run: Path) -> None:
    """What is neither a benchmark nor a run is refused with the names that are known."""
    with pytest.raises(UsageError, match=r"known are .*tiny.* nor is there a run"):
        show_command("nothing", only=(), data=None, json=False)


def test_a_slip_in_the_name_of_a_benchmark() -> None:
    """The names that are near stand in place of the list of all."""
    with pytest.raises(UsageError, match=r"no benchmark 'humanevl': did you mean humaneval, .*\? `boxscore list`"):
        load_harness("humanevl")


def test_a_harness_beside_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves the ending out is told of the file, which is not run for its name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nums.py").write_text("raise RuntimeError")

    with pytest.raises(UsageError, match=r"no benchmark 'nums': did you mean \./nums\.py\? `boxscore list`"):
        load_harness("nums")


def test_a_benchmark_comes_before_a_run_of_its_name(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A run named as a benchmark is shown by its path."""
    make_run(run.with_name("tiny"))

    show_command("tiny", only=(), data=None, json=True)
    benchmark = json.loads(capfd.readouterr().out)
    show_command("runs/tiny", only=(), data=None, json=True)

    assert benchmark["name"] == "tiny"
    assert json.loads(capfd.readouterr().out)["benchmark"] == "mini"
