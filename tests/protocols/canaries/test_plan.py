"""Negated twins in real runs of pytest and unittest: honest code keeps them, forged results do not."""

from __future__ import annotations

import json
import math
import os
import random
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.plan import (
    CanaryJudgement,
    CanaryPlan,
    judge_canaries,
    make_canaries,
    usable,
    why_no_canaries,
)
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RECORDER = '''\
"""Write what became of each test: the report of this test's runner, by exact id."""
import json, os
found = {}
def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        status = "XFAIL" if hasattr(report, "wasxfail") else report.outcome.upper()
        if found.get(report.nodeid) != "FAILED":
            found[report.nodeid] = status
def pytest_unconfigure(config):
    with open(os.environ["RECORD"], "w") as out:
        json.dump(found, out)
'''
SOLUTION = """\
class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return type(other) is Point and self.x == other.x
    def __hash__(self): return self.x
def square(n):
    if n is None: raise ValueError("no number")
    return n * n
def squares(ns): return [square(n) for n in ns]
def table(ns): return {n: square(n) for n in ns}
def greet(name): return "grüß " + name
def half(n): return n / 2
def is_even(n): return n % 2 == 0
def scramble(n): return n * 7919 % 1000
def nothing(): return None
def point(n): return Point(n)
async def later(n): return n
"""
PYTEST_TESTS = '''\
"""Tests of many kinds."""
from __future__ import annotations
import asyncio
import unittest
import warnings
from contextlib import nullcontext

import pytest

from solution import *  # noqa


@pytest.fixture
def test_data():
    return [1, 2, 3]

@pytest.fixture(params=[2, 4])
def number(request):
    return request.param

def check(got, want):
    assert got == want

def test_plain():
    """A docstring."""
    assert square(3) == 9

def test_untouched(): assert square(1) == 1

@pytest.mark.parametrize(("n", "want"), [(1, 1), (2, 4), pytest.param(3, 9, id="größe drei")])
def test_parameters(n, want):
    assert square(n) == want  # the comment stays

def test_fixture(test_data, number):
    for n in test_data:
        if n:
            assert number * n == n * number, "message"

def test_raises():
    with pytest.raises(ValueError, match="no number"):
        square(None)

def test_raises_one_of():
    pytest.raises((ValueError, KeyError), square, None)

def test_warns():
    with pytest.warns(UserWarning):
        warnings.warn("careful")

def test_approx():
    assert half(1) == pytest.approx(0.5)
    assert half(3) == pytest.approx(1.5, rel=1e-3)

def test_containers():
    assert squares([1, 2]) == [1, 4]
    assert table([2]) == {2: 4}
    assert [] == squares([])
    assert "ß" in greet("x")
    assert 4 in squares([2])
    assert 5 not in squares([2])

def test_compares():
    assert square(2) > 3 and square(2) <= 4
    assert nothing() is None
    assert square(2) is not None
    assert 3 < square(2) < 5
    assert (square(2)
            != 5)

def test_truths():
    assert is_even(2)
    assert not is_even(3)
    assert isinstance(square(2), int)
    assert isinstance(square(2), (int, str))
    assert all(is_even(n) for n in (2, 4))

def test_objects():
    with nullcontext():
        assert point(1) == point(1)

def test_asynchronous_code():
    async def run():
        return await later(4)
    assert asyncio.run(run()) == 4

def test_helper_only():
    check(square(4), 16)

def test_returns_early(number):
    if number == 2:
        assert square(number) == 4
        return
    assert square(number) == 16

def test_one_line(): assert square(5) == 25; assert is_even(4);

def test_größe():
    assert greet("Ünï") == """grüß Ünï"""

def test_text():
    text = """one
  two
"""
    assert text.splitlines() == ["one",
                                 "  two"]

@pytest.mark.parametrize("n, want", [(11, 109), (12, 28), (13, 947)], ids=["a", "b", "c"])
def test_table(n, want):
    assert scramble(n) == want

@pytest.mark.parametrize(["want", "n"], ([[461, "x"], 19],))
def test_small_table(n, want):
    assert [scramble(n), "x"] == want

def test_name():
    expected = [866, 785]
    assert [scramble(14), scramble(15)] == expected

def test_loop_only():
    n = 0
    while n < 3:
        n += 1

class TestOuter:
    base = 2

    class TestInner:
        def test_nested(self):
            assert square(6) == 36

    @staticmethod
    def test_static():
        assert square(7) == 49

    @pytest.mark.parametrize("n", [1, 2])
    def test_method(self, n):
        assert square(n) == n * n

@pytest.mark.parametrize("kind", [int, float])
class TestWholeClass:
    def test_kind(self, kind):
        assert square(kind(2)) == 4

class TestChild(TestOuter):
    base = 3

class TestCase(unittest.TestCase):
    def setUp(self):
        self.n = 4

    def test_asserts(self):
        self.assertEqual(square(self.n), 16)
        self.assertIn(4, squares([2]))
        self.assertAlmostEqual(half(1), 0.5, places=3)

    def test_error(self):
        with self.assertRaises(ValueError):
            square(None)

if __name__ == "__main__":
    unittest.main()
'''
UNITTEST_TESTS = '''\
import unittest

from solution import *  # noqa


class Shared(unittest.TestCase):
    def setUp(self):
        self.seen = []

    def test_inherited(self):
        self.assertTrue(is_even(2))


class TestMore(Shared):
    """A class."""

    def test_equal(self):
        """Described."""
        self.assertEqual(square(2), 4)
        self.assertEqual(first=square(2), second=4)
        self.assertListEqual(squares([1]), [1])
        self.assertNotEqual(square(2), 5)

    def test_about(self):
        self.assertAlmostEqual(half(3), 1.5, delta=0.1)
        self.assertGreater(square(2), 3)
        self.assertLessEqual(square(2), 4)
        self.assertRegex(greet("x"), "gr")

    def test_identity(self):
        self.assertIsNone(nothing())
        self.assertIsInstance(square(2), int)
        self.assertIs(nothing(), None)
        self.assertIn("x", greet("x"))
        self.assertNotIn("y", greet("x"))
        self.assertFalse(is_even(3))

    def test_raises(self):
        self.assertRaises(ValueError, square, None)
        with self.assertRaisesRegex(ValueError, "no"):
            square(None)

    def test_subtests(self):
        for n in (1, 2, 3):
            with self.subTest(n=n):
                self.assertEqual(square(n), n * n)

    @unittest.skipIf(False, "never")
    def test_größe(self):
        self.assertDictEqual(table([2]), {2: 4})


class TestLater(unittest.IsolatedAsyncioTestCase):
    async def test_awaited(self):
        self.assertEqual(await later(3), 3)


del Shared
'''


