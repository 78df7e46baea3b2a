"""The command line on a small benchmark in a file: help, bad files in a line, reports, exit codes, interrupts."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from boxscore import Trust

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Boxscore

HARNESS = """
import json
from boxscore import DataSource, FunctionTask, Instance, Trust, program

class Mini:
    name = "mini"
    title = "Two small functions"
    trust = Trust.ORACLE
    image = "python"
    source = DataSource(path="mini.jsonl")
    parts = ()

    def load(self, path):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return [Instance(instance_id=row["id"], prompt="", row=row, reference=row["gold"]) for row in rows]

    def prompt(self, instance):
        return [{"role": "user", "content": "Write f."}]

    def extract(self, instance, sample):
        return program(sample, prompt="", names=("f",))

    def task(self, instance):
        tests = "def check(candidate):\\n    assert candidate(1) == " + str(instance.row["one"]) + "\\n\\ncheck(f)\\n"
        return FunctionTask(entry_point="f", names=("f",), tests=tests, reference=instance.reference)

HARNESS = Mini()
"""
ROWS = [
    {"id": "mini/0", "gold": "def f(x):\n    return x + 1\n", "one": 2},
    {"id": "mini/1", "gold": "def f(x):\n    return x * 3\n", "one": 3},
]
GOOD = {"task_id": "mini/0", "solution": "def f(x):\n    return x + 1\n"}
WRONG = {"task_id": "mini/1", "solution": "def f(x):\n    return 0\n"}
GRADE = ("grade", "mini.py", "--data", "mini.jsonl", "--backend", "local")


@pytest.fixture
def mini(here: Path) -> Path:
    """A harness file with its data beside it, and samples of which one passes."""
    (here / "mini.py").write_text(HARNESS)
    (here / "mini.jsonl").write_bytes(lines(*ROWS))
    (here / "s.jsonl").write_bytes(lines(GOOD, WRONG))
    return here


def lines(*rows: object) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("group", [(), ("images",)])
def test_help_cuts_no_summary(group: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, boxscore_: Boxscore) -> None:
    """What a command does is said whole in its line of `--help`, on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    code, out, _ = boxscore_(*group, "--help")

    _, panel, listed = out.partition("Commands" if group else "Grade ─")
    assert (code, bool(panel), "…" in listed) == (0, True, False)


@pytest.mark.parametrize("name", ["rich", "docker", "scipy", "tree_sitter", "huggingface_hub", "tenacity"])
def test_the_command_line_imports_nothing_heavy(name: str) -> None:
    """Libraries that only some commands need are not imported before one needs them, so help is quick."""
    code = f"import sys, boxscore.cli.app; sys.exit({name!r} in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_version(boxscore_: Boxscore) -> None:
    assert boxscore_("--version").out.startswith("boxscore 0.")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.parametrize("command", [["validate"], ["audit"], ["attack", "-a", "early-exit/sigkill_self"]])
def test_an_engine_that_is_passed_over_is_told_once(mini: Path, command: list[str]) -> None:
    """Commands that have no log say why the engine of DOCKER_HOST is not used, however often they look for it."""
    done = subprocess.run(
        [sys.executable, "-m", "boxscore", *command, "mini.py", "--data", "mini.jsonl", "-i", "mini/0"],
        env={**os.environ, "DOCKER_HOST": "unix:///nonexistent.sock"},
        cwd=mini,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.count("DOCKER_HOST names /nonexistent.sock, which does not exist") == 1
    assert ("; the local backend takes its place" in done.stderr) is (command[0] != "attack")
    assert "WARNING" not in done.stderr


BAD_SAMPLES = {
    "none.jsonl": None,
    "not-json.jsonl": lines(GOOD) + b"{nonsense\n",
    "id-type.jsonl": lines(GOOD, {"task_id": 5, "solution": ""}),
    "unknown-id.jsonl": lines(GOOD, {"task_id": "mini/9", "solution": "x"}),
    "cut.jsonl.gz": gzip.compress(lines(*[GOOD] * 1000))[:-40],
}


@pytest.mark.parametrize("name", BAD_SAMPLES)
def test_bad_samples_are_one_line_and_exit_2(mini: Path, boxscore_: Boxscore, name: str) -> None:
    """It names the file, and the line in it, before any run directory is made."""
    data = BAD_SAMPLES[name]
    if data is not None:
        (mini / name).write_bytes(data)

    code, out, err = boxscore_(*GRADE, "-p", name)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"boxscore: {name}" + (":2" if name.endswith("jsonl") and data is not None else ""))
    assert not (mini / "runs").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("raise RuntimeError('\\x1b[31m red \\u202e')", "RuntimeError: \\x1b[31m red \\u202e"),
        (HARNESS.replace("return [Instance(", "return [] and [Instance("), "the benchmark has no instances"),
        (HARNESS + "HARNESSES = (HARNESS, HARNESS)", "two harnesses are named 'mini'"),
        (HARNESS.replace('row["id"]', 'row["no"]'), "load failed, reading "),
        ("HARNESS = 3", "mini.py"),
        ("def (", "mini.py"),
    ],
    ids=["raises", "empty", "twice", "load", "no-harness", "no-python"],
)
def test_a_broken_harness_is_a_few_lines_and_exit_2(mini: Path, boxscore_: Boxscore, text: str, told: str) -> None:
    """A plugin that cannot be loaded is named with what is wrong with it; what it says cannot drive the terminal."""
    (mini / "mini.py").write_text(text)

    code, out, err = boxscore_(*GRADE, "--gold")

    assert (code, out) == (2, "")
    assert err.count("\n") <= 4
    assert told in err
    assert all(one.isprintable() for one in err.splitlines())


