"""The program protocol as the engine sees it: which tasks it takes, under which limits, and what it says of them."""

from __future__ import annotations

import pytest

from boxscore.protocols.program.protocol import MAX_CASES, PROTOCOL
from boxscore.protocols.program.task import Case, Comparison, ProgramTask, Rule
from boxscore.records import Limits

CASE = Case(stdin="1", expected="2")
CHECKER = "def accept(stdin, output, expected):\n    return True\n"


def task(**fields: object) -> ProgramTask:
    return ProgramTask(**({"cases": (CASE,)} | fields))  # type: ignore[arg-type]


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


def test_what_is_shown_does_not_tell_the_answers() -> None:
    assert PROTOCOL.describe(task()) == {"language": "python", "cases": 1, "comparison": "trailing_space"}
