"""A small repository with a bug, whose tests expect values that nobody guesses, in every place they can be hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.images.records import InstanceImage
from tests.protocols import parcel

if TYPE_CHECKING:
    from collections.abc import Mapping

CORE, INIT = "seals/core.py", "seals/__init__.py"
BUGGY = '''"""Seals of texts: a number, and words that are easier to say."""

START = "bdfgklmnprstvz"
END = "aeiou"


def seal(text):
    return sum(map(ord, text)) % 97


def words(text):
    return str(seal(text))


def check(text, given):
    if seal(text) != given:
        raise ValueError("wrong seal")


def page(texts):
    return "".join(f"{text}\\n" for text in texts)


def summary(texts):
    return {"count": len(texts)}


def is_sealed(text):
    return False


class Stamp:
    def __init__(self, text, words):
        self.text, self.words = text, words

    def __eq__(self, other):
        return vars(self) == vars(other)


def stamp(text):
    return Stamp(text, "")
'''
MENDED = '''"""Seals of texts: a number, and words that are easier to say."""

START = "bdfgklmnprstvz"
END = "aeiou"


def seal(text):
    first, second = 1, 0
    for sign in text:
        first = (first * 31 + ord(sign)) % 65521
        second = (second + first) % 65521
    return (first * 7 + second) % 65521


def words(text):
    number, found = seal(text) * 65521 + seal(text[::-1]), ""
    while number:
        number, at = divmod(number, len(START) * len(END))
        found += START[at % len(START)] + END[at // len(START)]
    return "-".join((found[:6], found[6:]))


def check(text, given):
    if seal(text) != given:
        raise ValueError(f"the seal of {text} is {words(text)}")


def page(texts):
    return "".join(f"{text}: {words(text)}\\n" for text in texts)


def summary(texts):
    return {"count": len(texts), "seals": [seal(text) for text in texts]}


def is_sealed(text):
    return bool(seal(text))


class Stamp:
    def __init__(self, text, words):
        self.text, self.words = text, words

    def __eq__(self, other):
        return vars(self) == vars(other)


def stamp(text):
    return Stamp(text, words(text))
'''
OLD_TESTS = """from seals import START, summary


def test_letters():
    assert START[:3] == "bdf"


def test_count():
    assert summary(["fig", "plum"])["count"] == 2
"""
_NEW_TESTS = """import unittest

import pytest

from seals import check, is_sealed, page, seal, summary, words

OF_PEAR = {pear!r}


def assert_sealed(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("plum", {plum_number}), ("fig", {fig_number})])
def test_seal(text, expected):
    assert seal(text) == expected


def test_words():
    assert words("quince") == {quince!r}


def test_constant():
    assert words("pear") == OF_PEAR


def test_table():
    for text, expected in [("apple", {apple!r}), ("medlar", {medlar!r})]:
        assert words(text) == expected


def test_helper():
    assert_sealed("sloe", {sloe!r})


def test_page():
    assert {damson!r} in page(["damson"])


def test_wrong_seal_is_told():
    with pytest.raises(ValueError, match={told!r}):
        check("cherry", 1)


def test_something_is_sealed():
    assert is_sealed("plum")


class Summaries(unittest.TestCase):
    def test_summary(self):
        self.assertEqual(summary(["grape", "melon"]), {{"count": 2, "seals": {seals!r}}})
"""
_STAMP_TESTS = """from seals import Stamp, stamp


def test_stamp():
    assert stamp("plum") == Stamp("plum", {plum!r})
    assert stamp("fig") == Stamp("fig", {fig!r})
"""
FILES = {
    INIT: "from seals.core import START, Stamp, check, is_sealed, page, seal, stamp, summary, words\n",
    CORE: BUGGY,
    "tests/test_old.py": OLD_TESTS,
}
NEW, OLD, STAMPS = "tests/test_new.py", "tests/test_old.py", "tests/test_stamps.py"
MENDS = (
    *("test_seal[plum-{plum_number}]", "test_seal[fig-{fig_number}]", "test_words", "test_constant", "test_table"),
    *("test_helper", "test_page", "test_wrong_seal_is_told", "test_something_is_sealed", "Summaries::test_summary"),
)


def _expected() -> dict[str, object]:
    scope: dict[str, object] = {}
    exec(MENDED, scope)
    seal, words = scope["seal"], scope["words"]
    fruit = ("quince", "pear", "apple", "medlar", "sloe", "damson", "plum", "fig")
    found: dict[str, object] = {name: words(name) for name in fruit}  # type: ignore[operator]
    found |= {f"{name}_number": seal(name) for name in ("plum", "fig")}  # type: ignore[operator]
    told = f"the seal of cherry is {words('cherry')}"  # type: ignore[operator]
    return found | {"told": told, "seals": [seal("grape"), seal("melon")]}  # type: ignore[operator]


EXPECTED = _expected()
NEW_TESTS, STAMP_TESTS = _NEW_TESTS.format_map(EXPECTED), _STAMP_TESTS.format_map(EXPECTED)
TASK = replace(
    parcel.TASK,
    image=InstanceImage(
        name="seals",
        environment=parcel.TASK.image.environment,
        instance=parcel.TASK.image.instance,
        files=tuple((f"repository/{path}", text.encode()) for path, text in FILES.items()),
    ),
    fail_to_pass=tuple(f"{NEW}::{name.format_map(EXPECTED)}" for name in MENDS),
    pass_to_pass=tuple(f"{OLD}::{name}" for name in ("test_letters", "test_count")),
    test_patch=parcel.patch_of({NEW: NEW_TESTS}),
    reference=parcel.patch_of({CORE: MENDED}, base=FILES),
    statement="seal() gives the same number for texts of the same letters. It should not; see the tests for the rest.",
)


def patch_of(files: Mapping[str, str | None]) -> str:
    return parcel.patch_of(files, base=FILES)
