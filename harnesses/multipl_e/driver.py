"""Makes of a row's tests a driver that holds nothing expected: each assertion's call is kept, and its value printed.

The tests of MultiPL-E run in the candidate's own process and end it by an exit code, which any candidate can set. Their
assertions compare a call with a literal, so that the literal can stay with the grader. A row whose tests have another
form keeps them, and its verdict is worth no more than the exit code.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from . import literals
from .scanner import Scanner, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

SEE = Path(__file__).with_name("see")
GO_LOOP = "\tfor i, tc := range tests {"
GO_SITE = re.compile(r"^     \{ actual: ", re.MULTILINE)
SITES = {
    "js": re.compile(r"^  assert\.deepEqual\(", re.MULTILINE),
    "java": re.compile(r"^    assert\(", re.MULTILINE),
    "cpp": re.compile(r"^    assert\(", re.MULTILINE),
}
SITE_WORD = {"js": "assert.", "java": "assert(", "cpp": "assert(", "go": "actual: "}


class Driver(Struct, frozen=True):
    """What goes behind a candidate: source, and what each of its values must be; None where its exit code decides."""

    source: str
    values: list[object] | None


@cache
def driver(language: str, tests: str, *, opaque: bool = False) -> Driver:
    """The driver of a row's tests, in a language as MultiPL-E calls it.

    `opaque` says that what the function returns cannot be printed: then the tests stay as they are.
    """
    if opaque:
        return Driver(_unchanged(language, tests), None)
    make = {"js": _javascript, "java": _java, "cpp": _cpp, "go": _go}[language]
    try:
        made = make(tests)
    except (Unreadable, ValueError, OverflowError):
        return Driver(_unchanged(language, tests), None)
    told = made.values or []
    complete = len(told) == tests.count(SITE_WORD[language]) and "assert" not in _without_import(made.source)
    return made if told and complete else Driver(_unchanged(language, tests), None)


def _without_import(source: str) -> str:
    return source.replace("const assert = require('node:assert');", "")


def _see(language: str) -> str:
    return (SEE / f"see.{language}").read_text()


def _rewritten(
    language: str, tests: str, one: Callable[[Scanner], tuple[str, object]], put: str
) -> tuple[str, list[object]]:
    """Put a call of the printer in place of each assertion; return the source and what is expected there."""
    parts, values, last = [], [], 0
    for found in SITES[language].finditer(tests):
        scanner = Scanner(tests, found.end())
        call, value = one(scanner)
        scanner.need(")")
        scanner.need(";")
        parts += [tests[last : found.start()], put.format(call)]
        values.append(value)
        last = scanner.at
    return "".join((*parts, tests[last:])), values


def _javascript(tests: str) -> Driver:
    def one(scanner: Scanner) -> tuple[str, object]:
        call = scanner.call()
        scanner.need(",")
        return call, literals.javascript(scanner)

    source, values = _rewritten("js", tests, one, "  boxscoreSee({});")
    return Driver(f"{_see('js')}{source}\nboxscoreShow();\n", values)


def _java(tests: str) -> Driver:
    def one(scanner: Scanner) -> tuple[str, object]:
        call = scanner.call()
        operator = "equals" if scanner.takes(".equals(") else "=="
        if operator == "==":
            scanner.need("==")
        value = literals.java(scanner)
        if operator == "equals":
            scanner.need(")")
        return call, [operator, value]

    source, values = _rewritten("java", tests, one, "    BoxscoreSee.see({});")
    return Driver(_before_last("    }\n\n}", source, "    BoxscoreSee.show();\n") + _see("java"), values)


def _cpp(tests: str) -> Driver:
    def one(scanner: Scanner) -> tuple[str, object]:
        call = scanner.call()
        scanner.need("==")
        return call, literals.cpp(scanner)

    source, values = _rewritten("cpp", tests, one, "    boxscore::see({});")
    shown = _before_last("}", source, "    boxscore::show_all();\n")
    return Driver(_before_last("int main() {", shown, _see("cpp")), values)


def _go(tests: str) -> Driver:
    parts, values, last = [], [], 0
    for found in GO_SITE.finditer(tests):
        scanner = Scanner(tests, found.end())
        call = scanner.call()
        scanner.need(", expected:")
        values.append(literals.go(scanner))
        parts += [tests[last : found.end()], call]
        last = scanner.at
    source = "".join((*parts, tests[last:]))
    head, loop, _ = source.partition(GO_LOOP)
    if not loop:
        raise Unreadable
    body = "\tfor _, tc := range tests {\n\t\tboxscoreSee(tc.actual)\n\t}\n}\n"
    main = f"\nfunc main() {{\n\t{_go_test(tests)}(&testing.T{{}})\n\tboxscoreShow()\n}}\n"
    return Driver(head + body + _see("go") + main, list(values))


def _go_test(tests: str) -> str:
    found = re.search(r"^func (Test\w+)\(t \*testing\.T\)", tests, re.MULTILINE)
    if found is None:
        raise Unreadable
    return found[1]


def _unchanged(language: str, tests: str) -> str:
    if language == "java":
        return f"{tests}\nclass Main {{ public static void main(String[] args) {{ Problem.main(args); }} }}\n"
    if language != "go":
        return tests
    found = re.search(r"^func (Test\w+)\(", tests, re.MULTILINE)
    name = "" if found is None else found[1]
    run = f'[]testing.InternalTest{{{{"{name}", {name}}}}}, nil, nil)'
    match = "func(_, _ string) (bool, error) { return true, nil }"
    return f"{tests}\nfunc main() {{ testing.Main({match}, {run} }}\n"


def _before_last(what: str, source: str, put: str) -> str:
    head, found, tail = source.rpartition(what)
    if not found:
        raise Unreadable
    return head + put + found + tail
