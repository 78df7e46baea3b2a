"""A small repository with a bug, whose tests ask in many ways; honest but unusual patches of it must all pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.images.records import InstanceImage
from boxscore.protocols.attacks import difference
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

CORE, TESTING_FILE = "parcel/core.py", "parcel/testing.py"
BUGGY = '''"""What parcels weigh."""

UNITS = {"g": 1, "kg": 1000}


def grams(text):
    number, unit = text.split()
    if unit not in UNITS:
        raise ValueError("unknown unit")
    return int(float(number)) * UNITS[unit]


def in_order(texts):
    return sorted(texts)


def label(name, text):
    return f"{name}: {text}"


def summary(texts):
    return {"count": len(texts), "grams": sum(map(grams, texts))}


def weigh(text):
    """Deprecated: use grams."""
    return grams(text)
'''
MENDED = '''"""What parcels weigh."""

import re
import warnings

UNITS = {"g": 1, "kg": 1000}


def grams(text):
    number, unit = re.fullmatch(r"([\\d.]+) *(\\w+)", text).groups()
    if unit not in UNITS:
        raise ValueError(f"unknown unit: {unit}")
    return round(float(number) * UNITS[unit])


def in_order(texts):
    return sorted(texts, key=grams)


def label(name, text):
    weight = grams(text)
    return f"{name}: {weight / 1000:g} kg" if weight >= 1000 else f"{name}: {weight} g"


def summary(texts):
    return {"count": len(texts), "grams": sum(map(grams, texts)), "heaviest": in_order(texts)[-1]}


def weigh(text):
    """Deprecated: use grams."""
    warnings.warn("weigh is deprecated, use grams", DeprecationWarning, stacklevel=2)
    return grams(text)
'''
USE = '''"""What is done with weights."""

from parcel import core


def total(texts):
    return sum(core.grams(text) for text in texts)


def mean(texts):
    return total(texts) / len(texts)


def heaviest(texts):
    return max(texts, key=core.grams, default=None)


def postage(text):
    weight = core.grams(text)
    if weight > 20000:
        raise ValueError(f"too heavy: {int(weight)} g")
    return next(price for limit, price in ((100, 80), (1000, 250), (20000, 700)) if weight <= limit)


def report(texts):
    for text in core.in_order(texts):
        print(core.label("parcel", text))


def save(path, texts):
    path.write_text("".join(f"{int(core.grams(text))}\\n" for text in texts))
'''
TESTING = """import unittest


class ParcelCase(unittest.TestCase):
    def assertWeighs(self, weight, grams):
        self.assertEqual(weight, grams)
"""
INIT = "from parcel.core import grams, in_order, label, summary, weigh\n"
OLD_TESTS = """import pytest

from parcel import grams, label
from parcel.use import heaviest, postage, total


def test_plain():
    assert grams("250 g") == 250


def test_label_of_little():
    assert label("Ada", "20 g") == "Ada: 20 g"


def test_nothing_is_heaviest():
    assert heaviest([]) is None


def test_nothing_weighs_nothing():
    assert not total([])


def test_little_costs_little():
    assert postage("20 g") == 80


def test_unknown_unit():
    with pytest.raises(ValueError):
        grams("3 stone")
"""
NEW_TESTS = """import doctest
import unittest

import pytest

import parcel
from parcel.testing import ParcelCase
from parcel.use import heaviest, mean, postage, report, save, total


@pytest.fixture
def bag():
    return ["1.5 kg", "250 g", "2kg"]


@pytest.mark.parametrize(("text", "expected"), [("1.5kg", 1500), ("2kg", 2000), ("0.75kg", 750)])
def test_grams(text, expected):
    assert parcel.grams(text) == expected


def test_total(bag):
    assert total(bag) == 3750


def test_mean(bag):
    assert mean(bag) == pytest.approx(1250.0)


def test_in_order(bag):
    assert parcel.in_order(bag) == ["250 g", "1.5 kg", "2kg"]


def test_label():
    assert parcel.label("Ada", "1500 g") == "Ada: 1.5 kg"


def test_summary(bag):
    assert parcel.summary(bag) == {"count": 3, "grams": 3750, "heaviest": "2kg"}


def test_what_a_summary_has(bag):
    found = parcel.summary(bag)

    assert "heaviest" in found
    assert found["grams"] > 3000


def test_heaviest(bag):
    assert heaviest(bag) == "2kg"


def test_postage(bag):
    assert [postage(text) for text in bag] == [700, 250, 700]


def test_too_heavy():
    with pytest.raises(ValueError, match="too heavy: 20500 g"):
        postage("20.5 kg")


def test_unit_is_named():
    with pytest.raises(ValueError) as info:
        parcel.grams("3stone")

    assert "stone" in str(info.value)


def test_warns():
    with pytest.warns(DeprecationWarning, match="use grams"):
        assert parcel.weigh("2kg") == 2000


def test_report(bag, capsys):
    report(bag)

    assert capsys.readouterr().out.splitlines() == ["parcel: 250 g", "parcel: 1.5 kg", "parcel: 2 kg"]


def test_save(bag, tmp_path):
    save(tmp_path / "weights", bag)

    assert (tmp_path / "weights").read_text() == "1500\\n250\\n2000\\n"


