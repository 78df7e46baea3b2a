"""The parsers by name, and whether a suite ran."""

from __future__ import annotations

import pytest

from boxscore.errors import UsageError
from boxscore.protocols.patch.logs import parse_log, parser_names, suite_ran


@pytest.mark.parametrize(
    "log", ["Executed 0 of 0", "0 passing", "Tests:       0 total", "0 specs, 0 failures", "# tests 0"]
)
def test_a_suite_without_tests_did_not_run(log: str) -> None:
    """A summary that counts no test is no sign of a run."""
    assert not suite_ran(log)


@pytest.mark.parametrize(
    "log", ["Executed 3 of 3", "10 passing (1s)", "Test Suites: 1 failed, 2 total", "x': ok", "1 spec, 0 failures"]
)
def test_a_suite_with_tests_ran(log: str) -> None:
    """A summary that counts a test is a sign of a run."""
    assert suite_ran(log)


def test_an_unknown_parser_is_a_usage_error() -> None:
    """The error names what was asked for and what there is."""
    with pytest.raises(UsageError, match=r"'parse_log_cobol'.*pytest-v2"):
        parse_log("parse_log_cobol", "")


def test_official_names_are_known() -> None:
    """Each of our names is also known in the form of SWE-bench's functions."""
    assert {"pytest", "django", "chart-js", "rspec-transformed-json"} <= set(parser_names())
    for name in parser_names():
        assert parse_log(f"parse_log_{name.replace('-', '_')}", "") == {}
