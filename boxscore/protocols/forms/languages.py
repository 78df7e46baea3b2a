"""The languages whose tests can have forms, told by the parser that reads a runner's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.forms.cpp import GoogleTest
from boxscore.protocols.forms.go import Go
from boxscore.protocols.forms.java import Java
from boxscore.protocols.forms.javascript import JavaScript
from boxscore.protocols.forms.ruby import Ruby

if TYPE_CHECKING:
    from boxscore.protocols.forms.language import FormLanguage

LANGUAGES: dict[str, FormLanguage] = {
    "go": Go(),
    "googletest": GoogleTest(),
    "gradle": Java(),
    "jekyll": Ruby(),
    "jest": JavaScript(),
    "jest-json": JavaScript(),
    "maven": Java(),
    "maven-v4": Java(),
    "minitest": Ruby(),
    "mocha": JavaScript(),
    "multi-swe-gson": Java(),
    "multi-swe-jest": JavaScript(),
    "multi-swe-maven": Java(),
    "multi-swe-maven-plain": Java(),
    "multi-swe-mocha": JavaScript(),
    "multi-swe-mocha-json": JavaScript(),
    "multi-swe-vitest": JavaScript(),
    "rspec": Ruby(),
    "ruby-unit": Ruby(),
    "tap": JavaScript(),
    "vitest": JavaScript(),
}


def forms_of(parser: str) -> FormLanguage | None:
    """Return how tests are read for the runner of a log parser, None where that is not known."""
    return LANGUAGES.get(parser)
