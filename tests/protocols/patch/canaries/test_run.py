"""Canary runs in boxes in memory: what is learnt with the reference patch, and what a claim of success must stand."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import structs
from msgspec.structs import replace

from boxscore.cache import write_cached
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.losses import MAX_LOSSES
from boxscore.protocols.patch.canaries.run import TRIES, Canaries, CanaryVerdict, ReferenceRun
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.run import SuiteRun
from boxscore.records import LimitName
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, ended, grade_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import Result

    Process = Callable[[], Callable[[int], Any]]

TESTS = """\
def test_mends():
    assert f"{double(2)} items left" == "4 items left"

def test_keeps():
    assert double(7) == 14
"""
REPO = replace(
    TASK,
    fail_to_pass=("t.py::test_mends",),
    pass_to_pass=("t.py::test_keeps",),
    canaries="pytest",
    test_command="run {tests}",
    reference=PATCH,
)


def log_of(source: str, double: Callable[[int], Any], names: Collection[str] = ()) -> str:
    """What pytest says of the tests in a source, or of those with these names."""
    scope: dict[str, Any] = {"double": double}
    exec(source, scope)
    lines = []
    for name in [name for name in scope if name.startswith("test_") and (name in names or not names)]:
        try:
            scope[name]()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever a test raises it fails with
            lines.append(f"FAILED t.py::{name}")
        else:
            lines.append(f"PASSED t.py::{name}")
    return "".join(f"{line}\n" for line in lines)


class Repository:
    """Boxes in which the tests that were restored run on a function; `runs` are how further runs end instead."""

    def __init__(
        self, cache: Path, double: Callable[[int], Any] = lambda number: 2 * number, tests: str = TESTS
    ) -> None:
        self.double, self.cache = double, cache
        self.process: Process = lambda: self.double  # the function as a process first has it
        self.sources: list[str] = []
        self.asked: list[FakeRun] = []
        self.runs: list[Completed | Callable[[str], Completed]] = []
        self.fake = FakeBoxes(read=ended(json.dumps({"t.py": tests})), test=self._test)
        self.canaries = self.fresh()

    def fresh(self) -> Canaries:
        """Canaries as another process has them."""
        return Canaries(self.cache, lambda: random.Random(3))

    def _test(self, asked: FakeRun) -> Completed:
        staged = next(run for run in self.fake.backend.boxes[-1].runs if b'"stage"' in run.stdin)
        (source,) = [text for _, text in json.loads(staged.stdin)["restore"]["instead"]]
        commands = [line for line in asked.argv[2].splitlines() if line.startswith("run ")]
        self.sources.append(source)
        self.asked.append(asked)
        if commands != ["run --tb=no t.py"]:
            return ended("".join(self._alone(source, command) for command in commands), 1)
        if self.runs:
            how = self.runs.pop(0)
            return how(source) if callable(how) else how
        return ended(log_of(source, self.process()), 1)

    def _alone(self, source: str, command: str) -> str:
        prefix, _, name = command.rpartition("::")
        assert prefix == "run --tb=no t.py"
        return log_of(source, self.process(), [name])

    def known(self, task: PatchTask = REPO, canaries: Canaries | None = None) -> ReferenceRun:
        """What is known about the tests of a task."""
        boxes = self.fake.boxes()
        return (canaries or self.canaries).known(
            task, image="image", open_box=lambda during: boxes.open(task, during=during)
        )

    def check(
        self,
        *runs: Completed | Callable[[str], Completed],
        process: Process | None = None,
        first: SuiteRun | None = None,
    ) -> CanaryVerdict:
        """The canaries of a patch, whose function may differ between processes, with what there is to know known."""
        known = self.known()
        self.runs, self.process = list(runs), process or self.process
        self.fake.backend.boxes.clear()
        self.sources.clear()
        self.asked.clear()
        boxes = self.fake.boxes()
        return self.canaries.check(
            REPO, PATCH, known, open_box=lambda during: boxes.open(REPO, during=during), first=first
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose function is right."""
    return Repository(tmp_path)


def raising(_: int) -> int:
    """A function that fails whatever it is asked."""
    raise AssertionError


def all_passed(source: str) -> Completed:
    """A forged report: success, whatever was asked."""
    return ended(log_of(source, lambda _: 0).replace("FAILED", "PASSED"), 0)


