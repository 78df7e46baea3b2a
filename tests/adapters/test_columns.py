"""Tests are found in the columns of the data sets that trainers use."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from boxscore import UsageError, inline_task
from boxscore.adapters.columns import find_tests, read_tests

CASES = [{"input": "1\n", "output": "2\n"}, {"input": "2\n", "output": "3\n"}]
PAIRS = {"inputs": ["1\n", "2\n"], "outputs": ["2\n", "3\n"]}
CALLS = {"fn_name": "f", "inputs": [[1], [2]], "outputs": [2, 3]}

DEEP = base64.b64encode(zlib.compress(b'{"inputs":' + b"[" * 100_000)).decode()


def packed(tests: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(tests).encode())).decode()


@pytest.mark.parametrize(
    ("row", "tests"),
    [
        ({"tests": "assert f(1) == 2"}, "assert f(1) == 2"),
        ({"ground_truth": json.dumps(PAIRS)}, PAIRS),
        ({"ground_truth": json.dumps(CALLS)}, CALLS),
        ({"ground_truth": json.dumps({"assert_case": ["assert f(1) == 2"]})}, {"assert_case": ["assert f(1) == 2"]}),
        ({"input_output": json.dumps({**PAIRS, "fn_name": None})}, PAIRS),
        ({"verification_info": {"language": "python", "test_cases": CASES}}, CASES),
        ({"verification_info": json.dumps({"language": "python", "test_cases": CASES})}, CASES),
        ({"verification_info": {"test_cases": {"input": ["1\n", "2\n"], "output": ["2\n", "3\n"]}}}, CASES),
        ({"verification_info": {"test_cases": [{**one, "fn_name": None, "note": "n"} for one in CASES]}}, CASES),
        ({"verification_info": {"fn_name": "f", "test_cases": CASES}}, [{"fn_name": "f", **one} for one in CASES]),
        ({"tests": {"unit_tests": {**PAIRS, "fn_name": None}}}, PAIRS),
        ({"tests": {"unit_tests": {"packed": packed(PAIRS), "fn_name": None}}}, PAIRS),
        ({"tests": {"unit_tests": {"packed": packed(PAIRS), "fn_name": "f"}}}, {**PAIRS, "fn_name": "f"}),
        ({"tests": None, "test_list": ["assert f(1) == 2"]}, "assert f(1) == 2\n"),
        (
            {"test_imports": ["import math"], "test_setup_code": "a = 1", "test_list": ["assert f(a) == 2"]},
            "import math\na = 1\nassert f(a) == 2\n",
        ),
        (
            {"test": "def check(candidate):\n    assert candidate(1) == 2", "entry_point": "f"},
            "def check(candidate):\n    assert candidate(1) == 2\n\ncheck(f)\n",
        ),
    ],
)
def test_forms(row: dict[str, object], tests: object) -> None:
    found = find_tests(row)

    assert found is not None
    assert found.tests == tests


@pytest.mark.parametrize("cases", [[], "1", [1], {"input": ["1"]}, {"input": ["1"], "output": []}])
def test_cases_that_are_none(cases: object) -> None:
    with pytest.raises(UsageError, match="test_cases must"):
        read_tests({"test_cases": cases})


@pytest.mark.parametrize(
    "value",
    ["no base64!", packed(PAIRS)[:-8], packed([1]), base64.b64encode(b"{}").decode(), DEEP],
    ids=["text", "cut", "list", "plain", "deep"],
)
def test_packed_tests_that_cannot_be_read(value: str) -> None:
    with pytest.raises(UsageError, match="packed tests"):
        read_tests({"unit_tests": {"packed": value}})


def test_packed_tests_that_are_too_large() -> None:
    packer = zlib.compressobj()
    parts = [packer.compress(bytes(1 << 20)) for _ in range(65)]

    with pytest.raises(UsageError, match="more than"):
        read_tests({"unit_tests": {"packed": base64.b64encode(b"".join([*parts, packer.flush()])).decode()}})


@pytest.mark.parametrize("text", ["[" * 100_000, '["\ud800"]'])
def test_text_that_nobody_can_read_is_a_mistake_in_the_row(text: str) -> None:
    found = read_tests(text)

    with pytest.raises(UsageError):
        inline_task(found.tests)
