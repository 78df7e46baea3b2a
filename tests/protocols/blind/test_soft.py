"""Files in which old code answers what it can go on after errors, and say what these kept it from."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.files import PythonFile
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.blind.soft import soft

if TYPE_CHECKING:
    from pathlib import Path


def ran(tests: str, old: str, folder: Path, *calls: str) -> Observations:
    """Run tests with all that can be hidden hidden, in a scope with old code, in the order of `calls`."""
    place = folder / "sent"
    place.touch()
    file = PythonFile("t.py", textwrap.dedent(tests), 0)
    blinded = file.rewrite({one.number for one in file.hidden}, str(place))
    scope: dict[str, object] = {"pytest": pytest}
    exec(textwrap.dedent(old), scope)
    exec(soft(blinded, marked=True), scope)
    for call in calls or ("test()",):
        exec(call, scope)
    return read_observations(place.read_bytes())


def test_soft_tests_go_on_after_an_error() -> None:
    """Soft tests go on after an error."""
    scope: dict[str, object] = {}
    source = """
        from nowhere import a, b
        seen = []
        def test():
            a()
            seen.append(1)
            for x in [1]:
                b()
                seen.append(2)
    """
    exec(soft(textwrap.dedent(source)), scope)
    scope["test"]()  # type: ignore[operator]
    assert scope["seen"] == [1, 2]


@pytest.mark.parametrize(
    "source",
    [
        "from nowhere import what\n",
        "WHAT = what()\n",
        "@what.decorated\ndef test_what(): pass\n",
        "class Test(what.Base):\n    WHAT = what()\n",
        "class Test:\n    @what.decorated\n    def test_what(self): pass\n",
    ],
)
def test_a_soft_module_goes_on_without_what_old_code_lacks(source: str) -> None:
    """A soft module goes on without what old code lacks: other tests in it can answer."""
    scope: dict[str, object] = {}
    exec(soft(f'"""Words."""\nfrom __future__ import annotations\n{source}def test(): return 1\n'), scope)
    assert scope["test"]() == 1  # type: ignore[operator]


def test_soft_tests_go_on_after_what_a_runner_raises() -> None:
    """Soft tests go on after what a runner raises, which is no Exception."""
    seen: list[int] = []
    scope: dict[str, object] = {"pytest": pytest, "seen": seen}
    exec(soft("def test():\n    with pytest.raises(ValueError): pass\n    seen.append(1)\n"), scope)
    scope["test"]()  # type: ignore[operator]
    assert seen == [1]


def test_errors_that_a_test_looks_at_are_left_to_it(tmp_path: Path) -> None:
    """An error that a `with` or a handler waits for is not caught before it."""
    tests = """
        def test():
            with pytest.raises(ValueError) as caught:
                fail('plum')
            assert str(caught.value) == 'plum'
            try:
                fail('fig')
            except ValueError as error:
                assert str(error) == 'fig'
    """
    found = ran(tests, "def fail(word): raise ValueError(word)", tmp_path)
    assert [one.value for seen in found.seen.values() for one in seen] == ["plum", "fig"]


CAUSES = {
    "answers otherwise": ("assert f() == 'plum'", "def f(): return 1", set(), set()),
    "lacks the function": ("from nowhere import f; assert f() == 'plum'", "", {0}, set()),
    "lacks the method": ("assert x.f() == 'plum'", "class x: pass", {0}, set()),
    "lacks the attribute": ("assert x.f == 'plum'", "class x: pass", {0}, set()),
    "does not take all": ("assert f(1, 2, new=1) == 'plum'", "def f(one): return one", set(), set()),
    "takes none of another": ("g(new=1); assert f() == 'plum'", "def g(): pass\ndef f(): return 1", set(), {0}),
    "does not raise": ("with pytest.raises(ValueError, match='plum'): f()", "def f(): pass", {0}, set()),
    "raises what it says": ("with pytest.raises(ValueError, match='plum'): f()", "def f(): int('a')", set(), set()),
    "raises otherwise": ("with pytest.raises(KeyError, match='plum'): f()", "def f(): int('a')", set(), {0}),
    "fails within": ("assert f() == 'plum'", "def f(): int('a')", set(), {0}),
    "fails within another": ("assert f(g()) == 'plum'", "def f(): pass", set(), {0}),
    "lacks what gives the object": ("from nowhere import x; assert x().f() == 'plum'", "", set(), {0}),
    "lacks the object": ("from nowhere import x; assert x.f() == 'plum'", "", set(), {0}),
    "has none for the object": ("assert x.f == 'plum'", "x = None", set(), {0}),
    "never gave the name": ("x = f(); assert x == 'plum'", "", set(), {0}),
    "never gave the object": ("x = f(); assert x.y == 'plum'", "", set(), {0}),
    "failed before": ("x = int('a'); assert f() == 'plum'", "def f(): return 1", set(), {0}),
    "failed in a call before": ("g(); assert f() == 'plum'", "def g(): int('a')\ndef f(): return 1", set(), {0}),
    "lacks a call before": ("from nowhere import g; g(); assert f() == 'plum'", "def f(): return 1", set(), set()),
    "was wrong before": ("assert f() == 2; assert f() == 'plum'", "def f(): return 1", set(), set()),
    "does not raise before": (
        "with pytest.raises(ValueError): f()\nassert f() == 'plum'",
        "def f(): return 1",
        set(),
        set(),
    ),
    "asserts within": ("g(); assert f() == 'plum'", "def g(): assert False\ndef f(): return 1", set(), {0}),
    "catches any error before": (
        "try:\n    g()\nexcept:\n    pass\nassert f() == 'plum'",
        "def g(): int('a')\ndef f(): return 1",
        set(),
        {0},
    ),
    "catches an error before": (
        "try:\n    g()\nexcept ValueError:\n    pass\nassert f() == 'plum'",
        "def g(): int('a')\ndef f(): return 1",
        set(),
        {0},
    ),
    "catches what is not there to import": (
        "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\nassert f() == 'plum'",
        "def f(): return 1",
        set(),
        set(),
    ),
    "calls a helper named as a test": (
        "def test_view(): pass\nx = None\nx = g()\ntest_view()\ntesting()\nassert f() == 'plum'",
        "def g(): int('a')\ndef f(): return 1",
        set(),
        {0},
    ),
    "raises in one call of several": (
        "with pytest.raises(ValueError, match='plum'): f(g())",
        "def f(x): raise ValueError('fig')\ndef g(): int('a')",
        set(),
        {0},
    ),
    "raises in one statement of several": (
        "with pytest.raises(ValueError, match='plum'):\n    x = g()\n    f(x)",
        "def f(x): raise ValueError('fig')\ndef g(): int('a')",
        set(),
        {0},
    ),
    "raises in a helper": (
        "def helper(): f(g())\nwith pytest.raises(ValueError, match='plum'): helper()",
        "def f(x): raise ValueError('fig')\ndef g(): int('a')",
        set(),
        {0},
    ),
    "raises in a helper that is handed on": (
        "def helper(): f(g())\nimport unittest; unittest.TestCase().assertRaisesRegex(ValueError, 'plum', helper)",
        "def f(x): raise ValueError('fig')\ndef g(): int('a')",
        set(),
        {0},
    ),
    "raises by an operator": ("with pytest.raises(ValueError, match='plum'): f() + 1", "def f(): int('a')", set(), {0}),
    "raises by an item": ("with pytest.raises(ValueError, match='plum'): f()['a']", "def f(): int('a')", set(), {0}),
    "raises in one call of a module": (
        "import math; with pytest.raises(ValueError, match='plum'): math.sqrt(-1)",
        "",
        set(),
        set(),
    ),
    "raises in none of several": (
        "with pytest.raises(ValueError, match='plum'): f(g())",
        "def f(x): pass\ndef g(): pass",
        {0},
        set(),
    ),
    "raises in a function of several": (
        "import unittest; unittest.TestCase().assertRaisesRegex(ValueError, 'plum', lambda: f(g()))",
        "def f(x): raise ValueError('fig')\ndef g(): int('a')",
        set(),
        {0},
    ),
    "looks at an error of several calls": (
        "with pytest.raises(ValueError) as error: f(g())\nassert str(error.value) == 'plum'",
        "def f(x): raise ValueError('fig')\ndef g(): int('a')",
        set(),
        {0},
    ),
    "raises in several calls before": (
        "with pytest.raises(ValueError): f(g())\nassert g() == 'plum'",
        "def f(x): raise ValueError('fig')\ndef g(): pass",
        set(),
        set(),
    ),
    "never came to it": ("for x in f(): assert x == 'plum'", "def f(): return []", set(), set()),
}


@pytest.mark.parametrize("case", CAUSES)
def test_it_is_said_what_an_error_kept_from_being_compared(case: str, tmp_path: Path) -> None:
    """Old code that lacks what is compared could not have it right; what an error kept from it, it may have right."""
    body, old, reached, missed = CAUSES[case]
    tests = "def testing(): pass\ndef test():\n" + textwrap.indent(body.replace("; ", "\n"), "    ") + "\n"
    found = ran(tests, old, tmp_path)
    assert [set(found.reached), set(found.missed)] == [reached, missed]


WHOLE = """
    {more}
    class Test:
        def setUp(self):
            {hook}
        def test_a(self):
            {first}
        def test_b(self):
            assert f() == 'plum'
    x = Test()
