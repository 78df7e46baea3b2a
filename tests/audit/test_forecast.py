"""How long an audit is said to take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.audit.forecast import forecast
from boxscore.audit.work import AuditOptions, make_work
from boxscore.run.request import Request
from tests.audit.test_run import SOUND
from tests.audit.toy import benchmark, instance

if TYPE_CHECKING:
    from pathlib import Path


def test_known_times_and_assumed_ones(tmp_path: Path) -> None:
    work = make_work(Request(benchmark="toy"), benchmark(tmp_path, SOUND), AuditOptions(mutants=0))

    unknown = forecast(work, {}, workers=1, repeats=2)
    known = forecast(work, {"toy/1": 4.0}, workers=2, repeats=2)
    rest = forecast(work, {"toy/1": 4.0}, workers=1, repeats=2, rounds_s=1.0)
    slow = forecast(work, {"toy/1": 4.0}, workers=1, repeats=2, rounds_s=16.04)

    assert unknown.gradings == {"references and empty samples": 4, "stubs": 6, "mutants": 0, "examples": 1}
    assert unknown.text() == (
        "11 gradings (4 references and empty samples, 6 stubs, 1 example): about 0 s; "
        "no times are known yet, and are assumed from the limits"
    )
    assert (round(known.seconds), known.known) == (22, 1)
    assert (round(rest.seconds), round(slow.seconds)) == (28, 56)
    assert "by the times of the references" in known.text()


def test_mutants_that_may_never_end_take_longer(tmp_path: Path) -> None:
    head = 'def count(n):\n    """Count while there is one:"""\n'
    body = "    found = 0\n    while n > 0:  # each\n        n, found = n - 2, found + 1\n    return found\n"
    tests = "assert count(4) == 2\n"
    bodies = (body, body.replace("while n > 0:  # each", "for n in range(n, 0, -2):"))
    made = [benchmark(tmp_path, instance("toy/1", head, one, tests)) for one in bodies]
    looping, ending = (make_work(Request(benchmark="toy"), one, AuditOptions(mutants=4)) for one in made)
    seconds = [forecast(work, {"toy/1": 0.001}, workers=1, repeats=1).seconds for work in (looping, ending)]

    assert len(looping.mutants) == len(ending.mutants) == 4
    assert round(seconds[0] - seconds[1], 3) == round(0.13 * 4 * looping.tasks["toy/1"].limits.cpu_s, 3)
