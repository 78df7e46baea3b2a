"""How long an audit is said to take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.audit.forecast import forecast
from boxscore.audit.work import AuditOptions, make_work
from boxscore.run.prepare import Request
from tests.audit.test_run import SOUND
from tests.audit.toy import benchmark

if TYPE_CHECKING:
    from pathlib import Path


def test_known_times_and_assumed_ones(tmp_path: Path) -> None:
    """Gradings are counted by stage; a known time of a reference is taken in place of the assumed one."""
    work = make_work(Request(benchmark="toy"), benchmark(tmp_path, SOUND), AuditOptions(mutants=0))

    unknown = forecast(work, {}, workers=1, repeats=2)
    known = forecast(work, {"toy/1": 4.0}, workers=2, repeats=2)
    rest = forecast(work, {"toy/1": 4.0}, workers=1, repeats=2, rounds_s=1.0)
    slow = forecast(work, {"toy/1": 4.0}, workers=1, repeats=2, rounds_s=16.04)

    assert unknown.gradings == {"references and empty samples": 4, "stubs": 6, "mutants": 0, "examples": 1}
    assert unknown.text() == (
        "11 gradings (4 references and empty samples, 6 stubs, 1 examples): about 0 s; "
        "times of 1 of 1 instances are not known yet, and assumed from their limits"
    )
    assert (round(known.seconds), known.known) == (22, 1)
    assert (round(rest.seconds), round(slow.seconds)) == (28, 56)
    assert "by the times of the references" in known.text()
