"""What two answers differ in."""

from __future__ import annotations

import difflib

import pytest

from boxscore.page.diffs import LINE_CHARS, MOST_LINES, answer_diff


@pytest.mark.parametrize(("before", "after"), [("", "a\nb"), ("a\nb", ""), ("a\n" * 50 + "b", "a\n" * 50 + "c\nd")])
def test_as_difflib_says(before: str, after: str) -> None:
    """Hunks are those of a unified diff, also far from the first line."""
    expected = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))[2:]

    found = answer_diff("answer", before, after)

    assert found is not None
    shown = [
        f"{' ' if one.before and one.after else '-' if one.before else '+'}{one.text}"
        for _, lines in found.hunks
        for one in lines
    ]
    assert shown == [line for line in expected if not line.startswith("@@")]


def test_only_line_ends() -> None:
    """Answers that are the same lines are not called the same."""
    found = answer_diff("answer", "a\n", "a")

    assert found is not None
    assert (found.hunks, found.note) == ((), "only line ends differ")


def test_long_answers_are_bounded() -> None:
    """A long line is cut, many lines are compared as far as is quick, and both are told."""
    long = answer_diff("answer", "x" * (1 << 20), "y")
    many = answer_diff("answer", "a\nb\n" * 20_000, "b\na\na\n" * 20_000)

    assert long is not None
    assert many is not None
    assert max(len(line.text) for _, lines in long.hunks for line in lines) < LINE_CHARS + 100
    assert many.note == f"compared up to line {MOST_LINES:,}"
