"""Rewritten test files: what stays byte for byte, what goes, and which tests cannot have twins."""

from __future__ import annotations

import ast
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.plan import CanaryPlan, make_canaries


def twins(source: str, *names: str, seed: int = 1, every_kind: bool = True) -> CanaryPlan:
    """Make twins of tests in one file."""
    ids = [f"test_x.py::{name}" for name in names]
    return make_canaries(
        {"test_x.py": source},
        ids,
        runner="pytest",
        rng=random.Random(seed),
        preferred=ids,
        contents=Contents() if every_kind else None,
    )


@pytest.mark.parametrize(
    ("source", "name", "reason"),
    [
        ("def test_a(): pass\ndef test_a(): pass\n", "test_a", "more than once"),
        ("if x:\n    def test_a(): pass\nelse:\n    def test_a(): pass\n", "test_a", "more than once"),
        ("from other import TestA\n", "TestA::test_a", "no function"),
        ("class TestA(Other):\n    pass\n", "TestA::test_a", "no function"),
        ("globals()['test_a'] = lambda: None\n", "test_a", "no function"),
        ("def test_a():\n    yield 1\n", "test_a", "generator"),
        ("@fixture\ndef test_a(): pass\n", "test_a", "fixture"),
        ("def test_a():\n    print 'old'\n", "test_a", "cannot be parsed"),
        ("def test_a(): pass\n", "module.function", "doctest"),
        ("\0", "test_a", "cannot be parsed"),
    ],
)
def test_tests_that_cannot_have_twins_are_told(source: str, name: str, reason: str) -> None:
    """Each required id without canaries comes with a reason."""
    plan = twins(source, name)

    assert plan.tests == ()
    assert [test_id for test_id, _ in plan.skipped] == [f"test_x.py::{name}"]
    assert reason in plan.skipped[0][1]


def test_one_broken_file_does_not_spoil_another() -> None:
    """The tests of files that can be read get twins."""
    files = {"a/test_x.py": "def (", "b/test_y.py": "def test_b(): assert f() == 1"}
    ids = ["a/test_x.py::test_a", "b/test_y.py::test_b", "c.py::test_c"]

    plan = make_canaries(files, ids, runner="pytest", rng=random.Random(1))

    assert plan.tests == ("b/test_y.py::test_b",)
    assert [path for path, _ in plan.files] == ["b/test_y.py"]
    assert [test_id for test_id, _ in plan.skipped] == ["a/test_x.py::test_a", "c.py::test_c"]


@pytest.mark.parametrize(
    ("test_id", "form"),
    [
        ("test_a (pkg.tests.TestA)", "{} (pkg.tests.TestA)"),
        ("test_a (pkg.tests.TestA.test_a)", "{} (pkg.tests.TestA.{})"),
        ("pkg.tests.TestA.test_a", "pkg.tests.TestA.{}"),
    ],
)
def test_unittest_ids_keep_their_form(test_id: str, form: str) -> None:
    """Twins are expected under ids written as the required one is."""
    source = "class TestA(TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n"

    plan = make_canaries({"tests/pkg/tests.py": source}, [test_id], runner="unittest", rng=random.Random(1))

    names = [node.name for node in ast.walk(ast.parse(plan.files[0][1])) if isinstance(node, ast.FunctionDef)]
    assert set(plan.expected) == {form.format(name, name) for name in names if name.startswith("test_a_")}


@pytest.mark.parametrize("test_id", ["A sentence about a test", "test_a (pkg.tests.TestA) (n=1)", "test_a (a.B)"])
def test_unittest_ids_that_name_no_method_are_told(test_id: str) -> None:
    """Descriptions, subtests and modules not given are skipped."""
    plan = make_canaries(
        {"tests/pkg/tests.py": "class TestA: pass\n"}, [test_id], runner="unittest", rng=random.Random(1)
    )

    assert [skipped for skipped, _ in plan.skipped] == [test_id]


