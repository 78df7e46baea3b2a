"""What blinded tests of Java prove, with runs that are played."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.images.watch import BuildWatch, watched_by
from boxscore.protocols.jvm.layer import Judged, Known, Runs, Suite
from boxscore.protocols.jvm.protection import Protection
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.protocols.jvm.layer import Files

TEST = """package demo;
import static org.junit.Assert.*;
class AddTest {
  @Test void adds() { assertEquals(7310462, f()); }
  @Test void names() { assertEquals("Zyxonite Quarg", g()); }
  @Test void fails() { try { assertEquals("never this one", h()); fail(); } catch (AssertionError e) { } }
}
"""
REQUIRED = ("demo.AddTest#adds", "demo.AddTest#names", "demo.AddTest#fails")
SUITE = Suite(name="suite", files=(("demo/AddTest.java", TEST),), required=REQUIRED)
RIGHT = {"f()": {"i": "7310462"}, "g()": "Zyxonite Quarg", "h()": "another"}
BLIND = re.compile(r"boxscore\.jvm\.Blind\.equal\((\d+), (\w\(\))\)")


class Played:
    """A candidate whose calls give some values; its report claims to pass whatever they are, if it `forges`."""

    def __init__(self, values: Mapping[str, object], *, forges: bool = False) -> None:
        self.values, self.forges, self.seen = values, forges, list[str]()

    def run(self, files: Files, required: Sequence[str]) -> TestRun:
        """Run tests."""
        ((_, text),) = files
        self.seen.append(text)
        asked = [(number, self.values[call]) for number, call in BLIND.findall(text)]
        sent = [f'[{number},"is",{json.dumps(value)}]' for number, value in asked if value is not None]
        failing = set()
        if 'assertEquals("never this one"' not in text:  # then nothing is thrown that the test waits for
            failing.add(REQUIRED[2])
        if not self.forges and "7310462" in text and self.values["f()"] != RIGHT["f()"]:
            failing.add(REQUIRED[0])
        return TestRun(
            statuses={test: Status.FAILED if test in failing else Status.PASSED for test in required},
            observations="".join(f"{line}\n" for line in sent).encode(),
        )

    @property
    def runs(self) -> Runs:
        """Both ways."""
        return Runs(self.run, self.run)


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Judged]:
    """Judge a candidate by what was learned with the reference."""
    reference = Played(RIGHT)

    def judged(candidate: Played, *, old: Mapping[str, object] | None = None, samples: int = 1) -> Judged:
        stubs = () if old is None else (Played(old).runs,)
        known = Protection(tmp_path, "here").known(SUITE, Known(reference=reference.runs, old=stubs))
        return known.judge(known.look(candidate.runs), candidate.runs, samples=samples)

    return judged


def test_right_values_make_a_verdict_blind(judge: Callable[..., Judged]) -> None:
    """A candidate that gives what only the grader knows has solved it."""
    judged = judge(Played(RIGHT))

    assert (judged.outcome, judged.trust) == (Outcome.PASSED, Trust.BLIND)
    assert judged.blind_bits is not None
    assert judged.blind_bits >= 10


def test_a_forged_report_with_other_values_is_wrong(judge: Callable[..., Judged]) -> None:
    """Whatever the report says, what was sent is not what the tests expect."""
    judged = judge(Played({**RIGHT, "f()": {"i": "0"}}, forges=True))

    assert judged.outcome is Outcome.WRONG
    assert "demo/AddTest.java:4" in judged.reason


def test_a_success_that_compared_nothing_is_tampered(judge: Callable[..., Judged]) -> None:
    """Tests that pass make their comparisons; a report without any was not written by them."""
    reported = TestRun(statuses=dict.fromkeys(REQUIRED, Status.PASSED))
    candidate = Played(RIGHT)
    candidate.run = lambda files, required: reported  # type: ignore[method-assign]

    judged = judge(candidate)

    assert judged.outcome is Outcome.TAMPERED
    assert "none of their comparisons" in judged.reason


def test_a_wrong_candidate_is_judged_by_its_tests(judge: Callable[..., Judged]) -> None:
    """The tests as they are decide."""
    assert judge(Played({**RIGHT, "f()": {"i": "0"}})).outcome is Outcome.WRONG


def test_a_value_that_is_like_none_costs_the_level_alone(judge: Callable[..., Judged]) -> None:
    """What cannot be judged proves nothing and denies nothing."""
    judged = judge(Played({**RIGHT, "g()": {"o": "demo.Name", "v": None}}))

    assert (judged.outcome, judged.trust, judged.blind_bits) == (Outcome.PASSED, Trust.CLAIM, 0.0)
    assert "demo/AddTest.java:5" in judged.blind_reason


UNREACHED = """  @Test void adds() {
    if (f() != 7310462) assertEquals(99213, k());
    assertEquals(7310462, f());
"""


@pytest.mark.parametrize(
    ("sent", "outcome"), [(None, Outcome.PASSED), ({"i": "99213"}, Outcome.PASSED), ({"i": "5"}, Outcome.WRONG)]
)
def test_what_the_reference_does_not_come_to_is_judged_too(
    tmp_path: Path, sent: object | None, outcome: Outcome
) -> None:
    """A comparison that only another program comes to is as much a part of its test as those of the reference."""
    suite = replace(SUITE, files=(("demo/AddTest.java", TEST.replace("  @Test void adds() {", UNREACHED)),))
    known = Protection(tmp_path, "here").known(suite, Known(reference=Played({**RIGHT, "k()": None}).runs))
    candidate = Played({**RIGHT, "k()": sent}, forges=True)

    judged = known.judge(known.look(candidate.runs), candidate.runs, samples=1)

    assert judged.outcome is outcome
    assert judged.trust is (Trust.BLIND if outcome is Outcome.PASSED else Trust.CLAIM)


def test_what_a_test_needs_is_put_back(judge: Callable[..., Judged]) -> None:
    """A comparison that must fail is left as it is, and its test passes blinded."""
    candidate = Played(RIGHT)

    judge(candidate)

    assert 'assertEquals("never this one", h())' in candidate.seen[0]
    assert "7310462" not in candidate.seen[0]


def test_what_everybody_has_right_counts_nothing(judge: Callable[..., Judged]) -> None:
    """Where old code gives the values there is nothing to guess."""
    judged = judge(Played(RIGHT), old=RIGHT)

    assert (judged.outcome, judged.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert "a forger must guess 0 bits" in judged.blind_reason


def test_many_samples_must_guess_more(judge: Callable[..., Judged]) -> None:
    """With each sample of an instance a guess is cheaper."""
    assert judge(Played(RIGHT), samples=1 << 60).trust is Trust.CLAIM


def test_nothing_is_learned_of_a_suite_without_a_reference(tmp_path: Path) -> None:
    """Its verdicts are claims."""
    known = Protection(tmp_path, "here").known(SUITE, Known(reference=None))
    candidate = Played(RIGHT)

    judged = known.judge(known.look(candidate.runs), candidate.runs, samples=1)

    assert (judged.outcome, judged.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert "no reference" in judged.blind_reason


def test_who_waits_is_told_what_is_learned(tmp_path: Path) -> None:
    """Once: what is kept needs no learning."""
    told: list[str] = []
    reference = Played(RIGHT)

    for _ in range(2):
        with watched_by(BuildWatch(tell=told.append)):
            Protection(tmp_path, "here").known(SUITE, Known(reference=reference.runs))

    assert told == ["learning with the reference what 3 tests of AddTest can hide"]
