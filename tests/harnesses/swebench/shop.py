"""A small repository with a bug, its tests before and after the fix, and the patches."""

from __future__ import annotations

import difflib

PRICE = "def total(prices):\n    return sum(prices[1:])\n\n\ndef cheapest(prices):\n    return min(prices)\n"
OLD_TESTS = """import unittest

from shop import price


class PriceTest(unittest.TestCase):
    def test_cheapest(self):
        self.assertEqual(price.cheapest([3, 2]), 2)
"""
NEW_TESTS = f"""{OLD_TESTS}
    def test_total(self):
        self.assertEqual(price.total([3, 2]), 5)
"""


def diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return f"diff --git a/{path} b/{path}\n" + "".join(lines)


GOLD = diff("shop/price.py", PRICE, PRICE.replace("prices[1:]", "prices"))
TEST_PATCH = diff("tests/test_price.py", OLD_TESTS, NEW_TESTS)
