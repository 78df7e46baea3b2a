"""The parser of a repository."""

from __future__ import annotations

import pytest

from boxscore.errors import UsageError
from boxscore.protocols.patch.logs import parser_names
from harnesses.swebench.log_formats import repository_parser


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
