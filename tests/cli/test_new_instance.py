"""`boxscore instances new`: what was asked wrongly is said before anything is built, and what tests did after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.audit.grading import Observation
from boxscore.cli import app
from boxscore.cli.new_instance import NewOptions, new_command, refuse_without_lists
from boxscore.cli.output import USAGE
from boxscore.errors import BoxError, UsageError
from boxscore.instances.draft import FixSource, make_draft
from boxscore.instances.sources import EnvironmentOptions
from boxscore.protocols.patch.observe import PatchLists
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome, Result, Trust
from tests.instances.conftest import clone, repository

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.instances.repository import Repository

__all__ = ["clone", "repository"]
P, F = Status.PASSED, Status.FAILED


def said(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """Run the command, which must end as a wrong use, and give what it said."""
    with pytest.raises(SystemExit) as ended:
        app.main(["instances", "new", *words])
    assert ended.value.code == 2
    return capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "name the fix: --base with --patch and --test-patch, or --range"),
        (("--range", "main~2..main~1", "--base", "main"), "give either --range or the other three"),
        (("--range", "main~2..main~9"), "has no commit 'main~9'"),
        (("--range", "main~1..main"), "changes no tests"),
        (("--range", "main~2..main~1", "--python", "three"), "must be X.Y"),
        (("--range", "main~2..main~1", "--date", "yesterday"), "must be YYYY-MM-DD"),
        (("--range", "main~2..main~1", "--parser", "none"), "--parser 'none' is none of"),
        (("--base", "main", "--patch", "no.patch", "--test-patch", "no.patch"), "no.patch: cannot be read"),
    ],
)
def test_what_is_asked_wrongly(
    clone: Path, tmp_path: Path, words: tuple[str, ...], reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line says what, to what and what to do; no file is written."""
    file = tmp_path / "mine.jsonl"

    assert reason in said(capfd, "--repo", str(clone), "--file", str(file), *words)
    assert not file.exists()


def test_archives_go_into_no_folder_of_other_files(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that is called as the repository beside it would keep them in the repository, which stays as it is."""
    file = clone.with_suffix(".jsonl")

    reason = said(capfd, "--repo", str(clone), "--file", str(file), "--range", "main~2..main~1")

    assert f"keeps archives in {clone}, which holds other files" in reason


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_built(
    clone: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says which folder takes none."""
    reason = said(capfd, "--repo", str(clone), "--file", "/proc/x.jsonl", "--range", "main~2..main~1")

    assert "keeps archives in /proc/x, which cannot be made: /proc takes no new folder" in reason


def test_without_an_engine_only_what_the_command_takes_is_advised(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It has no other backend: what helps is an engine."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(SystemExit) as ended:
        app.main(
            ["instances", "new", "--repo", str(clone), "--file", str(tmp_path / "m.jsonl"), "--range", "main~2..main~1"]
        )

    assert ended.value.code == USAGE
    said = capfd.readouterr().err
    assert "start that engine, correct DOCKER_HOST" in said
    assert "--backend" not in said


def test_a_file_that_no_command_would_know_is_refused(
    clone: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A benchmark is known by the end of its file's name, so nothing is built for another one."""
    words = ("--repo", str(clone), "--range", "main~2..main~1", "--file", str(tmp_path / "mine.txt"))

    assert "mine.txt must end in .jsonl" in said(capfd, *words)
    assert not list(tmp_path.glob("mine*"))


def test_what_is_no_repository(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is named."""
    words = ("--repo", str(tmp_path), "--file", "mine.jsonl", "--range", "a..b")

    assert "is not a git repository: name one with --repo" in said(capfd, *words)


def test_an_instance_that_the_file_has(clone: Path, tmp_path: Path) -> None:
    """It is refused before anything is built."""
    file = tmp_path / "mine.jsonl"
    file.write_text('{"instance_id": "one"}\n')
    options = NewOptions(repo=clone, file=file, span="main~2..main~1", name="one")

    with pytest.raises(UsageError, match="has an instance 'one' already"):
        new_command(options)


def result(sample: str, outcome: Outcome = Outcome.NO_TESTS, reason: str = "", **reported: Status) -> Result:
    """A run in which tests had these statuses."""
    return Result(
        instance_id="i",
        sample_id=sample,
        outcome=outcome,
        trust=Trust.WATCHED,
        reason=reason,
        detail=PatchDetail(reported={name: status.value for name, status in reported.items()}),
    )


@pytest.mark.parametrize(
    ("results", "lists", "reason"),
    [
        ([result("gold/1", a=P)], {"pass_to_pass": ("a",)}, "no test fails before the patch: 1 tests pass with the"),
        ([result("gold/1", a=F)], {}, r"all tests fail after the patch: none that was reported passed \(a FAILED\)"),
        ([result("gold/1", Outcome.TIMEOUT, "too slow")], {}, r"no test was reported \(timeout: too slow\); try"),
        ([], {}, "nothing ran"),
        ([result("gold/1", a=P), result("gold/2", a=F)], {"flaky": ("a",)}, "no test of .* is stable: a passed in"),
    ],
)
def test_tests_that_do_not_tell_the_fix(
    repository: Repository, results: list[Result], lists: dict[str, tuple[str, ...]], reason: str, tmp_path: Path
) -> None:
    """It is said what they did, and where their logs are."""
    draft = make_draft(repository, FixSource(span="main~2..main~1"), EnvironmentOptions())
    keyed = {("i", one.sample_id): one for one in results}
    seen = Observation(found={}, results=keyed, logs={("i", "gold/1"): tmp_path / "gold-1.log"})

    with pytest.raises(UsageError, match=f"{reason}.*; logs: {tmp_path}"):
        refuse_without_lists(draft, seen, replace(PatchLists(instance_id="i"), **lists))


def test_tests_that_could_not_be_run(repository: Repository) -> None:
    """What broke is ours, and no fault of the repository."""
    draft = make_draft(repository, FixSource(span="main~2..main~1"), EnvironmentOptions())
    lost = {("i", "before/1"): result("before/1", Outcome.INTERNAL, "the box went away")}

    with pytest.raises(BoxError, match="could not be run: the box went away"):
        refuse_without_lists(draft, Observation(found={}, results=lost, logs={}), PatchLists(instance_id="i"))
