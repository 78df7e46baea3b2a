"""What tests said of an agent's drafts is kept: one that goes on after an interrupt is told the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import ModelError
from boxscore.models.fake import FakeModel
from boxscore.protocols.web.detail import WebAttempt, WebDetail
from boxscore.records import Outcome, Result, Trust
from boxscore.run.lines import read_lines
from boxscore.run.store import JUDGED
from boxscore.sampling.records import VisibleVerdicts
from boxscore.session import session
from boxscore.session.pool import own_result
from tests.sampling.conftest import InstantPool
from tests.sampling.runs import FEW, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from boxscore.models.contract import Answer, Question
    from boxscore.session.pool import Ticket

TIMES = itertools.count()


class Unsteady(InstantPool):
    """Says something else each time, as a clock or a browser does."""

    def submit(self, ticket: Ticket) -> None:
        """Settle a request."""
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
    """Gives no second answer, as if the process were killed there."""

    async def answer(self, question: Question) -> Answer:
        """Answer the first question."""
        if question.turn:
            self.asked.append(question)
            raise ModelError("killed")
        return await super().answer(question)


def test_an_agent_that_goes_on_is_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant_boxes: None
) -> None:
    """So its next question is the same, and an answer to it would be found."""
    monkeypatch.setattr(session, "Pool", Unsteady)
    asked = [Ending(["return None"]), Ending(["return None"])]
    for model in asked:
        run(tmp_path / "run", model, agent="repair", agent_options={"rounds": "3"})

    first, second = ({one.instance_id: one for one in model.asked if one.turn} for model in asked)
    assert first.keys() == set(FEW)
    assert first == second
    assert not [one for one in asked[1].asked if not one.turn]
    assert {one.instance_id for one in read_lines(tmp_path / "run" / JUDGED, Result)} == set(FEW)


def test_pictures_are_not_kept(tmp_path: Path) -> None:
    """No agent of ours looks at them, and there may be very many."""
    attempt = WebAttempt(task="task-1", number=1, outcome=Outcome.WRONG, log="no", screenshot=b"jpeg")
    detail = WebDetail(tasks=("task-1",), attempts=(attempt,), files={"a.zip": b"zip"})
    result = Result(
        instance_id="p", sample_id="draft", outcome=Outcome.WRONG, trust=Trust.OBSERVER, key="k", detail=detail
    )
    path = tmp_path / JUDGED

    with path.open("ab") as file:
        VisibleVerdicts(path, file.write).add(result)
    plain = replace(detail, attempts=(replace(attempt, screenshot=b""),), files={})
    found = VisibleVerdicts(path, lambda _: 0)
    assert found.find("p", "k") == replace(result, detail=plain)
    assert found.find("p", "other") is None