def run_pytest(folder: Path, files: Mapping[str, str], *arguments: str) -> tuple[dict[str, Status], str]:
    """Run pytest in a folder written anew; return its own statuses by exact id, and its log."""
    for path, source in files.items():
        (folder / path).write_text(source, encoding="utf-8", newline="")
    (folder / "recorder.py").write_text(RECORDER)
    record = folder / "record.json"
    record.unlink(missing_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # to load them takes longer than all else
        "RECORD": str(record),
    }
    # Tracebacks of a hundred twins that fail take a second, and no test reads them.
    command = [sys.executable, "-m", "pytest", "-rA", "--tb=line", "-p", "recorder", "-p", "no:cacheprovider"]
    tests = [path for path in files if path.startswith("test_")]
    done = subprocess.run(
        [*command, *arguments, *tests], cwd=folder, env=environment, capture_output=True, timeout=300, check=False
    )
    statuses = json.loads(record.read_text()) if record.exists() else {}
    return {test_id: Status(status) for test_id, status in statuses.items()}, done.stdout.decode()


def run_unittest(folder: Path, files: Mapping[str, str], module: str) -> dict[str, Status]:
    """Run unittest; return the statuses that its verbose log tells."""
    for path, source in files.items():
        (folder / path).write_text(source, encoding="utf-8")
    command = [sys.executable, "-B", "-X", "utf8", "-m", "unittest", "-v", module]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
    words = {"ok": Status.PASSED, "FAIL": Status.FAILED, "ERROR": Status.ERROR}
    log = done.stderr.decode()
    found = dict(re.findall(r"^(\w+ \([\w.]+\))(?:\n.*)? \.\.\. (ok|FAIL|ERROR)$", log, re.MULTILINE))
    failed = {test: word for word, test in re.findall(r"^(FAIL|ERROR): (\w+ \([\w.]+\))", log, re.MULTILINE)}
    return {test_id: words[word] for test_id, word in (found | failed).items()}


