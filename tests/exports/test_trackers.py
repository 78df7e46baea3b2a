"""Exports that need a package: Parquet, Weights & Biases and MLflow, read again by the package itself.

The command runs in a process of its own, as these packages start threads and programs, and warn of much.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from boxscore.provenance import SamplingRecord
from boxscore.records import Outcome
from tests.exports.runs import Given, write
from tests.hostile_strings import HOSTILE, as_id
from tests.test_hostile_strings import samples

ROOT = Path(__file__).parents[2]
LONG_S = 600  # these packages take seconds to start, and a minute on a busy machine
KEY = "Qx7-not-to-be-told-91"
VALUES = ("instance_id", "answer", "output", "outcome", "passed", "parts")
ARTIFACTS = {"report.json", "report.md", "samples.csv"}
READ_PARQUET = """
import json, sys
import pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
table = file.read()
json.dump({
    "rows": table.num_rows,
    "groups": file.num_row_groups,
    "compression": file.metadata.row_group(0).column(0).compression,
    "types": {field.name: str(field.type) for field in table.schema},
    "values": {name: table.column(name).to_pylist() for name in sys.argv[2:]},
}, sys.stdout)
"""
READ_WANDB = """
import json, pathlib, struct, sys
from wandb.proto.wandb_internal_pb2 import Record

def records(data, block=32768):  # LevelDB's log, behind a head of seven bytes
    place, whole = 7, b""
    while place + 7 <= len(data):
        if block - place % block < 7:
            place += block - place % block
            continue
        length, kind = struct.unpack_from("<HB", data, place + 4)
        whole += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(whole)
            whole = b""

found = {"config": {}, "summary": {}, "name": ""}
for record in records(pathlib.Path(sys.argv[1]).read_bytes()):
    for item in record.run.config.update:
        found["config"]["/".join(item.nested_key) or item.key] = json.loads(item.value_json)
    found["name"] = found["name"] or record.run.display_name
    for item in record.summary.update:
        found["summary"]["/".join(item.nested_key) or item.key] = json.loads(item.value_json)
json.dump(found, sys.stdout)
"""
READ_MLFLOW = """
import json, pathlib, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
found = []
for experiment in client.search_experiments():
    for run in client.search_runs([experiment.experiment_id]):
        place = pathlib.Path(client.download_artifacts(run.info.run_id, ""))
        found.append({
            "experiment": experiment.name,
            "name": run.info.run_name,
            "status": run.info.status,
            "metrics": run.data.metrics,
            "params": run.data.params,
            "files": {path.name: path.read_text("utf-8") for path in place.iterdir()},
        })
