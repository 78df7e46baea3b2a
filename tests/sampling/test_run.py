"""A run in which a model makes samples: both halves, what is stored of them, and how it goes on after an end."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import boxscore
from boxscore.agents.contract import AgentLimits
from boxscore.data.samples import given_samples
from boxscore.errors import ContextOverflow, ModelError, QuestionRefused, UsageError
from boxscore.models.contract import Answer, Price, Question, Sampling
from boxscore.models.fake import FakeModel
from boxscore.records import Outcome, Result
from boxscore.run.lines import read_lines
from boxscore.run.prepare import load_benchmark, prepare
from boxscore.run.request import Request
from boxscore.run.store import ANSWERS, JUDGED, read_run
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.records import trajectory_path
from boxscore.session import session
from boxscore.session.pool import own_result
from tests.sampling.conftest import InstantPool
from tests.sampling.runs import FEW, model, request, right, run, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import GradedReport
    from boxscore.models.contract import Answer, Question
    from boxscore.session.pool import Ticket


REAL = pytest.mark.usefixtures("local_backend")
INSTANT = pytest.mark.usefixtures("instant_boxes")


def even(question: Question) -> bool:
    return question.number % 2 == 0


@REAL
def test_samples_are_made_and_graded(tmp_path: Path) -> None:
    """Each sample is asked for once; results, scores, costs and trajectories are there."""
    asked = model(even, usd_per_token=1e-5)

    finished = run(tmp_path / "run", asked, samples_each=4)

    assert finished.run is not None
    assert [one.value for one in finished.run.report.pass_at_k.values()] == [0.5]
    assert (finished.record.sampled, finished.record.calls, len(asked.asked)) == (12, 12, 12)
    assert finished.record.cost_usd == pytest.approx(
        1e-5 * (finished.record.input_tokens + finished.record.output_tokens)
    )
    record, samples, results = read_run(tmp_path / "run")
    assert record.provenance.sampling == finished.record
    assert sorted((one.instance_id, one.sample_id) for one in samples) == sorted(results)
    assert {one.model for one in samples} == {"fake"}
    atif = msgspec.json.decode(trajectory_path(tmp_path / "run", FEW[0], "3").read_bytes())
    assert [one["source"] for one in atif["steps"]][-1] == "agent"


@REAL
def test_results_are_those_of_grade(tmp_path: Path) -> None:
    """What was graded while agents worked has the key and the conditions that `boxscore grade` gives such samples."""
    folder = tmp_path / "run"
    run(folder, model(even), samples_each=2)
    grading = Request(benchmark="tiny", backend="local", only=FEW, out=tmp_path / "other", workers=2)
    benchmark = load_benchmark(grading)
    samples = list(given_samples(folder / "samples.jsonl", [one.instance_id for one in benchmark.every]))

    plan = prepare(grading, benchmark, samples).plan

    results = list(read_lines(folder / "results.jsonl", Result))
    assert {(one.instance_id, one.sample_id): one.key for one in results} == plan.keys()
    assert all(one.conditions == plan.conditions[one.instance_id] for one in results)


@REAL
def test_a_result_is_stored_before_the_last_answer(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    class Waiting(FakeModel):
        async def answer(self, question: Question) -> Answer:
            if question.instance_id == FEW[-1]:
                for _ in range(1200):
                    if (folder / "results.jsonl").stat().st_size:
                        break
                    await asyncio.sleep(0.05)
                else:
                    raise ModelError("nothing was graded meanwhile")
            return await super().answer(question)

    known = tiny()
    finished = run(folder, Waiting(lambda question: right(known[question.instance_id])))

    assert finished.record.sampled == len(FEW)


@INSTANT
def test_the_same_run_again_asks_and_grades_nothing(tmp_path: Path) -> None:
    """What has ended is not begun again; more samples are asked for beside those that are there."""
    run(tmp_path / "run", model(even), samples_each=2)
    before = (tmp_path / "run" / "results.jsonl").read_bytes()
    again, more = model(even), model(even)

    run(tmp_path / "run", again, samples_each=2)
    results = (tmp_path / "run" / "results.jsonl").read_bytes()
    finished = run(tmp_path / "run", more, samples_each=3)

    assert (again.asked, results) == ([], before)
    assert sorted((one.instance_id, one.number) for one in more.asked) == sorted((name, 2) for name in FEW)
    assert finished.record.sampled == 9


@INSTANT
def test_other_settings_are_another_attempt_and_other_limits_ask_nothing_again(tmp_path: Path) -> None:
    """In one directory, an answer counts for all who ask the same: other parameters are asked anew."""
    run(tmp_path / "run", model())
    limited, warmer = model(), model()

    run(tmp_path / "run", limited, limits=AgentLimits(message_limit=9))
    run(tmp_path / "run", warmer, sampling=Sampling(temperature=1.0))

    assert (len(limited.asked), len(warmer.asked)) == (0, 3)


@INSTANT
def test_trouble_of_a_provider_leaves_a_sample_out(tmp_path: Path) -> None:
    """It is neither graded nor charged, what it cost is counted, and the next run asks again."""

    class Failing(FakeModel):
        async def answer(self, question: Question) -> Answer:
            if question.instance_id == FEW[0]:
                raise ModelError("no answer after 5 tries", calls=5, input_tokens=50, cost_usd=0.5)
            return await super().answer(question)

    known = tiny()
    finished = run(tmp_path / "run", Failing(lambda question: right(known[question.instance_id])))
    again = run(tmp_path / "run", model())

    assert finished.run is not None
    assert (finished.record.sampled, finished.record.failures) == (2, {"no answer after 5 tries": 1})
    assert (finished.record.cost_usd, finished.record.retries, finished.record.unanswered) == (0.5, 5, 1)
    assert finished.run.report.pass_at_k["1"].value == 1.0
    assert finished.run.report.missing == (FEW[0],)
    assert (again.record.sampled, again.record.failures, again.record.cost_usd) == (3, {}, 0.5)


@INSTANT
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("raise KeyError('refused: ' + KEY)", "KeyError: 'refused: [redacted]'"),
        ("yield 5", "TypeError: the agent faulty yields int, not boxscore.Draft"),
    ],
)
def test_a_fault_of_an_agent_is_told_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, reason: str
) -> None:
    """An agent of somebody else's may quote what it was refused with; what it says is in the report."""
    monkeypatch.setenv("SOME_API_KEY", "correct horse battery staple")
    source = f"""import os
from boxscore import Draft
KEY = os.environ["SOME_API_KEY"]
class Faulty:
    name, wants_box = "faulty", False
    async def drafts(self, assignment):
        answer = await assignment.ask(assignment.prompt)
        if assignment.instance.instance_id == "{FEW[0]}":
            {line}
        yield Draft(text=answer.text)
AGENT = lambda options: Faulty()
"""
    (tmp_path / "faulty.py").write_text(source)
    finished = run(tmp_path / "run", model(), agent=str(tmp_path / "faulty.py"))

    assert (finished.record.sampled, finished.record.failures) == (2, {reason: 1})