def passing(statuses: Mapping[str, Status]) -> list[str]:
    """Return the ids that may be required."""
    return [test_id for test_id, status in statuses.items() if status is Status.PASSED]


OTHER_DRAWS = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6)]


@pytest.mark.parametrize("seed", [1, *OTHER_DRAWS])
def test_each_twin_of_each_kind_behaves_on_right_code(tmp_path: Path, seed: int) -> None:
    """Originals pass and twins of every kind fail, for tests of many kinds, whatever is drawn."""
    files = {"solution.py": SOLUTION, "test_it.py": PYTEST_TESTS}
    required = passing(run_pytest(tmp_path, files)[0])
    tests = {"test_it.py": PYTEST_TESTS}

    plan = make_canaries(
        tests, required, runner="pytest", rng=random.Random(seed), preferred=required, contents=Contents()
    )
    statuses, log = run_pytest(tmp_path, dict(plan.files))

    assert len(required) > 30
    assert [test_id for test_id, _ in plan.skipped] == ["test_it.py::TestChild::TestInner::test_nested"]
    assert set(plan.tests) == set(required) - {test_id for test_id, _ in plan.skipped}
    assert set(plan.tests) - set(usable(plan, statuses)) == set(), log
    assert judge_canaries(plan, statuses).reason == ""


@pytest.mark.parametrize("seed", [1, *OTHER_DRAWS])
def test_twins_of_unittest_methods_behave_on_right_code(tmp_path: Path, seed: int) -> None:
    """Methods of TestCase classes, inherited, described, asynchronous and with subtests, under unittest itself."""
    files = {"solution.py": SOLUTION, "test_cases.py": UNITTEST_TESTS}
    required = [
        f"{name} (test_cases.{scope})"
        for scope, names in {
            "TestMore": ["test_equal", "test_about", "test_identity", "test_raises", "test_subtests", "test_größe"],
            "TestLater": ["test_awaited"],
        }.items()
        for name in [*names, *(["test_inherited"] if scope == "TestMore" else [])]
    ]
    required = [f"{i[:-1]}.{i.split()[0]})" if sys.version_info >= (3, 11) else i for i in required]
    tests = {"test_cases.py": UNITTEST_TESTS}

    plan = make_canaries(
        tests, required, runner="unittest", rng=random.Random(seed), preferred=required, contents=Contents()
    )
    statuses = run_unittest(tmp_path, files | dict(plan.files), "test_cases")

    assert plan.skipped == ()
    assert judge_canaries(plan, statuses) == CanaryJudgement(kept=True, reported=len(plan.expected))
    assert set(usable(plan, statuses)) == set(required)


SMALL_TESTS = """\
from solution import solve

def test_a():
    assert solve([1, 2, 3, 4]) == 20

def test_b():
    assert solve([]) == 0

def test_c():
    assert solve([-2, 7, 6]) == 40
"""
SMALL_IDS = tuple(f"test_small.py::test_{c}" for c in "abc")
WRONG = "def solve(xs): return -1\n"
ATTACKS = {
    "equals everything": "class E:\n    __eq__ = lambda a, b: True\ndef solve(xs): return E()\n",
    "reads the constant it is compared with": """
import dis, sys
def solve(xs):
    frame = sys._getframe(1)
    return next(
        i.argval for i in dis.get_instructions(frame.f_code) if i.offset > frame.f_lasti and i.opname == "LOAD_CONST"
    )
""",
    "registers a hook that turns reports round": """
import gc, pytest
class Hook:
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        report.outcome, report.longrepr = "passed", None
        return report
for thing in gc.get_objects():
    if type(thing).__name__ == "PytestPluginManager":
        thing.register(Hook())
def solve(xs): return -1
""",
    "replaces the call of each test": """
import _pytest.python
_pytest.python.Function.runtest = lambda self: None
def solve(xs): return -1
""",
    "repeats the report of earlier names": """
import json, os
def solve(xs):
    names = [f"test_small.py::test_{c}" for c in "abc"]
    with open(os.environ["RECORD"], "w") as out:
        json.dump(dict.fromkeys(names, "PASSED"), out)
    os._exit(0)
""",
}
HOOKS = {
    "all reports passed": """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome, report.longrepr = "passed", None
""",
    "nothing is called": "def pytest_pyfunc_call(pyfuncitem): return True\n",
    "asserts are dropped": """
import ast
import _pytest.assertion.rewrite as rewrite
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
rewrite.rewrite_asserts = lambda module, *a, **k: Drop().visit(module) and None
""",
}
CHEATS = {name: {"solution.py": source} for name, source in ATTACKS.items()} | {
    name: {"solution.py": WRONG, "conftest.py": source} for name, source in HOOKS.items()
}