class TestKnown:
    """What the reference patch shows."""

    def test_is_kept(self, repository: Repository) -> None:
        """It is learnt in three boxes, one to read the tests and two to run them, and once for all processes."""
        facts = repository.known()

        assert (facts.usable, facts.files, facts.reason) == (
            ("t.py::test_mends", "t.py::test_keeps"),
            {"t.py": TESTS},
            "",
        )
        assert len(repository.fake.backend.boxes) == 3
        assert repository.known(canaries=repository.fresh()) == facts
        assert len(repository.fake.backend.boxes) == 3

    def test_is_learnt_again_where_it_is_damaged(self, repository: Repository) -> None:
        """One letter of a kept test file would make twins that no patch passes: it is not believed."""
        facts = repository.known()
        (kept,) = (repository.cache / "canaries").iterdir()
        kept.write_bytes(kept.read_bytes().replace(b"test_mends", b"test_mendr"))

        assert repository.known(canaries=repository.fresh()) == facts

    @pytest.mark.parametrize(
        ("task", "reason"),
        [
            (replace(REPO, canaries=None), "no negated tests for this runner yet"),
            (replace(REPO, test_command=None), "its tests cannot be run by file"),
            (replace(REPO, reference=None), "there is no reference patch to try canaries on"),
        ],
    )
    def test_reasons(self, repository: Repository, task: PatchTask, reason: str) -> None:
        """An instance that can have none says why, and needs no box."""
        assert repository.known(task) == ReferenceRun(reason=reason)
        assert repository.fake.backend.boxes == []

    def test_unusable(self, repository: Repository) -> None:
        """A test that fails under another name has none, and the reason is told if it is one of FAIL_TO_PASS."""
        repository.runs = [lambda source: ended(log_of(source, repository.double).replace("PASSED", "FAILED"), 1)]

        facts = repository.known()

        assert (facts.usable, "1 of 1 FAIL_TO_PASS tests have none" in facts.reason) == ((), True)

    def test_files_that_are_not_there(self, repository: Repository) -> None:
        """Tests whose file could not be read have none."""
        repository.fake.todo["read"] = ended("{}")

        assert "not among the test files" in repository.known().reason

    def test_limit(self, repository: Repository) -> None:
        """Where all tests take too long those of FAIL_TO_PASS are tried alone; a second limit is not kept for good."""
        slow = ended("", None, limit=LimitName.WALL)
        repository.runs = [slow, slow]

        facts = repository.known()

        assert (facts.usable, facts.reason) == ((), "the wall limit ended the canaries of the reference patch")
        assert len(repository.fake.backend.boxes) == 3
        repository.runs = [slow]
        assert repository.known(canaries=repository.fresh()).usable == ("t.py::test_mends",)

    def test_silence(self, repository: Repository) -> None:
        """A run that told of no test at all was cut short: later samples are not left without canaries for it."""
        repository.runs = [ended("", 137)]

        assert repository.known().usable == ()
        assert "t.py::test_mends" in repository.known(canaries=repository.fresh()).usable


