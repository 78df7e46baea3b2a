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
BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


class Failure(Struct, frozen=True):
    """A test that must fail. `kind` is one of those of its language; `name` is part of its name, letters alone."""

    kind: str
    name: str


class Language(Protocol):
    """Writes tests that must fail in one language, for one runner.

    `ends` are what the names of test files end with. `reports` are patterns, below the tree, of the JUnit reports that
    the runner leaves by itself.
    """

    ends: tuple[str, ...]
    reports: tuple[str, ...]

    def kinds(self, source: str) -> tuple[str, ...]:
        """Return the ways in which a test of this file can fail, the plainest first; none if it is not understood."""

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """Return the source with tests that fail, where a command that names `required` tests will run them."""


def new_failure(kind: str, rng: random.Random) -> Failure:
    """Return a failure of a kind under a name that nobody can guess."""
    return Failure(kind, "".join(rng.choices(string.ascii_lowercase, k=LETTERS)))


def without_text(source: str) -> str:
    """Return a source of C's family, as long as it is, with blanks for its comments and strings."""
    return BLANKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


RAISED = 'raise RuntimeError("planted by the grader: it must fail")'
PY_TEST = re.compile(r"^\s*(?:async\s+)?def test_?\w", re.MULTILINE)
FUNCTIONS = {"throw": RAISED, "assert": "assert 1 == 2"}
METHODS = {"throw": RAISED, "assert": "self.assertEqual('planted', None)"}  # which no tolerance of a project takes


class Functions:
    """Functions at the end of a file."""

    ends: tuple[str, ...] = (".py",)
    reports: tuple[str, ...] = ()

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
    reports: tuple[str, ...] = ()

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
    reports: tuple[str, ...] = ()

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


JAVA_CLASS = re.compile(r"(?P<modifiers>(?:\b(?:public|final|abstract|strictfp)\s+)*)\bclass\s+\w+(?P<bases>[^{;]*)\{")
FRAMEWORKS = (  # what a file imports, what stands before a test and its name, and the class of its assertions
    ("org.junit.jupiter", ("@org.junit.jupiter.api.Test\n    public void ", "org.junit.jupiter.api.Assertions")),
    ("org.junit.", ("@org.junit.Test\n    public void ", "org.junit.Assert")),
    ("org.testng", ("@org.testng.annotations.Test\n    public void ", "org.testng.Assert")),
)
OLD = ("public void test_", "junit.framework.Assert")  # of JUnit 3, which looks at no annotation
JAVA_BODIES = {"throw": 'throw new IllegalStateException("{name}");', "assert": "{assertions}.assertEquals(1, 2);"}