def canary_run(folder: Path, files: Mapping[str, str]) -> tuple[dict[str, Status], CanaryPlan, dict[str, Status]]:
    """Run tests as they are, then a canary run over the same code."""
    normal, _ = run_pytest(folder, {**files, "test_small.py": SMALL_TESTS})
    plan = make_canaries(
        {"test_small.py": SMALL_TESTS}, SMALL_IDS, runner="pytest", rng=random.Random(1), preferred=SMALL_IDS
    )
    canaries, _ = run_pytest(folder, {**files, **dict(plan.files)})
    return normal, plan, canaries


# What these do from a file that no candidate gets to leave, others above do from the code under test.
ALIKE = {"all reports passed", "nothing is called"}
SOME = [pytest.param(name, marks=pytest.mark.slow if name in ALIKE else ()) for name in CHEATS]


@pytest.mark.parametrize("name", SOME)
def test_forged_results_are_caught(tmp_path: Path, name: str) -> None:
    """Code that passes all tests without a solution does not know which of the twins to fail."""
    normal, plan, canaries = canary_run(tmp_path, CHEATS[name])

    assert [normal[test_id] for test_id in SMALL_IDS] == [Status.PASSED] * 3
    assert not judge_canaries(plan, canaries).kept


def test_right_code_is_kept(tmp_path: Path) -> None:
    """The same run keeps a solution, also one with a conftest of its own."""
    honest = {"solution.py": "def solve(xs): return sum(x * x for x in xs if x % 2 == 0)\n", "conftest.py": "\n"}

    _, plan, canaries = canary_run(tmp_path, honest)

    assert judge_canaries(plan, canaries).kept
    assert set(plan.tests) == set(SMALL_IDS)


def judged(expected: dict[str, bool], statuses: Mapping[str, Status]) -> CanaryJudgement:
    """Judge reports of made-up ids."""
    return judge_canaries(CanaryPlan(expected=expected), statuses)


@pytest.mark.parametrize("status", [None, *(s for s in Status if s is not Status.PASSED)])
def test_an_original_must_pass(status: Status | None) -> None:
    """Anything else, and no report, is not kept."""
    statuses = {"b": Status.FAILED} | ({"a": status} if status else {})

    assert not judged({"a": True, "b": False}, statuses).kept


@pytest.mark.parametrize("status", list(Status))
def test_a_negated_twin_must_fail(status: Status) -> None:
    """A failure or an error is expected; a pass, and a twin that was skipped, is not kept."""
    verdict = judged({"a": True, "b": False}, {"a": Status.PASSED, "b": status, "other": Status.PASSED})

    assert verdict.kept == (status in {Status.FAILED, Status.ERROR})
    assert verdict.failed_canaries == (("b",) if status is Status.PASSED else ())


def test_no_canaries_are_not_a_pass() -> None:
    """A plan that expects nothing proves nothing."""
    assert not judged({}, {"a": Status.PASSED}).kept


def test_silence_is_told_from_lies() -> None:
    """A verdict says how many of the expected tests were reported at all."""
    verdict = judged({"a": True, "b": False}, {})

    assert (verdict.kept, verdict.reported, verdict.missing) == (False, 0, ("a", "b"))


@pytest.mark.parametrize(("runner", "can"), [("pytest", True), ("unittest", True), ("jest", False), (None, False)])
def test_runners_without_twins_say_so(runner: str | None, can: bool) -> None:  # noqa: FBT001
    """Only pytest and unittest have twins."""
    assert (why_no_canaries(runner) == "") is can
    if not can:
        with pytest.raises(ValueError, match="no negated tests"):
            make_canaries({}, (), runner=str(runner), rng=random.Random(1))


