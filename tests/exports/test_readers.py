"""Programs that an export is for read it again: EvalPlus and its kin, SWE-bench and Harbor, by their code from PyPI.

Each is installed apart, with as little beside it as that code needs; what it imports for other purposes stays away.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.trajectory import Trajectory
from boxscore.cli.export import export_command
from boxscore.models.contract import Answer
from boxscore.protocols.unittest.task import UnittestDetail
from boxscore.records import Outcome, SampleKind
from boxscore.run.store import open_run
from boxscore.sampling.attempts import open_attempts
from tests.agents.test_atif_of_harbor import newer_python
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow  # they are fetched

LONG_S = 600
EVALPLUS = """
import sys, types
class Away(types.ModuleType):  # what samples are made with, and where data comes from
    def __getattr__(self, name):
        return None
for name in ("datasets", "tree_sitter", "tree_sitter_python", "evalplus.provider"):
    sys.modules[name] = Away(name)
from evalplus.evaluate import evaluate
evaluate("humaneval", sys.argv[1])
"""
EVOEVAL = """
import sys, types
class Away(types.ModuleType):
    def __getattr__(self, name):
        return None
for name in ("datasets", "tree_sitter", "tree_sitter_python", "evalplus.provider"):
    sys.modules[name] = Away(name)
from evoeval.evaluate import main
main()
"""
BIGCODEBENCH = """
import sys, types
class Away(types.ModuleType):  # what samples are made with and sent by
    def __getattr__(self, name):
        return Exception
for name in ("gradio_client", "e2b", "httpx", "bigcodebench.generate", "datasets"):
    sys.modules[name] = Away(name)
data = types.ModuleType("bigcodebench.data")  # which is on a hub
problem = {"complete_prompt": "", "canonical_solution": "", "test": ""}
data.get_bigcodebench = lambda **_: {f"BigCodeBench/{n}": problem for n in range(3)}
data.get_bigcodebench_hash = lambda **_: "hash"
data.load_solutions = None
utils = types.ModuleType("bigcodebench.data.utils")
utils.CACHE_DIR = "cache"
sys.modules.update({"bigcodebench.data": data, "bigcodebench.data.utils": utils})
from bigcodebench.evaluate import evaluate
evaluate("complete", "full", samples=sys.argv[1], execution="local", no_gt=True, pass_k="1,2")
from bigcodebench.inspect import inspection
inspection(types.SimpleNamespace(
    eval_results=sys.argv[1].replace(".jsonl", "_eval_results.json"), save_path="seen", in_place=True,
    subset="full", split="complete",
))
"""
SWEBENCH = """
import importlib.util, json, pathlib, sys, types
class Away(types.ModuleType):  # where data comes from
    def __getattr__(self, name):
        return lambda *_, **__: None
place = pathlib.Path(importlib.util.find_spec("swebench").submodule_search_locations[0])
for name, folder in (("swebench", place), ("swebench.harness", place / "harness")):
    package = types.ModuleType(name)  # its own imports everything that collects data sets
    package.__path__ = [str(folder)]
    sys.modules[name] = package
for name in ("datasets", "dotenv", "git", "unidiff"):
    sys.modules[name] = Away(name)
from swebench.harness.reporting import make_run_report
given = json.load(open(sys.argv[1]))
print(make_run_report(given["predictions"], given["dataset"], given["run_id"]))
"""
HARBOR = """
import json, pathlib, sys
from harbor.models.trajectories import Trajectory
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    found = Trajectory.model_validate(json.loads(path.read_bytes()))
    print(len(found.steps), found.extra["boxscore"]["verdict"]["outcome"])
