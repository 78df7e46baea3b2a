"""What people read on GitHub: cut to what GitHub takes, and nothing in it is markup or a command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from boxscore.action.finish import finish, summary_text
from boxscore.action.inputs import Inputs, JobPaths
from boxscore.action.verdict import ActionVerdict, write_verdict
from boxscore.action.workflow import SUMMARY_BYTES, commands_off, set_outputs
from boxscore.score.noninferiority import Verdict
from tests.action.verdicts import HOSTILE, hostile, verdict

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = re.compile(r"^\s*(?:::|##\[)[a-z-]*", re.MULTILINE)


def finished(tmp_path: Path, one: ActionVerdict, **environ: str) -> tuple[int, str]:
    paths = JobPaths(tmp_path / "use")
    write_verdict(one, paths.verdict_file)
    summary = tmp_path / "summary.md"
    code = finish(Inputs(name="boxscore"), paths, {"GITHUB_STEP_SUMMARY": str(summary), **environ})
    return code, summary.read_text("utf-8")


def test_a_summary() -> None:
    url = "https://github.com/o/r/actions/runs/1"
    text = summary_text(verdict(count=2), artifact_url=url, most_bytes=SUMMARY_BYTES)

    assert text.startswith("## boxscore: FAIL on humaneval\n")
    assert "pass@1 70.0 (63.0 to 77.0) %" in text
    assert "-15.0 (-20.0 to -9.0) points" in text
    assert "worse, by more than the margin of 5 points" in text
    assert "### humaneval: broke 2 instances" in text
    assert "| t/1 | passed | wrong | expected 3 1 |" in text
    assert "[run and artifacts](https://github.com/o/r/actions/runs/1)" in text


@pytest.mark.parametrize("one", [verdict(count=10_000), hostile()], ids=["ten thousand", "hostile"])
def test_sizes(tmp_path: Path, one: ActionVerdict) -> None:
    code, summary = finished(tmp_path, one, GITHUB_EVENT_NAME="push")

    assert len(summary.encode()) <= SUMMARY_BYTES
    assert code == 1


@pytest.mark.parametrize("room", [0, 1, 43, 44, 500])
def test_a_full_summary_takes_nothing_beyond_its_end(room: int) -> None:
    assert len(summary_text(verdict(count=10_000), most_bytes=room).encode()) <= room


def test_hostile_text_is_text() -> None:
    text = summary_text(hostile(), most_bytes=SUMMARY_BYTES)

    assert not re.search(r"(?<!\\)(?:<|\]\(|!\[|`)", text)
    assert not re.search(r"(?<![A-Za-z0-9])@[a-z]|https?://|www\.", text)
    assert not re.search("[\u202e\u2066\u200b\x1b\x00\u2028\r]", text)
    assert not COMMAND.search(text)


def test_annotations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = finished(tmp_path, verdict(count=10_000, shown=1000))

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[0].startswith("::error title=boxscore%3A FAIL on humaneval::humaneval: worse")
    assert lines[1] == "::warning title=humaneval%3A newly broken::t/0: passed before, wrong now: expected 3 0"
    assert [line.partition(" ")[0] for line in lines[1:]] == ["::warning"] * 10
    assert "and 9,991 more" in lines[10]


@pytest.mark.parametrize(
    ("word", "warn", "kind", "code"),
    [
        (Verdict.PASS, False, "notice", 0),
        (Verdict.FAIL, True, "error", 1),
        (Verdict.INVALID, True, "error", 3),
        (Verdict.INCONCLUSIVE, False, "error", 4),
        (Verdict.INCONCLUSIVE, True, "warning", 0),
    ],
)
def test_how_the_job_ends(  # noqa: PLR0913, PLR0917 - a table
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: Verdict, warn: object, kind: str, code: int
) -> None:
    found, summary = finished(tmp_path, verdict(word, warn=bool(warn)))

    assert found == code
    assert capsys.readouterr().out.startswith(f"::{kind} ")
    assert ("do not fail this job" in summary) == (word is Verdict.INCONCLUSIVE and warn is True)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_output_stays_one(tmp_path: Path, text: str) -> None:
    output = tmp_path / "output"

    set_outputs({"a": text, "b": "2"}, {"GITHUB_OUTPUT": str(output)})
    set_outputs({"a": "1"}, {"GITHUB_OUTPUT": str(output)})

    found = re.findall(r"^([a-z]+)<<([0-9a-f]{32})\n(.*?)\n\2$", output.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert [name for name, _, _ in found] == ["a", "b", "a"]
    assert len({end for _, end, _ in found}) == 3


def test_what_programs_print_is_no_command(capfd: pytest.CaptureFixture[str]) -> None:
    with commands_off():
        print("::error::forged")  # noqa: T201 - as a program does

    first, printed, last = [line for line in capfd.readouterr().out.splitlines() if line]
    assert printed == "::error::forged"
    assert first.removeprefix("::stop-commands::") == last.strip(":") != ""


def test_annotations_of_hostile_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished(tmp_path, hostile())

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    for line in lines:
        kind, title, message = re.fullmatch(r"::(error|warning) title=([^:,]*)::(.*)", line).groups()  # type: ignore[union-attr]
        assert (kind, "\n" in title, len(message) < 2500) == (kind, False, True)
        assert not re.search("[\u202e\u2066\u200b\x1b\x00\u2028\r]|%0A::|%0D::", line.replace("%250A", ""))
