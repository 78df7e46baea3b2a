"""The language and runner of a task's test files, told by the parser that reads its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs import parser_of
from boxscore.protocols.patch.planting.cpp import GoogleTest
from boxscore.protocols.patch.planting.go import Go
from boxscore.protocols.patch.planting.java import Java
from boxscore.protocols.patch.planting.javascript import JavaScript
from boxscore.protocols.patch.planting.python import Functions, Methods
from boxscore.protocols.patch.planting.ruby import RSpec, Ruby
from boxscore.protocols.patch.planting.rust import Rust

if TYPE_CHECKING:
    from boxscore.protocols.patch.planting.language import Language

LANGUAGES: dict[str, Language] = {
    "cargo": Rust(),
    "django": Methods(),
    "go": Go(),
    "googletest": GoogleTest(),
    "gradle": Java(),
    "jekyll": Ruby(),
    "jest": JavaScript("jest"),
    "jest-json": JavaScript("jest"),
    "maven": Java(),
    "maven-v4": Java(),
    "matplotlib": Functions(),
    "minitest": Ruby(),
    "mocha": JavaScript("mocha"),
    "multi-swe-gson": Java(),
    "multi-swe-jest": JavaScript("jest"),
    "multi-swe-maven": Java(),
    "multi-swe-maven-plain": Java(),
    "multi-swe-mocha": JavaScript("mocha"),
    "multi-swe-mocha-json": JavaScript("mocha"),
    "multi-swe-vitest": JavaScript("vitest"),
    "pytest": Functions(),
    "pytest-options": Functions(),
    "pytest-v2": Functions(),
    "pytest-v2-v4": Functions(),
    "pytest-verbose": Functions(),
    "rspec": RSpec(),
    "ruby-unit": Ruby(),
    "seaborn": Functions(),
    "sympy": Functions(),
    "tap": JavaScript("node"),
    "tox": Functions(),
    "unittest": Methods(),
    "vitest": JavaScript("vitest"),
}


def language_of(parser: str) -> Language | None:
    """Return how tests that must fail are written for the runner of a log parser, None where that is not known."""
    return LANGUAGES.get(parser_of(parser))
