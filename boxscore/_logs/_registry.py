"""The parsers by name: ours, and those that SWE-bench rows carry in `log_parser`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore._errors import UsageError
from boxscore._logs import _browser, _compiled, _django, _java, _javascript, _mocha, _pytest, _ruby, _unittest

if TYPE_CHECKING:
    from boxscore._logs._lines import Parser
    from boxscore._patch_task import Status

NAME_CHARACTERS = 64 << 20

PARSERS: dict[str, Parser] = {
    "ant": _java.ant,
    "bpmn-js": _browser.bpmn_js,
    "calypso": _mocha.calypso,
    "cargo": _compiled.cargo,
    "chart-js": _browser.chart_js,
    "cucumber": _ruby.cucumber,
    "django": _django.django,
    "doctest": _compiled.doctest,
    "eslint": _browser.eslint,
    "go": _compiled.go,
    "googletest": _compiled.googletest,
    "gradle": _java.gradle,
    "grommet": _javascript.grommet,
    "highlightjs": _mocha.highlightjs,
    "immutable-js": _javascript.immutable_js,
    "jekyll": _ruby.jekyll,
    "jest": _javascript.jest,
    "jest-files": _javascript.jest_files,
    "jest-json": _javascript.jest_json,
    "jq": _compiled.jq,
    "karma": _browser.karma,
    "lighthouse": _mocha.lighthouse,
    "marked": _browser.marked,
    "matplotlib": _pytest.matplotlib,
    "maven": _java.maven,
    "maven-v4": _java.maven_v4,
    "micropython": _compiled.micropython,
    "minitest": _ruby.minitest,
    "mocha": _mocha.mocha,
    "next": _mocha.next_js,
    "openlayers": _browser.openlayers,
    "p5js": _browser.p5js,
    "phpunit": _ruby.phpunit,
    "prismjs": _javascript.prismjs,
    "pytest": _pytest.pytest,
    "pytest-options": _pytest.pytest_options,
    "pytest-verbose": _pytest.pytest_verbose,
    "pytest-v2": _pytest.pytest_v2,
    "pytest-v2-v4": _pytest.pytest_v2_v4,
    "quarto-cli": _browser.quarto_cli,
    "redis": _compiled.redis,
    "rspec": _ruby.rspec,
    "ruby-unit": _ruby.ruby_unit,
    "seaborn": _pytest.seaborn,
    "sympy": _pytest.sympy,
    "tap": _javascript.tap,
    "tox": _pytest.pytest_v2,
    "unittest": _unittest.unittest,
    "vitest": _javascript.vitest,
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


def parse_log(parser: str, log: str) -> dict[str, Status]:
    """Read what a runner printed: the status of each test it names, the last one where it names one twice.

    `parser` is one of `parser_names()` or the name of a SWE-bench function, such as `parse_log_pytest_v2`. Takes time
    in proportion to the log. When the names found add up to NAME_CHARACTERS the rest of the log is not read: no real
    log comes near, and what is not read has no status. Raises UsageError for an unknown parser.
    """
    name = parser.removeprefix(OFFICIAL).replace("_", "-") if parser.startswith(OFFICIAL) else parser
    try:
        read = PARSERS[ALIASES.get(name, name)]
    except KeyError:
        raise UsageError(f"no log parser {parser!r}: there are {', '.join(parser_names())}") from None
    statuses: dict[str, Status] = {}
    left = NAME_CHARACTERS
    for test, status in read(log):
        left -= len(test)
        if left < 0:
            break
        statuses[test] = status
    return statuses
