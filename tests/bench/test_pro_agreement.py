"""What the comparisons with SWE-bench Pro's and SWE-rebench's programs are made of."""

from __future__ import annotations

import json

import pytest

from bench.pro_agreement import OUTPUTS, _theirs
from bench.rebench_agreement import required
from boxscore.protocols.patch.log_program import decode_output

TESTS = [{"name": "a", "status": "PASSED"}, {"name": "b", "status": "PASSED"}]


@pytest.mark.parametrize("kind", OUTPUTS)
def test_what_passes_is_the_same_however_an_output_is_read(kind: str) -> None:
    """By the official rule and by ours, for each kind of output; both can make nothing of the same ones."""
    output = OUTPUTS[kind](TESTS)
    ours = decode_output(output)

    passed = None if isinstance(ours, str) else sorted(name for name, status in ours.items() if status == "PASSED")
    assert passed == _theirs(output)


def test_outputs_differ() -> None:
    """Each kind is another output."""
    assert len({make(TESTS) for make in OUTPUTS.values()}) == len(OUTPUTS)
    assert json.loads(OUTPUTS["all passed"](TESTS)) == {"tests": TESTS}


def test_lists_of_required_tests() -> None:
    """Some of them are resolved by what passed, the others are not."""
    passed, others = ["a", "b", "c"], ["x"]
    resolved = [set(passed) >= {*mends, *keeps} for mends, keeps in required(passed, others)]

    assert resolved == [True, True, True, False, False, False]