"""


@pytest.mark.parametrize(
    ("more", "hook", "first", "missed"),
    [
        ("", "pass", "int('a')", set()),
        ("", "int('a')", "pass", {0}),
        ("", "int(next(given))", "pass", set()),
        ("y = int('a')", "pass", "pass", {0}),
        ("from nowhere import g", "pass", "pass", set()),
        ("class Other(nowhere.Other): pass", "pass", "pass", {0}),
    ],
)
def test_an_error_counts_for_as_long_as_it_may_be_a_cause(
    more: str, hook: str, first: str, missed: set[int], tmp_path: Path
) -> None:
    """One in a test is of no account in the next, one in its hook until that runs again, one of a module for good."""
    tests = WHOLE.format(more=more, hook=hook, first=first)
    old = "given = iter('a1')\ndef f(): return 1"
    found = ran(tests, old, tmp_path, "x.setUp()", "x.test_a()", "x.setUp()", "x.test_b()")
    assert found.missed == missed


def test_an_error_in_a_fixture_counts_for_good(tmp_path: Path) -> None:
    """It may be of more than one test."""
    tests = """
        @pytest.fixture
        def one():
            return int('a')
        def test_b():
            assert f() == 'plum'
    """
    fixture = "one.__wrapped__()" if hasattr(pytest.fixture(lambda: 1), "__wrapped__") else "one._fixture_function()"
    assert ran(tests, "def f(): return 1", tmp_path, fixture, "test_b()").missed == {0}


def test_functions_that_raise_for_others_are_left_as_they_are(tmp_path: Path) -> None:
    """An error that a test's own function is there to raise reaches the code that it is given to."""
    tests = """
        def broken():
            raise ValueError
        def test():
            def inner():
                raise KeyError
            assert f(broken) == 'ValueError'
            assert f(inner) == 'KeyError'
    """
    old = """
        def f(function):
            try:
                function()
            except Exception as error:
                return type(error).__name__
    """
    found = ran(tests, old, tmp_path)
    assert [one.value for seen in found.seen.values() for one in seen] == ["ValueError", "KeyError"]


