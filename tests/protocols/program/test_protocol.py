"""The program protocol as the engine sees it: which tasks it takes, under which limits, and what it says of them."""

from __future__ import annotations

import pytest

from boxscore.protocols.program.protocol import MAX_CASES, PROTOCOL
from boxscore.protocols.program.task import Case, Comparison, ProgramTask, Rule, box_limits
from boxscore.protocols.registry import protocol_of
from boxscore.records import Limits

CASE = Case(stdin="1", expected="2")
CHECKER = "def accept(stdin, output, expected):\n    return True\n"


def task(**fields: object) -> ProgramTask:
    return ProgramTask(**({"cases": (CASE,)} | fields))  # type: ignore[arg-type]


def test_it_is_found_by_its_task() -> None:
    assert protocol_of(task()) is PROTOCOL
    assert PROTOCOL.invalid_reason(task()) is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"language": "cobol"}, "known are python, cpp, javascript"),
        ({"cases": ()}, "holds 0"),
        ({"cases": (CASE,) * (MAX_CASES + 1)}, "from 1 to"),
        ({"comparison": Comparison(rule=Rule.CHECKER)}, "a 'checker' is needed"),
        ({"comparison": Comparison(checker=CHECKER)}, "and nowhere else"),
        ({"comparison": Comparison(rel_tol=-1.0)}, "0 or more"),
        ({"comparison": Comparison(abs_tol=float("nan"))}, "0 or more"),
        ({"total_cpu_s": 0.0}, "more than 0"),
        ({"files": (("../up", ""),)}, "'../up'"),
        ({"files": (("/top", ""),)}, "'/top'"),
        ({"files": (("main.py", ""),)}, "there already"),
        ({"files": (("a", ""), ("a", "x"))}, "there already"),
        ({"files": (("a", ""), ("a/b", "x"))}, "both a file and a folder"),
        ({"cases": (Case(stdin="\ud800"),)}, "case 1 is not text"),
        ({"cases": (Case(expected="\ud800"),)}, "what case 1 expects is not text"),
        ({"arguments": ("\ud800",)}, "is not text"),
        ({"arguments": ("a\0",)}, "NUL"),
        ({"cases": (Case(stdin="x" * 2000),), "limits": Limits(disk_bytes=1000)}, "1000 can be given"),
    ],
)
def test_a_task_that_cannot_be_graded_is_told_why(fields: dict[str, object], words: str) -> None:
    assert words in (PROTOCOL.invalid_reason(task(**fields)) or "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cases": (Case(),)}, "`no_tests`"),
        ({"comparison": Comparison(rule=Rule.CHECKER, checker="def accept(")}, "not Python"),
        ({"comparison": Comparison(rule=Rule.CHECKER, checker="x = 1")}, "does not define `accept`"),
    ],
)
def test_a_doubtful_task_is_warned_of(fields: dict[str, object], words: str) -> None:
    (warning,) = PROTOCOL.warnings(task(**fields))

    assert words in warning


def test_limits_leave_room_for_what_is_expected() -> None:
    asked = task(cases=(Case(expected="x" * 3_000_000),), limits=Limits(cpu_s=100.0, wall_s=5.0))

    limits = PROTOCOL.limits(asked)

    assert limits.output_bytes > 3_000_000
    assert limits.wall_s == 100.0


def test_a_cpu_limit_is_of_each_case() -> None:
    changed = PROTOCOL.with_cpu_limit(task(total_cpu_s=10.0), 30.0)

    assert (changed.limits.cpu_s, changed.total_cpu_s) == (30.0, 30.0)


def test_one_box_serves_tasks_of_different_times() -> None:
    quick, slow = task(limits=Limits(cpu_s=1.0)), task(limits=Limits(cpu_s=9.0, output_bytes=10))

    assert box_limits(quick) == box_limits(slow)
    assert box_limits(task(limits=Limits(memory_bytes=1 << 29))) != box_limits(quick)
    assert box_limits(task(language="cpp", limits=Limits(memory_bytes=1 << 29))).memory_bytes == 1 << 30


def test_what_is_shown_does_not_tell_the_answers() -> None:
    assert PROTOCOL.describe(task()) == {"language": "python", "cases": 1, "comparison": "trailing_space"}


def test_nothing_is_asked_of_a_reference_where_nothing_is_compared() -> None:
    assert PROTOCOL.gate(task(cases=(Case(),))) is None
    assert PROTOCOL.gate(task()) is not None