"""


def installed(place: Path, *packages: Sequence[str], python: str = sys.executable) -> Path:
    """An interpreter that has packages, each list installed by itself; skip where they cannot be had."""
    subprocess.run([python, "-m", "venv", place], check=True, timeout=LONG_S)
    inside = place / "bin" / "python"
    for wanted in packages:
        pip: list[str | Path] = [inside, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *wanted]
        done = subprocess.run(pip, capture_output=True, text=True, check=False, timeout=LONG_S)
        if done.returncode != 0:
            pytest.skip(f"pip cannot install {wanted[-1]}: {done.stderr.strip().splitlines()[-1]}")
    return inside


def printed(python: Path, program: str, *arguments: str, cwd: Path, told: str = "") -> str:
    """What a program prints that is told `told` on its standard input."""
    done = subprocess.run(
        [python, "-c", program, *arguments],
        cwd=cwd,
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def export(name: str, to: str, version: str | None = None) -> None:
    """Export a run of the current folder."""
    export_command(name, to=to, out=None, force=True, files_version=version, quiet=True)


def test_evalplus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its `evaluate` finds the results beside the samples and computes the scores that are ours."""
    monkeypatch.chdir(tmp_path)
    kinds = {
        "+": (Outcome.PASSED, {"base": Outcome.PASSED, "plus": Outcome.PASSED}),
        "b": (Outcome.WRONG, {"base": Outcome.PASSED, "plus": Outcome.WRONG}),
        "-": (Outcome.TIMEOUT, {"base": Outcome.TIMEOUT}),
    }
    given = [
        Given(
            instance_id=f"HumanEval/{n}", sample_id=str(s), model="m", outcome=kinds[k][0], facts={"parts": kinds[k][1]}
        )
        for n, several in enumerate(("++", "+b", "bb", "-+"))
        for s, k in enumerate(several)
    ]
    write(tmp_path / "r", given, benchmark="humanevalplus", parts=("base", "plus"))
    export("r", "evalplus")

    needed = ["numpy", "termcolor", "tqdm", "fire", "appdirs", "wget", "tempdir", "multipledispatch", "psutil", "rich"]
    python = installed(tmp_path / "venv", needed, ["--no-deps", "evalplus==0.3.1"])
    text = printed(python, EVALPLUS, "r-evalplus/m.jsonl", cwd=tmp_path)

    assert "Load from previous results" in text
    base_score, plus_score = (line.split("\t")[1][:5] for line in text.splitlines() if "pass@1:" in line)
    assert (float(base_score), float(plus_score)) == (7 / 8, 0.5)


def test_evoeval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its `evaluate` finds the results of a set beside its samples, with its own ids."""
    monkeypatch.chdir(tmp_path)
    outcomes = (Outcome.PASSED, Outcome.WRONG, Outcome.PASSED, Outcome.TIMEOUT)
    given = [
        Given(instance_id=f"difficult/EvoEval/{n}", model="m", outcome=outcome) for n, outcome in enumerate(outcomes)
    ]
    write(tmp_path / "r", given, benchmark="evoeval@difficult")
    export("r", "evoeval")

    needed = ["numpy", "termcolor", "tqdm", "appdirs", "wget", "tempdir", "multipledispatch", "psutil", "rich", "fire"]
    python = installed(tmp_path / "venv", needed, ["--no-deps", "evalplus==0.3.1", "evoeval==0.1.0"])
    samples = "r-evoeval/m--EvoEval_difficult.jsonl"
    text = printed(python, EVOEVAL, "--dataset", "EvoEval_difficult", "--samples", samples, cwd=tmp_path)

    assert "Load from previous results" in text
    assert "pass@1:\t0.500" in text


def test_bigcodebench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its `evaluate` finds the results, agrees with the scores beside them, and `inspect` shows what failed."""
    monkeypatch.chdir(tmp_path)
    failed = {"detail": UnittestDetail(tests={"TestCases.test_a": "FAILED"}), "reason": "TestCases.test_a: FAILED: no"}
    given = [
        Given(
            instance_id=f"BigCodeBench/{n}",
            sample_id=str(s),
            model="m",
            outcome=Outcome.PASSED if mark == "+" else Outcome.WRONG,
            facts={} if mark == "+" else failed,
        )
        for n, several in enumerate(("++", "+-", "--"))
        for s, mark in enumerate(several)
    ]
    write(tmp_path / "r", given, benchmark="bigcodebench")
    export("r", "bigcodebench")

    python = installed(
        tmp_path / "venv", ["numpy", "termcolor", "tqdm", "appdirs", "fire"], ["--no-deps", "bigcodebench==0.2.5"]
    )
    samples = "r-bigcodebench/m--bigcodebench-complete--boxscore-sanitized_calibrated.jsonl"
    text = printed(python, BIGCODEBENCH, samples, cwd=tmp_path, told="n\nn\n")

    assert "Load from previous results" in text
    assert "pass@1:\t0.500" in text
    assert "Warning: pass@1" not in text
    assert "Warning: model" not in text
    traces = sorted((tmp_path / "seen").rglob("complete_*_execution_trace.txt"))
    assert [path.parent.name for path in traces] == ["1", "1", "2", "2"]
    assert "Test Case: test_a" in traces[1].read_text("utf-8")


