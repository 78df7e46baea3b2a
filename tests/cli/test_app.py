"""The command line: exit codes, one-line errors, and what stands on standard output."""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest
import typer

import boxscore
from boxscore import Trust
from boxscore.cli.app import app_for, main

if TYPE_CHECKING:
    from pathlib import Path

HARNESS = """
import json
import resource
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

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


@pytest.fixture
def mini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A harness file with its data beside it, in the current folder."""
    (tmp_path / "mini.py").write_text(HARNESS)
    (tmp_path / "mini.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    monkeypatch.chdir(tmp_path)
    for name in ("BOXSCORE_DATA", "BOXSCORE_BACKEND", "BOXSCORE_JSON"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def lines(*rows: object) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def run(*args: str | Path) -> int:
    """Run the command line here and return its exit code."""
    with pytest.raises(SystemExit) as exit_:
        main([str(arg) for arg in args])
    code = exit_.value.code
    assert isinstance(code, int)
    return code


def grade(*args: str | Path) -> int:
    """`boxscore grade` on the mini benchmark."""
    return run("grade", "mini.py", "--data", "mini.jsonl", *args)


def cpu_of(*argv: str) -> float:
    """The least processor time that a program took in three runs."""
    seen = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *argv], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seen.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seen)


@pytest.mark.slow
def test_help_is_quick() -> None:
    """`boxscore --help` takes little more processor time than to import what it is written with."""
    assert cpu_of("-m", "boxscore", "--help") < cpu_of("-c", "import msgspec, typer") + 0.2