@INSTANT
def test_a_limit_ends_an_agent_and_what_it_has_is_graded(tmp_path: Path) -> None:
    """A conversation that no model takes ends with no draft: an empty answer, with the reason why."""

    class Overflowing(FakeModel):
        async def answer(self, question: Question) -> Answer:
            raise ContextOverflow("too long")

    finished = run(tmp_path / "run", Overflowing([""]))

    assert finished.run is not None
    assert finished.run.report.outcomes == {"no_code": 3}
    assert finished.record.stop_reasons == {"context": 3}


@INSTANT
def test_an_agent_cannot_have_its_sample_left_out_by_a_question_that_is_refused(tmp_path: Path) -> None:
    """What it asks after its first answer is its own making: it ends, and what it has is graded."""

    class Refusing(FakeModel):
        async def answer(self, question: Question) -> Answer:
            if question.turn:
                raise QuestionRefused("no such role")
            return await super().answer(question)

    options = {"rounds": "3", "stuck": "0"}
    finished = run(tmp_path / "run", Refusing(["return None"]), agent="repair", agent_options=options)

    assert (finished.record.sampled, finished.record.stop_reasons) == (3, {"refused": 3})


@INSTANT
def test_the_budget_ends_a_run(tmp_path: Path) -> None:
    """No call is made that could take the cost above it; a higher one goes on where it stopped."""
    price = 1e-4
    once = run(tmp_path / "first", model(usd_per_token=price), samples_each=2)
    assert once.record.cost_usd is not None
    asked = model(usd_per_token=price)

    half = run(
        tmp_path / "run",
        asked,
        samples_each=2,
        price=Price(input_usd=1.0, output_usd=1.0),
        max_cost_usd=once.record.cost_usd / 2,
    )
    rest = run(
        tmp_path / "run",
        asked,
        samples_each=2,
        price=Price(input_usd=1.0, output_usd=1.0),
        max_cost_usd=once.record.cost_usd * 2,
    )

    assert half.record.over_budget
    assert 0 < half.record.sampled < 6
    assert half.record.cost_usd is not None
    assert half.record.cost_usd <= once.record.cost_usd / 2
    assert half.run is not None
    assert half.run.graded.missing == 0
    assert rest.record.sampled == 6
    assert rest.record.cost_usd == pytest.approx(once.record.cost_usd)
    assert not rest.record.over_budget


