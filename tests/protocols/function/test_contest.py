"""Programs as the judges of contests run them: what they lack is imported."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from boxscore.protocols.function.source import as_in_contests

LACKING = """
from __future__ import annotations
def f(n: List[int]) -> int:
    heap = [math.inf, *n]
    heapify(heap)
    return defaultdict(int, {0: heappop(heap)})[0]
"""


def test_names_that_are_used_and_nobodys_are_imported() -> None:
    namespace: dict[str, Any] = {}

    exec(as_in_contests(LACKING), namespace)

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
