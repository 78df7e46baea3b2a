"""The inputs of the action: what they become, and what is refused, by its name."""

from __future__ import annotations

import pytest

from boxscore.action.inputs import Inputs, read_inputs
from boxscore.errors import UsageError


def test_all_of_them() -> None:
    found = read_inputs(
        {
            "INPUT_NAME": "nightly",
            "INPUT_BENCHMARK": " humaneval\n",
            "INPUT_PREDICTIONS": "other/file=1.jsonl",
            "INPUT_MODEL": "openai/gpt-5-mini",
            "INPUT_SAMPLES": "10",
            "INPUT_K": "1, 10",
            "INPUT_BASELINE": "artifact:accepted",
            "INPUT_MARGIN": "0.05",
            "INPUT_FAIL_UNDER": "0.8",
            "INPUT_ON_INCONCLUSIVE": "warn",
            "INPUT_MAX_COST": "2.5",
            "INPUT_LIMIT": "5",
            "GITHUB_EVENT_NAME": "push",
        }
    )

    assert found == Inputs(
        name="nightly",
        benchmark="humaneval",
        predictions="other/file=1.jsonl",
        model="openai/gpt-5-mini",
        samples=10,
        k="1,10",
        baseline="artifact:accepted",
        margin=0.05,
        fail_under=0.8,
        on_inconclusive="warn",
        max_cost=2.5,
        limit=5,
    )
    assert found.first_k == 1


@pytest.mark.parametrize(
    ("event", "usual"),
    [
        ("release", "fail"),
        ("push", "fail"),
        ("workflow_dispatch", "fail"),
        ("repository_dispatch", "fail"),
        ("pull_request", "warn"),
    ],
)
def test_what_is_inconclusive(event: str, usual: str) -> None:
    assert read_inputs({"GITHUB_EVENT_NAME": event}).on_inconclusive == usual
    said = {"GITHUB_EVENT_NAME": event, "INPUT_ON_INCONCLUSIVE": "fail"}
    assert read_inputs(said).on_inconclusive == "fail"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NAME", "../x"),
        ("NAME", "-->"),
        ("NAME", "a" * 81),
        ("BENCHMARK", "--help"),
        ("BENCHMARK", "tiny\nmbpp"),
        ("BENCHMARK", "a\x1bb"),
        ("PREDICTIONS", "--out"),
        ("MODEL", "-m"),
        ("SAMPLES", "0"),
        ("SAMPLES", "1.5"),
        ("SAMPLES", "$(id)"),
        ("K", "1;rm -rf /"),
        ("BASELINE", "--margin"),
        ("MARGIN", "0"),
        ("MARGIN", "five"),
        ("MARGIN", "2"),
        ("FAIL_UNDER", "80"),
        ("FAIL_UNDER", "nan"),
        ("ON_INCONCLUSIVE", "ignore"),
        ("MAX_COST", "-1"),
        ("LIMIT", "0"),
    ],
)
def test_what_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"input {name.lower().replace('_', '-')}: "):
        read_inputs({f"INPUT_{name}": value})
