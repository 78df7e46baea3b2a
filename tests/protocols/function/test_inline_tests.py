"""Tests that somebody sends along, graded in boxes: honest programs pass, and no trick of a program's makes it pass."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.data.inline import inline_task
from boxscore.errors import UsageError
from boxscore.harness import FunctionTask
from boxscore.protocols.contract import Batch, Candidate, narrowed
from boxscore.protocols.function.source import as_in_contests
from boxscore.records import Limits, Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.contract import BatchGrader


LIMITS = Limits(cpu_s=0.5, wall_s=200.0, memory_bytes=512 << 20)  # as all other tests of this module's grader

METHOD = """
class Solution:
    def f(self, numbers: List[int]) -> Tuple[int, int]:
        counted = Counter(numbers)
        return max(counted, key=counted.get), math.gcd(*numbers)
"""
CALLS = {"fn_name": "f", "inputs": ["[4, 6, 6]", "[9]"], "outputs": ["[6, 2]", "[9, 9]"]}
TWICE = "def f(a):\n    return 2 * a\n"


@pytest.fixture(name="run")
def fixture_run(grader: BatchGrader) -> Callable[..., Result]:
    def run(code: str, tests: object, **options: Any) -> Result:
        task = narrowed(inline_task(tests, limits=LIMITS, **options), FunctionTask, "inline")
        candidates = (Candidate(sample_id="0", code=code),)
        (result,) = grader.grade(Batch(instance_id="inline", task=task, trust=Trust.ORACLE, candidates=candidates))
        return result

    return run


HONEST = {
    "method": (METHOD, CALLS),
    "function": ("def f(a):\n    return max(a, key=a.count), math.gcd(*a)\n", CALLS),
    "asserts": (TWICE, ["assert f(2) == 4", "assert f('a') == 'aa'"]),
    "exit": (TWICE, "import sys\nassert f(2) == 4\nsys.exit(0)\n"),
    "exit status": (TWICE, "import sys\nsys.exit(0 if f(2) == 4 else 1)\n"),
    "printed": (TWICE, "print(f(2), flush=True)\nassert f(3) == 6\n"),
    "printed to its descriptor": (TWICE, "import os\nos.write(1, str(f('x')).encode())\nassert f(3) == 6\n"),
    "check": (TWICE, "def check(candidate):\n    assert candidate(2) == 4\ncheck(f)\n"),
    "stateful": (
        (
            "class Stack:\n    def __init__(self):\n        self.items = []\n"
            "    def push(self, item):\n        self.items.append(item)\n"
            "    def pop(self):\n        return self.items.pop()\n"
        ),
        (
            "s = Stack()\ns.push(3)\ns.push(4)\nassert s.pop() == 4\nassert s.pop() == 3\n"
            "try:\n    s.pop()\nexcept IndexError:\n    pass\nelse:\n    assert False\n"
        ),
    ),
    "curried": ("def f(a):\n    return lambda b: a + b\n", "assert f(1)(2) == 3"),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_programs_pass(run: Callable[..., Result], name: str) -> None:
    """Each shape of tests accepts a program that does what is asked."""
    result = run(*HONEST[name])

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")


FAILING = {
    "equal to all": (
        "class Any:\n    def __eq__(self, other):\n        return True\ndef f(a):\n    return Any()\n",
        {"fn_name": "f", "inputs": [[2]], "outputs": [4]},
        "wrong",
    ),
    "wrong": (TWICE.replace("2", "3"), {"fn_name": "f", "inputs": [[2]], "outputs": [4]}, "wrong"),
    "missing": ("x = 1", {"fn_name": "f", "inputs": [[2]], "outputs": [4]}, "error"),
    "raises": ("def f(a):\n    raise KeyError(a)\n", {"fn_name": "f", "inputs": [[2]], "outputs": [4]}, "error"),
    "early exit": (TWICE, "import sys\nsys.exit(0)\nassert f(2) == 5\n", "no_tests"),
    "bad exit": (TWICE, "import sys\nsys.exit(0 if f(2) == 5 else 1)\n", "wrong"),
    "exit of its own": ("import sys\ndef f(a):\n    sys.exit(0)\n", "assert f(2) == 4", "error"),
    "changes what tests use": (
        """
import builtins
builtins.any = builtins.all = lambda *_: True
def f(a):
    return None