@INSTANT
def test_equal_answers_are_told_of(tmp_path: Path) -> None:
    known = tiny()
    same = FakeModel(lambda question: right(known[question.instance_id]))

    warm = run(tmp_path / "warm", same, samples_each=3, sampling=Sampling(temperature=0.8))
    cold = run(tmp_path / "cold", same, samples_each=3, sampling=Sampling(temperature=0.0))

    assert warm.run is not None
    assert cold.run is not None
    assert [text for text in warm.run.report.warnings if "are equal" in text]
    assert not [text for text in cold.run.report.warnings if "are equal" in text]
    assert warm.run.report.copied_samples == 6


@INSTANT
def test_nothing_is_asked_before_a_sandbox_is_there(tmp_path: Path) -> None:
    asked = model()

    with pytest.raises(UsageError):
        run(tmp_path / "run", asked, grading={"backend": "local", "image": None, "apply": "strict"})

    assert asked.asked == []
    assert not (tmp_path / "run" / ANSWERS).exists() or not (tmp_path / "run" / ANSWERS).read_bytes()


@pytest.mark.usefixtures("local_backend")
def test_outcomes_that_say_that_a_run_is_broken_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all samples end alike, and references too, no more is asked; the record says why, unless told otherwise."""

    class BrokenPool(InstantPool):
        def submit(self, ticket: Ticket) -> None:
            work = ticket.make()
            result = Result(
                instance_id=work.instance_id, sample_id=work.sample_id, outcome=Outcome.ERROR, trust=work.trust
            )
            ticket.settle(own_result(work, result))

    monkeypatch.setattr(session, "Pool", BrokenPool)
    asked = model()
    every = tuple(tiny())

    each: dict[str, Any] = {"only": every, "samples_each": 9}
    stopped = run(tmp_path / "run", asked, **each, concurrency=1, grading={"reuse": False})
    count = len(asked.asked)
    again = run(tmp_path / "run", asked, **each, grading={"reuse": False, "no_alarm": True})

    assert stopped.run is not None
    assert stopped.run.graded.alarm is not None
    assert "all ended as error" in stopped.run.graded.alarm
    assert count < len(every) * 9
    assert read_run(tmp_path / "run")[0].provenance.alarm is None
    assert again.record.sampled == len(every) * 9


class Dearer(FakeModel):
    price = Price(input_usd=1.0, output_usd=1.0)

    async def answer(self, question: Question) -> Answer:
        first = not self.asked
        answer = await super().answer(question)
        await asyncio.sleep(0.05)
        return msgspec.structs.replace(answer, cost_usd=0.001 if first else 1.0)


@INSTANT
def test_a_cheap_first_call_opens_no_flood(tmp_path: Path) -> None:
    """As many calls are made at a time as have ended, and one more: a budget is exceeded by few of them."""
    finished = run(tmp_path / "run", Dearer(["x"]), only=FEW[:1], samples_each=40, max_cost_usd=2.0, concurrency=32)

    assert finished.record.cost_usd is not None
    assert finished.record.cost_usd < 4
    assert finished.record.over_budget


def test_a_directory_with_paid_answers_of_another_model_is_refused(tmp_path: Path, instant_boxes: None) -> None:
    run(tmp_path / "run", model(usd_per_token=1e-5))
    other = model()
    other.name = "other"

    with pytest.raises(UsageError, match="holds answers of fake, not of other"):
        plan_sampling(request(tmp_path / "run"), other)


def test_samples_that_were_made_in_another_way_are_told_of(tmp_path: Path, instant_boxes: None) -> None:
    run(tmp_path / "run", model())
    warmer = request(tmp_path / "run", sampling=Sampling(temperature=1.0))

    same, other = plan_sampling(request(tmp_path / "run"), model()), plan_sampling(warmer, model())

    assert not same.notices
    assert "the 3 samples that are here were made in another way" in other.notices[0]


@INSTANT
def test_an_agent_that_yields_nothing_is_its_authors_mistake(tmp_path: Path) -> None:
    """The run ends with words of what is missing, before it leaves all samples out one by one."""
    path = tmp_path / "mine.py"
    path.write_text(
        "class Mine:\n    name, wants_box = 'mine', False\n    def __init__(self, options): pass\n"
        "    async def drafts(self, assignment):\n        return []\nAGENT = Mine\n"
    )

    with pytest.raises(UsageError, match="'drafts' of the agent mine must be an async generator"):
        run(tmp_path / "run", model(), agent=str(path))


TIMES = itertools.count()


class Unsteady(InstantPool):
    def submit(self, ticket: Ticket) -> None:
        work = ticket.make()
        code = "" if work.candidate is None else work.candidate.code
        result = Result(
            instance_id=work.instance_id,
            sample_id=work.sample_id,
            outcome=Outcome.WRONG if "return None" in code else Outcome.PASSED,
            trust=work.trust,
            reason=f"time {next(TIMES)}",
        )
        ticket.settle(own_result(work, result))


class Ending(FakeModel):
    async def answer(self, question: Question) -> Answer:
        if question.turn:
            self.asked.append(question)
            raise ModelError("killed")
        return await super().answer(question)


def test_an_agent_that_goes_on_is_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant_boxes: None
) -> None:
    monkeypatch.setattr(session, "Pool", Unsteady)
    asked = [Ending(["return None"]), Ending(["return None"])]
    for one in asked:
        run(tmp_path / "run", one, agent="repair", agent_options={"rounds": "3"})

    first, second = ({one.instance_id: one for one in model.asked if one.turn} for model in asked)
    assert first.keys() == set(FEW)
    assert first == second
    assert not [one for one in asked[1].asked if not one.turn]
    assert {one.instance_id for one in read_lines(tmp_path / "run" / JUDGED, Result)} == set(FEW)


@INSTANT
def test_python_calls_return_a_report_also_where_an_event_loop_runs() -> None:
    options: dict[str, Any] = {"instances": FEW, "backend": "local", "gate": 0, "samples": 2, "k": (1, 2)}

    async def in_a_notebook() -> GradedReport:
        return boxscore.sample("tiny", model(even), **options)

    for report in (boxscore.sample("tiny", model(even), **options), asyncio.run(in_a_notebook())):
        assert {k: one.value for k, one in report.pass_at_k.items()} == {"1": 0.5, "2": 1.0}
        assert len(report.results) == 6
