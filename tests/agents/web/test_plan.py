"""A run that builds web projects, as it is planned: who is asked, how often, and what is said of it beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.errors import UsageError
from boxscore.models.fake import FakeModel
from boxscore.run.prepare import Request
from boxscore.sampling.plan import SamplingPlan, plan_sampling
from boxscore.sampling.request import SamplingRequest

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "http://127.0.0.1:6077/message"


def planned(
    folder: Path, *, benchmark: str = "tiny-web", agent: str = "repair", fake: bool = True, **options: str
) -> SamplingPlan:
    """A plan for one sample of the first project."""
    only = ("tiny-web/larder",) if benchmark == "tiny-web" else ()
    request = SamplingRequest(
        grading=Request(benchmark=benchmark, backend="docker", only=only, out=folder / "run"),
        model="mine",
        agent=agent,
        agent_options=options,
    )
    return plan_sampling(request, FakeModel([""]) if fake else None, dry=True)


def test_says_how_often_it_asks_at_most(tmp_path: Path) -> None:
    """Twice for each task."""
    plan = planned(tmp_path, preset="web-bench")
    tasks = plan.job.instances[0].prompt.count("\n") + 1

    assert plan.forecast.most_calls == 2 * tasks
    assert next(plan.forecast.lines()) == f"at least 1 call, at most {2 * tasks}, for 1 of 1 sample"


def test_an_agent_behind_an_address_takes_the_place_of_the_model(tmp_path: Path) -> None:
    """Its name is whatever the run says, and another address is another run."""
    plan, other = (
        planned(tmp_path, fake=False, preset="web-bench", endpoint=f"{ADDRESS}{end}") for end in ("", "/other")
    )

    assert (plan.model.name, plan.model.base) == ("mine", ADDRESS)
    assert plan.setup != other.setup


def test_one_answer_for_all_tasks_is_said_aloud(tmp_path: Path) -> None:
    """It is another task than the benchmark's; what to use is in the sentence."""
    assert "preset=web-bench" in planned(tmp_path, agent="sample").notices[-1]
    assert not planned(tmp_path, preset="web-bench").notices


def test_is_refused_for_anything_else(tmp_path: Path) -> None:
    """Before anybody is asked."""
    with pytest.raises(UsageError, match="builds web projects"):
        planned(tmp_path, benchmark="tiny", preset="web-bench")