""",
        {"fn_name": "f", "inputs": [[2]], "outputs": [4]},
        "wrong",
    ),
}


CLAIMS = {
    "a function that is equal to all": (
        (
            "class Any:\n    def __eq__(self, other):\n        return True\n"
            "    def __call__(self, *arguments):\n        return self\nf = Any()\n"
        ),
        "assert f(2)() == 4",
    ),
    "defines what tests forgot to import": (
        "def f(a):\n    return -1\ndef isclose(*_, **__):\n    return True\n",
        "assert isclose(f(2), 4, rel_tol=1e-6)",
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_program_decides_itself_is_a_claim(run: Callable[..., Result], name: str) -> None:
    code, tests = CLAIMS[name]

    result = run(code, tests)

    assert (result.outcome, result.trust) == ("passed", "claim")
    assert result.reason


SWALLOWED = {
    "except": "try:\n    assert f(2) == 4\nexcept:\n    pass\n",
    "finally": "def t():\n    try:\n        assert f(2) == 4\n    finally:\n        return\nt()\n",
    "loop": "for _ in range(2):\n    try:\n        assert f(2) == 4\n    finally:\n        continue\n",
    "exit": "import sys\ntry:\n    f(2)\nfinally:\n    sys.exit(0)\n",
}


@pytest.mark.parametrize("tests", SWALLOWED.values(), ids=SWALLOWED)
def test_a_program_that_is_gone_has_not_passed(run: Callable[..., Result], tests: str) -> None:
    result = run("import os\ndef f(a):\n    os._exit(0)\n", tests)

    assert (result.outcome, result.reason) == ("error", "the process ended before it answered")


def test_tests_may_swallow_what_a_program_raises(run: Callable[..., Result]) -> None:
    tests = "try:\n    f(2)\nexcept:\n    pass\nassert f(3) == 6\n"

    assert run("def f(a):\n    if a == 2:\n        raise SystemExit(a)\n    return 2 * a\n", tests).outcome == "passed"


@pytest.mark.parametrize("name", FAILING)
def test_others_do_not(run: Callable[..., Result], name: str) -> None:
    code, tests, outcome = FAILING[name]

    assert run(code, tests).outcome == outcome


def test_tests_that_end_their_own_process_are_no_programs_failure(run: Callable[..., Result]) -> None:
    result = run(TWICE, "import os\nassert f(2) == 4\nos._exit(0)\n")

    assert result.outcome is Outcome.INTERNAL
    assert "the tests ended their own process, with status 0" in result.reason


KODCODE = """
from solution import (
    f as twice,
)

def test_a():
    assert twice(2) == 4

def test_b():
    assert twice(3) == 6
"""


def test_functions_of_pytest_are_called(run: Callable[..., Result]) -> None:
    right, wrong = run(TWICE, KODCODE), run(TWICE.replace("2 * a", "4"), KODCODE)

    assert (right.outcome, right.trust, wrong.outcome) == ("passed", "oracle", "wrong")


def test_fixtures_are_refused() -> None:
    with pytest.raises(UsageError, match="test_a takes fixtures"):
        inline_task("def test_a(tmp_path):\n    assert f(2) == 4\n")


LACKING = """
from __future__ import annotations
def f(n: List[int]) -> int:
    heap = [math.inf, *n]
    heapify(heap)
    return defaultdict(int, {0: heappop(heap)})[0]
"""


def test_names_that_are_used_and_nobodys_are_imported() -> None:
    namespace: dict[str, Any] = {}
    depth = sys.getrecursionlimit()

    try:
        exec(as_in_contests(LACKING), namespace)
    finally:
        sys.setrecursionlimit(depth)  # which it raises so far that the next test could overflow the stack

    assert namespace["f"]([3, 2]) == 2
    assert "statistics" not in namespace
    assert "random" not in namespace


def test_what_a_program_defines_stays_its_own() -> None:
    code = "def gcd(a, b):\n    return pow(a, b)\nanswer = gcd(2, 3)\n"

    assert as_in_contests(code).endswith("\n" + code)
    assert "import " not in as_in_contests(code)


def test_recursion_may_be_deep() -> None:
    code = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n"
    program = f"{as_in_contests(code)}\nassert f(20_000) == 20_000"

    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=120)


def test_what_is_no_python_stays() -> None:
    assert as_in_contests("def f(:\n    List") == "def f(:\n    List"
    assert as_in_contests("(" * 9_000) == "(" * 9_000
    assert as_in_contests("\0List") == "\0List"
