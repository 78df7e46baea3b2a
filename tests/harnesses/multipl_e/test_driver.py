"""MultiPL-E's tests taken apart: what is expected leaves the program, and is read as each language means it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harnesses.multipl_e import HARNESSES
from harnesses.multipl_e.comparison import CHECKER
from harnesses.multipl_e.driver import driver
from tests.multipl_e_rows import ROWS

FLOAT_HALF = 0x3F000000


@pytest.mark.parametrize("language", ROWS)
def test_what_is_expected_does_not_enter_the_box(language: str) -> None:
    made = driver(language, ROWS[language]["tests"])

    assert made.values is not None
    assert len(made.values) == 2
    assert "-4" not in made.source
    assert "4l" not in made.source
    assert made.source.count("-2") == ROWS[language]["tests"].count("-2")


def accepted(language: str, seen: object, wanted: object, *, before: str = "", after: str = "") -> bool:
    namespace: dict[str, Any] = {}
    exec(CHECKER, namespace)
    output = f"{before}\nboxscore: values\n{json.dumps([seen])}\n{after}"
    try:
        return bool(namespace["accept"]("", output, json.dumps({"language": language, "values": [wanted]})))
    except Exception:  # noqa: BLE001 - as whoever judges by it
        return False


@pytest.mark.parametrize(
    ("language", "seen", "wanted", "right"),
    [
        ("js", ["str", "0031"], ["num", 1.0], True),  # 1 == "1", as the legacy comparison has it
        ("js", ["null"], ["undefined"], True),
        ("js", ["num", "NaN"], ["num", 1.0], False),
        ("js", ["num", "0"], ["undefined"], False),
        ("js", ["list", [["num", "1"]]], ["num", 1.0], False),
        ("js", ["other"], ["list", []], False),
        ("js", ["map", [[["str", "006b"], ["bool", True]]]], ["map", [[["str", "006b"], ["num", 1.0]]]], True),
        ("java", ["float", FLOAT_HALF], ["==", ["double", 0.5]], True),
        ("java", ["int", 2], ["equals", ["long", 2]], False),
        ("java", ["int", 2], ["==", ["long", 2]], True),
        (
            "java",
            ["map", [["list", [["str", "61"], ["long", 1]]]]],
            ["equals", ["map", [[["str", "61"], ["long", 1]]]]],
            True,
        ),
        ("cpp", ["double", "0.5"], ["float", FLOAT_HALF], True),
        ("cpp", ["int", 3], ["int", 4], False),
        ("cpp", ["none", 0], ["int", 0], False),
        ("cpp", ["bool", True], ["bool", True], True),
        (
            "cpp",
            ["map", [[["str", "61"], ["int", 2]], [["str", "62"], ["int", 1]]]],
            ["map", [[["str", "62"], ["int", 1]], [["str", "61"], ["int", 2]]]],
            True,
        ),
        ("go", "5b312032".strip(), "[1 2", True),
        ("go", "00", "[1 2]", False),
    ],
)
def test_values_are_compared_as_the_assertion_compares(
    language: str,
    seen: object,
    wanted: object,
    right: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert accepted(language, seen, wanted) is right


@pytest.mark.parametrize("harness", HARNESSES, ids=[one.language for one in HARNESSES])
def test_nearly_all_rows_are_taken_apart(harness: Any) -> None:
    folder = os.environ.get("BOXSCORE_DATA")
    if folder is None or not (path := Path(folder) / harness.source.path).is_file():
        pytest.skip("the benchmark's data is not here")
    claims = [one.row["name"] for one in harness.load(path) if harness.task(one).claimed]

    assert (
        claims
        == {
            "js": ["HumanEval_51_remove_vowels"],
            "java": [],
            "go": ["HumanEval_87_get_row"],
            "cpp": ["HumanEval_103_rounded_avg", "HumanEval_125_split_words", "HumanEval_137_compare_one"],
        }[harness.language]
    )