@pytest.mark.parametrize("group", [(), ("images",)])
def test_help_cuts_no_summary(
    group: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a command does is said whole in its line of `--help`, on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    assert run(*group, "--help") == 0

    _, panel, listed = capfd.readouterr().out.partition("Commands" if group else "Grade ─")
    assert panel
    assert "…" not in listed


@pytest.mark.parametrize("name", ["rich", "docker", "scipy", "tree_sitter", "huggingface_hub", "tenacity"])
def test_the_command_line_imports_nothing_heavy(name: str) -> None:
    """Libraries that only some commands need are not imported before one needs them."""
    code = f"import sys, boxscore.cli.app; sys.exit({name!r} in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)


def commands(args: list[str]) -> set[str]:
    """The names of the commands that are built for a command line."""
    group = typer.main.get_group(app_for(args))
    return set(group.commands)


@pytest.mark.parametrize(("first", "built"), [("grade", {"grade"}), ("images", {"images"})])
def test_a_command_is_built_without_the_others(first: str, built: set[str]) -> None:
    """Most of what a start costs was the parameters of commands that nobody asked for."""
    assert commands([first, "tiny"]) == built


@pytest.mark.parametrize("first", ["--help", "nonsense", "--debug", ""])
def test_all_commands_are_there_where_none_is_named(first: str) -> None:
    """Help lists them all, and a misspelt name finds its neighbour."""
    assert {"grade", "run", "images", "demo"} <= commands([first])


@needs_bubblewrap
@pytest.mark.parametrize("command", [["validate"], ["audit"], ["attack", "-a", "early-exit/sigkill_self"]])
def test_an_engine_that_is_passed_over_is_told_once(mini: Path, command: list[str]) -> None:
    """Commands that have no log say why the engine of DOCKER_HOST is not used, however often they look for it."""
    environment = {**os.environ, "DOCKER_HOST": "unix:///nonexistent.sock"}

    done = subprocess.run(
        [sys.executable, "-m", "boxscore", *command, "mini.py", "--data", "mini.jsonl", "-i", "mini/0"],
        env=environment, cwd=mini, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stderr.count("DOCKER_HOST names /nonexistent.sock, which does not exist") == 1
    assert ("; the local backend takes its place" in done.stderr) is (command[0] != "attack")
    assert "WARNING" not in done.stderr


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    """`--version` says it."""
    assert run("--version") == 0
    assert capfd.readouterr().out.startswith("boxscore 0.")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("s.jsonl", None, "s.jsonl"),
        ("s.jsonl", b"", "s.jsonl"),
        ("s.jsonl", lines(GOOD) + b"{nonsense\n", "s.jsonl:2"),
        ("s.jsonl", lines(GOOD, {"task_id": "mini/0", "solution": 5}), "s.jsonl:2"),
        ("s.jsonl", lines(GOOD, {"task_id": 5, "solution": ""}), "s.jsonl:2"),
        ("s.jsonl", lines(GOOD, {"task_id": "mini/9", "solution": "x"}), "s.jsonl:2"),
        ("s.jsonl", lines(GOOD, ["mini/0"]), "s.jsonl:2"),
        ("s.jsonl", lines(GOOD) + b'{"task_id": "mini/0", "solution": "\xff"}\n', "s.jsonl:2"),
        ("s.jsonl", lines(GOOD) + b'{"task_id": "mini/0", "solution": "' + b"x" * (100 << 20) + b'"}\n', "s.jsonl:2"),
        ("s.jsonl.gz", gzip.compress(lines(*[GOOD] * 1000))[:-40], "s.jsonl.gz"),
        ("s.jsonl.gz", b"no gzip at all", "s.jsonl.gz"),
    ],
    ids=["missing", "empty", "not-json", "wrong-type", "id-type", "unknown-id", "no-object", "utf-8", "100-mb",
         "cut-gzip", "no-gzip"],
)  # fmt: skip
def test_bad_samples_are_one_line_and_exit_2(
    mini: Path, capfd: pytest.CaptureFixture[str], name: str, data: bytes | None, told: str
) -> None:
    """A bad file of samples is told in one line that names it, before any run directory is made."""
    if data is not None:
        (mini / name).write_bytes(data)

    code = grade("-p", name)

    out, err = capfd.readouterr()
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("boxscore: ")
    assert told in err
    assert not (mini / "runs").exists()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["grade", "no-such-benchmark", "--gold"], "no-such-benchmark"),
        (["grade", "no-such-file.py", "--gold"], "no-such-file.py"),
        (["grade", "mini.py", "--data", "mini.jsonl"], "nothing to grade"),
        (["grade", "mini.py", "--data", "mini.jsonl", "--gold", "-p", "x"], "give one of them"),
        (["grade", "mini.py", "--data", "mini.jsonl", "--gold", "-i", "mini/9"], "no instance 'mini/9'"),
        (["grade", "mini.py", "--data", "nowhere.jsonl", "--gold"], "nowhere.jsonl"),
        (["grade", "mini.py", "--data", "mini.jsonl", "--gold", "--backend", "vm"], "vm"),
        (["grade", "mini.py", "--data", "mini.jsonl", "--gold", "--out", "a", "--run-id", "b"], "--run-id"),
        (["grade", "mini.py", "--data", "mini.jsonl", "--gold", "--run-id", "../up"], "../up"),
        (["report", "."], "not a run directory"),
        (
            ["show", "mini.py", "--data", "mini.jsonl", "-i", "nope"],
            "`boxscore show mini.py --data mini.jsonl --ids` lists",
        ),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(
    mini: Path, capfd: pytest.CaptureFixture[str], args: list[str], told: str
) -> None:
    """What cannot be done is told in one line that names it."""
    code = run(*args)

    out, err = capfd.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_an_error_cannot_drive_the_terminal(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What a harness raises may quote data of others: control characters in it are shown as escapes."""
    (mini / "mini.py").write_text("raise RuntimeError('\\x1b[31m red \\u202e')")

    assert run("grade", "mini.py", "--gold") == 2

    err = capfd.readouterr().err
    assert "RuntimeError: \\x1b[31m red \\u202e" in err
    assert all(one.isprintable() for one in err.splitlines())


def test_a_benchmark_without_instances_says_so(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An empty `load` is named as what it is."""
    (mini / "mini.py").write_text(HARNESS.replace("return [Instance(", "return [] and [Instance("))

    assert run("grade", "mini.py", "--data", "mini.jsonl", "--gold") == 2

    assert "the benchmark has no instances" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HARNESS + "HARNESSES = (HARNESS, HARNESS)", "two harnesses are named 'mini'"),
        (HARNESS.replace('row["id"]', 'row["no"]'), "load failed, reading "),
        ("raise RuntimeError('no')", "RuntimeError"),
        ("HARNESS = 3", "mini.py"),
        ("def (", "mini.py"),
        ("", "HARNESS"),
    ],
    ids=["twice", "load", "raises", "no-harness", "no-python", "empty"],
)
def test_a_broken_harness_is_a_few_lines_and_exit_2(
    mini: Path, capfd: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """A plugin that cannot be loaded is named with what is wrong with it, where, and nothing of ours."""
    (mini / "mini.py").write_text(text)

    code = grade("--gold")

    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    assert err.count("\n") <= 4
    assert told in err


@pytest.mark.parametrize("option", ["-k=0", "-k=a", "-j=0", "-t=0", "--limit=0", "--fail-under=2", "--nonsense"])
def test_bad_options_exit_2(mini: Path, option: str) -> None:
    """Values that make no sense are refused."""
    assert grade("--gold", option) == 2


def test_without_a_sandbox_nothing_runs(mini: Path) -> None:
    """Where neither Docker nor bubblewrap works, grading is refused with exit code 2."""
    environment = {"PATH": "/nonexistent", "DOCKER_HOST": "unix:///nonexistent.sock", "HOME": str(mini)}
    command = [sys.executable, "-m", "boxscore", "grade", "mini.py", "--data", "mini.jsonl", "--gold"]

    done = subprocess.run(command, env=environment, cwd=mini, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 6)
    assert not (mini / "runs").exists()


def test_show(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An instance is shown as JSON with its prompt and limits."""
    assert run("show", "mini.py", "--data", "mini.jsonl", "-i", "mini/0", "--json") == 0

    (shown,) = json.loads(capfd.readouterr().out)
    assert (shown["protocol"], shown["task"]) == ("function", {"entry_point": "f", "names": ["f"]})
    assert shown["messages"] == [{"role": "user", "content": "Write f."}]
    assert shown["limits"]["cpu_s"] == 3.0


def test_show_tags(capfd: pytest.CaptureFixture[str]) -> None:
    """What `compare --by` takes: of a benchmark with how many instances have each value, and of an instance."""
    assert run("show", "tiny", "--json") == 0
    assert json.loads(capfd.readouterr().out)["tags"] == {"difficulty": {"easy": 6, "medium": 9, "hard": 3}}
    assert run("show", "tiny") == 0
    assert "tag difficulty" in capfd.readouterr().out


def test_list(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The embedded benchmark is always there."""
    assert run("list", "--json") == 0

    listed: dict[str, Any] = {one["name"]: one for one in json.loads(capfd.readouterr().out)}
    assert listed["tiny"]["trust"] == "oracle"
    assert listed["tiny"]["instances"] >= 12


def test_list_says_what_a_pass_is_worth(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0

    below = capfd.readouterr().out.rpartition("trust ")[2]
    assert [line.split()[0] for line in below.splitlines() if line.strip()][-len(Trust) :] == list(Trust)


@pytest.mark.parametrize(
    ("name", "model", "folder"),
    [
        ("old.jsonl", None, "mini-old-"),
        ("old.jsonl", "openai/gpt-5 mini", "mini-openai-gpt-5-mini-"),
        ("...jsonl", None, "mini-"),
    ],
)
@pytest.mark.bubblewrap
@needs_bubblewrap
def test_a_run_is_named_after_the_model_or_the_file(mini: Path, name: str, model: str | None, folder: str) -> None:
    named = {"instance_id": "mini/0", "text": GOOD["solution"], "kind": "solution", "model": model}
    (mini / name).write_bytes(lines(GOOD if model is None else named))
    (mini / "runs").mkdir()

    assert run("grade", "mini.py", "--data", "mini.jsonl", "-p", name, "--backend", "local", "-q") == 0

    (found,) = (mini / "runs").iterdir()
    assert re.fullmatch(re.escape(folder) + "[0-9a-f]{6}", found.name)


def test_more_k_than_samples_is_refused_before_anything_is_asked(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("run", "tiny", "-m", "gold", "-n", "2", "-k", "1,5") == 2
    assert "pass@5 needs 5 samples of each instance, and 2 would be made" in capfd.readouterr().err


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_grade_prints_the_report_and_resumes(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With --json standard output is report.json and nothing else; the same command adds no result, and says so."""
    (mini / "s.jsonl").write_bytes(lines(GOOD, {"task_id": "mini/1", "solution": "def f(x):\n    return 0\n"}))

    assert grade("-p", "s.jsonl", "--backend", "local", "--out", "r", "--json") == 0
    first = capfd.readouterr().out
    results = (mini / "r" / "results.jsonl").read_bytes()
    assert grade("-p", "s.jsonl", "--backend", "local", "--out", "r", "--json") == 0

    again = capfd.readouterr()
    assert first == again.out == (mini / "r" / "report.json").read_text()
    assert "all 2 results were there already; nothing to grade" in again.err
    assert (mini / "r" / "results.jsonl").read_bytes() == results
    report = json.loads(first)
    assert report["outcomes"] == {"passed": 1, "wrong": 1}
    assert (report["run_id"], report["benchmark"], report["samples"], report["trust"]) == ("r", "mini", 2, "oracle")
    assert textwrap.dedent((mini / "r" / "junit.xml").read_text()).startswith("<?xml")
    assert run("report", "r", "--json") == 0
    assert json.loads(capfd.readouterr().out)["pass_at_k"] == report["pass_at_k"]


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_the_table_ends_with_failures_and_the_place(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Which sample failed and why, and where the report is; as many as are asked for, also of a run that is there."""
    (mini / "s.jsonl").write_bytes(lines(GOOD, {"task_id": "mini/1", "solution": "def f(x):\n    return 0\n"}))

    assert grade("-p", "s.jsonl", "--backend", "local", "--out", "r") == 0
    graded = capfd.readouterr().out
    assert run("report", "r", "--failures", "0") == 0
    reported = capfd.readouterr().out

    assert "first 1 of 1 failure" in graded
    assert re.search(r"mini/1 +0 +wrong", graded)
    assert "failure" not in reported
    assert graded.splitlines()[-1] == reported.splitlines()[-1]
    assert graded.splitlines()[-1].startswith("report: r/report.md")


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_a_gate_that_is_not_met_is_exit_1(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """--fail-under compares pass@k, and equal is enough."""
    (mini / "s.jsonl").write_bytes(lines(GOOD, {"task_id": "mini/1", "solution": "def f(x):\n    return 0\n"}))

    assert grade("-p", "s.jsonl", "--backend", "local", "--fail-under", "0.6") == 1
    assert grade("-p", "s.jsonl", "--backend", "local", "--fail-under", "0.5") == 0


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_validate(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Gold passes and empty answers do not; a wrong reference is found."""
    assert run("validate", "mini.py", "--data", "mini.jsonl", "--backend", "local", "--json") == 0
    assert json.loads(capfd.readouterr().out)["problems"] == []

    (mini / "mini.jsonl").write_bytes(lines(ROWS[0], ROWS[1] | {"one": 4}))
    assert run("validate", "mini.py", "--data", "mini.jsonl", "--backend", "local", "--json") == 1
    (problem,) = json.loads(capfd.readouterr().out)["problems"]
    assert problem["instance_id"] == "mini/1"
    assert "gold does not pass: wrong" in problem["problem"]


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_a_dry_run_writes_nothing(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """--dry-run checks everything and leaves no folder."""
    assert grade("--gold", "--backend", "local", "--dry-run") == 0

    assert "would grade 2 of 2 samples" in capfd.readouterr().err
    assert not (mini / "runs").exists()


@pytest.mark.docker
def test_a_missing_image_is_one_line_and_exit_2(mini: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An image that is not here is named."""
    code = grade("--gold", "--backend", "docker", "--image", "boxscore/none-such:1")

    out, err = capfd.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "none-such" in err


SLOW = "import time\ndef f(x):\n    time.sleep(1)\n    return x + 1\n"


def start(mini: Path, count: int) -> subprocess.Popen[bytes]:
    """Start grading slow samples in a process of its own, and wait until the first result is stored."""
    (mini / "s.jsonl").write_bytes(lines(*[{"task_id": "mini/0", "solution": f"{SLOW}# {n}\n"} for n in range(count)]))
    command = [sys.executable, "-m", "boxscore", "grade", "mini.py", "--data", "mini.jsonl", "-p", "s.jsonl"]
    process = subprocess.Popen([*command, "--backend", "local", "-j", "1", "--out", "r", "--quiet"])
    while not (mini / "r" / "results.jsonl").is_file() or not (mini / "r" / "results.jsonl").read_bytes():
        assert process.poll() is None
        time.sleep(0.05)
    return process


@pytest.mark.bubblewrap
@needs_bubblewrap
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_an_ended_run_goes_on_with_each_sample_once(
    mini: Path, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    """After an interrupt or `kill -9` the same command grades the rest, and the report has each sample once."""
    process = start(mini, 6)
    process.send_signal(number)
    code = process.wait(300)
    stored = (mini / "r" / "results.jsonl").read_bytes()

    assert code == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert grade("-p", "s.jsonl", "--backend", "local", "--out", "r", "-j", "2") == 0
    assert json.loads((mini / "r" / "report.json").read_text())["samples"] == 6
    assert (mini / "r" / "results.jsonl").read_bytes().startswith(stored[: stored.rfind(b"\n") + 1])


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_two_interrupts_stop_at_once(mini: Path) -> None:
    """The second interrupt does not wait for what runs, and the run is left in order."""
    process = start(mini, 60)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)

    assert process.wait(300) == 130
    assert run("report", str(mini / "r"), "--json") == 0


@pytest.mark.bubblewrap
@needs_bubblewrap
def test_the_python_api_grades_too(mini: Path) -> None:
    """`boxscore.grade` takes samples and gives a report; without `out` it leaves nothing behind."""
    before = set(mini.iterdir())
    samples = [boxscore.Sample(instance_id="mini/0", sample_id="0", text="def f(x):\n    return 2\n")]

    report = boxscore.grade("mini.py", samples, backend="local", data="mini.jsonl", workers=1)

    assert report.outcomes == {"passed": 1}
    assert {path.name for path in set(mini.iterdir()) - before} <= {"__pycache__"}
