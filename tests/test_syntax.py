"""Parsing Python, by many threads."""

from __future__ import annotations

import ast
import gc
import os
import re
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "\n".join(f"def f{i}(a):\n    x = [{i}, (a, {{'k': [1, 2, (3, 4)]}})]\n    return g(x, *a)" for i in range(200))


class _Cycle:
    """What only the collector of garbage frees, and it lets other threads run meanwhile."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        sum(range(2000))


@pytest.fixture
def _busy() -> Iterator[None]:
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-5)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("_busy")
def test_threads_that_parse_at_once_all_get_their_trees() -> None:
    """`ast.parse` raises SystemError here, one time in a few hundred."""

    def parsed(_: int) -> int:
        for _ in range(20):
            _Cycle()
        return len(syntax.parse(LONG).body)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(parsed, range(32))) == {200}


def test_an_invalid_escape_warns_nobody() -> None:
    """Errors are what warnings are here, so one would be raised."""
    assert syntax.literal(r"'\d'") == r"\d"


def test_the_filters_of_warnings_are_as_they_were() -> None:
    """Two threads that ignore warnings at once leave them ignored."""
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(syntax.parse, ["1"] * 200))
    assert warnings.filters == before


@pytest.mark.parametrize("source", ["(", "a\0b", "1 = 2"])
def test_what_is_no_python_raises(source: str) -> None:
    """As the library's parser does."""
    with pytest.raises((SyntaxError, ValueError)):
        syntax.parse(source)


@pytest.mark.parametrize("source", ["1", " [1, 'a']", "{'k': (None, True)}", "-1.5"])
def test_a_literal_is_read_as_the_library_reads_it(source: str) -> None:
    """Leading blanks, signs and all."""
    assert syntax.literal(source) == ast.literal_eval(source)


def test_a_child_forked_while_another_thread_parses_can_parse() -> None:
    """The thread that held the lock is not there to give it back."""
    begun, done = threading.Event(), threading.Event()

    def hold() -> None:
        with syntax.alone():
            begun.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    child = os.fork()
    if not child:
        syntax.parse("1")
        os._exit(7)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_all_of_the_package_and_its_harnesses_parse_here() -> None:
    """One direct call of `ast.parse` in one thread is enough to break a parse in another."""
    root = Path(__file__).resolve().parents[1]
    sources = [path for folder in ("boxscore", "harnesses") for path in (root / folder).rglob("*.py")]

    direct = [path for path in sources if re.search(r"\bast\.parse\(", path.read_text("utf-8"))]

    assert direct == [root / "boxscore" / "syntax.py"]
