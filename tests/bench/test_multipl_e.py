"""What both programs are given of MultiPL-E."""

from __future__ import annotations

import random

import pytest

from bench import multipl_e as bench
from tests.multipl_e_rows import ROWS


@pytest.mark.parametrize("language", ROWS)
def test_samples_are_answers_and_mutants(language: str) -> None:
    """An answer has a mutant behind it for each place that can be changed; the same rows give the same samples."""
    row = ROWS[language]
    answered = row | {"gpt_solution": f"```\n{row['prompt']}{row['right']}```"}
    found = list(bench.made([answered], language, 2))
    texts = [one["solution"] for one in found]

    assert found == list(bench.made([answered], language, 2))
    assert [one["sample_id"] for one in found] == ["answer", "mutant-0"]
    assert texts[0] != texts[1]


def test_a_mutant_differs_in_one_place_of_the_body() -> None:
    """Neither imports and comments are changed, nor types."""
    code = "#include <v>\nint f(int a, list<int> b) {\n    // a < 1\n    if (a < 7 && 0 == b[1]) return true;\n}\n"
    found = bench.changed(code, random.Random(1))

    assert set(found) == {
        code.replace("a < 7", "a <= 7"),
        code.replace("&&", "||"),
        code.replace("== b", "!= b"),
        code.replace("0 ==", "1 =="),
        code.replace("[1]", "[2]"),
        code.replace("true", "false"),
    }


def test_answers_in_go_have_the_package_of_the_tests() -> None:
    """The compiler refuses two packages in a folder."""
    row = ROWS["go"]
    program = bench.program_of("go", row, "package main\nfunc f() {}\n")

    assert program.startswith("package double_all_test\nfunc f() {}\n")
    assert program.endswith(row["tests"])
