"""What both programs are given of DS-1000."""

from __future__ import annotations

import ast
import textwrap

from bench import ds_1000 as bench
from tests.harnesses.ds_1000.ds_rows import ROWS


def test_without_a_count_samples_are_the_references() -> None:
    """Of all rows, in the order of their numbers."""
    made = list(bench.made(ROWS, 0))

    assert [one["solution"] for one in made] == [row["reference_code"] for row in ROWS]
    assert {one["sample_id"] for one in made} == {"gold"}


def test_samples_are_references_and_mutants_in_turns() -> None:
    """The same rows give the same samples; none is a reference again."""
    made = list(bench.made(ROWS, 7))
    texts = {bench.name_of(row): row["reference_code"] for row in ROWS}
    changed = [one for one in made if one["sample_id"] != "gold"]

    assert made == list(bench.made(ROWS, 7))
    assert len(changed) == len({(one["task_id"], one["solution"]) for one in changed}) == 7
    assert all(one["solution"] != texts[one["task_id"]] for one in changed)


def test_a_mutant_of_a_body_is_one() -> None:
    """It stands as deep as its reference does, in whatever function goes on after it."""
    body = "    total = 1 + 2\n    return total\n"
    found = bench.changed(body, 1)

    assert found
    for text in found:
        assert all(line.startswith("    ") for line in text.splitlines())
        ast.parse(textwrap.dedent(text))


def test_the_official_program_looks_at_the_text_where_there_is_such_a_test() -> None:
    """As `test_ds1000.py` puts it together."""
    row = {"code_context": "def test_execution(solution): ..."}

    assert bench.program_of(row, "a = 1").endswith("code = 'a = 1'\ntest_execution(code)\n\n")
    row["code_context"] += "\ndef test_string(solution): ..."
    assert bench.program_of(row, "a").endswith("test_execution(code)\ntest_string(code)\n")