class TestCheck:
    """What a patch that would pass must stand."""

    def test_right(self, repository: Repository) -> None:
        """A right solution stands it at once, and the twins are counted."""
        verdict = repository.check()

        assert (verdict.forged, verdict.limit, verdict.reason) == ("", None, "")
        assert (verdict.count or 0) >= 2
        assert len(repository.fake.backend.boxes) == 1

    def test_all_passed(self, repository: Repository) -> None:
        """Success for everything is success for negated tests: there is no second try."""
        assert "negated tests passed" in repository.check(all_passed).forged
        assert len(repository.fake.backend.boxes) == 1

    def test_silence(self, repository: Repository) -> None:
        """A run that reports nothing may be an accident, but not each time."""
        verdict = repository.check(*[ended("", 1)] * TRIES)

        assert "tests were not reported" in verdict.failed
        assert len(repository.fake.backend.boxes) == TRIES

    def test_state(self, repository: Repository) -> None:
        """Right code that answers once in its process stands it: what failed runs again, each by itself."""

        def once() -> Callable[[int], int]:
            left = [2]
            return lambda number: 2 * number if left and left.pop() else 0

        verdict = repository.check(process=once)

        assert (verdict.forged, verdict.failed) == ("", "")
        assert verdict.bits == max(0.0, repository.known().bits - 1)
        assert len(repository.fake.backend.boxes) == 2

    def test_tests_that_fail_again(self, repository: Repository) -> None:
        """Tests that do not pass again, in a process of their own neither, are no forgery, and no success."""
        verdict = repository.check(process=lambda: raising)

        assert verdict.forged == ""
        assert "ended otherwise than before" in verdict.failed

    def test_all_tries_are_of_one_draw(self, repository: Repository) -> None:
        """However often it is tried again, for this sample or another, a patch is asked the same."""
        repository.check(*[ended("", 1)] * TRIES)
        again = list(repository.sources)

        repository.check()

        assert {*again, *repository.sources} == {again[0]}
        assert len(again) == TRIES

    def test_own_pace(self, repository: Repository) -> None:
        """A patch whose tests took long has the time for all forms, up to a multiple of what the task allows."""
        first = SuiteRun(log="", truncated=False, statuses={}, exit_code=0, limit=None, cpu_s=0.5)

        repository.check(first=first)
        slow = repository.asked[-1].limits
        repository.check(first=structs.replace(first, cpu_s=500.0))
        slower = repository.asked[-1].limits

        repository.check(first=structs.replace(first, cpu_s=0.1, wall_s=600.0))
        busy = repository.asked[-1].limits

        assert REPO.limits.cpu_s < slow.cpu_s < slower.cpu_s == 10 * REPO.limits.cpu_s
        assert busy.wall_s > 9 * REPO.limits.wall_s

    def test_an_accident(self, repository: Repository) -> None:
        """A test that failed by itself once is no forgery."""
        assert repository.check(ended("", 1)).forged == ""
        assert len(repository.fake.backend.boxes) == 2

    def test_exit_code(self, repository: Repository) -> None:
        """A runner that saw tests fail does not end with 0."""
        run = [lambda source: ended(log_of(source, repository.double), 0)] * TRIES

        assert "exit code 0 where tests had to fail" in repository.check(*run).forged

    def test_changed_files(self, repository: Repository) -> None:
        """Twins that were changed while they ran say nothing."""
        repository.known()
        repository.fake.tree["verify"] = {"changed": [["t.py", ""]]}

        assert repository.check().forged == "changed in the canary run: t.py"

    def test_limit(self, repository: Repository) -> None:
        """A limit ends it, and is named."""
        verdict = repository.check(ended("", None, limit=LimitName.CPU))

        assert (verdict.limit, verdict.forged) == (LimitName.CPU, "the cpu limit ended them")

    def test_without_any(self, repository: Repository) -> None:
        """Where there are none, none are run, and the reason goes with the verdict."""
        boxes = repository.fake.boxes()
        facts = ReferenceRun(reason="why")

        verdict = repository.canaries.check(REPO, PATCH, facts, open_box=lambda during: boxes.open(REPO, during=during))

        assert verdict == CanaryVerdict(reason="why")


RAISES = """\
import pytest

def test_mends():
    with pytest.raises(RuntimeError):
        double(2)

def test_keeps():
    assert double(7) == 14
"""
LINK = "https://plum.quince.org/marzipan"
WHOLE = f"""\
def test_mends():
    assert double(2) == {LINK!r}

def test_keeps():
    assert double(7) == 14
"""


def raises(error: type[Exception]) -> Callable[[int], int]:
    """A function that fails for 2."""

    def double(number: int) -> int:
        if number == 2:
            raise error("quince")
        return 2 * number

    return double


def links(link: object) -> Callable[[int], object]:
    """A function that gives a link for 2."""
    return lambda number: link if number == 2 else 2 * number


class Link:
    """A link that is equal to its text, and has no items."""

    def __eq__(self, other: object) -> bool:
        return other == LINK

    __hash__ = None  # type: ignore[assignment]


