"""The lines around and beside the tests' output."""

from __future__ import annotations

import pytest

from bench.markers import between_markers, failed_early
from bench.markers import test_exit_code as exit_code_of

START, END = ">>>>> Start Test Output", ">>>>> End Test Output"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (f"a\n+ : '{START}'\nPASSED t\n+ : '{END}'\nb", "'\nPASSED t\n+ : '"),
        (f"{START}one{START}two{END}", "one"),
        (f"{START}one{END}two{END}", "one"),
        (f"{END}one{START}two", "two"),
        (f"{START}one", None),
        (f"one{END}", None),
        ("", None),
    ],
)
def test_text_between_markers(log: str, expected: str | None) -> None:
    """The text goes from the first start marker to the next marker; with either kind missing there is none."""
    assert expected == between_markers(log)


@pytest.mark.parametrize("note", ["Patch Apply Failed", "Reset Failed", "Tests Errored", "Tests Timed Out"])
def test_an_early_end_is_named(note: str) -> None:
    """Each of SWE-bench's notes is found anywhere in the log."""
    assert note == failed_early(f"x\n>>>>> {note}\ny")


def test_other_notes_are_no_early_end() -> None:
    """A note that the patch applied, or that tests failed, is none."""
    assert failed_early(">>>>> Applied Patch\n>>>>> Some Tests Failed\nPatch Apply Failed") is None


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (f"{END}\n>>>>> Test Exit Code: 1\n", 1),
        (">>>>> Test Exit Code:0", 0),
        (">>>>> Test Exit Code: -9", -9),
        (">>>>> Test Exit Code: $?", None),
        (f">>>>> Test Exit Code: {'1' * 5000}", None),
        ("", None),
    ],
)
def test_exit_codes_are_read(log: str, expected: int | None) -> None:
    """The first exit code that is a number counts, one that no process can have does not."""
    assert expected == exit_code_of(log)
