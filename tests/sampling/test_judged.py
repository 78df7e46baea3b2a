"""What tests said of an agent's drafts is kept: one that goes on after an interrupt is told the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from boxscore.errors import ModelError
from boxscore.models.fake import FakeModel
from boxscore.records import Outcome, Result
from boxscore.run.lines import read_lines
from boxscore.run.store import JUDGED
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
    for model in asked:
        run(tmp_path / "run", model, agent="repair", agent_options={"rounds": "3"})

    first, second = ({one.instance_id: one for one in model.asked if one.turn} for model in asked)
    assert first.keys() == set(FEW)
    assert first == second
    assert not [one for one in asked[1].asked if not one.turn]
    assert {one.instance_id for one in read_lines(tmp_path / "run" / JUDGED, Result)} == set(FEW)
