"""Files of predictions, in the shapes that SWE-bench's and SWE-bench-Live's tools write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from boxscore import InputError, SampleKind
from boxscore.data.samples import read_samples
from boxscore.provenance import StoredSample

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from boxscore import Sample


class Read(NamedTuple):
    """The samples of a file, and the ids of no instance that it has predictions of."""

    samples: tuple[Sample, ...]
    unknown: tuple[str, ...]


DIFF = "diff --git a/a.py b/a.py\n"
KNOWN = ("org__one-1", "org__two-2", "org__three-3")


def row(name: str, patch: str | None = DIFF, **more: object) -> dict[str, object]:
    return {"instance_id": name, "model_name_or_path": "lab/model", "model_patch": patch, **more}


def read(path: Path, known: Collection[str]) -> Read:
    unknown: list[str] = []
    samples = tuple(read_samples(path, known, unknown=unknown.append))
    return Read(samples, tuple(unknown))


def written(path: Path, value: object) -> Path:
    if path.suffix == ".jsonl":
        assert isinstance(value, list)
        path.write_text("".join(json.dumps(one) + "\n" for one in value))
    else:
        path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize("name", ["preds.jsonl", "preds.json"])
def test_lines_and_lists(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, [row(KNOWN[0]), row(KNOWN[1], "")])

    found = read(path, KNOWN)

    assert [(one.instance_id, one.text) for one in found.samples] == [(KNOWN[0], DIFF), (KNOWN[1], "")]
    assert {(one.kind, one.model, one.sample_id) for one in found.samples} == {(SampleKind.PATCH, "lab/model", "0")}


def test_object_of_predictions(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.json", {KNOWN[0]: row(KNOWN[0]), KNOWN[1]: {"model_patch": DIFF, "cost": 1}})

    found = read(path, KNOWN)

    assert [(one.instance_id, one.model) for one in found.samples] == [(KNOWN[0], "lab/model"), (KNOWN[1], "")]


def test_null_is_an_empty_patch(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.jsonl", [row(KNOWN[0], None)])

    assert [one.text for one in read(path, KNOWN).samples] == [""]


def test_unknown_ids_are_left_out_and_named(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.jsonl", [row("org__other-9"), row(KNOWN[0])])

    found = read(path, KNOWN)

    assert [one.instance_id for one in found.samples] == [KNOWN[0]]
    assert found.unknown == ("org__other-9",)


def test_two_predictions_of_one_instance(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.jsonl", [row(KNOWN[0]), row(KNOWN[1]), row(KNOWN[0])])

    with pytest.raises(InputError, match=r"preds\.jsonl:3: .*on lines 1, 3$"):
        read(path, KNOWN)


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"model_patch": DIFF}, "instance_id"),
        ({"instance_id": 7, "model_patch": DIFF}, "instance_id"),
        ({"instance_id": KNOWN[0]}, None),  # of no kind of sample
        ({"instance_id": KNOWN[0], "model_patch": ["+"]}, "model_patch"),
        ({"instance_id": KNOWN[0], "model_patch": "\ud800"}, "model_patch"),
        ({"instance_id": KNOWN[0], "model_patch": DIFF, "model_name_or_path": 3}, "model_name_or_path"),
    ],
)
def test_a_broken_record_is_named(tmp_path: Path, record: dict[str, object], field: str | None) -> None:
    path = written(tmp_path / "preds.jsonl", [row(KNOWN[1]), record])

    with pytest.raises(InputError) as caught:
        read(path, KNOWN)

    assert (caught.value.line, caught.value.field) == (2, field)


def test_samples_of_no_instance_are_told(tmp_path: Path) -> None:
    path = written(tmp_path / "preds.jsonl", [row("org__other-9"), row(KNOWN[0])])
    told: list[str] = []

    samples = list(read_samples(path, KNOWN, unknown=told.append))

    assert told == ["org__other-9"]
    assert [one.instance_id for one in samples] == [KNOWN[0]]
    with pytest.raises(InputError, match="no instance"):
        list(read_samples(path, KNOWN))


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
    assert [(one.instance_id, one.text, one.model) for one in read(path, KNOWN).samples] == expected
    assert [(one.instance_id, one.text, one.model) for one in read_samples(path, KNOWN)] == expected
