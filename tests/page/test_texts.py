"""Texts and answers of anybody are shown bounded, without what steers or deceives, and what is cut is counted."""

from __future__ import annotations

import difflib
import re

import pytest

from boxscore.page.diffs import LINE_CHARS, MOST_LINES, answer_diff
from boxscore.page.texts import cell, readable
from tests.hostile_strings import HOSTILE

STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_steers_or_turns(name: str) -> None:
    shown, cut = readable(HOSTILE[name], 4096)

    assert not STEERS.search(shown)
    assert not STEERS.search(cell(HOSTILE[name]))
    assert "\n" not in cell(HOSTILE[name])
    assert cut == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m and \x1b]8;;http://x\x07link\x1b]8;;\x07", "red and link"),
        ("a\0b", "a␀b"),
        ("\u202etxt.exe", "⟨U+202E⟩txt.exe"),
        ("one\r\ntwo\rthree", "one\ntwo␍three"),
        ("tab\tand <b> & é 漢", "tab\tand <b> & é 漢"),
    ],
)
def test_what_is_shown_in_place(text: str, shown: str) -> None:
    assert readable(text, 4096) == (shown, 0)


@pytest.mark.parametrize(("before", "after"), [("", "a\nb"), ("a\nb", ""), ("a\n" * 50 + "b", "a\n" * 50 + "c\nd")])
def test_as_difflib_says(before: str, after: str) -> None:
    expected = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))[2:]

    found = answer_diff("answer", before, after)

    assert found is not None
    shown = [
        f"{' ' if one.before and one.after else '-' if one.before else '+'}{one.text}"
        for _, lines in found.hunks
        for one in lines
    ]
    assert shown == [line for line in expected if not line.startswith("@@")]


def test_long_answers_are_bounded() -> None:
    long = answer_diff("answer", "x" * (1 << 20), "y")
    many = answer_diff("answer", "a\nb\n" * 20_000, "b\na\na\n" * 20_000)

    assert long is not None
    assert many is not None
    assert max(len(line.text) for _, lines in long.hunks for line in lines) < LINE_CHARS + 100
    assert many.note == f"compared up to line {MOST_LINES:,}"
