"""How near numbers, arrays and tables are to what is expected, by rules of the trusted side."""

from __future__ import annotations

import ast
import json
import math

import pytest

from boxscore.protocols.blind.evidence import BlindTests, Expectation, weigh
from boxscore.protocols.blind.nearness import Tolerance, tolerance_of
from boxscore.protocols.blind.observations import read_observations


def call(arguments: str) -> ast.Call:
    """A call of assertAlmostEqual."""
    node = ast.parse(f"self.assertAlmostEqual({arguments})", mode="eval").body
    assert isinstance(node, ast.Call)
    return node


@pytest.mark.parametrize(
    ("arguments", "tolerance"),
    [
        ("f(), 2.5", Tolerance(places=7)),
        ("f(), 2.5, 3", Tolerance(places=3)),
        ("f(), 2.5, places=-1", Tolerance(places=-1)),
        ("f(), 2.5, delta=0.25", Tolerance(delta=0.25)),
        ("f(), 2.5, None, 'said', 1", Tolerance(delta=1.0)),
        ("f(), 2.5, places=n", None),
        ("f(), 2.5, places=2, delta=1", None),
        ("f(), 2.5, delta=-1", None),
    ],
)
def test_a_tolerance_is_read_from_the_source(arguments: str, tolerance: Tolerance | None) -> None:
    """A tolerance is read from the source; one that is no literal is none."""
    assert tolerance_of(call(arguments)) == tolerance


@pytest.mark.parametrize(
    ("tolerance", "value", "accepted"),
    [
        (Tolerance(places=2), 2.504, True),
        (Tolerance(places=2), 2.506, False),
        (Tolerance(delta=0.25), 2.75, True),
        (Tolerance(delta=0.25), 2.76, False),
        (Tolerance(), 2.5, True),
        (Tolerance(), math.inf, False),
        (Tolerance(delta=0.25), math.nan, False),
    ],
)
def test_a_number_is_accepted_as_unittest_does(tolerance: Tolerance, value: float, *, accepted: bool) -> None:
    """A number is accepted as unittest does, also where it is no finite one."""
    try:
        found = tolerance.allows(value, 2.5)
    except (ValueError, OverflowError):
        found = False
    assert found is accepted


def observed(value: object, way: str = "like") -> bytes:
    """A line of a box."""
    return json.dumps([7, way, value]).encode() + b"\n"


def array(kind: str, *numbers: object) -> dict[str, object]:
    """An array as a box sends it."""
    return {"o": "numpy.ndarray", "v": ["array", kind, {"l": [{"i": str(len(numbers))}]}, {"l": list(numbers)}]}


def weighed(sent: bytes, reference: bytes, *, source: str = "expected()", almost: Tolerance | None = None) -> str:
    """What an observation comes to where the reference sends another."""
    lines = tuple(reference.decode().splitlines())
    known = Expectation(number=7, path="t.py", line=1, source=source, sent=lines, almost=almost)
    found = weigh(BlindTests(hidden=(known,)), read_observations(sent))
    return "wrong" if found.wrong else "lacking" if found.lacking else "near" if found.near else "right"


HALF, WHOLE = {"f": "0.5"}, {"i": "2"}


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        (array("float64", HALF, WHOLE), "right"),
        (array("float32", HALF, WHOLE), "near"),
        (array("float64", {"f": "0.5000000001"}, {"f": "2.0"}), "near"),
        (array("float64", {"f": "0.51"}, WHOLE), "lacking"),
        (array("float64", WHOLE, HALF), "lacking"),
        (array("float64", HALF), "lacking"),
        ({"l": [HALF, WHOLE]}, "lacking"),
        ({"!": 1}, "lacking"),
    ],
)
def test_arrays_are_compared_by_what_they_hold(value: object, finding: str) -> None:
    """Arrays are compared by what they hold; another type or rounding is evidence, and leaves it to the test."""
    assert weighed(observed(value), observed(array("float64", HALF, WHOLE))) == finding


def test_arrays_with_nan_are_equal_to_themselves() -> None:
    """Arrays with NaN are equal to themselves."""
    sent = observed(array("float64", {"f": "nan"}, HALF))

    assert weighed(sent, sent) == "right"


@pytest.mark.parametrize(("value", "finding"), [("0.5001", "right"), ("0.6", "wrong"), ("nan", "wrong")])
def test_a_number_is_judged_by_the_tolerance_of_its_test(value: str, finding: str) -> None:
    """A number is judged by the tolerance of its test, and one that is none by the test alone."""
    sent = observed({"f": value})
    assert weighed(sent, observed(HALF), source="0.5", almost=Tolerance(places=2)) == finding


def test_a_scalar_of_numpy_is_equal_as_what_it_holds() -> None:
    """A scalar of numpy is equal as what it holds, and so is a Counter; other classes are not judged."""
    for name, value, source, finding in [
        ("numpy.int64", {"i": "2"}, "2", "right"),
        ("numpy.int64", {"i": "3"}, "2", "wrong"),
        ("numpy.float32", HALF, "0.5", "lacking"),
        ("numpy.uint8", {"i": "2"}, "2", "lacking"),  # which a test that subtracts may find otherwise
        ("numpy.float64", {"f": "9007199254740992.0"}, "9007199254740993", "lacking"),  # equal, for numpy
        ("collections.Counter", {"d": [["a", {"i": "2"}]]}, "{'a': 2}", "right"),
        ("collections.OrderedDict", {"d": [["a", {"i": "2"}]]}, "{'a': 2}", "lacking"),
    ]:
        sent = observed({"k": name, "v": value}, "is")
        assert weighed(sent, observed(None, "is"), source=source) == finding