def test_without_a_sandbox_nothing_runs(mini: Path) -> None:
    environment = {"PATH": "/nonexistent", "DOCKER_HOST": "unix:///nonexistent.sock", "HOME": str(mini)}
    command = [sys.executable, "-m", "boxscore", "grade", "mini.py", "--data", "mini.jsonl", "--gold"]

    done = subprocess.run(command, env=environment, cwd=mini, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 6)
    assert not (mini / "runs").exists()


@pytest.mark.usefixtures("mini")
def test_show(boxscore_: Boxscore) -> None:
    """An instance as JSON with its prompt and limits; of a benchmark the tags that `compare --by` takes."""
    (shown,) = json.loads(boxscore_("show", "mini.py", "--data", "mini.jsonl", "-i", "mini/0", "--json").out)
    tags = json.loads(boxscore_("show", "tiny", "--json").out)["tags"]

    assert (shown["protocol"], shown["task"]) == ("function", {"entry_point": "f", "names": ["f"]})
    assert shown["messages"] == [{"role": "user", "content": "Write f."}]
    assert shown["limits"]["cpu_s"] == 3.0
    assert tags == {"difficulty": {"easy": 6, "medium": 9, "hard": 3}}
    assert "tag difficulty" in boxscore_("show", "tiny").out


def test_list(boxscore_: Boxscore) -> None:
    """The embedded benchmark is always there; a person also learns what a pass is worth."""
    (tiny,) = [one for one in json.loads(boxscore_("list", "--json").out) if one["name"] == "tiny"]
    patches = json.loads(boxscore_("list", "--kind", "patch", "--json").out)
    below = boxscore_("list").out.rpartition("trust ")[2]

    assert {one["kind"] for one in patches} == {"patch"}
    assert (tiny["trust"], tiny["kind"], tiny["instances"]) == ("oracle", "function", 18)
    assert [line.split()[0] for line in below.splitlines() if line.strip()][-len(Trust) :] == list(Trust)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.parametrize(
    ("name", "model", "folder"),
    [
        ("old.jsonl", None, "mini-old-"),
        ("old.jsonl", "openai/gpt-5 mini", "mini-openai-gpt-5-mini-"),
        ("...jsonl", None, "mini-"),
    ],
)
def test_a_run_is_named_after_the_model_or_the_file(
    mini: Path, boxscore_: Boxscore, name: str, model: str | None, folder: str
) -> None:
    named = {"instance_id": "mini/0", "text": GOOD["solution"], "kind": "solution", "model": model}
    (mini / name).write_bytes(lines(GOOD if model is None else named))

    assert boxscore_(*GRADE, "-p", name, "-q").code == 0

    (found,) = (mini / "runs").iterdir()
    assert re.fullmatch(re.escape(folder) + "[0-9a-f]{6}", found.name)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_grade_prints_the_report_and_resumes(mini: Path, boxscore_: Boxscore) -> None:
    """With --json standard output is report.json and nothing else; the same command adds no result, and says so."""
    command = (*GRADE, "-p", "s.jsonl", "--out", "r", "--json", "-k", "1,2")

    first = boxscore_(*command)
    results = (mini / "r" / "results.jsonl").read_bytes()
    again = boxscore_(*command)

    assert first.code == again.code == 0
    assert first.out == again.out == (mini / "r" / "report.json").read_text()
    assert "warning: pass@2 will not be computed: no instance has more than 1 sample" in first.err
    assert "all 2 results were there already; nothing to grade" in again.err
    assert (mini / "r" / "results.jsonl").read_bytes() == results
    report = json.loads(first.out)
    assert report["outcomes"] == {"passed": 1, "wrong": 1}
    assert (report["run_id"], report["benchmark"], report["samples"], report["trust"]) == ("r", "mini", 2, "oracle")
    assert (mini / "r" / "junit.xml").read_text().startswith("<?xml")
    assert json.loads(boxscore_("report", "r", "--json").out)["pass_at_k"] == report["pass_at_k"]


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend", "mini")
def test_the_table_ends_with_failures_and_the_place(boxscore_: Boxscore) -> None:
    """Which sample failed and why, and where the report is; a score that is too low is exit code 1."""
    graded = boxscore_(*GRADE, "-p", "s.jsonl", "--out", "r", "--fail-under", "0.6")
    enough = boxscore_(*GRADE, "-p", "s.jsonl", "--out", "r", "--fail-under", "0.5")
    reported = boxscore_("report", "r", "--failures", "0").out

    assert (graded.code, enough.code) == (1, 0)
    assert "first 1 of 1 failure" in graded.out
    assert re.search(r"mini/1 +0 +wrong", graded.out)
    assert "failure" not in reported
    assert graded.out.splitlines()[-1] == reported.splitlines()[-1]
    assert graded.out.splitlines()[-1].startswith("report: r/report.md")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_validate(mini: Path, boxscore_: Boxscore) -> None:
    """Gold passes and empty answers do not; a wrong reference is found."""
    command = ("validate", "mini.py", "--data", "mini.jsonl", "--backend", "local", "--json")
    right = boxscore_(*command)
    (mini / "mini.jsonl").write_bytes(lines(ROWS[0], ROWS[1] | {"one": 4}))
    wrong = boxscore_(*command)

    assert (right.code, json.loads(right.out)["problems"], wrong.code) == (0, [], 1)
    (problem,) = json.loads(wrong.out)["problems"]
    assert problem["instance_id"] == "mini/1"
    assert "gold does not pass: wrong" in problem["problem"]


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_a_dry_run_writes_nothing(mini: Path, boxscore_: Boxscore) -> None:
    code, _, err = boxscore_(*GRADE, "-p", "s.jsonl", "-i", "mini/0", "--dry-run")

    assert (code, "would grade 1 of 1 sample of mini in local boxes" in err) == (0, True)
    assert not (mini / "runs").exists()


