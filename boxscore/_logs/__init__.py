"""What test runners say, as statuses: log parsers, JUnit reports, and the rules that turn statuses into a verdict."""

from __future__ import annotations

from boxscore._logs._cases import junit_statuses, under_required_names
from boxscore._logs._judge import Judged, judge
from boxscore._logs._junit_report import JunitCase, read_junit
from boxscore._logs._markers import between_markers, failed_early, suite_ran, test_exit_code
from boxscore._logs._registry import parse_log, parser_names
from boxscore._logs._repositories import repository_parser

__all__ = [
    "Judged",
    "JunitCase",
    "between_markers",
    "failed_early",
    "judge",
    "junit_statuses",
    "parse_log",
    "parser_names",
    "read_junit",
    "repository_parser",
    "suite_ran",
    "test_exit_code",
    "under_required_names",
]
