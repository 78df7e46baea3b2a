"""compare, gate and plan from the command line, on runs that were graded here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compare.runs import discordant, with_limits, write_run

ROOT = Path(__file__).parents[2]


def boxscore_(*args: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run boxscore as a user does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOXSCORE_")}
    return subprocess.run(
        [sys.executable, "-m", "boxscore", *map(str, args)],
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_runs_by_their_ids(tmp_path: Path) -> None:
    """Runs below runs/ go by their ids; each verdict is an exit code, and options may be variables."""
    old, new = discordant(164, 4, 16)
    write_run(tmp_path / "runs" / "old", old)
    write_run(tmp_path / "runs" / "new", new)

    compared = boxscore_("compare", "old", "new", "--json", cwd=tmp_path)
    judged = boxscore_("gate", "new", "--json", cwd=tmp_path, BOXSCORE_BASELINE="old", BOXSCORE_MARGIN="0.05")
    other = boxscore_("gate", "old", "--baseline", "new", "--margin", "0.05", "--markdown", cwd=tmp_path)

    assert (compared.returncode, compared.stderr) == (0, "")
    assert json.loads(compared.stdout)["pairs"][0]["losses"] == 16
    assert (judged.returncode, json.loads(judged.stdout)["verdict"]) == (1, "fail")
    assert other.returncode == 0
    assert other.stdout.startswith("# gate: PASS\n")


def test_refusals_are_exit_2(tmp_path: Path) -> None:
    """Runs under other limits, and a gate that cannot pass, are refused on standard error with what to do."""
    write_run(tmp_path / "a", "+ -")
    write_run(tmp_path / "b", "+ -", conditions=with_limits(cpu_s=9.0))

    different = boxscore_("compare", "a", "b", cwd=tmp_path)
    hopeless = boxscore_(
        "gate", "b", "--baseline", "a", "--margin", "0.1", "--allow-difference", "limits.cpu_s", cwd=tmp_path
    )

    assert (different.returncode, different.stdout) == (2, "")
    assert "limits.cpu_s: 3 in a, 9 in b" in different.stderr
    assert "--allow-difference limits.cpu_s" in different.stderr
    assert (hopeless.returncode, hopeless.stdout) == (2, "")
    assert "--allow-underpowered" in hopeless.stderr


def test_by_domain(tmp_path: Path) -> None:
    """Three runs by the domain of their instances: a table, the same as JSON and in a page of two; no tag is exit 2."""
    tags = {"domain": {f"t/{n}": "Database" if n < 20 else "Internet" for n in range(24)}}
    for name, passed in (("a", 8), ("b", 6), ("c", 0)):
        write_run(tmp_path / name, " ".join(["+"] * passed + ["-"] * (24 - passed)), tags=tags)

    shown = boxscore_("compare", "a", "b", "c", "--markdown", cwd=tmp_path, BOXSCORE_BY="domain")
    found = json.loads(boxscore_("compare", "a", "b", "c", "--by", "domain", "--json", cwd=tmp_path).stdout)
    paged = boxscore_("compare", "a", "b", "--by", "domain", "--out", "p.html", cwd=tmp_path)
    other = boxscore_("compare", "a", "b", "--by", "level", cwd=tmp_path)

    assert "| Database | 20 | a | 40.0 % | - | - |" in shown.stdout
    assert "left out, with fewer than 10 instances: Internet (4)" in shown.stdout
    runs = found["grouped"][0]["groups"][0]["runs"]
    assert runs[2]["difference"]["difference"] == pytest.approx(-0.4)
    assert (paged.returncode, "By domain" in (tmp_path / "p.html").read_text("utf-8")) == (0, True)
    assert (other.returncode, other.stdout) == (2, "")
    assert "have no tag 'level' in these runs; they have domain" in other.stderr


def test_plan(tmp_path: Path) -> None:
    """A benchmark that is here says how many instances it has; of any other the user does."""
    here = boxscore_("plan", "tiny", "-n", "4", "--json", cwd=tmp_path)
    other = boxscore_("plan", "not-here", "--instances", "164", "--gates", "3", "--json", cwd=tmp_path)

    assert (json.loads(here.stdout)["asked"]["instances"], json.loads(here.stdout)["asked"]["samples"]) == (18, 4)
    assert json.loads(other.stdout)["asked"]["instances"] == 164
    assert json.loads(other.stdout)["power"] == pytest.approx(0.928, abs=5e-4)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_graded_runs(tmp_path: Path) -> None:
    """Two models on tiny, graded in boxes: what the second broke is found, with its log, and the gate fails it."""
    from boxscore import Sample, grade  # noqa: PLC0415 - for this only
    from boxscore.data.plugins import load_harness  # noqa: PLC0415 - for this only

    harness = load_harness("tiny")
    gold = {one.instance_id: one.reference or "" for one in harness.load(ROOT / "instances/tiny/instances.jsonl")}
    broken = dict.fromkeys(list(gold)[:6], "print('not today')\nraise SystemError")
    for name, answers in (("old", gold), ("new", gold | broken)):
        samples = [Sample(instance_id=key, sample_id="0", text=text, model=name) for key, text in answers.items()]
        grade("tiny", samples, backend="local", workers=1, out=tmp_path / name)

    found = json.loads(boxscore_("compare", "old", "new", "--by", "difficulty", "--json", cwd=tmp_path).stdout)
    judged = boxscore_("gate", "new", "--baseline", "old", "--margin", "0.1", "--allow-underpowered", cwd=tmp_path)
    turned = boxscore_("gate", "old", "--baseline", "new", "--margin", "0.2", "--allow-underpowered", cwd=tmp_path)

    (pair,) = found["pairs"]
    assert [one["instance_id"] for one in pair["broken"]] == list(broken)
    assert pair["fixed"] == []
    assert pair["p"] == pytest.approx(2 / 2**6)
    assert (found["runs"][1]["model"], pair["finding"]) == ("new", "worse")
    assert "not today" in (tmp_path / pair["broken"][0]["candidate_log"]).read_text()
    assert (judged.returncode, turned.returncode) == (1, 0)
    assert "gate: FAIL" in judged.stdout
    assert found["grouped"][0]["too_few"] == {"easy": 6, "hard": 3, "medium": 9}
