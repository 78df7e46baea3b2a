"""Times of earlier runs, which say what to grade first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.records import Outcome, Result, Trust
from boxscore.run.forecast import LearnedTimes

if TYPE_CHECKING:
    from pathlib import Path

RESULT = Result(instance_id="a", sample_id="0", outcome=Outcome.PASSED, trust=Trust.ORACLE, wall_s=1.0)


def times(cache: Path, data: str = "d") -> LearnedTimes:
    """The times of a benchmark's data."""
    return LearnedTimes(cache, "bench", data, "local")


def test_the_times_of_those_that_passed_are_kept_for_the_next_run(tmp_path: Path) -> None:
    """Those that failed may have ended soon, or never; where none passed they are all there is."""
    times(tmp_path).learn(
        [
            replace(RESULT, wall_s=3.0),
            replace(RESULT, wall_s=5.0),
            replace(RESULT, wall_s=60.0, outcome=Outcome.TIMEOUT),
            replace(RESULT, instance_id="b", wall_s=0.5, outcome=Outcome.WRONG),
            replace(RESULT, instance_id="c", copied_from="0"),
            replace(RESULT, instance_id="c", wall_s=None),
        ]
    )

    assert [times(tmp_path).seconds(name) for name in ("a", "b", "c")] == [4.0, 0.5, 0.0]
    assert times(tmp_path, data="other").seconds("a") == 0


def test_another_run_replaces_what_it_knows_better(tmp_path: Path) -> None:
    """Instances that it did not grade keep their times."""
    times(tmp_path).learn([RESULT, replace(RESULT, instance_id="b")])
    times(tmp_path).learn([replace(RESULT, wall_s=2.0)])

    assert [times(tmp_path).seconds(name) for name in ("a", "b")] == [2.0, 1.0]


def test_a_cache_in_trouble_knows_nothing(tmp_path: Path) -> None:
    """Damage costs the order of the work and nothing else."""
    times(tmp_path).learn([RESULT])
    (kept,) = (tmp_path / "times").iterdir()
    kept.write_bytes(b"{}" + kept.read_bytes())

    assert times(tmp_path).seconds("a") == 0
