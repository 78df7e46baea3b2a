"""The parsers by name, and whether a suite ran."""

from __future__ import annotations

import pytest

from boxscore.errors import UsageError
from boxscore.protocols.patch.logs import parse_log, parser_names, suite_ran


@pytest.mark.parametrize(
    "log", ["Executed 0 of 0", "0 passing", "Tests:       0 total", "0 specs, 0 failures", "# tests 0"]
)
def test_a_suite_without_tests_did_not_run(log: str) -> None:
    assert not suite_ran(log)


@pytest.mark.parametrize(
    "log", ["Executed 3 of 3", "10 passing (1s)", "Test Suites: 1 failed, 2 total", "x': ok", "1 spec, 0 failures"]
)
def test_a_suite_with_tests_ran(log: str) -> None:
    assert suite_ran(log)


def test_an_unknown_parser_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"'parse_log_cobol'.*pytest-v2"):
        parse_log("parse_log_cobol", "")


def test_official_names_are_known() -> None:
    assert {"pytest", "django", "chart-js", "rspec-transformed-json"} <= set(parser_names())
    for name in parser_names():
        assert parse_log(f"parse_log_{name.replace('-', '_')}", "") == {}
