"""The one instance: a repository of two files, whose bug a patch fixes, and the patch of its tests."""

from __future__ import annotations

import difflib

PRICE = "def total(prices):\n    return sum(prices[1:])\n\n\ndef cheapest(prices):\n    return min(prices)\n"
TEST_PRICE = """import unittest

from shop.price import cheapest, total


class PriceTest(unittest.TestCase):
    def test_cheapest(self):
        self.assertEqual(cheapest([3, 1, 2]), 1)
"""
NEW_TEST = "\n    def test_total(self):\n        self.assertEqual(total([3, 1, 2]), 6)\n"
FILES = tuple(
    (f"repository/{name}", text.encode())
    for name, text in (
        ("shop/__init__.py", ""),
        ("shop/price.py", PRICE),
        ("tests/__init__.py", ""),
        ("tests/test_price.py", TEST_PRICE),
    )
)


def difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return f"diff --git a/{name} b/{name}\n{''.join(lines)}"


GOLD = difference("shop/price.py", PRICE, PRICE.replace("[1:]", ""))
TESTS = difference("tests/test_price.py", TEST_PRICE, TEST_PRICE + NEW_TEST)
