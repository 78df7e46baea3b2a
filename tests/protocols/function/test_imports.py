"""Imports that a program of a contest lacks."""

from __future__ import annotations

from typing import Any

from boxscore.protocols.function.imports import CONTEST_MODULES, with_imports

LACKING = """
from __future__ import annotations
def f(n: List[int]) -> int:
    heap = [math.inf, *n]
    heapify(heap)
    return defaultdict(int, {0: heappop(heap)})[0]
"""


def test_names_that_are_used_and_nobodys_are_imported() -> None:
    """Modules and their public names are there, after imports from the future."""
    namespace: dict[str, Any] = {}

    exec(with_imports(LACKING, CONTEST_MODULES), namespace)

    assert namespace["f"]([3, 2]) == 2
    assert "statistics" not in namespace
    assert "random" not in namespace


def test_what_a_program_defines_stays_its_own() -> None:
    """No name that a program binds anywhere at its top level is imported, nor one of the built-ins."""
    code = "def gcd(a, b):\n    return pow(a, b)\nanswer = gcd(2, 3)\n"

    assert with_imports(code, CONTEST_MODULES) == code


def test_the_last_module_holds() -> None:
    """A name that several modules have means what it means to the judges: `copy` is the module, `reduce` a function."""
    added = with_imports("copy.copy(reduce)", CONTEST_MODULES)

    assert "import copy\n" in added
    assert "from functools import reduce" in added


def test_without_modules_or_python_nothing_changes() -> None:
    """A text that cannot be read stays as it is, so that its own mistake is reported."""
    assert with_imports("List", ()) == "List"
    assert with_imports("def f(:\n    List", CONTEST_MODULES) == "def f(:\n    List"
    assert with_imports("(" * 9_000, CONTEST_MODULES) == "(" * 9_000
    assert with_imports("\0List", CONTEST_MODULES) == "\0List"