def test_helpers_that_compare_go_on(tmp_path: Path) -> None:
    """What a helper compares after an error is said to be so."""
    tests = """
        def look(word):
            int(word)
            assert f(word) == 'plum'
        def test():
            look('a')
    """
    found = ran(tests, "def f(word): return word", tmp_path)
    assert (set(found.seen), set(found.missed)) == ({0}, {0})


def test_it_is_said_which_tests_began(tmp_path: Path) -> None:
    """By the classes that they stand in, and their names; others may have been skipped, or ended in a fixture."""
    tests = """
        class Test:
            def test_a(self):
                assert f() == 'plum'
            def test_b(self):
                assert f() == 'fig'
        def test_c():
            testing()
        def testing():
            pass
    """
    assert ran(tests, "", tmp_path, "Test().test_a()", "test_c()").began == {"Test.test_a", "test_c", "testing"}


@pytest.mark.parametrize("first", ["x = int('a')", "try:\n    x = int('a')\nexcept ValueError:\n    x = 1"])
def test_an_error_of_a_file_that_is_loaded_after_tests_of_another_counts_for_good(first: str, tmp_path: Path) -> None:
    """Some runners load a file when those before it have run."""
    place = tmp_path / "sent"
    place.touch()
    scope: dict[str, object] = {}
    for name, head in (("one", ""), ("other", first)):
        file = PythonFile(f"{name}.py", f"{head}\ndef test(): assert f() == 'plum'\n", 0)
        exec(soft(file.rewrite({one.number for one in file.hidden}, str(place)), marked=True), scope)
        exec("f = lambda: 1\ntest()", scope)
    assert read_observations(place.read_bytes()).missed == {0}


