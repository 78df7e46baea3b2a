"""Inputs that a fuzzer found, replayed: each takes a decoder down another path, and none makes it do wrong."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.targets import SEEDS, TARGETS, read_corpus

SLOW_S = 2.0


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_does_no_harm(name: str) -> None:
    decode = TARGETS[name]()

    for data in read_corpus(name):
        began = time.process_time()
        decode(data)
        assert time.process_time() - began < SLOW_S, data.hex()


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_reaches_both_ends(name: str) -> None:
    decode = TARGETS[name]()

    ends = {str(decode(data)) for data in read_corpus(name)}

    assert len(ends) > 2
    assert len(read_corpus(name)) > len(SEEDS[name])
