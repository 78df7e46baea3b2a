"""Parts that are scored apart: what a task may say of them, and what is shown."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore import FunctionTask, Inputs, PartTests
from boxscore.protocols.function.protocol import PROTOCOL

BASE = PartTests(part="base", names=("g",), tests="assert g(1) == 1")
TASK = FunctionTask(
    entry_point="f",
    names=("f",),
    tests="assert f(1) == 1",
    reference="def g(x): return x\ndef f(x): return g(x)",
    part="derived",
    apart=(BASE,),
)


def test_parts_are_shown() -> None:
    assert PROTOCOL.invalid_reason(TASK) is None
    assert PROTOCOL.describe(TASK)["parts"] == ("base: g", "derived")
    assert "parts" not in PROTOCOL.describe(replace(TASK, part="", apart=()))


@pytest.mark.parametrize(
    "task",
    [
        replace(TASK, part=""),
        replace(TASK, part="base"),
        replace(TASK, apart=(BASE, BASE)),
        replace(TASK, tests=None, inputs=Inputs(arguments=((1,),))),
    ],
)
def test_parts_need_names_of_their_own_and_tests(task: FunctionTask) -> None:
    assert "'apart' needs" in (PROTOCOL.invalid_reason(task) or "")