assert len(found) == 1, len(found)
json.dump(found[0], sys.stdout)
"""


def needs(package: str) -> pytest.MarkDecorator:
    found = importlib.util.find_spec(package) is not None
    return pytest.mark.skipif(not found, reason=f"{package} is not installed; the slow test installs it")


def python(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BOXSCORE_", "WANDB_", "MLFLOW_"))
    }
    mine = {"PYTHONPATH": str(ROOT), "SOME_API_KEY": KEY, "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=kept | mine,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )


def export(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "boxscore", "export", *arguments, cwd=cwd)


def read(program: str, *arguments: str, cwd: Path) -> Any:
    done = python("-c", program, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(name="here")
def fixture_here(tmp_path: Path) -> Path:
    parts = {"base": Outcome.PASSED, "plus": Outcome.WRONG}
    given = [
        Given(instance_id="t/0", model="lab/m", facts={"cpu_s": 0.5}),
        Given(
            instance_id="t/1",
            model="lab/m",
            text="y\0é",
            outcome=Outcome.WRONG,
            facts={"parts": parts, "output": f"my key is {KEY}\n"},
        ),
        Given(instance_id="t/2", model="lab/m", outcome=None),
    ]
    sampling = SamplingRecord(model="lab/m", base="https://me:secret@host.example/v1", temperature=0.2, cost_usd=1.5)
    write(tmp_path / "one", given, parts=("base", "plus"), sampling=sampling)
    return tmp_path


@needs("pyarrow")
def test_parquet(here: Path) -> None:
    assert export(here, "one", "--to", "parquet").returncode == 0
    found = read(READ_PARQUET, "one.parquet", *VALUES, cwd=here)

    assert (found["rows"], found["groups"], found["compression"]) == (3, 1, "ZSTD")
    types = found["types"]
    assert [types[name].partition(",")[0] for name in ("passed", "cpu_s", "tokens", "answer", "parts")] == [
        *("bool", "double", "int64", "large_string", "map<string"),
    ]
    assert found["values"] == {
        "instance_id": ["t/0", "t/1", "t/2"],
        "answer": ["x", "y\0é", "x"],
        "output": ["", "my key is [redacted]\n", ""],
        "outcome": ["passed", "wrong", None],
        "passed": [True, False, None],
        "parts": [[], [["base", "passed"], ["plus", "wrong"]], []],
    }


@needs("wandb")
def test_wandb(here: Path) -> None:
    done = export(here, "one", "--to", "wandb")
    assert done.returncode == 0, done.stderr
    assert "wandb sync one-wandb/wandb/offline-run-*" in done.stderr
    (file,) = (here / "one-wandb" / "wandb").glob("offline-run-*/*.wandb")
    (table,) = (here / "one-wandb" / "wandb").glob("offline-run-*/files/media/table/*.json")

    found = read(READ_WANDB, str(file), cwd=here)
    rows = json.loads(table.read_text("utf-8"))

    assert found["name"] == "one"
    summary, config = found["summary"], found["config"]
    assert [summary[name] for name in ("plus/pass_at_1", "base/pass_at_1", "outcomes/wrong", "cost_usd")] == [
        *(0.5, 1, 1, 1.5),
    ]
    assert 0 <= float(str(summary["plus/pass_at_1/low"])) < 0.5 < float(str(summary["plus/pass_at_1/high"])) <= 1
    assert (summary["samples"], summary["sample_table/nrows"]) == (2, 3)
    assert (config["model"], config["sampling/temperature"]) == ("lab/m", "0.2")
    assert [row[rows["columns"].index("outcome")] for row in rows["data"]] == ["passed", "wrong", None]
    for path in (one for one in (here / "one-wandb").rglob("*") if one.is_file()):
        assert not any(secret in path.read_bytes() for secret in (KEY.encode(), b"me:secret@"))


@needs("mlflow")
def test_mlflow(here: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="sqlalchemy is not installed; the slow test installs it")
    first = export(here, "one", "--to", "mlflow")
    again = export(here, "one", "--to", "mlflow")
    forced = export(here, "one", "--to", "mlflow", "--force")
    assert (first.returncode, again.returncode, forced.returncode) == (0, 2, 0), first.stderr
    assert "--force replaces it" in again.stderr

    found = read(READ_MLFLOW, "sqlite:///mlflow.db", cwd=here)
    assert (found["experiment"], found["name"], found["status"]) == ("bench", "one", "FINISHED")
    assert found["metrics"]["plus/pass_at_1"] == 0.5
    assert found["metrics"]["plus/pass_at_1/low"] < 0.5
    assert found["params"]["sampling/base"] == "https://[redacted]@host.example/v1"
    assert set(found["files"]) == ARTIFACTS
    assert KEY not in json.dumps(found)
    assert "me:secret@" not in json.dumps(found)


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(one, marks=needs(one.partition("=")[0]))
        for one in ("pyarrow=parquet", "wandb=wandb", "mlflow=mlflow")
    ],
)
def test_hostile_strings(to: str, tmp_path: Path) -> None:
    write(tmp_path / "hostile", samples(model=HOSTILE["script"]), benchmark=as_id(HOSTILE["forged-lines"]))

    done = export(tmp_path, "hostile", "--to", to.partition("=")[2])

    assert done.returncode == 0, done.stderr
    if to == "pyarrow=parquet":
        found = read(READ_PARQUET, "hostile.parquet", "answer", cwd=tmp_path)
        assert found["values"]["answer"] == [one.text for one in samples()]


@pytest.mark.slow
def test_with_the_packages(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, timeout=LONG_S)
    inside = tmp_path / "venv" / "bin" / "python"
    tools = ["pytest", "pytest-timeout", "hypothesis", "junitparser", "markdown-it-py"]
    done = subprocess.run(
        [inside, "-m", "pip", "--quiet", "install", "--editable", f"{ROOT}[parquet,wandb,mlflow]", *tools],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    if done.returncode != 0:
        pytest.skip(f"pip cannot install the extras: {done.stderr.strip().splitlines()[-1]}")

    ran = subprocess.run(
        [inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", Path(__file__)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )

    assert ran.returncode == 0, ran.stdout[-5000:]
    assert "skipped" not in ran.stdout.splitlines()[-1]
