"""Files of predictions, in the shapes that SWE-bench's and SWE-bench-Live's tools write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore import InputError, SampleKind
from boxscore.data.samples import read_samples
from boxscore.provenance import StoredSample

if TYPE_CHECKING:
    from pathlib import Path


DIFF = "diff --git a/a.py b/a.py\n"
KNOWN = ("org__one-1", "org__two-2", "org__three-3")


def row(name: str, patch: str | None = DIFF, **more: object) -> dict[str, object]:
    return {"instance_id": name, "model_name_or_path": "lab/model", "model_patch": patch, **more}


def written(path: Path, value: object) -> Path:
    """Write a list or object as JSON, or a list as JSON lines where the name says so."""
    if path.suffix == ".jsonl":
        assert isinstance(value, list)
        path.write_text("".join(json.dumps(one) + "\n" for one in value))
    else:
        path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize("name", ["preds.jsonl", "preds.json"])
def test_lines_and_lists(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, [row(KNOWN[0]), row(KNOWN[1], "")])

    found = list(read_samples(path, KNOWN))

    assert [(one.instance_id, one.text) for one in found] == [(KNOWN[0], DIFF), (KNOWN[1], "")]
    assert {(one.kind, one.model, one.sample_id) for one in found} == {(SampleKind.PATCH, "lab/model", "0")}


def test_object_of_predictions(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.json", {KNOWN[0]: row(KNOWN[0]), KNOWN[1]: {"model_patch": DIFF, "cost": 1}})

    found = list(read_samples(path, KNOWN))

    assert [(one.instance_id, one.model) for one in found] == [(KNOWN[0], "lab/model"), (KNOWN[1], "")]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"model_patch": DIFF}, "instance_id"),
        ({"instance_id": 7, "model_patch": DIFF}, "instance_id"),
        ({"instance_id": KNOWN[0]}, None),  # of no kind of sample
        ({"instance_id": KNOWN[0], "model_patch": ["+"]}, "model_patch"),
        ({"instance_id": KNOWN[0], "model_patch": "\ud800"}, "model_patch"),
        ({"instance_id": KNOWN[0], "model_patch": DIFF, "model_name_or_path": 3}, "model_name_or_path"),
        ({"instance_id": KNOWN[0], "patch": 3}, "patch"),
        ({"org": "a", "repo": "b", "number": 1, "fix_patch": 3}, "fix_patch"),
        ({"github_url": "https://github.com/org/one", "git_diff_file": "/etc/hostname"}, "git_diff_file"),
        ({"github_url": "https://github.com/org/one", "migrated_root_dir": "/etc"}, "migrated_root_dir"),
    ],
)
def test_a_broken_record_is_named(tmp_path: Path, record: dict[str, object], field: str | None) -> None:
    path = written(tmp_path / "preds.jsonl", [row(KNOWN[1]), record])

    with pytest.raises(InputError) as caught:
        list(read_samples(path, KNOWN))

    assert (caught.value.line, caught.value.field) == (2, field)


def test_duplicates_in_a_file_of_samples(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.jsonl", [row(KNOWN[0]), row(KNOWN[0])])
    named = written(tmp_path / "named.jsonl", [row(KNOWN[0], sample_id="x"), row(KNOWN[0], sample_id="y")])

    with pytest.raises(InputError, match=r"is given twice, first in line 1$"):
        list(read_samples(path, KNOWN))
    assert [one.sample_id for one in read_samples(named, KNOWN)] == ["x", "y"]


def test_kind_and_model_survive_a_run_directory(tmp_path: Path) -> None:
    (sample,) = read_samples(written(tmp_path / "preds.jsonl", [row(KNOWN[0])]), KNOWN)
    stored = StoredSample.of(sample, "key")

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    (tmp_path / "run" / "samples.jsonl").write_bytes(msgspec.json.encode(stored) + b"\n")

    assert list(read_samples(tmp_path / "run", KNOWN)) == [sample]


def test_patch_and_prefix(tmp_path: Path) -> None:
    records = [
        {"instance_id": KNOWN[0], "patch": DIFF, "prefix": "gpt"},
        {"instance_id": KNOWN[1], "patch": None},
        {**row(KNOWN[2]), "patch": "other", "prefix": "other"},
    ]
    path = written(tmp_path / "patches.json", records)

    expected = [(KNOWN[0], DIFF, "gpt"), (KNOWN[1], "", ""), (KNOWN[2], DIFF, "lab/model")]
    assert [(one.instance_id, one.text, one.model) for one in read_samples(path, KNOWN)] == expected


@pytest.mark.parametrize("field", ["completion", "solution", "answer", "response", "raw"])
def test_a_patch_beside_another_text(tmp_path: Path, field: str) -> None:
    path = written(tmp_path / "samples.json", [{"instance_id": KNOWN[0], field: "text", "patch": "other"}])

    (one,) = read_samples(path, KNOWN)

    assert (one.text, one.kind is SampleKind.PATCH) == ("text", False)


@pytest.mark.parametrize("url", ["https://github.com/org/one", "https://github.com/Org/one.git"])
def test_migrations_name_a_repository(tmp_path: Path, url: str) -> None:
    path = written(tmp_path / "p.json", [{"github_url": url, "git_diff": DIFF}, {"github_url": f"{url}x"}])

    unknown: list[str] = []

    found = list(read_samples(path, ["org/one"], unknown=unknown.append))

    assert [(one.instance_id, one.text, one.kind) for one in found] == [("org/one", DIFF, SampleKind.PATCH)]
    assert len(unknown) == 1