class TestOtherwise:
    """Right patches that do otherwise than the reference where tests do not ask."""

    def test_an_exception_of_another_class(self, tmp_path: Path) -> None:
        """It may be one that a negated test expects: no forgery, and nothing that canaries could vouch for."""
        repository = Repository(tmp_path, raises(RuntimeError), RAISES)

        verdict = repository.check(process=lambda: raises(NotImplementedError))

        assert (verdict.forged, verdict.failed, verdict.count, verdict.bits) == ("", "", None, 0.0)
        assert "that other right code than the reference may pass" in verdict.reason
        assert len(repository.fake.backend.boxes) == 1

    def test_an_exception_hides_no_forgery(self, tmp_path: Path) -> None:
        """Other negated tests that pass are held against it as ever."""
        repository = Repository(tmp_path, raises(RuntimeError), RAISES)

        assert "negated tests passed" in repository.check(all_passed).forged

    def test_a_value_without_parts(self, tmp_path: Path) -> None:
        """It is equal as a whole, which is all that its tests ask."""
        repository = Repository(tmp_path, links(LINK), WHOLE)

        verdict = repository.check(process=lambda: links(Link()))

        assert (verdict.forged, verdict.failed, verdict.count, verdict.bits) == ("", "", None, 0.0)
        assert "not part by part" in verdict.reason

    def test_a_forger_that_spares_itself_the_parts(self, tmp_path: Path) -> None:
        """Success for everything is a forgery also where tests are asked as a whole."""
        repository = Repository(tmp_path, links(LINK), WHOLE)

        parts = [lambda source: ended(log_of(source, links("quince")), 1)] * TRIES

        verdict = repository.check(*parts, all_passed, process=lambda: links("quince"))

        assert "ended otherwise than before" in verdict.failed

    def test_code_that_goes_by_names(self, tmp_path: Path) -> None:
        """What passes a test under its own name alone does not pass it as a whole either."""
        repository = Repository(tmp_path, links(LINK), WHOLE)

        verdict = repository.check(process=lambda: links("https://plum.quince.org"))

        assert "ended otherwise than before" in verdict.failed


class TestBlame:
    """Whose doing it is that a canary run comes to nothing."""

    GONE = BoxLost("the box ended", cause=LossCause.INSIDE)

    def graded(self, repository: Repository, **steps: Exception) -> Result:
        """Grade a right patch whose canary runs meet an error at a step; its tests themselves pass."""

        def run(asked: FakeRun) -> Completed:
            restored = json.loads(repository.fake.backend.boxes[-1].runs[0].stdin or b"{}").get("restore")
            canary = bool(restored and restored["instead"])
            if canary and step in steps:
                raise steps[step]
            return log(asked) if canary else ended("PASSED t.py::test_mends\nPASSED t.py::test_keeps\n")

        repository.known()
        step, log = "test", repository._test
        repository.fake.todo["test"] = run
        if "stage" in steps:
            repository.fake.todo["stage"] = self._stage_of_canaries(repository, steps["stage"])
        (result,) = grade_all(PatchGrader(repository.fake.boxes(), repository.canaries), PATCH, task=REPO)
        return result

    def _stage_of_canaries(self, repository: Repository, error: Exception) -> Callable[[FakeRun], Completed]:
        def stage(asked: FakeRun) -> Completed:
            if json.loads(asked.stdin)["restore"]["instead"]:
                raise error
            return repository.fake._answer("stage", asked)

        return stage

    def test_nobodys(self, repository: Repository) -> None:
        """A right patch passes."""
        assert self.graded(repository).outcome == "passed"

    def test_the_candidates(self, repository: Repository) -> None:
        """Who breaks the box only when canaries run is not left out of the score; and it is tried by the next run."""
        result = self.graded(repository, test=self.GONE)

        assert (result.outcome, result.stands) == ("tampered", False)

    def test_ours_before_its_code_runs(self, repository: Repository) -> None:
        """A canary box that is lost while it is made ready is never the patch's doing, however it ended."""
        result = self.graded(repository, stage=self.GONE)

        assert (result.outcome, result.attempts) == ("internal", MAX_LOSSES)

    def test_ours_where_twins_cannot_be_drawn(self, repository: Repository) -> None:
        """What is known of the tests and does not fit them is no patch's doing, and trying again would not help."""
        facts = replace(repository.known(), usable=("t.py::test_mends", "t.py::test_keepr"))
        (kept,) = (repository.cache / "canaries").iterdir()
        write_cached(kept, msgspec.json.encode(facts))

        result = self.graded(repository)

        assert (result.outcome, result.attempts) == ("internal", 1)
        assert "cannot be rewritten" in result.reason
