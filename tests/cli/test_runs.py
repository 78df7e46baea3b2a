"""The command line on the embedded benchmark: full disks, locked runs, broken boxes, notices, variables, shapes."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore.boxes.fake import FakeBackend
from boxscore.cli.app import make_app
from boxscore.cli.grade import GradeOptions, grade_command
from boxscore.resources import folder
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Boxscore

IDS = ("tiny/merge-spans", "tiny/spiral")
ONE = {"task_id": IDS[0], "completion": "    return []\n"}


def in_process(*args: str, prepare: Callable[[], object] | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "boxscore", *args]
    return subprocess.run(
        command, env=os.environ | env, preexec_fn=prepare, capture_output=True, text=True, check=False, timeout=100
    )


def write(path: Path, *rows: object) -> str:
    """Write rows as JSON lines."""
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def small_files() -> None:
    """Let this process write no file beyond 50 kB, as on a full disk (EFBIG, as its signal is ignored)."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))


@pytest.mark.bubblewrap
def test_a_full_disk_is_one_line_and_loses_nothing(local: Path) -> None:
    """What was stored stays; with space again the same command grades the rest."""
    rows = [{"task_id": IDS[0], "completion": f"    return []  # {n}\n"} for n in range(260)]
    command = ["grade", "tiny", "-p", write(local / "s.jsonl", *rows), "--backend", "local", "--out", "r", "-q"]

    full = in_process(*command, prepare=small_files)
    stored = (local / "r" / "results.jsonl").read_bytes()
    again = in_process(*command, "--json")

    assert (full.returncode, full.stdout, full.stderr.count("\n")) == (2, "", 1)
    assert "full" in full.stderr
    assert stored in (b"", stored.rpartition(b"\n")[0] + b"\n")  # whole lines, or none where all came at once
    assert (local / "r" / "results.jsonl").read_bytes().startswith(stored)
    assert (again.returncode, json.loads(again.stdout)["samples"]) == (0, 260)


