"""A repository of our own, a row of EvoCodeBench for one of its methods, and samples of that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boxscore.records import Sample, SampleKind
from harnesses.evocodebench import HARNESS

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.records import Instance

SOURCE = '''\
from .units import Rate, convert
import math as m


class Basket:
    def __init__(self, prices):
        self.prices = prices

    def total(self, rate: Rate):
        """Doc."""
        subtotal = self.summed()
        return convert(subtotal, rate.value)

    def summed(self):
        return m.fsum(self.prices)
'''
UNITS = """\
class Rate:
    def __init__(self, value):
        self.value = value


def convert(x, by):
    return x * by
"""
TESTS = """\
import pytest

from shop.basket import Basket
from shop.units import Rate


@pytest.mark.parametrize("value", [1, 2])
def test_total(value):
    assert Basket([1, 2]).total(Rate(value)) == 3 * value


def test_empty():
    assert Basket([]).total(Rate(5)) == 0
"""
FILES = {"shop/__init__.py": "", "shop/basket.py": SOURCE, "shop/units.py": UNITS, "tests/test_basket.py": TESTS}
ROW: dict[str, Any] = {
    "namespace": "shop.basket.Basket.total",
    "type": "method",
    "completion_path": "corner-shop/shop/basket.py",
    "signature_position": [9, 9],
    "body_position": [11, 12],
    "dependency": {
        "intra_class": ["shop.basket.Basket.summed"],
        "intra_file": [],
        "cross_file": ["shop.units.Rate.value", "shop.units.convert"],
    },
    "tests": ["tests/test_basket.py::test_total", "tests/test_basket.py::test_empty"],
    "requirement": {"Functionality": "Sum the prices and convert them.", "Arguments": ":param rate: Rate"},
    "indent": 8,
}
RIGHT = "        return convert(self.summed(), rate.value)\n"


def loaded(folder: Path, harness: Any = HARNESS, **changed: Any) -> Instance:
    """The instance of our own repository."""
    for name, text in FILES.items():
        path = folder / "Source_Code" / "corner-shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rows = folder / "rows.jsonl"
    rows.write_text(json.dumps({**ROW, **changed}) + "\n")
    (instance,) = harness.load(rows)
    return instance  # type: ignore[no-any-return]


def sample_of(text: str, kind: SampleKind) -> Sample:
    """A sample of a text."""
    return Sample(instance_id=ROW["namespace"], sample_id="0", text=text, kind=kind)
