"""The parsers by name: ours, those that SWE-bench rows carry in `log_parser`, and those of Multi-SWE-bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.protocols.patch.logs import (
    browser,
    javascript,
    languages,
    mocha_json,
    multi_swe,
    python,
)
from boxscore.protocols.patch.logs.judge import FAILING

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found, Parser
    from boxscore.protocols.statuses import Status

NAME_CHARACTERS = 64 << 20

PARSERS: dict[str, Parser] = {
    "ant": languages.ant,
    "bpmn-js": browser.bpmn_js,
    "calypso": javascript.calypso,
    "cargo": languages.cargo,
    "chart-js": browser.chart_js,
    "cucumber": languages.cucumber,
    "django": python.django,
    "doctest": languages.doctest,
    "eslint": browser.eslint,
    "go": languages.go,
    "googletest": languages.googletest,
    "gradle": languages.gradle,
    "grommet": javascript.grommet,
    "highlightjs": javascript.highlightjs,
    "immutable-js": javascript.immutable_js,
    "jekyll": languages.jekyll,
    "jest": javascript.jest,
    "jest-files": javascript.jest_files,
    "jest-json": javascript.jest_json,
    "jq": languages.jq,
    "karma": browser.karma,
    "lighthouse": javascript.lighthouse,
    "marked": browser.marked,
    "matplotlib": python.matplotlib,
    "maven": languages.maven,
    "maven-v4": languages.maven_v4,
    "micropython": languages.micropython,
    "minitest": languages.minitest,
    "mocha": javascript.mocha,
    "next": javascript.next_js,
    "openlayers": browser.openlayers,
    "p5js": browser.p5js,
    "phpunit": languages.phpunit,
    "prismjs": javascript.prismjs,
    "pytest": python.pytest,
    "pytest-options": python.pytest_options,
    "pytest-verbose": python.pytest_verbose,
    "pytest-v2": python.pytest_v2,
    "pytest-v2-v4": python.pytest_v2_v4,
    "quarto-cli": browser.quarto_cli,
    "redis": languages.redis,
    "rspec": languages.rspec,
    "ruby-unit": languages.ruby_unit,
    "seaborn": python.seaborn,
    "sympy": python.sympy,
    "tap": javascript.tap,
    "tox": python.pytest_v2,
    "unittest": python.unittest,
    "vitest": javascript.vitest,
    **multi_swe.PARSERS,
    **mocha_json.PARSERS,
}

ALIASES = {
    "astroid": "pytest",
    "astropy": "pytest-v2",
    "carbon": "jest-files",
    "flask": "pytest",
    "gotest": "go",
    "gradle-custom": "gradle",
    "marshmallow": "pytest",
    "micropython-test": "micropython",
    "pvlib": "pytest",
    "pydicom": "pytest-options",
    "pylint": "pytest-options",
    "pyvista": "pytest",
    "react-pdf": "jest-files",
    "requests": "pytest-options",
    "rspec-transformed-json": "rspec",
    "scikit": "pytest-v2",
    "sphinx": "pytest-v2",
    "sqlfluff": "pytest",
    "xarray": "pytest",
}

OFFICIAL = "parse_log_"


def parser_names() -> tuple[str, ...]:
    """Give the names that `parse_log` knows, apart from the `parse_log_…` forms of SWE-bench."""
    return tuple(sorted({*PARSERS, *ALIASES}))


def parser_of(name: str) -> str:
    """Return which of `parser_names()` a name stands for, of an alias or a function of SWE-bench; else the name."""
    plain = name.removeprefix(OFFICIAL).replace("_", "-") if name.startswith(OFFICIAL) else name
    return ALIASES.get(plain, plain)


def parse_log(parser: str, log: str) -> dict[str, Status]:
    """Read what a runner printed: the status of each test it names, the last one where it names one twice.

    `parser` is one of `parser_names()` or the name of a SWE-bench function, such as `parse_log_pytest_v2`. Takes time
    in proportion to the log. When the names found add up to NAME_CHARACTERS the rest of the log is not read: no real
    log comes near, and what is not read has no status. Raises UsageError for an unknown parser.
    """
    return dict(_found(parser, log))


def contradicted(parser: str, log: str) -> set[str]:
    """Name the tests that a log reports as failed, and also otherwise; see `parse_log`."""
    failed, others = set[str](), set[str]()
    for test, status in _found(parser, log):
        (failed if status in FAILING else others).add(test)
    return failed & others


def _found(parser: str, log: str) -> Found:
    try:
        read = PARSERS[parser_of(parser)]
    except KeyError:
        raise UsageError(f"no log parser {parser!r}: there are {', '.join(parser_names())}") from None
    left = NAME_CHARACTERS
    for test, status in read(log):
        left -= len(test)
        if left < 0:
            break
        yield test, status
