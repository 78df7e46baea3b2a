"""Assertions that a test calls by an alias, or by a helper of its class or file, can be made to fail there too."""

from __future__ import annotations

import ast
import random
import textwrap

import pytest

from boxscore import syntax
from boxscore.protocols.canaries import source
from boxscore.protocols.canaries.helpers import FileHelpers
from boxscore.protocols.canaries.sites import DIFFERENT, FOREIGN, OPPOSITE, Sites, sites

FILE = """
def same(got, want):
    assert got == want

def truth(value, *, of=None):
    assert value

class Test:
    def check(self, value):
        print(value)
        self.assertTrue(value)

    def equal(self, value, want, message=""):
        self.assertEqual(f(value), want, message)

    def part(self, one, whole):
        assert one in whole

    @staticmethod
    def plain(value):
        assert not value

    @classmethod
    def shared(cls, value):
        assert value

    @wrapped
    def other_way(self, value):
        assert value

    @contextmanager
    def around(self, value):
        assert value
        yield

    def later(self, value):
        assert value
        yield

    async def awaited(self, value):
        assert value

    def changed(self, value):
        value = str(value)
        self.assertTrue(value)

    def early(self, value):
        if value is None:
            return
        self.assertTrue(value)

    def nothing(self, value):
        print(value)

    def test(self):
        {}
"""


def found(body: str) -> Sites:
    """The places of a test with these lines in its body."""
    tree = syntax.parse(FILE.format(textwrap.indent(body, " " * 8).strip()))
    test = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "test")
    return sites(test, FileHelpers(tree))


def wraps(body: str) -> list[tuple[str, int]]:
    """What may be replaced at run time, and by which mode."""
    return [(ast.unparse(one.node), one.mode) for one in found(body).wraps]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("ok = self.assertTrue\nok(f(1))", ("f(1)", OPPOSITE)),
        ("same = self.assertEqual\nsame(f(1), g(2))", ("g(2)", DIFFERENT)),
        ("self.check(f(1))", ("f(1)", OPPOSITE)),
        ("self.check(value=f(1))", ("f(1)", OPPOSITE)),
        ("self.plain(f(1))", ("f(1)", OPPOSITE)),
        ("self.shared(f(1))", ("f(1)", OPPOSITE)),
        ("self.equal(1, want=g(2))", ("g(2)", DIFFERENT)),
        ("self.part(f(1), g(2))", ("f(1)", FOREIGN)),
        ("same(f(1), g(2))", ("g(2)", DIFFERENT)),
        ("truth(f(1), of=3)", ("f(1)", OPPOSITE)),
        ("with self.subTest():\n    self.check(f(1))", ("f(1)", OPPOSITE)),
    ],
)
def test_what_a_helper_asserts_of_an_argument_is_changed_where_it_is_given(
    body: str, expected: tuple[str, int]
) -> None:
    """The helper itself stays as it is: other tests may use it."""
    assert wraps(body) == [expected]
    assert not found(body).inverts


def test_a_literal_that_a_helper_expects_is_one_to_change() -> None:
    """As if it stood in the test's own assertion."""
    assert [ast.unparse(one.node) for one in found("self.equal(1, 'plum')").literals] == ["'plum'"]


@pytest.mark.parametrize(
    "body",
    [
        "self.early(f(1))",
        "self.nothing(f(1))",
        "self.other_way(f(1), g(1))",
        "self.around(f(1), g(1))",
        "self.later(f(1))",
        "self.awaited(f(1))",
        "self.changed(f(1))",
        "self.check(*f(1))",
        "self.check(**f(1))",
        "self.other(f(1))",
    ],
)
def test_what_no_helper_is_known_to_assert_stays(body: str) -> None:
    """Such tests are negated at their end."""
    assert not wraps(body)


def test_a_file_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tests it has: each would have to look for its class in all of it."""
    made: list[ast.Module] = []

    def look(tree: ast.Module) -> FileHelpers:
        made.append(tree)
        return FileHelpers(tree)

    monkeypatch.setattr(source, "FileHelpers", look)
    tests = [f"def test_{number}(): assert f() == {number}" for number in range(5)]
    file = source.TestFile("\n".join(tests))

    file.rewrite({((), f"test_{number}"): lambda former: former.draw(4) for number in range(5)}, random.Random(1))

    assert len(made) == 1
