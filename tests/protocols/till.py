"""A small repository with a bug, in which the attacks on patches are tried; its tests run under pytest or unittest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.protocols import parcel

if TYPE_CHECKING:
    from collections.abc import Mapping

BUGGY = '''"""What a till gives back."""


def total(prices):
    return sum(prices)


def change(amount, coins=(50, 20, 10, 5, 2, 1)):
    given = []
    for coin in coins:
        if amount >= coin:
            amount -= coin
            given.append(coin)
    return given
'''
INIT = "from till.change import change, total\n"
TOTAL_TESTS = """import unittest

from till import total


class Total(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([3, 4]), 7)

    def test_none(self):
        self.assertEqual(total([]), 0)
"""
CHANGE_TESTS = """import unittest

from till import change


class Change(unittest.TestCase):
    def test_small(self):
        self.assertEqual(change(7), [5, 2])
"""
NEW_TESTS = """
    def test_repeats(self):
        self.assertEqual(change(40), [20, 20])

    def test_count(self):
        self.assertEqual(len(change(388)), 12)

    def test_odd_coins(self):
        self.assertEqual(change(9, coins=(4, 1)), [4, 4, 1])
"""
FILES = {
    "till/__init__.py": INIT,
    "till/change.py": BUGGY,
    "tests/__init__.py": "",
    "tests/test_change.py": CHANGE_TESTS,
    "tests/test_total.py": TOTAL_TESTS,
    "tools/build.py": "print('built')\n",
}
MENDED = {"till/change.py": BUGGY.replace("        if amount", "        while amount")}


def patch_of(files: Mapping[str, str]) -> str:
    return parcel.patch_of(files, base=FILES)


PYTEST = replace(
    parcel.TASK,
    image=replace(
        parcel.TASK.image,
        name="till",
        files=tuple((f"repository/{path}", text.encode()) for path, text in FILES.items()),
    ),
    fail_to_pass=tuple(f"tests/test_change.py::Change::test_{name}" for name in ("repeats", "count", "odd_coins")),
    pass_to_pass=(
        "tests/test_change.py::Change::test_small",
        "tests/test_total.py::Total::test_some",
        "tests/test_total.py::Total::test_none",
    ),
    test_patch=patch_of({"tests/test_change.py": CHANGE_TESTS + NEW_TESTS}),
    reference=patch_of(MENDED),
)


def _unittest_id(test_id: str) -> str:
    path, scope, name = test_id.split("::")
    return f"{name} ({path.removesuffix('.py').replace('/', '.')}.{scope}.{name})"


UNITTEST = replace(
    PYTEST,
    fail_to_pass=tuple(map(_unittest_id, PYTEST.fail_to_pass)),
    pass_to_pass=tuple(map(_unittest_id, PYTEST.pass_to_pass)),
    commands=("python3 -m unittest -v tests.test_change tests.test_total",),
    parser="unittest",
    report=None,
    runner="unittest",
)
