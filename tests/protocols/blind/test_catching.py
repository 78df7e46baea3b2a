"""What is caught or tried again is no comparison that decides a test, by whichever function, class or decorator."""

from __future__ import annotations

import ast
import textwrap

import pytest

from boxscore.protocols.blind.comparisons import comparisons

FILE = """
from contextlib import contextmanager, suppress
E = AssertionError
CALM = suppress(E)
def tries(function):
    def call(*given):
        try: return function(*given)
        except AssertionError: return function(*given)
    return call
@contextmanager
def tolerate():
    try: yield
    except AssertionError: pass
class Tolerate:
    def __enter__(self): pass
    def __exit__(self, *error): return True
class Strict:
    def __enter__(self): pass
    def __exit__(self, *error): return None
def inner(x, want): assert x == want
def check(x, want): inner(x, want)
"""
ALL_BUT_INNER = [
    "@tries\ndef test():\n    assert f() == 1",
    "def test():\n    with tolerate():\n        assert f() == 1",
    "def test():\n    with Tolerate():\n        assert f() == 1",
    "def test():\n    with suppress(E):\n        assert f() == 1",
    "def test():\n    with CALM:\n        assert f() == 1",
    "def test():\n    with ExitStack() as stack:\n        stack.enter_context(CALM)\n        assert f() == 1",
    "def test():\n    try: assert f() == 1\n    except* AssertionError: pass",
    "def go():\n    try: assert f() == 1\n    finally: return 1",
]
INNER = [
    "def test():\n    try: check(f(), 1)\n    except AssertionError: pass",
    "def test():\n    with suppress(AssertionError): check(f(), 1)",
    "def test():\n    with tolerate(): check(f(), 1)",
    "def test():\n    assert go(lambda: check(f(), 1))",
    "def test():\n    def go(): check(f(), 1)\n    assert kept(go)",
]


def count(test: str) -> int:
    """How many comparisons decide the tests of a file with this one."""
    return len(list(comparisons(ast.parse(f"{FILE}{textwrap.dedent(test)}\n"))))


@pytest.mark.parametrize("test", ALL_BUT_INNER)
def test_what_is_caught_where_it_stands(test: str) -> None:
    """Only the helper's comparison is left."""
    assert count(test) == 1


@pytest.mark.parametrize("test", INNER)
def test_what_is_caught_where_its_function_is_called(test: str) -> None:
    """So is what that function calls."""
    assert count(test) == 0


@pytest.mark.parametrize(
    "test",
    [
        "def test():\n    with Strict():\n        assert f() == 1",
        "def test():\n    check(f(), 1)\n    assert f() == 1",
        "def test():\n    try: check(f(), 1)\n    except KeyError: raise\n    assert f() == 1",
        "def test():\n    try: assert f() == 1\n    finally: check(f(), 1)",
    ],
)
def test_what_is_not_caught(test: str) -> None:
    """It decides its test, though a file has what would catch it."""
    assert count(test) == 2
