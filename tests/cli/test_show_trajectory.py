"""`boxscore show … --trajectory` prints what an agent did, harmlessly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.trajectory import Trajectory, decode_trajectory
from boxscore.cli.show_trajectory import trajectory_command
from boxscore.errors import InputError, UsageError
from boxscore.models.contract import Answer, Usage
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import SampleKind, Trust
from boxscore.run.store import open_run
from boxscore.sampling.records import open_attempts

if TYPE_CHECKING:
    from pathlib import Path

IDS = ("tiny/a", "tiny/b")


@pytest.fixture(name="run")
def fixture_run(tmp_path: Path) -> Path:
    """A run of two samples of each of two instances; the agent that made the last of them left no trajectory."""
    folder = tmp_path / "r"
    samples = [
        StoredSample(instance_id=one, sample_id=number, text="x", kind=SampleKind.ANSWER, key="k")
        for one in IDS
        for number in "01"
    ]
    provenance = Provenance(run_id="r", benchmark="tiny", title="T", trust=Trust.ORACLE, instances=2, samples=4)
    with open_run(folder) as store:
        lines, _ = store.add_samples(lambda: samples)
        store.write_record(
            RunRecord(provenance=provenance, instances=dict.fromkeys(IDS), sample_lines=lines)  # no clusters
        )
        with open_attempts(store, "setup") as attempts:
            for sample in samples[:-1]:
                done = trajectory(sample.sample_id).as_atif()
                attempts.write_trajectory(sample.instance_id, int(sample.sample_id), done)
    return folder


def trajectory(number: str) -> Trajectory:
    """What one agent did."""
    found = Trajectory(session_id="r", agent="shell", version="1", model="m")
    found.add_question([{"role": "user", "content": "Fix it. [bold]Now[/bold]"}])
    found.add_answer(Answer(text=f"This is sample {number}.", usage=Usage(input_tokens=3), cost_usd=0.5))
    found.add_action("bash", {"command": "cat log"}, "\n".join(f"line {n}" for n in range(200)) + "\n\x1b[2J\x9bend")
    found.about["stop_reason"] = "submitted"
    return found


def shown(name: Path | str, *only: str, json: bool, capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed."""
    assert trajectory_command(str(name), only=only, json=json) == 0
    return capsys.readouterr().out


def test_a_sample_of_a_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its steps, what they took, the first and last lines of what was long, and how it ended."""
    text = shown(run, "tiny/a/1", json=False, capsys=capsys)

    assert "This is sample 1." in text
    assert "This is sample 0." not in text
    assert "[bold]Now[/bold]" in text
    assert "> bash: cat log" in text
    assert "line 0\n" in text
    assert "line 100\n" not in text
    assert "151 lines; --json has all" in text
    assert "$0.500000" in text
    assert "stop_reason: submitted" in text


def test_nothing_drives_the_terminal(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters are made visible."""
    text = shown(run, "tiny/a/1", json=False, capsys=capsys)

    assert r"\x1b[2J\x9bend" in text
    assert all(character.isprintable() or character == "\n" for character in text)


def test_all_samples_of_an_instance(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named by its id alone, also as files of samples write it; those without a trajectory are passed over."""
    both = shown(run, "tiny/a", json=False, capsys=capsys)
    one = shown(run, "tiny/b", json=False, capsys=capsys)

    assert ("tiny/a, sample 0" in both, "tiny/a, sample 1" in both) == (True, True)
    assert ("tiny/b, sample 0" in one, "tiny/b, sample 1" in one) == (True, False)


def test_json_is_atif(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document, or a list of several."""
    one = shown(run, "tiny/a/0", json=True, capsys=capsys)
    two = json.loads(shown(run, "tiny/a", json=True, capsys=capsys))

    assert decode_trajectory(one.encode(), "o").document.agent.name == "shell"
    assert len(two) == 2


@pytest.mark.parametrize(
    ("only", "problem"),
    [
        ((), "name them by -i ID or -i ID/SAMPLE"),
        (("tiny/c",), "no sample of 'tiny/c'"),
        (("tiny/a/7",), "no sample '7' of tiny/a; it has 0, 1"),
        (("tiny/b/1",), "only `boxscore run` writes there"),
    ],
)
def test_samples_that_are_not_there(run: Path, only: tuple[str, ...], problem: str) -> None:
    """Each is refused with what there is."""
    with pytest.raises(UsageError, match=problem):
        trajectory_command(str(run), only=only, json=False)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """The message names it."""
    path = tmp_path / "x.json"
    path.write_text("{}")

    with pytest.raises(InputError, match=r"x\.json: not a trajectory"):
        trajectory_command(str(path), only=(), json=False)