def ways(tests: str, rows: str, folder: Path, *calls: str) -> frozenset[str]:
    """The ways by which tests come to their one value with these rows."""
    vars(sys).pop("_boxscore", None)  # as in a new process
    (folder / "sent").unlink(missing_ok=True)
    (found,) = ran(tests, f"rows = iter([{rows}])\ndef f(): return 1", folder, *calls).ways.values()
    return found


def test_a_test_goes_a_way_for_each_row(tmp_path: Path) -> None:
    """The way that it goes for one is not right for another."""
    tests = """
        def test():
            if next(rows): pass
            assert f() == 'plum'
    """
    calls = ("test()", "test()")
    assert ways(tests, "1, 0", tmp_path, *calls).isdisjoint(ways(tests, "0, 1", tmp_path, *calls))
    assert ways(tests, "1, 0", tmp_path, *calls) == ways(tests, "2, ''", tmp_path, *calls)


def test_tests_that_share_a_value_go_their_own_ways(tmp_path: Path) -> None:
    """Who comes to it by no branch is not taken for another test that does."""
    tests = """
        WANT = 'plum'
        def test_a():
            assert f() == WANT
        def test_b():
            for one in rows: pass
            assert f() == WANT
    """
    calls = ("test_a()", "test_b()")
    assert not ways(tests, "", tmp_path, *calls) <= ways(tests, "1", tmp_path, *calls)
    assert ways(tests, "1, 2", tmp_path, *calls) == ways(tests, "1", tmp_path, *calls)


def test_errors_that_leave_functions_are_named_as_often_as_they_do(tmp_path: Path) -> None:
    """A generator that is closed before its end has none."""
    tests = """
        def test():
            def each():
                yield 1
            def broken():
                raise SystemExit
            next(each())
            for _ in range(30):
                tried(broken)
            assert f() == 'plum'
    """
    code = """
        def f(): return 1
        def tried(function):
            try: function()
            except SystemExit: pass
    """
    (found,) = ran(tests, textwrap.dedent(code), tmp_path, "test()").errors.values()
    assert len(found) == 20


def test_what_is_neither_true_nor_false_stays_as_it_is(tmp_path: Path) -> None:
    """Such as an array of truths that is an index."""
    tests = """
        def test():
            assert [many[many == 1], many * (many == 1)] == 'plum'
    """
    many = "class Many(list):\n    def __bool__(self): raise ValueError\n    def __eq__(self, other): return self\n"
    many += (
        "    def __getitem__(self, at): return len(at)\n    def __mul__(self, by): return by == 1\nmany = Many([5])\n"
    )
    (found,) = ran(tests, many, tmp_path).seen[0]
    assert found.value == [1, [5]]