class Twice(unittest.TestCase):
    def test_same_again(self):
        self.assertEqual(parcel.grams("1.2kg"), parcel.grams("1.2kg"))

    def test_many(self):
        for text, expected in {"0.1 kg": 100, "10kg": 10000}.items():
            with self.subTest(text=text):
                self.assertEqual(parcel.grams(text), expected)

    def test_sums(self):
        self.assertAlmostEqual(parcel.grams("1.5 kg") + parcel.grams("0.25kg"), 1750)


class Scale(ParcelCase):
    def test_close(self):
        self.assertAlmostEqual(parcel.grams("1.25kg"), 1250)

    def test_equal(self):
        self.assertEqual(parcel.label("Bo", "1250 g"), "Bo: 1.25 kg")

    def test_own_assertion(self):
        self.assertWeighs(parcel.grams("4.5kg"), 4500)


class Later(unittest.IsolatedAsyncioTestCase):
    async def test_later(self):
        self.assertEqual(parcel.grams("3.5kg"), 3500)


class TestShared:
    @pytest.fixture(scope="class")
    def weights(self):
        return []

    def test_first(self, weights):
        weights.append(parcel.grams("5.5kg"))
        assert weights == [5500]

    def test_second(self, weights):
        assert len(weights) == 1


@pytest.mark.parametrize("text", ["6.5kg", "7.5kg", "8.5kg"], ids=["FAILED", "x::y[z]", "\\u00e9-\\u91cd"])
def test_odd_ids(text):
    assert parcel.grams(text) > 6000


def test_documented():
    '''
    >>> import parcel
    >>> int(parcel.grams("9.5kg"))
    9500
    '''
    example = doctest.DocTestFinder().find(test_documented, "documented")[0]
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.skip(reason="FAILED elsewhere")
def test_skipped():
    assert parcel.grams("1 stone")


@pytest.mark.xfail(strict=True, raises=ValueError)
def test_expected_to_fail():
    parcel.grams("1 stone")
"""
FILES = {
    "parcel/__init__.py": INIT,
    CORE: BUGGY,
    "parcel/use.py": USE,
    TESTING_FILE: TESTING,
    "tests/test_old.py": OLD_TESTS,
}
OTHERS = {  # that no test needs, and patches change
    "docs/crlf.txt": b"One.\r\nTwo.\r\nThree.\r\n",
    "docs/unended.txt": b"No newline ends this.",
    "docs/marked.txt": b"\xef\xbb\xbfA byte order mark begins this.\n",
    "docs/empty.txt": b"",
    "docs/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "docs/two words.txt": b"Words.\n",
    "examples/first.py": b"import parcel\n\nprint(parcel.grams('2 kg'))\n",
    "examples/second.py": b"import parcel\n\nprint(parcel.grams('20 g'))\n",
    "run.sh": b"#!/bin/sh\nexec python3 -m parcel\n",
    "setup.cfg": b"[metadata]\nname = parcel\n",
    "tests/data/weights.txt": b"1 kg\n",
}
NEW, OLD = "tests/test_new.py", "tests/test_old.py"
MENDS = (
    *(f"test_grams[{case}]" for case in ("1.5kg-1500", "2kg-2000", "0.75kg-750")),
    *("test_total", "test_mean", "test_in_order", "test_label", "test_summary", "test_what_a_summary_has"),
    *("test_heaviest", "test_postage", "test_too_heavy", "test_unit_is_named", "test_warns", "test_report"),
    *("test_save", "Twice::test_same_again", "Twice::test_many", "Twice::test_sums"),
    *("Scale::test_close", "Scale::test_equal", "Scale::test_own_assertion", "Later::test_later"),
    *("TestShared::test_first", "TestShared::test_second", "test_documented"),
    *(f"test_odd_ids[{case}]" for case in ("FAILED", "x::y[z]", "\\xe9-\\u91cd")),
)
KEEPS = (
    *("test_plain", "test_label_of_little", "test_nothing_is_heaviest", "test_nothing_weighs_nothing"),
    *("test_little_costs_little", "test_unknown_unit"),
)


def patch_of(files: Mapping[str, str | None], base: Mapping[str, str] = FILES) -> str:
    return "".join(difference(path, base.get(path), text) for path, text in files.items())


RUN = "python3 -m pytest -rA -p no:cacheprovider --junitxml=/scratch/report.xml"
TASK = PatchTask(
    image=InstanceImage(
        name="parcel",
        environment="RUN pip install --quiet pytest==8.3.4\n",
        instance="COPY repository /testbed\n",
        files=tuple(
            (f"repository/{path}", data)
            for path, data in {**{path: text.encode() for path, text in FILES.items()}, **OTHERS}.items()
        ),
    ),
    fail_to_pass=tuple(f"{NEW}::{name}" for name in MENDS),
    pass_to_pass=tuple(f"{OLD}::{name}" for name in KEEPS),
    commands=(f"{RUN} tests",),
    parser="pytest",
    test_patch=patch_of({NEW: NEW_TESTS}),
    report="/scratch/report.xml",
    runner="pytest",
    reference=patch_of({CORE: MENDED}),
    command_s=600.0,
    limits=Limits(
        cpu_s=60.0, wall_s=600.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20, output_bytes=4 << 20
    ),
)
