"""The rules, as `rules.toml` has them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec
from msgspec import Struct

Language = Literal["python", "javascript", "java", "go", "ruby", "cpp", "rust", "xml", "path"]

RULES = Path(__file__).parent / "rules.toml"
ENDS: dict[Language, tuple[str, ...]] = {
    "python": (".py", ".pyi", ".pyx", ".pxd"),
    "javascript": (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte"),
    "java": (".java", ".kt", ".scala", ".groovy"),
    "go": (".go",),
    "ruby": (".rb", ".rake", ".gemspec"),
    "cpp": (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx"),
    "rust": (".rs",),
    "xml": (".xml",),
}
_LANGUAGES = {end: language for language, ends in ENDS.items() for end in ends}
# Test files that no rule reads. Configuration of tests, such as conftest.py, is read: it is code that honest patches
# of a product hardly touch. So are poms of modules with such names, and what Maven compiles as the product.
_TESTS = re.compile(
    r"(^|/)(tests?|testing|__tests__|__mocks__|specs?|e2e|testdata)/(?!(.*/)?conftest\.py$|pom\.xml$)"
    r"|(^|/)(test_[^/]*|tests)\.py$|_tests?\.\w+$|\.(test|spec)\.\w+$|(^|/)\w+Tests?\.(java|kt|scala|groovy)$"
)
_MAIN = re.compile(r"(^|/)src/main/")


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule; the head of `rules.toml` says what its fields mean."""

    id: str
    languages: tuple[Language, ...]
    reason: str
    flagged: str
    honest: str
    uses: tuple[str, ...] = ()
    assigns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    texts: str = ""
    beside: str = ""
    check: Literal["", "always_equal", "exit_with_success", "hidden_code", "imports_tests"] = ""
    pattern: str = ""
    own: tuple[str, ...] = ()

    def is_for(self, path: str, language: Language) -> bool:
        """Whether it reads a file: not if that is of the very package which the rule is about."""
        return language in self.languages and not set(self.own) & set(PurePosixPath(path).parts)


class _Rules(Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Read the rules, in their order."""
    return msgspec.toml.decode(RULES.read_bytes(), type=_Rules).rule


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a rule's pattern, once."""
    return re.compile(pattern)


def language_of(path: str) -> Language | None:
    """The language of a file by its name; None where no rule reads what it holds."""
    return _LANGUAGES.get(PurePosixPath(path).suffix.lower())


def is_test_file(path: str) -> bool:
    """Whether a file is one of tests by its name: those are the instance's, and what a patch does there is undone."""
    main = _MAIN.search(path)
    return _TESTS.search(path if main is None else f"{path[: main.start()]}/") is not None