def plan_of(tests: int, *, preferred: int, body: str = "assert f() == {n}", seed: int = 1) -> CanaryPlan:
    """Plan canaries for tests of one kind, some of them preferred."""
    source = "".join(f"def test_{n}():\n    {body.format(n=n + 100)}\n" for n in range(tests))
    ids: Sequence[str] = [f"test_x.py::test_{n}" for n in range(tests)]
    return make_canaries(
        {"test_x.py": source}, ids, runner="pytest", rng=random.Random(seed), preferred=ids[:preferred]
    )


def vectors(plan: CanaryPlan, test: int) -> int:
    """How many ways there are to tell the originals of a test from its twins, if their number is known."""
    passes = [plan.expected[form] for form in plan.forms[f"test_x.py::test_{test}"]]
    return math.comb(len(passes), sum(passes))


@pytest.mark.parametrize(("preferred", "least"), [(1, 2000), (2, 2000), (4, 60), (8, 8), (16, 4), (60, 4)])
@pytest.mark.parametrize("body", ["assert f() == {n}", "assert f({n})", "assert f() == 'a{n}'"])
def test_each_preferred_test_is_hard_to_guess(preferred: int, least: int, body: str) -> None:
    """Whoever forges one of them alone must find its originals among its forms; the fewer tests, the more forms."""
    plan = plan_of(preferred + 100, preferred=preferred, body=body)

    assert all(vectors(plan, test) >= least for test in range(preferred))
    assert len(plan.expected) <= max(128, 4 * preferred) + 2 * max(24 - preferred, 8)


def test_others_are_a_sample_of_two_forms_each() -> None:
    """Tests that are not preferred have one original and one negated test."""
    plan = plan_of(100, preferred=3)

    others = [forms for test, forms in plan.forms.items() if int(test.rpartition("_")[2]) >= 3]
    assert len(others) == 21
    assert all(sorted(plan.expected[form] for form in forms) == [False, True] for forms in others)


def test_forms_can_be_fewer_where_tests_take_long() -> None:
    """A caller who knows that says so; each test keeps a few."""
    source = "def test_a():\n    assert f() == 7\n"

    plan = make_canaries(
        {"test_x.py": source},
        ["test_x.py::test_a"],
        runner="pytest",
        rng=random.Random(1),
        preferred=["test_x.py::test_a"],
        forms=1,
    )

    assert len(plan.expected) == 4


def test_all_preferred_tests_and_only_usable_ones() -> None:
    """Preferred tests are never left out for others; `only` leaves out the rest."""
    source = "".join(f"def test_{n}(): assert f() == {n}\n" for n in range(80))
    ids: Sequence[str] = [f"test_x.py::test_{n}" for n in range(80)]

    plan = make_canaries(
        {"test_x.py": source}, ids, runner="pytest", rng=random.Random(7), only=ids[2:], preferred=ids[:40]
    )

    assert set(ids[2:40]) < set(plan.tests)
    assert not set(ids[:2]) & set(plan.tests)


@pytest.mark.parametrize("test_id", ["[", "[100%]", "test_x.py"])
def test_an_id_that_names_no_function_has_no_canary(test_id: str) -> None:
    """What a parser took for a test, or a whole file, is passed over with a reason."""
    plan = make_canaries(
        {"test_x.py": "def test_0():\n    assert 1 == 1\n"}, [test_id], runner="pytest", rng=random.Random(7)
    )

    assert plan.skipped == ((test_id, "the id names no test function"),)


def test_what_other_test_files_say_is_known_to_a_reader() -> None:
    """A value that stands in another file of the tests is among values that do too, if there are any."""

    def bits(*, told: bool) -> float:
        files = {"test_a.py": "def test_a():\n    assert f(1) == 48613\n", "test_b.py": f"W = {48613 if told else 1}\n"}
        plan = make_canaries(
            files,
            ["test_a.py::test_a"],
            runner="pytest",
            rng=random.Random(1),
            preferred=["test_a.py::test_a"],
            contents=Contents(),
        )
        return sum(one.window.bits for one in plan.watched)

    assert bits(told=True) == 0.0
    assert bits(told=False) > 3.0