SLOW = "import time\ndef f(x):\n    time.sleep(1)\n    return x + 1\n"


def start(mini: Path, count: int) -> subprocess.Popen[bytes]:
    """Start grading slow samples in a process of its own, and wait until the first result is stored."""
    (mini / "s.jsonl").write_bytes(lines(*[{"task_id": "mini/0", "solution": f"{SLOW}# {n}\n"} for n in range(count)]))
    command = [sys.executable, "-m", "boxscore", *GRADE, "-p", "s.jsonl", "-j", "1", "--out", "r", "--quiet"]
    process = subprocess.Popen(command)
    while not (mini / "r" / "results.jsonl").is_file() or not (mini / "r" / "results.jsonl").read_bytes():
        assert process.poll() is None
        time.sleep(0.05)
    return process


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_an_ended_run_goes_on_with_each_sample_once(mini: Path, boxscore_: Boxscore, number: signal.Signals) -> None:
    """After an interrupt or `kill -9` the same command grades the rest, and the report has each sample once."""
    process = start(mini, 6)
    process.send_signal(number)
    code = process.wait(300)
    stored = (mini / "r" / "results.jsonl").read_bytes()

    assert code == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert boxscore_(*GRADE, "-p", "s.jsonl", "--out", "r", "-j", "2").code == 0
    assert json.loads((mini / "r" / "report.json").read_text())["samples"] == 6
    assert (mini / "r" / "results.jsonl").read_bytes().startswith(stored[: stored.rfind(b"\n") + 1])


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_two_interrupts_stop_at_once(mini: Path, boxscore_: Boxscore) -> None:
    """The second interrupt does not wait for what runs, and the run is left in order."""
    process = start(mini, 60)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)

    assert process.wait(300) == 130
    assert boxscore_("report", mini / "r", "--json").code == 0