def test_other_tests_go_and_what_is_used_stays() -> None:
    """Tests that were not chosen are removed, unless something in the file refers to them; fixtures stay."""
    source = (
        "@pytest.fixture\ndef test_data(): return 1\n"
        "def test_a(): assert f() == 1\n"
        "def test_used(): pass\n"
        "def test_gone(): pass\n"
        "class TestB:\n    def test_gone_too(self): test_used()\n    def test_b(self): test_used()\n"
    )

    tree = ast.parse(twins(source, "test_a", "TestB::test_b").files[0][1])

    kept = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert {"test_data", "test_used"} <= kept
    assert not {"test_a", "test_gone", "test_gone_too", "test_b"} & kept


def test_parameters_of_one_function_share_its_forms() -> None:
    """Each required parameter is expected for each form, others are not spoken of."""
    source = "@parametrize\ndef test_a(n):\n    assert f(n) == n\n"

    plan = twins(source, "test_a[1]", "test_a[x::y z]", every_kind=False)

    assert len(plan.files) == 1
    assert len(plan.expected) == 2 * len(plan.forms["test_x.py::test_a[1]"])
    assert all(form.endswith("[x::y z]") for form in plan.forms["test_x.py::test_a[x::y z]"])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_marks_stay(ending: str) -> None:
    """A file keeps its kind of line breaks and its byte order mark."""
    source = "\ufeff" + ending.join(["import x", "def test_a():", "\tassert x.f() == 1", "y = 2", ""])

    rewritten = twins(source, "test_a").files[0][1]

    assert rewritten.startswith("\ufeffimport x" + ending)
    assert rewritten.endswith(ending + "y = 2" + ending)
    assert rewritten.count("\n") == (rewritten.count(ending) if "\n" in ending else 0)


NEUTRAL = st.sampled_from(
    [
        "import os\n",
        "x = '''a\n   b'''\n",
        "# kömment \x0c here\n",
        "class Helper:\n    def run(self):\n        return 1\n",
        "\n\n",
        "y = {'a':   1 ,}  # odd  spacing\n",
    ]
)
BODY = st.sampled_from(
    [
        "assert f(1) == 1",
        "assert f(x) == '''a\n  b'''",
        "assert (f(1)\n            == [1, {'a': 'ü'}])",
        "with raises(ValueError): f()",
        "for n in g():\n        assert n in h(), 'no'",
        "if f(): return\n    assert not g(1)",
        "x = 'ä'; assert x is None",
        "self.assertEqual(f(),\n        -1.5)",
        "assert f() == 'a' 'b' and g() < 3",
        "'''doc\n  string'''",
        "@deco\n    def inner(): return 1",
        "assert x == (1, 2) \\\n        , 'm'",
        "assert isinstance(f(), (int, str))",
        "self.assertTrue(n for n in f())",
    ]
)
TEST = st.lists(BODY, min_size=1, max_size=3).map(lambda lines: "    " + "\n    ".join(lines) + "\n")


@settings(max_examples=50, deadline=None)
@given(parts=st.lists(st.one_of(NEUTRAL, TEST), min_size=1, max_size=6), seed=st.integers(0, 999))
def test_all_but_the_tests_stays_byte_for_byte(parts: list[str], seed: int) -> None:
    """Every file that parses still does, and between the rewritten functions nothing changes."""
    names = [f"test_{n}" for n in range(len(parts))]
    is_test = [part.startswith("    ") for part in parts]
    pieces = [
        f"@mark({n})\ndef {n}(x=1):  # note\n{part}" if test else part
        for n, part, test in zip(names, parts, is_test, strict=True)
    ]
    wanted = [name for name, test in zip(names, is_test, strict=True) if test]

    plan = twins("".join(pieces), *wanted, seed=seed)

    assert plan.skipped == ()
    assert len(plan.tests) == len(wanted)
    at = 0
    rewritten = plan.files[0][1] if wanted else "".join(pieces)
    ast.parse(rewritten)
    for part, test in zip(pieces, is_test, strict=True):
        if not test:
            at = rewritten.index(part, at) + len(part)
