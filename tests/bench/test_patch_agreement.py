"""The comparison with swebench: what counts as equal, as meant and as different, and what its inputs are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import patch_cases as cases
from bench.markers import between_markers, failed_early
from bench.markers import test_exit_code as exit_code
from bench.official import cache
from bench.patch_agreement import Compared, Official, _meant, _meant_report, again, summary
from boxscore.cache import locked

if TYPE_CHECKING:
    from harnesses.swebench.logs import Layout

ROOT = Path(__file__).parents[2]


def test_values_are_counted() -> None:
    """A value is equal, meant to differ, or a difference with both values."""
    compared = Compared()

    compared.fields("reports", "a", {"x": 1, "y": 2}, {"x": 1, "y": 3, "z": 4})
    compared.value("reports", "b", 1, 2, meant="why")

    assert compared.equal == {"reports": 1}
    assert compared.meant == {("reports", "why"): 1}
    assert [one[1] for one in compared.differences] == ["a: y", "a: z"]


@pytest.mark.parametrize(
    ("test", "ours", "theirs", "meant"),
    [
        ("a", None, "PASSED:", True),
        ("a", "FAILED", "PASSED", False),
        ("a", None, "SKIPPED", False),
        ("[1]", None, "SKIPPED", True),
        ("a", "PASSED", None, False),
    ],
)
def test_what_may_differ(test: str, ours: str | None, theirs: str | None, *, meant: bool) -> None:
    """Reasons are narrow: a status that only one side has is a difference unless it is of a known kind."""
    assert bool(_meant(test, ours, theirs, "PASSED a")) is meant


def test_a_resolution_may_not_differ() -> None:
    """A report with another verdict is a difference."""
    row = {"eval_type": "pass_and_fail"}

    assert not _meant_report({"resolved": False}, {"resolved": True}, "PASSED a\nFAILED b - x", row)


def test_logs_are_the_same_each_time() -> None:
    """With one seed the inputs are the same, and odd ones and mutants are among them."""
    first, second = (cases.logs(ROOT, ROOT / "none", mutants=3, seed=7) for _ in range(2))

    assert first == second
    assert len(first) == len(list((ROOT / cases.RECORDED).glob("*.log"))) + len(cases.ODD) + 3


def test_outputs_around_a_log() -> None:
    """They have markers and exit codes, lack one, or say that the patch did not apply."""
    outputs = list(cases.outputs("PASSED a"))

    assert [between_markers(one) is not None for one in outputs] == [True, True, True, False, False, True, True]
    assert [exit_code(one) for one in outputs] == [None, 0, 1, None, None, None, None]
    assert failed_early(outputs[-1]) == "Patch Apply Failed"


@pytest.mark.slow
@pytest.mark.parametrize("layout", [4, 5])
def test_files_are_read_back_by_that_version(layout: Layout) -> None:
    """Swebench makes its own report of the logs that we write: the same name, the same fields, the same values."""
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    data, compared = Path(os.environ["BOXSCORE_DATA"]), Compared()
    try:
        with locked(cache() / f"swebench-{layout}.lock"):
            official = Official(cache(), layout)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"swebench cannot be installed: {error}")

    summary(official, data, compared)
    again(official, data, compared)

    assert compared.differences == []
    assert compared.equal[f"summary of {layout}"] == {4: 16, 5: 24}[layout]
    assert compared.equal[f"again of {layout}"] >= 180
