"""What the measurement of the kept compiler makes of its rounds and of verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.java_compiler import differing, told
from boxscore import Outcome, ProjectDetail, Result, Trust
from boxscore.records import CompileError

if TYPE_CHECKING:
    import pytest


def result(outcome: Outcome, line: int = 1, **tests: str) -> Result:
    """A result of a project."""
    detail = ProjectDetail(tests=tests, errors=(CompileError(path="A.java", line=line, message="odd"),), compile_s=line)
    return Result(instance_id="i", sample_id="0", outcome=outcome, trust=Trust.CLAIM, detail=detail)


def test_verdicts_that_differ_are_named() -> None:
    """Outcome, errors and each test's status count; how long it took does not."""
    first = {"a": result(Outcome.WRONG, one="FAILED"), "b": result(Outcome.PASSED, one="PASSED")}
    same = {"a": result(Outcome.WRONG, one="FAILED"), "b": result(Outcome.PASSED, one="PASSED")}
    other = {"a": result(Outcome.WRONG, one="ERROR"), "b": result(Outcome.PASSED, one="PASSED", line=2)}

    assert differing({"kept": {"results": first}, "new": {"results": same}}) == []
    assert [line[:2] for line in differing({"kept": {"results": first}, "new": {"results": other}})] == ["a:", "b:"]


def test_a_ratio_is_of_the_same_round(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine that grows busy between two rounds changes no ratio."""
    costs = {"kept": [(1.0, 2.0), (10.0, 20.0)], "new": [(4.0, 5.0), (50.0, 60.0)]}

    found = told(costs, {"kept": 300 << 20, "new": 0})

    assert found["new"]["ratio"] == 4.5
    assert found["kept"]["cpu_s"] == 5.5
    assert "4.5 (4.0-5.0) times the kept one's cpu; at most 0 MiB" in capsys.readouterr().out
