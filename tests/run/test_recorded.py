"""The benchmark that a run's record names: data that is here is read, and code that a record points to is not run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.exports.formats import open_format
from boxscore.exports.run import Destination, ExportedRun
from boxscore.page.write import write_page
from boxscore.run.prepare import load_benchmark, recorded_benchmark
from boxscore.run.request import Request
from boxscore.run.store import open_run, read_record
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from pathlib import Path


def pointing_to(run: Path, benchmark: str, data: Path) -> Path:
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    record = read_record(run)
    changed = replace(record.provenance, benchmark=benchmark, data_path=str(data), data_sha256=digest)
    with open_run(run) as store:
        store.write_record(replace(record, provenance=changed))
    return run


@pytest.mark.parametrize("name", ["harness.py", "harness.py:evil", "harness.py@part", ""])
def test_code_that_a_record_points_to_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A run directory of somebody else's, drawn or exported, runs nothing: a harness is code."""
    monkeypatch.chdir(tmp_path)
    code, data = "from pathlib import Path\nPath('was-run').touch()\n", tmp_path / "data.jsonl"
    for place in (tmp_path / "harness.py", tmp_path / "__init__.py"):
        place.write_text(code)
    data.write_text("{}\n")
    run = pointing_to(write(tmp_path / "run", [Given(instance_id="HumanEval/0")]), name or f"{tmp_path}/", data)

    write_page(run)
    open_format("evalplus")(ExportedRun(run), Destination(run=run, out=str(tmp_path / "out")))

    assert recorded_benchmark(read_record(run).provenance) is None
    assert not (tmp_path / "was-run").exists()


def test_data_that_is_here_as_it_was_is_read(tmp_path: Path) -> None:
    """It is that of a benchmark that ships with boxscore; another file in its place is none."""
    data = tmp_path / "tiny.jsonl"
    data.write_bytes(load_benchmark(Request(benchmark="tiny")).data.path.read_bytes())
    run = pointing_to(write(tmp_path / "run", [Given(instance_id="a")]), "tiny", data)
    provenance = read_record(run).provenance

    found = recorded_benchmark(provenance)
    data.write_bytes(data.read_bytes() + b"\n")

    assert found is not None
    assert found.harness.name == "tiny"
    assert recorded_benchmark(provenance) is None
