"""Whose samples a file holds, where several benchmarks are graded at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boxscore.data.samples import read_samples
from boxscore.data.samples_of_several import share_out
from boxscore.errors import UsageError
from boxscore.provenance import Provenance, RunRecord
from boxscore.records import Trust
from boxscore.run.store import open_run

KNOWN = {"first": {"H/0", "H/1"}, "plus": {"H/0", "H/1"}, "other": {"1", "2"}}


def write(path: Path, *ids: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"task_id": one, "solution": f"of {one}"}) + "\n" for one in ids))
    return path


def shared(*paths: Path | str) -> dict[str, list[str]]:
    found = {}
    for name, files in share_out(map(Path, paths), KNOWN).items():
        read = read_samples(files.paths, KNOWN[name])
        found[name] = [one.text for one in read] + ["gold"] * files.gold
    return found


def test_a_file_whose_owner_is_named_is_read_as_it_always_is(tmp_path: Path) -> None:
    short, whole = write(tmp_path / "a.jsonl", "0", "1"), write(tmp_path / "b.jsonl", "H/0")

    found = shared(f"first={short}", f"plus={whole}", "other=gold")

    assert found == {"first": ["of 0", "of 1"], "plus": ["of H/0"], "other": ["gold"]}


def test_a_file_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a.jsonl: whose is it\? Say -p first="):
        shared(write(tmp_path / "a.jsonl", "H/0"))


def test_a_folder_has_a_file_or_folder_for_each(tmp_path: Path) -> None:
    write(tmp_path / "all" / "first.jsonl", "0")
    (tmp_path / "all" / "plus" / "H_1").mkdir(parents=True)
    (tmp_path / "all" / "plus" / "H_1" / "0.py").write_text("of H/1")

    assert shared(tmp_path / "all") == {"first": ["of 0"], "plus": ["of H/1"], "other": []}

    write(tmp_path / "none" / "x.jsonl", "0")
    with pytest.raises(UsageError, match=r"a file for each of first, plus, other, such as first.jsonl"):
        shared(tmp_path / "none")


def test_a_run_directory_is_its_benchmark_s(tmp_path: Path) -> None:
    for name in ("plus", "elsewhere"):
        about = Provenance(run_id="r", benchmark=name, title="", trust=Trust.ORACLE, instances=1, samples=0)
        with open_run(tmp_path / name) as store:
            store.write_record(RunRecord(provenance=about, instances={"H/0": None}))

    files = share_out([tmp_path / "plus"], KNOWN)

    assert {name: one.paths for name, one in files.items() if one.paths} == {"plus": (tmp_path / "plus",)}
    with pytest.raises(UsageError, match="is a run of elsewhere, which is none of"):
        share_out([tmp_path / "elsewhere"], KNOWN)
