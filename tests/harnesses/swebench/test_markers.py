"""The lines around and beside the tests' output, and the parser of a repository."""

from __future__ import annotations

import pytest

from boxscore.errors import UsageError
from boxscore.protocols.patch.logs import parser_names
from harnesses.swebench.log_formats import repository_parser
from harnesses.swebench.markers import between_markers, failed_early
from harnesses.swebench.markers import test_exit_code as exit_code_of

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


@pytest.mark.parametrize(
    ("repo", "parser"),
    [
        ("django/django", "django"),
        ("pytest-dev/pytest", "pytest"),
        ("astropy/astropy", "pytest-v2-v4"),
        ("chartjs/Chart.js", "chart-js"),
        ("Automattic/wp-calypso", "calypso"),
        ("google/gson", "maven-v4"),
    ],
)
def test_a_repository_has_its_parser(repo: str, parser: str) -> None:
    """The parser of a repository is found, whatever case its name is written in."""
    assert parser == repository_parser(repo) == repository_parser(repo.upper())
    assert parser in parser_names()


def test_an_unknown_repository_is_a_usage_error() -> None:
    """A row of another repository must name its parser itself."""
    with pytest.raises(UsageError, match="'a/b'"):
        repository_parser("a/b")