@pytest.mark.bubblewrap
def test_a_run_in_use_is_one_line(local: Path) -> None:
    """A second engine is kept out of a run directory."""
    (local / "r").mkdir()
    with (local / "r" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        done = in_process("grade", "tiny", "-i", IDS[0], "--gold", "--backend", "local", "--out", "r", "-q")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "another boxscore process" in done.stderr


@pytest.mark.slow  # opening is tried again for a quarter of a minute
def test_boxes_that_break_are_exit_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where no box works, the run ends with a sentence and no result is made up."""
    monkeypatch.setattr("boxscore.run.prepare.choose_backend", lambda *_, **__: FakeBackend())
    out = tmp_path / "r"
    request = Request(benchmark="tiny", only=(IDS[0],), backend="fake", out=out)

    code = grade_command(GradeOptions(request=request, gold=True, json=True, quiet=True))

    assert (code, (out / "results.jsonl").read_text()) == (3, "")
    assert "no box can be opened any more: a new box does not grade a control" in capfd.readouterr().err


@pytest.mark.bubblewrap
def test_only_data_that_is_not_the_published_is_told(local: Path, boxscore_: Boxscore) -> None:
    """A file of the user's own in a published format gets a notice, once; data without a checksum gets none."""
    row = {
        "task_id": "HumanEval/0",
        "prompt": 'def f(x):\n    """Give x."""\n',
        "entry_point": "f",
        "canonical_solution": "    return x\n",
    }
    data = write(local / "my.jsonl", row | {"test": "def check(candidate):\n    assert candidate(3) == 3\n"})

    for command in (["grade", "--gold", "--dry-run"], ["validate", "-n", "1"]):
        code, _, said = boxscore_(command[0], "humaneval", *command[1:], "--data", data, "--backend", "local")
        assert said.count("is not the published data of humaneval") == 1
        assert code == 0

    for quiet in (["humaneval", "--data", data, "-q"], ["tiny"]):
        _, _, said = boxscore_("grade", *quiet, "--gold", "--backend", "local", "--dry-run")
        assert "not the published" not in said


def test_every_option_has_its_variable() -> None:
    """Each option of each command can be given as BOXSCORE_…."""
    import typer.main  # noqa: PLC0415 - for this only

    def commands(command: Any) -> list[Any]:
        return [one for sub in getattr(command, "commands", {}).values() for one in commands(sub)] or [command]

    def variables(names: str | list[str] | None) -> list[str]:
        return [names or ""] if isinstance(names, str | None) else names

    without = [
        f"{command.name} {option.opts[-1]}"
        for command in commands(typer.main.get_command(make_app()))
        for option in command.params
        if option.param_type_name == "option" and option.name not in {"help", "help_all", "data"}
        and not all(name.startswith("BOXSCORE_") for name in variables(option.envvar))
    ]  # fmt: skip

    assert without == []


@pytest.mark.bubblewrap
def test_variables_do_what_options_do(local: Path) -> None:
    """A run that is asked for by variables alone."""
    variables = {
        "BOXSCORE_PREDICTIONS": write(local / "s.jsonl", ONE, ONE, {"task_id": IDS[1], "solution": "x = 1"}),
        "BOXSCORE_INSTANCE": " ".join(IDS),
        "BOXSCORE_LIMIT": "1",
        "BOXSCORE_K": "1,2",
        "BOXSCORE_WORKERS": "1",
        "BOXSCORE_TIMEOUT": "1.5",
        "BOXSCORE_BACKEND": "local",
        "BOXSCORE_RUN_ID": "named",
        "BOXSCORE_FAIL_UNDER": "0.5",
        "BOXSCORE_JSON": "1",
        "BOXSCORE_QUIET": "1",
    }

    done = in_process("grade", "tiny", prepare=None, **variables)

    report = json.loads(done.stdout)
    record = json.loads((local / "runs" / "named" / "run.json").read_text())["provenance"]
    assert (done.returncode, report["run_id"], report["samples"], list(report["pass_at_k"])) == (
        1,
        "named",
        2,
        ["1", "2"],
    )
    assert (record["workers"], record["limits_cpu_s"], record["instances"]) == (1, 1.5, 1)
    assert done.stderr == "boxscore: pass@1 is 0.0000, under 0.5\n"


@pytest.mark.bubblewrap
def test_all_shapes_of_samples_grade_alike(local: Path, boxscore_: Boxscore) -> None:
    """Completions, solutions, answers, gzip, EvalPlus folders and a run's own samples: one verdict, ids kept."""
    rows = (folder("instances") / "tiny" / "instances.jsonl").read_text(encoding="utf-8").splitlines()
    gold = next(row for row in map(json.loads, rows) if row["instance_id"] == IDS[0])
    body = next(value for name, value in gold.items() if name in {"reference", "canonical_solution", "solution"})
    whole = body if body.startswith(gold["prompt"][:8]) else gold["prompt"] + body
    (local / "evalplus" / "tiny_merge-spans").mkdir(parents=True)
    (local / "evalplus" / "tiny_merge-spans" / "7.py").write_text(whole)
    files = {
        write(local / "a.jsonl.gz", {"task_id": IDS[0], "sample_id": "7", "solution": whole}),
        write(local / "b.jsonl", {"instance_id": IDS[0], "sample_id": 7, "answer": f"Yes:\n```python\n{whole}\n```\n"}),
        str(local / "evalplus"),
    }
    given = [*sorted(files), "r0/samples.jsonl", "r0"]  # a run's own samples, and by its folder
    for number, samples in enumerate(given):
        asked = ("-p", samples, "-i", IDS[0], "--backend", "local", "--out", f"r{number}", "--json")
        code, printed, _ = boxscore_("grade", "tiny", *asked)
        assert (code, json.loads(printed)["outcomes"]) == (0, {"passed": 1})
        assert json.loads((local / f"r{number}" / "results.jsonl").read_text())["sample_id"] == "7"


@pytest.mark.bubblewrap
def test_the_python_api_in_a_thread_and_twice(local: Path) -> None:
    """`boxscore.grade` sets no signal handlers, so any thread may call it, two at once too."""
    reports = []
    handler = signal.getsignal(signal.SIGINT)

    def work() -> None:
        reports.append(boxscore.grade("tiny", backend="local", instances=[IDS[0]], workers=1))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    work()

    assert [report.outcomes for report in reports] == [{"passed": 1}] * 3
    assert signal.getsignal(signal.SIGINT) is handler
