"""MultiPL-E's tests taken apart: what is expected leaves the program, and is read as each language means it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harnesses.multipl_e import HARNESSES, literals
from harnesses.multipl_e.comparison import CHECKER
from harnesses.multipl_e.driver import driver
from harnesses.multipl_e.scanner import Scanner, Unreadable
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


@pytest.mark.parametrize("language", ROWS)
def test_tests_of_another_form_stay_as_they_are(language: str) -> None:
    tests = ROWS[language]["tests"].replace("-4", "unknown(4)", 1).replace("(long)-4l", "unknown(4)")

    made = driver(language, tests)

    assert made.values is None
    assert tests in made.source


@pytest.mark.parametrize(
    ("language", "source", "value"),
    [
        (
            "js",
            '[1, "a\\n", {"k": undefined}]',
            ["list", [["num", 1.0], ["str", "0061000a"], ["map", [[["str", "006b"], ["undefined"]]]]]],
        ),
        ("js", "-0.5", ["num", -0.5]),
        ("cpp", "(std::vector<long>({(long)1, (long)-2}))", ["list", [["long", 1], ["long", -2]]]),
        ("cpp", "(float)-1l", ["float", 0xBF800000]),
        ("cpp", "(0.5f)", ["float", FLOAT_HALF]),
        (
            "cpp",
            "std::make_tuple(std::optional<long>(-2), std::optional<long>(std::nullopt))",
            ["list", [["int", -2], ["none"]]],
        ),
        (
            "cpp",
            '(std::map<std::string,long>({{"b", 1}, {"a", 2}}))',
            ["map", [[["str", "62"], ["int", 1]], [["str", "61"], ["int", 2]]]],
        ),
        (
            "java",
            "(new ArrayList<Pair<Long, Long>>(Arrays.asList((Pair<Long, Long>)Pair.with(1l, 2l))))",
            ["list", [["tuple", [["long", 1], ["long", 2]]]]],
        ),
        ("java", 'Optional.of("é")', ["optional", [["str", "c3a9"]]]),
        ("java", '(new HashMap<String,Long>(Map.of("a", 1l)))', ["map", [[["str", "61"], ["long", 1]]]]),
        ("go", '[]interface{}{-1, nil, 0.5, true, "a"}', "[-1 <nil> 0.5 true a]"),
        ("go", 'map[string]int{"b": 1, "a": 2}', "map[a:2 b:1]"),
        ("go", "[][]int{}", Unreadable),
        ("go", "100000000000000000000000.0", "1e+23"),
        ("js", "f(1)", Unreadable),
        ("cpp", "std::string_view(1)", Unreadable),
    ],
)
def test_literals(language: str, source: str, value: object) -> None:
    """Each form that the translator writes is read, and no other."""
    scanner, read = Scanner(source + ";"), getattr(literals, {"js": "javascript"}.get(language, language))
    if value is Unreadable:
        with pytest.raises(Unreadable):
            read(scanner)
        return

    assert read(scanner) == value
    assert scanner.takes(";")


def accepted(language: str, seen: object, wanted: object, *, before: str = "", after: str = "") -> bool:
    """Whether a program that printed a value passes where another is expected."""
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


@pytest.mark.parametrize(
    "seen", [None, 1, "x", [], ["list"], ["list", None], {"a": 1}, [["list"]], ["map", [1]], ["num", []]]
)
@pytest.mark.parametrize("language", ["js", "java", "cpp", "go"])
def test_no_output_is_right_by_its_form(language: str, seen: object) -> None:
    wanted = {"java": ["equals", ["list", [["long", 1]]]], "go": "1"}.get(language, ["list", [["num", 1.0]]])

    assert not accepted(language, seen, wanted)


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
