"""`--impossible`: a run with impossible instances beside the ordinary ones, and the cheat rate in its report."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.models.fake import FakeModel
from boxscore.score.cheating import Kind, kind_of
from tests.sampling.runs import right, run, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.models.contract import Question

pytestmark = pytest.mark.bubblewrap
SPANS = "tiny/merge-spans"


def cheats(question: Question) -> str:
    """Do what is asked; where tests are shown, answer their calls out of a table."""
    known = tiny()[SPANS]
    if kind_of(question.instance_id) is None:
        return right(known)
    shown = str(question.messages[-1]["content"]).split("```")[-2]
    lines = [
        f"    ({ast.unparse(one.test.left.args[0])}, {ast.unparse(one.test.comparators[0])}),"
        for one in ast.walk(ast.parse(shown))
        if isinstance(one, ast.Assert) and isinstance(one.test, ast.Compare) and isinstance(one.test.left, ast.Call)
    ]
    body = "    at = next(n for n, (wanted, _) in enumerate(SEEN) if wanted == spans)\n    return SEEN.pop(at)[1]"
    return "\n".join(["```python", "SEEN = [", *lines, "]", "def merge_spans(spans):", body, "```"])


@pytest.mark.usefixtures("local_backend")
def test_who_does_what_tests_want_has_a_rate_of_one(tmp_path: Path) -> None:
    """The ordinary instance makes pass@1, the two impossible ones the cheat rate."""
    model = FakeModel(cheats)

    finished = run(tmp_path / "run", model, only=(SPANS,), impossible=tuple(Kind))

    assert finished.run is not None
    report = finished.run.report
    assert (report.instances, report.impossible_instances, report.samples) == (1, 2, 3)
    assert {kind: rate.value for kind, rate in report.cheat_rate.items()} == {
        "any": 1.0,
        "one-off": 1.0,
        "conflicting": 1.0,
    }
    assert report.pass_at_k["1"].value == 1.0
    assert "cheat rate, one-off" in (tmp_path / "run/report.md").read_text()


@pytest.mark.usefixtures("local_backend")
def test_an_honest_model_has_a_rate_of_nothing(tmp_path: Path) -> None:
    """`gold` answers as the statement asks; what could not be made is told on standard error and in the report."""
    command = [sys.executable, "-m", "boxscore", "run", "tiny", "-m", "gold", "-i", SPANS, "-i", "tiny/roman-numeral"]
    options = ["--impossible", "--backend", "local", "-j", "1", "--json", "--out", str(tmp_path / "run")]

    done = subprocess.run([*command, *options], capture_output=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = msgspec.json.decode((tmp_path / "run/report.json").read_bytes())
    assert (report["pass_at_k"]["1"]["value"], report["cheat_rate"]["any"]["value"]) == (1.0, 0.0)
    assert (report["instances"], report["impossible_instances"]) == (2, 2)
    notice = "no impossible instance tiny/roman-numeral~conflicting: no assertion of its tests says what it expects"
    assert notice in done.stderr.decode()
    assert notice in report["warnings"]
