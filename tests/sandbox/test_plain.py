"""The byte form of plain data: what a candidate claims, and how strictly a grader reads it."""

from __future__ import annotations

import collections
import contextlib
import enum
import itertools
import marshal
import sys
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plain

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**200), max_value=2**200),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters(codec=None, categories=None)),  # lone surrogates too
    st.binary(),
)
KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.tuples(st.integers(), st.text()))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(KEYS, inner), st.sets(KEYS), st.frozensets(KEYS)
    ),
    max_leaves=30,
)


def same(left: Any, right: Any) -> bool:
    return marshal.dumps(left, plain.VERSION) == marshal.dumps(right, plain.VERSION)


@given(VALUES)
def test_plain_values_survive_the_crossing(value: Any) -> None:
    claim = marshal.dumps(plain.reduce(value), plain.VERSION)

    assert same(value, plain.rebuild(claim))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_breach(data: bytes) -> None:
    with contextlib.suppress(plain.Breach):
        plain.rebuild(data)


@pytest.mark.parametrize(
    "claim",
    [
        marshal.dumps(compile("1", "x", "eval"), 2),
        marshal.dumps(...),
        marshal.dumps(StopIteration),
        marshal.dumps([1, 2], 4),
        b"r\x00\x00\x00\x00",
        b"\xdb\x01\x00\x00\x00r\x00\x00\x00\x00",
        b"(\xff\xff\xff\xff",
        b"(\xff\xff\xff\x7f",
        b"u\xff\xff\xff\x7fa",
        b"[" * 5000,
        b"[\x01\x00\x00\x00" * 5000 + b"N",
        b"<\x02\x00\x00\x00i\x01\x00\x00\x00i\x01\x00\x00\x00",
        marshal.dumps({number * ((1 << 61) - 1) for number in range(1, 100)}, 2),  # of equal hashes
        b"{NNNN0",
        b"{[\x00\x00\x00\x00N0",
        b"l\x02\x00\x00\x00\x01\x00\x00\x00",
        b"l\x01\x00\x00\x00\xff\xff",
        b"l\xff\xff\xff\x7f",
        b"u\x01\x00\x00\x00\xff",
        b"NN",
        b"",
    ],
)
def test_what_is_not_plain_is_refused(claim: bytes) -> None:
    with pytest.raises(plain.Breach):
        plain.rebuild(claim)


@pytest.mark.parametrize(
    ("items", "each"), [(plain.MAX_ITEMS + 1, None), (plain.MAX_ITEMS // 4, set[int]()), (plain.MAX_ITEMS // 2, {})]
)
def test_answers_have_a_limit_on_items(items: int, each: object) -> None:
    with pytest.raises(plain.TooLarge):
        plain.rebuild(marshal.dumps([each] * items, plain.VERSION))


class _Lies(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class _Colour(enum.IntEnum):
    RED = 1


class _Pair(NamedTuple):
    left: int
    right: int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_Lies(7), 7),
        (_Colour.RED, 1),
        (_Pair(1, _Lies(2)), (1, 2)),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(list, {1: [_Lies(3)]}), {1: [3]}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (bytearray(b"x"), b"x"),
        ([_Lies(1), [True]], [1, [True]]),
    ],
)
def test_subclasses_are_reduced_to_their_base(value: Any, expected: Any) -> None:
    assert same(expected, plain.reduce(value))


@pytest.mark.parametrize("value", [object(), lambda: 1, iter(()), range(3), {1: object()}, [print], sys])
def test_other_objects_have_no_plain_form(value: Any) -> None:
    with pytest.raises(plain.NotPlain):
        plain.reduce(value)


@pytest.mark.parametrize("answer", [dict.fromkeys(range(10_000)), set(range(10_000)), [set(range(100))] * 10])
def test_tables_that_take_too_long_are_given_up(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    claim = marshal.dumps(answer, plain.VERSION)
    monkeypatch.setattr("plain.time.thread_time", itertools.count(0.0, 0.1).__next__)

    with pytest.raises(plain.TooLarge, match="too long to tell apart"):
        plain.rebuild(claim)
