"""What test runners say, as statuses: log parsers, JUnit reports, and the rules that turn statuses into a verdict."""

from __future__ import annotations

from boxscore.protocols.patch.logs.judge import Judged, between_markers, failed_early, judge, suite_ran, test_exit_code
from boxscore.protocols.patch.logs.junit import JunitCase, junit_statuses, read_junit, under_required_names
from boxscore.protocols.patch.logs.registry import parse_log, parser_names
from boxscore.swebench.log_formats import repository_parser

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
