"""The parser of a repository."""

from __future__ import annotations

import pytest

from boxscore import Trust
from boxscore.data.plugins import load_harness
from boxscore.protocols.patch.failing_tests import LANGUAGES
from boxscore.protocols.patch.logs import parser_names
from harnesses.swebench.log_formats import REPOSITORIES, repository_parser


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
    assert parser == repository_parser(repo) == repository_parser(repo.upper())
    assert parser in parser_names()


@pytest.mark.parametrize("name", ["swe-bench-multilingual", "swe-bench-multimodal"])
def test_runners_of_other_languages_have_planted_tests(name: str) -> None:
    assert {"go", "jest", "vitest"} <= REPOSITORIES.keys() & LANGUAGES.keys()
    assert load_harness(name).trust is Trust.WATCHED
