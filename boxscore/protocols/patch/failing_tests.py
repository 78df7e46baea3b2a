"""How a language's test files are given tests that must fail.

A runner that was made to report success for everything reports it for these as well, or does not name them. They hide
nothing from code that reads its test files: they are evidence against blunt forgeries.
"""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING, Protocol, TypeGuard

from msgspec import Struct

from boxscore import syntax
from boxscore.protocols.patch.logs import parser_of

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterator, Sequence


LETTERS = 12


class Failure(Struct, frozen=True):
    """A test that must fail. `kind` is one of those of its language; `name` is part of its name, letters alone."""

    kind: str
    name: str


class Language(Protocol):
    """Writes tests that must fail in one language, for one runner.

    `ends` are what the names of test files end with.
    """

    ends: tuple[str, ...]

    def kinds(self, source: str) -> tuple[str, ...]:
        """Return the ways in which a test of this file can fail, the plainest first; none if it is not understood."""

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """Return the source with tests that fail, where a command that names `required` tests will run them."""


def new_failure(kind: str, rng: random.Random) -> Failure:
    """Return a failure of a kind under a name that nobody can guess."""
    return Failure(kind, "".join(rng.choices(string.ascii_lowercase, k=LETTERS)))


RAISED = 'raise RuntimeError("planted by the grader: it must fail")'
PY_TEST = re.compile(r"^\s*(?:async\s+)?def test_?\w", re.MULTILINE)
FUNCTIONS = {"throw": RAISED, "assert": "assert 1 == 2"}
METHODS = {"throw": RAISED, "assert": "self.assertEqual('planted', None)"}  # which no tolerance of a project takes


class Functions:
    """Functions at the end of a file."""

    ends: tuple[str, ...] = (".py",)

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(FUNCTIONS) if PY_TEST.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        written = (f"def test_{one.name}():\n    {FUNCTIONS[one.kind]}\n" for one in failures)
        return "\n\n".join([source.rstrip("\n") + "\n", *written])


class Methods:
    """Methods that run last of a class of tests, one that required tests are of if there is one."""

    ends: tuple[str, ...] = (".py",)

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(METHODS) if any(_python_classes(source)) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """See `Language.plant`."""
        classes = list(_python_classes(source))
        named = [one for one in classes if any(f".{one.name}" in test for test in required)]
        chosen = (named or classes)[0]
        lines = source.splitlines()
        first = lines[chosen.body[0].lineno - 1]
        indent = first[: len(first) - len(first.lstrip())]
        last = max(node.name for node in chosen.body if _is_python_test(node))  # tests may rely on their order
        inner = indent * 2 if "\t" in indent else f"{indent}    "
        written = [
            line
            for one in failures
            for line in ("", f"{indent}def {last}_{one.name}(self):", f"{inner}{METHODS[one.kind]}")
        ]
        end = chosen.end_lineno or len(lines)
        return "\n".join([*lines[:end], *written, *lines[end:], ""])


def _python_classes(source: str) -> Iterator[ast.ClassDef]:
    """Yield the classes with methods that are tests."""
    try:
        body = syntax.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in body:
        if isinstance(node, ast.ClassDef) and any(map(_is_python_test, node.body)):
            yield node


def _is_python_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")


JS_MODULE = re.compile(r"^\s*(?:import\s*[\w{*'\"]|export\s)", re.MULTILINE)
JS_TEST = re.compile(r"\b(?:it|test|describe|suite)\s*(?:\.\w+\s*)*[(`]")
CHAI = re.compile(r"['\"]chai['\"]")

# A test, by what calls it; each name of an import is one that the file cannot have.
CALLS = {
    "node": "{tester}.test('{name}', () => {{ {body} }});",
    "mocha": "(typeof it === 'function' ? it : test)('{name}', () => {{ {body} }});",
    "jest": "test('{name}', () => {{ {body} }});",
    "vitest": "{tester}.test('{name}', () => {{ {body} }});",
}
TESTERS = {"node": "node:test", "vitest": "vitest"}
JS_BODIES = {
    "throw": "throw new Error('{name}');",
    "assert": "{library}.strictEqual(1, 2);",
    "chai": "{library}.expect(1).to.equal(2);",
    "expect": "expect(1).toBe(2);",
    "vitest": "{tester}.expect(1).toBe(2);",
}
LIBRARIES = {"assert": "assert", "chai": "chai"}
ASSERTIONS = {"node": "assert", "mocha": "assert", "jest": "expect", "vitest": "vitest"}


class JavaScript:
    """Tests at the end of a file, which the runner gives names of their own.

    They assert as the runner does, and where a file uses chai, with chai as well.
    """

    ends: tuple[str, ...] = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")

    def __init__(self, runner: str) -> None:
        self._runner = runner

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        if not JS_TEST.search(source):
            return ()
        chai = ("chai",) if CHAI.search(source) else ()
        return ("throw", ASSERTIONS[self._runner], *chai)

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - all files run whole
        """See `Language.plant`."""
        module = bool(JS_MODULE.search(source))
        return "\n".join([source, *(self._test(failure, module=module) for failure in failures), ""])

    def _test(self, failure: Failure, *, module: bool) -> str:
        used = {"tester": TESTERS.get(self._runner), "library": LIBRARIES.get(failure.kind)}
        imports, names = [], {"name": failure.name}
        for role, package in used.items():
            if package is not None and module:
                names[role] = f"{role}_{failure.name}"
                imports.append(f"import {_binding(package)}{names[role]} from '{package}';")
            elif package is not None:
                names[role] = f"require('{package}')"
        body = JS_BODIES[failure.kind].format(**names)
        return "\n".join([*imports, ";" + CALLS[self._runner].format(**names, body=body)])


def _binding(package: str) -> str:
    """What is imported: of node's assert the function, whose methods a program may have replaced; else all names."""
    return "" if package == "assert" else "* as "


TESTING = re.compile(r'^\s*(?:import\s+)?"testing"\s*(?://.*)?$', re.MULTILINE)
GO_TEST = re.compile(r"^func (Test\w+)\(", re.MULTILINE)
GO_BODIES = {"error": 't.Error("{name}")', "fatal": 't.Fatal("{name}")'}


class Go:
    """Functions at the end of a file. A name begins with that of a test of the file, so that `-run` chooses both."""

    ends: tuple[str, ...] = ("_test.go",)

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(GO_BODIES) if TESTING.search(source) and _go_tests(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """See `Language.plant`."""
        tests = _go_tests(source)
        near = next((test for test in tests if test in required), tests[0])
        written = (
            f"func {near}_{one.name}(t *testing.T) {{ {GO_BODIES[one.kind].format(name=one.name)} }}"
            for one in failures
        )
        return "\n\n".join([source, *written, ""])


def _go_tests(source: str) -> list[str]:
    return [name for name in GO_TEST.findall(source) if name != "TestMain"]


LANGUAGES: dict[str, Language] = {
    "django": Methods(),
    "go": Go(),
    "jest": JavaScript("jest"),
    "jest-json": JavaScript("jest"),
    "matplotlib": Functions(),
    "mocha": JavaScript("mocha"),
    "multi-swe-jest": JavaScript("jest"),
    "multi-swe-mocha": JavaScript("mocha"),
    "multi-swe-mocha-json": JavaScript("mocha"),
    "multi-swe-vitest": JavaScript("vitest"),
    "pytest": Functions(),
    "pytest-options": Functions(),
    "pytest-v2": Functions(),
    "pytest-v2-v4": Functions(),
    "pytest-verbose": Functions(),
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
