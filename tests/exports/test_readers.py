"""Programs that an export is for read it again: EvalPlus, EvoEval and SWE-bench, by their code from PyPI.

Each is installed apart, with as little beside it as that code needs; what it imports for other purposes stays away.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.cli.report import export_command
from boxscore.records import Outcome, SampleKind
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


def installed(place: Path, *packages: Sequence[str], python: str = sys.executable) -> Path:
    subprocess.run([python, "-m", "venv", place], check=True, timeout=LONG_S)
    inside = place / "bin" / "python"
    for wanted in packages:
        pip: list[str | Path] = [inside, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *wanted]
        done = subprocess.run(pip, capture_output=True, text=True, check=False, timeout=LONG_S)
        if done.returncode != 0:
            pytest.skip(f"pip cannot install {wanted[-1]}: {done.stderr.strip().splitlines()[-1]}")
    return inside


def printed(python: Path, program: str, *arguments: str, cwd: Path, told: str = "") -> str:
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


def export(name: str, to: str) -> None:
    export_command(name, to=to, out=None, force=True, quiet=True)


def test_evalplus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_swebench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    export("r", "swebench")
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

    python = installed(tmp_path / "venv", ["docker", "requests", "tqdm"], ["--no-deps", "swebench==4.1.0"])
    name = printed(python, SWEBENCH, str(tmp_path / "asked.json"), cwd=tmp_path / "r-swebench").splitlines()[-1]

    theirs = json.loads((tmp_path / "r-swebench" / name).read_text())
    common = theirs.keys() & ours.keys()  # 5.0 added some
    assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}
    assert ours["resolved_ids"] == ["a__a-1"]
