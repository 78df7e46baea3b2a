"""The alarm for outcome drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.records import Outcome, Result, Trust
from boxscore.run.alarm import INSTANCES, RECENT, SAME, Alarm, ReferenceCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

PASS = ReferenceCheck(passed=3)
FAIL = ReferenceCheck(failed=3, reason="error: no such file")
NONE = ReferenceCheck()


class Check:
    def __init__(self, found: ReferenceCheck) -> None:
        self.found, self.asked = found, list[list[str]]()

    def __call__(self, instance_ids: Sequence[str]) -> ReferenceCheck:
        self.asked.append(list(instance_ids))
        return self.found


def results(
    count: int,
    outcome: Outcome = Outcome.ERROR,
    *,
    error_type: str | None = None,
    instances: int = 1000,
    attempts: int = 1,
) -> list[Result]:
    return [
        Result(
            instance_id=f"i/{number % instances}",
            sample_id=str(number),
            outcome=outcome,
            error_type=error_type,
            trust=Trust.ORACLE,
            reason=f"reason {number}",
            attempts=attempts,
        )
        for number in range(count)
    ]


def reason(found: ReferenceCheck, *parts: list[Result], known: Sequence[Result] = ()) -> str | None:
    alarm = Alarm(Check(found), known)
    for part in parts:
        alarm.add(part)
    return alarm.reason


def test_answers_that_all_fail_alike_while_references_pass() -> None:
    """A run that begins so is stopped, and the sentence says where to look, with the first reason."""
    said = reason(PASS, results(SAME, error_type="NameError"))

    assert said is not None
    assert f"the first {SAME} samples, of {SAME} instances, all ended as error (NameError)" in said
    assert "the references pass: check the code extraction; the first one: reason 0" in said


def test_references_that_fail_too() -> None:
    """Then sandbox or image are broken, and what is stored is not to be trusted."""
    said = reason(FAIL, results(SAME))

    assert said is not None
    assert "the references fail too (error: no such file): the sandbox or the image is broken" in said
    assert "another directory" in said


def kept_out(count: int) -> list[Result]:
    some = results(count, Outcome.INTERNAL)
    return [
        replace(one, sample_id=name, instance_id=f"n/{number}", unresolvable=True, reason=f"no network {number}")
        for number, one in enumerate(some)
        for name in ("0", "1")
    ]


def test_most_references_that_do_not_resolve_end_a_run() -> None:
    """Samples of a few such instances say nothing of boxes; most of many instances do."""
    passed = results(INSTANCES - 1, Outcome.PASSED)

    assert reason(FAIL, passed, kept_out(INSTANCES - 1)) is None
    assert reason(FAIL, [*passed, *results(INSTANCES, Outcome.PASSED)], kept_out(INSTANCES)) is None
    said = reason(PASS, passed, kept_out(INSTANCES))
    assert said is not None
    assert said.startswith(f"{INSTANCES} of the first {2 * INSTANCES - 1} instances cannot be resolved here")
    assert "the first one, n/0: no network 0" in said


@pytest.mark.parametrize(
    "parts",
    [
        [results(SAME - 1)],
        [results(10 * SAME, instances=INSTANCES - 1)],
        [results(1000, Outcome.WRONG)],
        [results(1000, Outcome.TIMEOUT)],
        [results(SAME - 1, error_type="TypeError"), results(SAME - 1, error_type="NameError")],
        [one for n in range(200) for one in ([results(5)[n % 5]], [results(5, error_type="KeyError")[n % 5]])],
        [results(SAME - 1), results(1, Outcome.PASSED), results(SAME - 1)],
        [results(RECENT // 2, Outcome.INTERNAL), results(500, Outcome.PASSED)],
        [results(100, Outcome.INTERNAL, instances=2)],
    ],
    ids=[
        *("small-file", "few-instances", "all-wrong", "all-slow", "two-kinds", "mixed-errors", "one-passes"),
        *("half-internal", "two-broken-instances"),
    ],
)
def test_what_a_bad_model_or_a_small_file_does(parts: list[list[Result]]) -> None:
    """No run is stopped for its samples, whatever its references would do; nothing is even checked."""
    check = Check(FAIL)
    alarm = Alarm(check)

    for part in parts:
        alarm.add(part)

    assert alarm.reason is None
    assert check.asked == []


@pytest.mark.parametrize(("found", "stopped"), [(PASS, False), (FAIL, True), (NONE, True)])
def test_drift_in_mid_run(found: ReferenceCheck, *, stopped: bool) -> None:
    """After other outcomes only a box that does not work stops the run; samples may fail alike one after the other."""
    said = reason(found, results(50, Outcome.PASSED), results(2 * SAME))

    assert (said is not None) is stopped


def test_what_is_known_counts_as_the_beginning() -> None:
    """A run that goes on does not begin anew."""
    assert reason(PASS, results(SAME), known=results(1, Outcome.PASSED)) is None
    assert "the first 31" in (reason(PASS, results(1), known=results(SAME)) or "")


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (results(RECENT, Outcome.INTERNAL), "could not be graded (internal)"),
        (results(RECENT, Outcome.PASSED, attempts=2), "lost their box"),
    ],
    ids=["internal", "losses"],
)
def test_most_samples_in_trouble(some: list[Result], words: str) -> None:
    """Most of the last samples internal, or at lost boxes: the run stops unless references pass in such boxes."""
    stopped = reason(FAIL, results(50, Outcome.WRONG), some)

    assert stopped is not None
    assert words in stopped
    assert "the first one: reason 0" in stopped
    assert reason(PASS, results(50, Outcome.WRONG), some) is None


def test_references_are_not_graded_again_and_again() -> None:
    """Samples that break their boxes one after the other cost one check in a while."""
    check = Check(PASS)

    Alarm(check).add(results(200, Outcome.TAMPERED, attempts=4))

    assert len(check.asked) == 1
