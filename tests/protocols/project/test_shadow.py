"""Classes that a sample may not bring."""

from __future__ import annotations

import pytest

from boxscore import Outcome
from boxscore.protocols.project.build import colliding, shadowing


@pytest.mark.parametrize(
    "name",
    [
        "org/junit/jupiter/api/Assertions",
        "org/junit/Anything",
        "junit/framework/Assert",
        "org/opentest4j/AssertionFailedError",
        "org/mockito/Mockito",
        "java/util/Evil",
        "sun/misc/Unsafe",
        "boxscore/jvm/Runner",
    ],
)
def test_no_class_of_a_framework(name: str) -> None:
    refused = shadowing(["toy/Counter", name], ())

    assert refused is not None
    assert refused.outcome is Outcome.TAMPERED
    assert name.replace("/", ".") in refused.reason


def test_no_class_of_a_library() -> None:
    assert shadowing(["toy/Counter", "com/lib/Tool"], ["com/lib/Tool"]) is not None
    assert shadowing(["toy/Counter", "orgs/junit/Own", "javaa/X", "Junit"], ()) is None


@pytest.mark.parametrize("name", ["toy/CounterTest", "toy/CounterTest$Resources", "toy/CounterTest$1"])
def test_no_class_of_a_test(name: str) -> None:
    tests = ["toy/CounterTest", "toy/CounterTest$Resources"]

    assert colliding(["toy/Counter", name], tests) is not None
    assert colliding(["toy/Counter", "toy/Counter$Test", "toy/CounterTester", "CounterTest"], tests) is None
