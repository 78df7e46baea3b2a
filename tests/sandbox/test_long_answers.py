"""Long answers are claimed by digest, all others by their own bytes, which are the same however they are made."""

from __future__ import annotations

import hashlib
import marshal
from typing import Any

import pytest

import plain
from candidate import CHUNK, DIGIT_BITS, LONG_BYTES, encode_long
from frames import DIGEST, VALUE


@pytest.mark.parametrize(
    "answer",
    [
        list(range(CHUNK + 1)),
        tuple(range(3 * CHUNK)),
        [[1, "a"], (2.5, None)] * CHUNK,
        [2**100, -(2**70)] * CHUNK,
        ["\ud800", b"x", {1: [2]}, {3}] * CHUNK,
        {number: str(number) for number in range(2 * CHUNK)},
    ],
)
def test_chunks_make_the_bytes_of_the_whole(answer: Any) -> None:
    claim = encode_long(answer)

    assert claim is not None
    assert claim == VALUE + marshal.dumps(answer, plain.VERSION)
    assert plain.rebuild(claim[1:]) == answer


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("a" * (LONG_BYTES + 1), b"a" * (LONG_BYTES + 1)),
        (b"\0" * (LONG_BYTES + 1), b"\0" * (LONG_BYTES + 1)),
        ("\udc80é" * LONG_BYTES, ("\udc80é" * LONG_BYTES).encode("utf-8", "surrogatepass")),
    ],
)
def test_long_texts_are_claimed_by_digest(answer: str | bytes, text: bytes) -> None:
    claim = encode_long(answer)

    assert claim is not None
    assert claim[:1] == DIGEST
    assert plain.rebuild(claim[1:]) == (type(answer).__name__, len(answer), hashlib.sha256(text).digest())


def test_long_answers_that_differ_have_other_claims() -> None:
    size = LONG_BYTES + 1
    numbers = [0.0] * LONG_BYTES
    answers: list[Any] = [
        *("a" * size, "a" * (size - 1) + "b", "a" * (size + 1), b"a" * size),
        *(numbers, tuple(numbers), [*numbers, 0.0], [*numbers[1:], 0], [*numbers[1:], -0.0]),
    ]

    claims = [encode_long(answer) for answer in answers]

    assert all(claim is not None and claim[:1] == DIGEST and len(claim) < 100 for claim in claims)
    assert len(set(claims)) == len(answers)


def test_long_dicts_are_claimed_whatever_their_order() -> None:
    long = {f"{number:05}" * 1_000: number for number in range(CHUNK + 1)}
    turned = dict(reversed(long.items()))
    other = long | {next(iter(long)): -1}

    claims = [encode_long(one) for one in (long, turned, other)]

    assert claims[0] is not None
    assert claims[0][:1] == DIGEST
    assert claims[0] == claims[1] != claims[2]
    assert plain.rebuild(claims[0][1:])[:2] == ("dict", CHUNK + 1)


def test_numbers_of_too_many_digits_are_claimed_by_digest() -> None:
    large = 1 << (plain.MAX_INT_BITS - DIGIT_BITS)

    claims = [encode_long(one) for one in (large, -large, large + 1)]

    assert encode_long(large - 1) is None
    assert plain.rebuild(marshal.dumps(large - 1, plain.VERSION)) == large - 1
    assert all(claim is not None and claim[:1] == DIGEST for claim in claims)
    assert len(set(claims)) == len(claims)