class Java:
    """Methods at the head of a file's first class.

    Maven says nothing of single tests, and takes an aborted one for a success: what counts are the reports.
    """

    ends: tuple[str, ...] = (".java",)
    reports: tuple[str, ...] = ("**/target/surefire-reports/TEST-*.xml", "**/build/test-results/**/TEST-*.xml")

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(JAVA_BODIES) if _framework(source) and _place(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - classes run whole
        """See `Language.plant`."""
        head, assertions = _framework(source) or ("", "")
        place = _place(source) or 0
        written = (
            f"    {head}{one.name}() {{\n"
            f"        {JAVA_BODIES[one.kind].format(name=one.name, assertions=assertions)}\n    }}\n"
            for one in failures
        )
        return f"{source[:place]}\n{''.join(written)}{source[place:]}"


def _framework(source: str) -> tuple[str, str] | None:
    found = JAVA_CLASS.search(without_text(source))
    if found is not None and "extends TestCase" in found["bases"]:
        return OLD
    return next((names for imported, names in FRAMEWORKS if f"import {imported}" in source), None)


def _place(source: str) -> int | None:
    """Where the body of the first class begins, if its methods are run."""
    found = JAVA_CLASS.search(without_text(source))
    return None if found is None or "abstract" in found["modifiers"] else found.end()


TESTING = re.compile(r'^\s*(?:import\s+)?"testing"\s*(?://.*)?$', re.MULTILINE)
GO_TEST = re.compile(r"^func (Test\w+)\(", re.MULTILINE)
GO_BODIES = {"error": 't.Error("{name}")', "fatal": 't.Fatal("{name}")'}


class Go:
    """Functions at the end of a file. A name begins with that of a test of the file, so that `-run` chooses both."""

    ends: tuple[str, ...] = ("_test.go",)
    reports: tuple[str, ...] = ()

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


RUBY_CLASS = re.compile(r"^class\s+([A-Z][\w:]*)\s*<\s*\S*Test", re.MULTILINE)
RUBY_DATA = re.compile(r"^__END__$", re.MULTILINE)
RUBY_BODIES = {"throw": "raise '{name}'", "assert": "assert_equal 1, 2"}


class Ruby:
    """Methods that are added to a file's first class of tests at the file's end."""

    ends: tuple[str, ...] = (".rb",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(RUBY_BODIES) if RUBY_CLASS.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        found, data = RUBY_CLASS.search(source), RUBY_DATA.search(source)
        end = len(source) if data is None else data.start()
        owner = "Object" if found is None else found[1]
        methods = "".join(
            f"  def test_{one.name}\n    {RUBY_BODIES[one.kind].format(name=one.name)}\n  end\n" for one in failures
        )
        return f"{source[:end]}\n{owner}.class_eval do\n{methods}end\n{source[end:]}"


SPEC = re.compile(r"\b(?:describe|context|feature)\b")
EXAMPLES = {"throw": "raise '{name}'", "assert": "expect(1).to eq(2)"}


class RSpec:
    """Groups of one example at a file's end."""

    ends: tuple[str, ...] = ("_spec.rb",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(EXAMPLES) if SPEC.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        data = RUBY_DATA.search(source)
        end = len(source) if data is None else data.start()
        groups = "".join(
            f"RSpec.describe '{one.name}' do\n  it('fails') {{ {EXAMPLES[one.kind].format(name=one.name)} }}\nend\n"
            for one in failures
        )
        return f"{source[:end]}\n{groups}{source[end:]}"


# A test with nothing above it that belongs to it: no further attribute, no comment that is documentation.
RUST_TEST = re.compile(r"(?:\A|^[ \t]*(?!\s|#\[|///).*\n\s*?|\n[ \t]*\n)([ \t]*)#\[test\][ \t]*$", re.MULTILINE)
RUST_BODIES = {"throw": 'panic!("{name}");', "assert": "assert_eq!(1, 2);"}


class Rust:
    """Functions before a file's first test that stands by itself, in its module."""

    ends: tuple[str, ...] = (".rs",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(RUST_BODIES) if RUST_TEST.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        found = RUST_TEST.search(source)
        place, indent = (len(source), "") if found is None else (found.start(1), found[1])
        written = (
            f"{indent}#[test]\n{indent}fn {one.name}() {{ {RUST_BODIES[one.kind].format(name=one.name)} }}\n\n"
            for one in failures
        )
        return f"{source[:place]}{''.join(written)}{source[place:]}"


CPP_TEST = re.compile(r"^[ \t]*(TEST(?:_F)?)\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
CPP_BODIES = {"assert": "EXPECT_EQ(1, 2);", "throw": "throw 1;"}


class GoogleTest:
    """Tests right before one of the file, of its suite and in its namespace."""

    ends: tuple[str, ...] = (".cc", ".cpp", ".cxx", ".C")
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(CPP_BODIES) if CPP_TEST.search(without_text(source)) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """See `Language.plant`."""
        tests = list(CPP_TEST.finditer(without_text(source)))
        near = next((one for one in tests if f"{one[2]}.{one[3]}" in required), tests[0])
        written = (f"{near[1]}({near[2]}, {one.name}) {{ {CPP_BODIES[one.kind]} }}\n" for one in failures)
        return f"{source[: near.start()]}{''.join(written)}{source[near.start() :]}"


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
