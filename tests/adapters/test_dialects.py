"""In each dialect a pass is 1, a candidate's fault is 0, and trouble of ours is no reward."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from boxscore import NoVerdict, Outcome, Result, SandboxUnavailable, Trust, UsageError
from boxscore.adapters import engine, rewards, trl, verl
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from tests.adapters.dialects import ASSERTS, DIALECTS, answer, chat
from tests.fake_graders import FakeCall, FakeSyncGrader

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON = "the worker's box went away"


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the process's engine as it was, and let each test be the first to warn."""
    monkeypatch.setattr(rewards, "_warned", set())
    yield
    engine.configure_from_environment()


def configure(outcome: Outcome, *, withheld: bool = False) -> FakeSyncGrader:
    fake = FakeSyncGrader(
        lambda call: Result(
            instance_id=call.instance_id,
            sample_id=call.sample_id,
            outcome=outcome,
            trust=Trust.ORACLE,
            reason=REASON,
            withheld=withheld,
        )
    )
    engine.configure(grader=fake)
    return fake


@pytest.mark.parametrize("name", DIALECTS)
def test_a_pass_is_one(name: str) -> None:
    fake = configure(Outcome.PASSED)

    assert DIALECTS[name].ask(answer(DIALECTS[name], "a + b")) == 1.0
    assert [call.code.strip() for call in fake.calls] == [answer(DIALECTS[name], "a + b").strip()]


@pytest.mark.parametrize("outcome", [Outcome.WRONG, Outcome.TIMEOUT, Outcome.TAMPERED, Outcome.NO_TESTS])
@pytest.mark.parametrize("name", DIALECTS)
def test_a_fault_of_the_candidate_is_zero(name: str, outcome: Outcome) -> None:
    configure(outcome)

    assert DIALECTS[name].ask(answer(DIALECTS[name], "a - b")) == 0.0


@pytest.mark.parametrize("why", ["ours", "withheld"])
@pytest.mark.parametrize("name", DIALECTS)
def test_trouble_of_ours_is_no_reward(name: str, why: str, caplog: pytest.LogCaptureFixture) -> None:
    configure(Outcome.INTERNAL, withheld=why == "withheld")
    dialect = DIALECTS[name]

    with caplog.at_level(logging.WARNING, logger="boxscore.adapters"):
        for _ in range(2):
            if dialect.raises:
                with pytest.raises(NoVerdict, match=REASON):
                    dialect.ask(answer(dialect, "a + b"))
            else:
                assert dialect.ask(answer(dialect, "a + b")) is None

    told = [record.getMessage() for record in caplog.records if record.name == "boxscore.adapters"]
    assert len(told) == 1
    assert REASON in told[0]


@pytest.mark.parametrize("error", [SandboxUnavailable("no sandbox"), OSError("disk full"), TimeoutError("late")])
@pytest.mark.parametrize("name", DIALECTS)
def test_what_the_grader_raises_is_no_number(name: str, error: Exception) -> None:
    def fail(_call: FakeCall) -> Outcome:
        raise error

    engine.configure(grader=FakeSyncGrader(fail))

    with pytest.raises((type(error), NoVerdict)) as found:
        DIALECTS[name].ask(answer(DIALECTS[name], "a + b"))
    assert not (name.startswith("areal") and isinstance(found.value, TimeoutError))  # of which AReaL makes 0


def test_a_batch_is_judged_one_by_one() -> None:
    def judge(call: FakeCall) -> Outcome:
        return {"1": Outcome.PASSED, "2": Outcome.INTERNAL}.get(call.code.split("return ")[1].strip(), Outcome.WRONG)

    engine.configure(grader=FakeSyncGrader(judge))
    told: dict[str, float] = {}
    completions = [chat(f"def add(a, b):\n    return {n}\n") for n in (1, 2, 3, 1)]

    found = trl.code_reward(
        ["p"] * 4, completions, None, tests=[ASSERTS, ASSERTS, ASSERTS, None], log_metric=told.__setitem__
    )

    assert found == [1.0, None, 0.0, None]
    assert told == {"boxscore/withheld": pytest.approx(1 / 3)}


def test_an_answer_without_code_is_zero() -> None:
    fake = configure(Outcome.PASSED)

    assert trl.code_reward(["p"], ["I would add them."], tests=[ASSERTS]) == [0.0]
    assert fake.calls == []


def test_a_data_set_without_tests() -> None:
    with pytest.raises(UsageError, match="no column of tests"):
        trl.code_reward(["p"], ["def f(): pass"], solution=["def f(): pass"])


def test_tests_that_cannot_be_read() -> None:
    fake = configure(Outcome.PASSED)

    with pytest.raises(UsageError, match="row 1 of the batch"):
        trl.code_reward(["p"] * 2, [chat("def add(a, b): pass\n")] * 2, tests=[ASSERTS, "assert ("])
    assert fake.calls == []


def test_share_of_the_cases() -> None:
    cases = tuple(CaseResult(outcome=one) for one in (Outcome.PASSED, Outcome.WRONG, Outcome.WRONG, Outcome.PASSED))
    detail = ProgramDetail(language="python", cases=cases, first_failing=1)
    half = Result(instance_id="i", sample_id="0", outcome=Outcome.WRONG, trust=Trust.ORACLE, detail=detail)
    fake = FakeSyncGrader(lambda _: half)
    engine.configure(grader=fake)
    ground_truth = {"inputs": ["1\n"], "outputs": ["1\n"]}

    assert verl.compute_score("apps", "print(5)", ground_truth, continuous=True) == 0.5
    assert verl.compute_score("apps", "print(5)", ground_truth) == 0.0
    assert [call.options["task"].all_cases for call in fake.calls] == [True, False]


def test_verl_is_told_the_outcome() -> None:
    configure(Outcome.TIMEOUT)

    found = verl.compute_score("mbpp", "def add(a, b): return 1", ASSERTS, detailed=True)

    assert found == {"score": 0.0, "acc": 0.0, "outcome": "timeout"}
