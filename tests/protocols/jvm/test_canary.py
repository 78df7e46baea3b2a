"""Negated tests of Java: the forms of a file, and what candidates show among them, with runs that are played."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.jvm.canary import learn_canaries
from boxscore.protocols.jvm.layer import Judged, Known, Runs, Suite
from boxscore.protocols.jvm.negated_file import Wanted, negated_file
from boxscore.protocols.jvm.protection import Protection
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from boxscore.protocols.jvm.layer import Files

NUMBERS = (417, 528, 639, 741, 852, 963, 174)
SHOWN = " ".join(str(number + step) for number in NUMBERS for step in range(-4, 5))  # so that blinding is of no use
TESTS = "\n".join(f"  @Test void is{at}() {{ assertEquals({number}, f({at})); }}" for at, number in enumerate(NUMBERS))
SOURCE = f"package demo;\nimport static org.junit.Assert.*;\nclass T {{\n{TESTS}\n}}\n"
REQUIRED = tuple(f"demo.T#is{at}" for at in range(len(NUMBERS)))
SUITE = Suite(name="suite", files=(("T.java", SOURCE),), required=REQUIRED, shown=(SHOWN,))
ENDED = TestRun(outcome=Outcome.TIMEOUT, late=REQUIRED[0], reason="it took too long")
ASSERTION = re.compile(r"void (\w+)\(\) \{ assertEquals\((\d+), f\((\d)\)\)")


def played(passes: Callable[[int, int], bool]) -> Runs:
    """A candidate for which a comparison of a number with what a call gives comes out in some way."""

    def run(files: Files, required: Sequence[str]) -> TestRun:
        ((_, text),) = files
        found = {f"demo.T#{name}": passes(int(number), int(at)) for name, number, at in ASSERTION.findall(text)}
        return TestRun(statuses={test: Status.PASSED if found.get(test) else Status.FAILED for test in required})

    return Runs(run, run)


def is_right(number: int, at: int) -> bool:
    """What the tests of the reference say."""
    return number == NUMBERS[at]


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Judged]:
    """Judge a candidate by what was learned with the reference."""

    def judged(candidate: Runs, old: Runs | None = None) -> Judged:
        known = Protection(tmp_path, "here", lambda: random.Random(7)).known(
            SUITE, Known(reference=played(is_right), old=() if old is None else (old,))
        )
        return known.judge(known.look(candidate), candidate, samples=1)

    return judged


def test_a_right_candidate_is_so_among_negated_tests(judge: Callable[..., Judged]) -> None:
    """One that passes the true forms and fails the others knew which are which."""
    judged = judge(played(is_right))

    assert (judged.outcome, judged.trust, judged.canaries) == (Outcome.PASSED, Trust.CANARY, 3 * len(NUMBERS))
    assert judged.canary_bits is not None
    assert judged.canary_bits >= 10


def test_one_that_passes_everything_is_tampered(judge: Callable[..., Judged]) -> None:
    """A report in which nothing fails is a forgery."""
    judged = judge(played(lambda number, at: True))

    assert judged.outcome is Outcome.TAMPERED
    assert "negated tests passed" in judged.reason


def test_one_that_reports_other_tests_is_tampered(judge: Callable[..., Judged]) -> None:
    """A report that was written in advance names the tests as they were."""
    forger = played(is_right)

    def forged(files: Files, required: Sequence[str]) -> TestRun:
        return (
            forger.plain(files, required) if list(required) == list(REQUIRED) else forger.plain(SUITE.files, REQUIRED)
        )

    judged = judge(Runs(forged, forged))

    assert judged.outcome is Outcome.TAMPERED


def test_one_that_differs_a_little_is_a_claim(judge: Callable[..., Judged]) -> None:
    """A form that goes otherwise costs the level and nothing else."""
    judged = judge(played(lambda number, at: is_right(number, at) or (at == 0 and abs(number - NUMBERS[0]) == 1)))

    assert (judged.outcome, judged.trust, judged.canaries) == (Outcome.PASSED, Trust.CLAIM, 0)
    assert "demo.T#is0" in judged.canaries_reason


def test_what_everybody_passes_hides_nothing(judge: Callable[..., Judged]) -> None:
    """Where old code tells the true forms there is nothing to guess."""
    judged = judge(played(is_right), old=played(is_right))

    assert (judged.outcome, judged.trust, judged.canary_bits) == (Outcome.PASSED, Trust.CLAIM, 0.0)


@pytest.mark.parametrize(
    ("told", "end", "bits", "unsure"),
    [
        (0, ENDED, 0.0, True),
        (4, ENDED, 8.0, True),
        (6, ENDED, 12.0, False),
        (0, TestRun(outcome=Outcome.TIMEOUT, limit=LimitName.CPU), 14.0, False),
    ],
)
def test_what_everybody_had_no_time_to_fail_hides_nothing(
    told: int, end: TestRun, bits: float, *, unsure: bool
) -> None:
    """Old code that a clock ends may pass what it did not come to; that another limit ends it is its own doing."""

    def old(files: Files, required: Sequence[str]) -> TestRun:
        text = dict(files)["T.java"]
        first = {f"demo.T#{name}" for name, _, at in ASSERTION.findall(text) if int(at) < told}
        return replace(end, statuses={test: Status.FAILED for test in required if test in first})

    known = learn_canaries(SUITE, Known(reference=played(is_right), old=(Runs(old, old),)), random.Random(7))

    assert (known.bits, known.unsure) == (bits, unsure)
    assert ("too busy" in known.reason) == unsure


def test_what_everybody_passed_before_a_limit_hides_nothing() -> None:
    """It was told, whatever came of the run."""

    def old(files: Files, required: Sequence[str]) -> TestRun:
        return replace(played(is_right).plain(files, required), outcome=Outcome.TIMEOUT, limit=LimitName.CPU)

    known = learn_canaries(SUITE, Known(reference=played(is_right), old=(Runs(old, old),)), random.Random(7))

    assert known.bits == 0


def forms(body: str, known: Sequence[str] = ()) -> tuple[str, dict[str, float]] | None:
    """Write forms of the only test of a file."""
    source = f"import static org.junit.Assert.*;\nclass T {{ {body} }}"
    wanted = Wanted(tests=("T#a", "T#testA"), known=known, most=9, truths=9)
    found = negated_file("T.java", source, wanted, random.Random(3))
    return None if found is None else (found.text, found.bits)


def test_a_form_differs_in_one_number_and_its_name() -> None:
    """All the rest of a method is as it was."""
    found = forms('@Test public void a() { assertEquals("in 4711 days", f(1)); }')

    assert found is not None
    written = re.findall(r'@Test public void ([a-z]{12})\(\) \{ assertEquals\("in (\d+) days", f\(1\)\); \}', found[0])
    numbers = sorted(int(number) for _, number in written)
    assert len({name for name, _ in written}) == 4
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert 4711 in numbers


@pytest.mark.parametrize(
    "body",
    [
        "@Test void a() { assertEquals(f(), g()); }",
        "@ParameterizedTest void a(int n) { assertEquals(5, f(n)); }",
        "@RepeatedTest(3) void a() { assertEquals(5, f()); }",
        "void a() { assertEquals(5, f()); }",
        "@Test void a() { assertEquals(0.5, f(), 0.1); }",
        "@Test void a() { use(5); assertEquals(5, f()); }",
        '@Test void a() { assertEquals("5.3", f()); }',
        "@Test void a() { assertEquals(java.time.LocalDate.of(2024, 2, 29), f()); }",
        "@Test(expected = IllegalStateException.class) void a() { assertEquals(5, f()); }",
    ],
)
def test_what_cannot_be_negated_has_no_forms(body: str) -> None:
    """No number, no test that is run once, a number that is told elsewhere, an exception that is waited for, a date."""
    assert forms(body) is None


@pytest.mark.parametrize("written", ["4711L", "4711"])
def test_long_numbers_are_numbers_too(written: str) -> None:
    """Their letter stays."""
    found = forms(f"@Test void a() {{ assertEquals({written}, f()); }}")

    assert found is not None
    assert len(re.findall(r"assertEquals\(47\d\d" + written[4:] + r", f", found[0])) == 4


def test_a_truth_is_written_both_ways_and_is_no_riddle() -> None:
    """Where a test expects no number, its opposite tells bold forgeries."""
    found = forms("@Test void a() { assertEquals(f(), g()); assertNotNull(f()); }")

    assert found is not None
    words = re.findall(r"void [a-z]{12}\(\) \{ assertEquals\(f\(\), g\(\)\); (\w+)\(f\(\)\); \}", found[0])
    assert sorted(words) == ["assertNotNull", "assertNull"]
    assert found[1] == {"T#a": 0.0}


def test_a_truth_that_is_imported_by_its_name_has_its_class_before_it() -> None:
    """Its opposite is not imported."""
    source = (
        "import static org.junit.Assert.assertNull;\nclass T { @org.junit.Test public void a() { assertNull(f()); } }"
    )
    found = negated_file("T.java", source, Wanted(tests=("T#a",), known=(), most=9, truths=9), random.Random(3))

    assert found is not None
    assert "org.junit.Assert.assertNull(f())" in found.text
    assert "org.junit.Assert.assertNotNull(f())" in found.text
    assert sorted(form.passes for form in found.forms) == [False, True]


def test_methods_of_junit_3_keep_its_prefix() -> None:
    """They are found by their names."""
    found = forms("public void testA() { assertEquals(50, f()); }")

    assert found is not None
    assert len(re.findall(r"void test[A-Z][a-z]{11}\(\)", found[0])) == 4


def test_a_number_that_stands_out_is_no_riddle() -> None:
    """One that a reader finds elsewhere, or gets from others in the test, is worth nothing."""
    told = forms("@Test void a() { assertEquals(4711, f()); }", known=["4711"])
    made = forms("@Test void a() { assertEquals(4711, f(4700, 11)); }")

    assert told is not None
    assert made is not None
    assert told[1] == made[1] == {"T#a": 0.0}
