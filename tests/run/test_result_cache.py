"""The cache of results across runs: what it keeps, for how long, and that trouble with it is none of a run's."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.records import Outcome, Result, Trust
from boxscore.run.result_cache import ResultCache

if TYPE_CHECKING:
    from pathlib import Path


def result(key: str, outcome: Outcome = Outcome.PASSED, output: str = "") -> Result:
    """A result that was graded."""
    return Result(instance_id="t/1", sample_id="0", outcome=outcome, trust=Trust.ORACLE, key=key, output=output)


def kept(folder: Path, *keys: str) -> dict[str, Result]:
    """What another run finds."""
    cache = ResultCache(folder, "other")
    try:
        return cache.take(keys)
    finally:
        cache.close()


def keep(folder: Path, *results: Result, max_bytes: int = 1 << 30) -> None:
    """Keep results of a run, one by one."""
    cache = ResultCache(folder, "run", max_bytes=max_bytes)
    for one in results:
        cache.keep([one])
    cache.close()


def test_results_come_back_with_their_run(tmp_path: Path) -> None:
    """Whole, and by key, however many are asked for."""
    keep(tmp_path, result("k1", output="said"), result("k2", Outcome.WRONG))

    found = kept(tmp_path, *(f"k{number}" for number in range(2000)))

    assert found == {
        "k1": replace(result("k1", output="said"), reused_from="run"),
        "k2": replace(result("k2", Outcome.WRONG), reused_from="run"),
    }


def test_only_what_was_graded_and_stands_is_kept(tmp_path: Path) -> None:
    """No trouble of ours, no copy, nothing that came from the cache itself."""
    copy, taken = replace(result("copy"), copied_from="1"), replace(result("taken"), reused_from="r")
    keep(tmp_path, result("ours", Outcome.INTERNAL), copy, taken)

    assert kept(tmp_path, "ours", "copy", "taken") == {}


def test_a_broken_run_takes_back_what_it_kept(tmp_path: Path) -> None:
    """What other runs kept stays."""
    keep(tmp_path, result("others"))
    cache = ResultCache(tmp_path, "broken")
    cache.keep([result("a"), result("b")])

    cache.take_back()
    cache.close()

    assert set(kept(tmp_path, "others", "a", "b")) == {"others"}


def test_its_size_is_bounded(tmp_path: Path) -> None:
    """What was used least lately goes first; the newest is there."""
    keep(tmp_path, *(result(f"k{number}", output="x" * 10_000) for number in range(100)), max_bytes=200_000)

    found = kept(tmp_path, *(f"k{number}" for number in range(100)))

    assert "k99" in found
    assert "k0" not in found
    assert (tmp_path / "results.sqlite").stat().st_size < 400_000


def test_use_keeps_a_result(tmp_path: Path) -> None:
    """One that is taken again and again outlives those that came after it."""
    keep(tmp_path, result("old", output="x" * 10_000))
    for number in range(40):
        kept(tmp_path, "old")
        keep(tmp_path, result(f"k{number}", output="x" * 10_000), max_bytes=200_000)

    assert set(kept(tmp_path, "old", "k0")) == {"old"}


@pytest.mark.parametrize("column", ["line", "checksum"])
def test_a_damaged_line_is_as_good_as_none(tmp_path: Path, column: str) -> None:
    """A verdict that was changed in the file is not believed."""
    keep(tmp_path, result("k", Outcome.WRONG))
    with sqlite3.connect(tmp_path / "results.sqlite") as database:
        database.execute(f"UPDATE results SET {column} = CAST(replace({column}, 'wrong', 'passed') || '' AS BLOB)")
        database.execute("UPDATE results SET checksum = CAST(checksum || 'x' AS BLOB) WHERE ? = 'checksum'", (column,))
    database.close()

    assert kept(tmp_path, "k") == {}


@pytest.mark.parametrize("trouble", ["no database", "a folder", "no folder"])
def test_trouble_is_a_warning(tmp_path: Path, trouble: str, caplog: pytest.LogCaptureFixture) -> None:
    """A cache that cannot be used is told once, and nothing is found in it."""
    folder = tmp_path / "cache"
    if trouble == "no folder":
        folder.write_text("")
    elif trouble == "a folder":
        (folder / "results.sqlite").mkdir(parents=True)
    else:
        folder.mkdir()
        (folder / "results.sqlite").write_bytes(b"not a database" * 100)
    cache = ResultCache(folder, "run")

    with caplog.at_level(logging.WARNING):
        assert cache.take(["k"]) == {}
        cache.keep([result("k")])
    cache.close()

    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        f"not using the result cache {folder / 'results.sqlite'}"
    ]


def test_a_file_that_is_damaged_is_told_with_what_to_do(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No run replaces it, for it could be somebody's: the user is told to remove it."""
    (tmp_path / "results.sqlite").write_bytes(b"not a database" * 100)

    assert not kept(tmp_path, "a")

    assert caplog.messages[-1].endswith("; remove the file to begin a new one")


def test_two_runs_at_a_time(tmp_path: Path) -> None:
    """Each sees what the other has kept."""
    one, two = ResultCache(tmp_path, "one"), ResultCache(tmp_path, "two")
    one.keep([result("a")])
    two.keep([result("b")])

    assert [found.reused_from for found in (*one.take(["b"]).values(), *two.take(["a"]).values())] == ["two", "one"]
    one.close()
    two.close()