@pytest.mark.parametrize("version", ["4.1.0"])
def test_swebench(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own report of the logs is the summary that was exported."""
    monkeypatch.chdir(tmp_path)
    outcomes = {"a__a-1": Outcome.PASSED, "a__a-2": Outcome.WRONG, "a__a-3": Outcome.PATCH_REJECTED}
    given = [
        Given(
            instance_id=name,
            text="diff --git a/a b/a\n",
            kind=SampleKind.PATCH,
            model="lab/m",
            outcome=outcome,
            facts={"output": "told", "reason": "why"},
        )
        for name, outcome in outcomes.items()
    ]
    given.append(Given(instance_id="a__a-4", text="", kind=SampleKind.PATCH, model="lab/m", outcome=Outcome.NO_CODE))
    write(tmp_path / "r", given, benchmark="swe-bench")
    export("r", "swebench", version.rpartition(".")[0])
    asked = {
        "predictions": {
            one.instance_id: {
                "instance_id": one.instance_id,
                "model_name_or_path": one.model,
                "model_patch": one.text,
            }
            for one in given
        },
        "dataset": [{"instance_id": one.instance_id} for one in given],
        "run_id": "r",
    }
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    ours = json.loads((tmp_path / "r-swebench" / "lab__m.r.json").read_text())

    python = installed(tmp_path / "venv", ["docker", "requests", "tqdm"], ["--no-deps", f"swebench=={version}"])
    name = printed(python, SWEBENCH, str(tmp_path / "asked.json"), cwd=tmp_path / "r-swebench").splitlines()[-1]

    theirs = json.loads((tmp_path / "r-swebench" / name).read_text())
    assert {key: theirs[key] for key in ours} == ours
    assert ours["resolved_ids"] == ["a__a-1"]


def test_harbor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its models accept each trajectory, with the verdict in it."""
    monkeypatch.chdir(tmp_path)
    run = write(tmp_path / "r", [Given(instance_id="t/0"), Given(instance_id="t/1", outcome=Outcome.WRONG)])
    with open_run(run) as store, open_attempts(store, "setup") as attempts:
        for name in ("t/0", "t/1"):
            made = Trajectory(session_id="r", agent="shell", version="1", model="m")
            made.add_message("user", "Fix it.")
            made.add_answer(Answer(text="done"))
            made.add_action("bash", {"command": "ls"}, "a b")
            attempts.write_trajectory(name, 0, made.as_atif())
    export("r", "atif")
    newer = newer_python()
    if newer is None:
        pytest.skip("Harbor needs Python 3.12, which is not here")

    python = installed(tmp_path / "venv", ["pydantic"], ["--no-deps", "harbor"], python=newer)

    assert printed(python, HARBOR, "r-atif", cwd=tmp_path).splitlines() == ["2 passed", "2 wrong"]
