"""What cannot be done is refused before anything runs: exit code 2, what is wrong, and no file is made or changed."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Boxscore

SAMPLE = {"instance_id": "tiny/spiral", "solution": "def spiral(): pass"}
ROW = {"task_id": "HumanEval/0", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "", "test": ""}
LONG = "x" * 300

REFUSED = [
    ("grade no-such-benchmark --gold", "no-such-benchmark"),
    ("grade no-such-file.py --gold", "no-such-file.py"),
    (f"grade {LONG} --gold", "…: File name too long"),
    ("grade humaneval --data humaneval.jsonl", "nothing to grade"),
    ("grade humaneval --data humaneval.jsonl --gold -i nope", "`boxscore show humaneval --data humaneval.jsonl --ids`"),
    ("grade tiny --gold -p x", "give one of them"),
    ("grade tiny -p gold -p mine/samples.jsonl", "give one of them"),
    ("grade tiny --gold -i nope", "no instance 'nope'"),
    ("grade tiny --gold --data nowhere.jsonl", "nowhere.jsonl"),
    ("grade tiny --gold --backend vm", "choose one of auto, docker, local"),
    ("grade tiny --gold --backend fake", "is for tests"),
    ("grade tiny --gold --out a --run-id b", "--run-id"),
    ("grade tiny --gold --run-id ../up", "../up"),
    *((f"grade tiny --gold {option}", option.partition("=")[0]) for option in (
        "-k=0", "-k=a", "--workers=0", "--timeout=0", "--timeout=nan", "--limit=0", "--fail-under=2", "--nonsense",
        "--log-format=xml", "--least-trust=much", "--keep-gb=all",
    )),
    *((f"grade tiny --gold -k {ks}", "is not a list of whole numbers from 1 on") for ks in ("1,", "1,,5", "1,0")),
    *((f"grade tiny {option} '' --dry-run", "the path is empty") for option in (
        "-p", "--out", "--data", "--benchmark-files",
    )),
    ("grade tiny -p mine/samples.jsonl --out mine", "not empty and holds no run of boxscore: give an empty folder"),
    ("grade tiny -p mine/samples.jsonl --out mine --dry-run", "holds no run of boxscore"),
    ("grade tiny --gold --out /proc/x --dry-run", "/proc/x: cannot be made: /proc takes no new folder"),
    *((f"grade tiny --gold --out {out}", out) for out in ("file", "file/run", "dangling", "/dev/full", "/proc/x")),
    ("grade tiny humaneval --gold", "unexpected extra argument(s) (humaneval)"),
    ("grade tiny-web --gold --limit 1 --dry-run", "a backend with images"),
    ("run tiny", "--model"),
    *((f"run tiny -m gold {options}", told) for options, told in (
        ("-n 2 -k 1,5", "pass@5 needs 5 samples of each instance, and 2 would be made"),
        ("-n 99999999999999999999", "samples must be 1 to 100,000 of each instance"),
        ("--agent nobody", "there is no agent 'nobody'"),
        ("--agent-option rounds", "NAME=VALUE"),
        ("--agent-option rounds=3", "rounds"),
        ("--agent-option a=1 --agent-option a=2", "a is given twice"),
        ("--price cheap", "must be IN,OUT"),
        ("--time-limit 0", "time_limit"),
        ("--token-limit many", "token_limit must be a whole number of tokens"),
        ("--temperature nan", "temperature must be a number from 0 on, not nan"),
        ("--top-p nan", "top-p must be a number from 0 on, not nan"),
        ("--max-cost inf", "max-cost must be a number from 0 on, not inf"),
        ("--variant prose", "variant"),
        ("--prompt-template none.jinja", "none.jinja"),
        ("--apply strict", "--apply is for patches"),
    )),
    *((f"serve --port 0 {options}", told) for options, told in (
        ("--host 0.0.0.0", "BOXSCORE_TOKEN"),
        ("--host ::", "BOXSCORE_TOKEN"),
        ("--host 0.0.0.0 --no-token", "loopback only"),
        ("no-such-benchmark", "no-such-benchmark"),
        ("--queue -1", "--queue"),
    )),
    ("list --kind x", "--kind must be one of function"),
    ("report tiny-1 --failures -1", "--failures"),
    ("show runs", "runs is a folder, and neither a run nor a benchmark; it holds runs/tiny-1\n"),
    ("report .", "not a run directory"),
    ("view nothing", "there is no run 'nothing'"),
    ("gate new --baseline old --margin 1.5", "is not a margin"),
    ("audit tiny --mutants -1", "--mutants"),
    ("audit tiny -i nobody", "nobody"),
    ("audit tiny --out runs/tiny-1", "holds what `boxscore grade` or `run` found"),
]  # fmt: skip


@pytest.fixture(name="place")
def fixture_place(local: Path) -> Path:
    """A folder with files of the user's, and with a run."""
    for name, text in {
        "file": "mine",
        "mine/samples.jsonl": json.dumps(SAMPLE) + "\n",
        "mine/report.json": "mine",
        "humaneval.jsonl": json.dumps(ROW) + "\n",
        "runs/tiny-1/run.json": "kept",
        "runs/tiny-1/results.jsonl": "kept",
        "runs/tiny-1/logs/two.log": "kept",
    }.items():
        (local / name).parent.mkdir(parents=True, exist_ok=True)
        (local / name).write_text(text)
    (local / "dangling").symlink_to("no/where")
    return local


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("command", "told"), REFUSED, ids=[command[:60] for command, _ in REFUSED])
def test_refused(place: Path, boxscore_: Boxscore, monkeypatch: pytest.MonkeyPatch, command: str, told: str) -> None:
    monkeypatch.setenv("BOXSCORE_BACKEND", "local")
    before = files_of(place)

    code, out, err = boxscore_(*shlex.split(command))

    assert (code, out) == (2, "")
    assert " ".join(told.split()) in " ".join(err.split())
    assert "Traceback" not in err
    assert files_of(place) == before


def files_of(place: Path) -> dict[str, str]:
    found = (path for path in place.rglob("*") if "__pycache__" not in path.parts)
    return {str(path): path.read_text() if path.is_file() else "" for path in found}
