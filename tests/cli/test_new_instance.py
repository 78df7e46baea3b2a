"""`boxscore instances new`: what was asked wrongly is said before anything is built, and what tests did after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.audit.grading import Observation
from boxscore.audit.new_instance import refuse_without_lists
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
    from tests.cli.conftest import Boxscore

__all__ = ["clone", "repository"]
P, F = Status.PASSED, Status.FAILED
RANGE = ("--range", "main~2..main~1")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "name the fix: --base with --patch and --test-patch, or --range"),
        ((*RANGE, "--base", "main"), "give either --range or the other three"),
        (("--range", "main~2..main~9"), "has no commit 'main~9'"),
        (("--range", "main~1..main"), "changes no tests"),
        ((*RANGE, "--python", "three"), "must be X.Y"),
        ((*RANGE, "--date", "yesterday"), "must be YYYY-MM-DD"),
        ((*RANGE, "--parser", "none"), "--parser 'none' is none of"),
        (("--base", "main", "--patch", "no.patch", "--test-patch", "no.patch"), "no.patch: cannot be read"),
        ((*RANGE, "--file", "mine.txt"), "mine.txt must end in .jsonl"),
        ((*RANGE, "--file", "/proc/x.jsonl"), "keeps archives in /proc/x, which cannot be made"),
        ((*RANGE, "--file", "{clone}.jsonl"), "keeps archives in {clone}, which holds other files"),
        ((*RANGE, "--repo", "."), "is not a git repository: name one with --repo"),
        ((*RANGE, "--file", "theirs.jsonl", "--id", "one"), "has an instance 'one' already"),
        (RANGE, "start that engine, correct DOCKER_HOST"),
    ],
)
def test_what_is_asked_wrongly(
    clone: Path, here: Path, boxscore_: Boxscore, words: tuple[str, ...], reason: str
) -> None:
    """One line says what, to what and what to do, of options that the command takes; no file is written."""
    (here / "theirs.jsonl").write_text('{"instance_id": "one"}\n')
    before = sorted(here.glob("*"))

    words = tuple(word.format(clone=clone) for word in words)
    code, _, err = boxscore_("instances", "new", "--repo", clone, "--file", "mine.jsonl", *words)

    assert code == 2
    assert reason.format(clone=clone) in err
    assert "--backend" not in err
    assert sorted(here.glob("*")) == before


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
