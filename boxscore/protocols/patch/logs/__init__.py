"""What test runners say, as statuses: log parsers, JUnit reports, and the rules that turn statuses into a verdict."""

from __future__ import annotations

from boxscore.protocols.patch.logs.judge import Judged, judge, suite_ran
from boxscore.protocols.patch.logs.junit import JunitCase, junit_statuses, read_junit, under_required_names
from boxscore.protocols.patch.logs.python import is_artefact
from boxscore.protocols.patch.logs.registry import contradicted, parse_log, parser_names, parser_of

__all__ = [
    "Judged",
    "JunitCase",
    "contradicted",
    "is_artefact",
    "judge",
    "junit_statuses",
    "parse_log",
    "parser_names",
    "parser_of",
    "read_junit",
    "suite_ran",
    "under_required_names",
]
