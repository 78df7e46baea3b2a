"""Reading samples."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from boxscore import InputError, Instance, SampleKind, UsageError
from boxscore.data.samples import (
    SampleReader,
    empty_samples,
    given_samples,
    gold_samples,
    read_samples,
)

KNOWN = {"HumanEval/0", "HumanEval/1"}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_samples_are_numbered_within_their_instance(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"task_id": "HumanEval/0", "completion": "a"},
        {"task_id": 0, "solution": "b"},
        {"instance_id": "humaneval/1", "answer": "c", "sample_id": "mine"},
        {"instance_id": "humaneval__1", "solution": "d"},
    )

    found = [(one.instance_id, one.sample_id, one.kind) for one in read_samples(path, KNOWN)]

    assert found == [
        ("HumanEval/0", "0", SampleKind.COMPLETION),
        ("HumanEval/0", "1", SampleKind.SOLUTION),
        ("HumanEval/1", "mine", SampleKind.ANSWER),
        ("HumanEval/1", "0", SampleKind.SOLUTION),
    ]


def test_the_evalplus_layout_is_read(tmp_path: Path) -> None:
    (tmp_path / "HumanEval_1").mkdir()
    (tmp_path / "HumanEval_1" / "0.py").write_text("x = 1\n")

    (sample,) = read_samples(tmp_path, KNOWN)

    assert (sample.instance_id, sample.sample_id, sample.text) == ("HumanEval/1", "0", "x = 1\n")


def test_a_folder_with_a_file_packed_and_unpacked_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"task_id": "x", "solution": "1"}\n')
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))

    with pytest.raises(InputError, match="unpacked too"):
        list(read_samples(tmp_path, ["x"]))


def test_a_folder_of_patches_is_read(tmp_path: Path) -> None:
    (tmp_path / "HumanEval_1.patch").write_text("diff 1\n")
    (tmp_path / "HumanEval_0").mkdir()
    (tmp_path / "HumanEval_0" / "b.diff").write_text("diff 0\n")
    (tmp_path / "notes.txt").write_text("")

    found = [(one.instance_id, one.sample_id, one.text, one.kind) for one in read_samples(tmp_path, KNOWN)]

    assert found == [
        ("HumanEval/1", "0", "diff 1\n", SampleKind.PATCH),
        ("HumanEval/0", "b", "diff 0\n", SampleKind.PATCH),
    ]


@pytest.mark.parametrize("name", [b"a\xff.patch", b"a\xff.py"])
def test_a_file_whose_name_is_no_text_is_refused(tmp_path: Path, name: bytes) -> None:
    (tmp_path / "HumanEval_0").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "HumanEval_0") + b"/" + name)).write_text("diff 0\n")

    with pytest.raises(InputError, match="not UTF-8"):
        list(read_samples(tmp_path, KNOWN))


def test_patches_beside_predictions_are_the_same_again(tmp_path: Path) -> None:
    (tmp_path / "HumanEval_1.patch").write_text("diff 1\n")
    write(tmp_path / "preds.jsonl", {"instance_id": "HumanEval/1", "model_patch": "diff 1\n"})

    assert len(list(read_samples(tmp_path, KNOWN))) == 1


def test_a_patch_that_cannot_be_read_is_no_reason_to_go_on_without_it(tmp_path: Path) -> None:
    (tmp_path / "HumanEval_1.patch").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read"):
        list(read_samples(tmp_path, KNOWN))

    (tmp_path / "nowhere").write_text("diff 1\n")
    (tmp_path / "HumanEval_1.diff").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="given twice"):
        list(read_samples(tmp_path, KNOWN))

    (tmp_path / "HumanEval_0").mkdir()
    (tmp_path / "HumanEval_0" / "repro.py").write_text("x = 1\n")
    with pytest.raises(InputError, match="give them apart"):
        list(read_samples(tmp_path, KNOWN))


def test_a_patch_of_no_instance_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.patch").write_text("diff\n")
    left_out: list[str] = []

    assert list(read_samples(tmp_path, KNOWN, unknown=left_out.append)) == []
    assert left_out == ["other"]

    with pytest.raises(InputError, match="'other' is no instance"):
        list(read_samples(tmp_path, KNOWN))
    assert list(read_samples(tmp_path, KNOWN, skip_unknown=True)) == []


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"completion": "x"}, "task_id"),
        ({"task_id": "HumanEval/9", "completion": "x"}, "task_id"),
        ({"task_id": "Other/1", "completion": "x"}, "task_id"),
        ({"task_id": True, "completion": "x"}, "task_id"),
        ({"task_id": "HumanEval/0"}, None),
        ({"task_id": "HumanEval/0", "solution": 3}, "solution"),
        ({"task_id": "HumanEval/0", "solution": "", "sample_id": []}, "sample_id"),
        ({"task_id": 1, "solution": "", "sample_id": "0"}, "sample_id"),
        ({"task_id": 1, "solution": "", "sample_id": "\udfff"}, "sample_id"),
        ({"task_id": 1, "solution": "\ud800"}, "solution"),
        ({"task_id": 1, "text": "a"}, "kind"),
        ({"task_id": 1, "text": "a", "kind": "prose"}, "kind"),
        ({"task_id": 1, "text": "a", "kind": "solution", "model": "\ud800"}, "model"),
        ([], None),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, row: object, field: str | None) -> None:
    path = write(tmp_path / "a.jsonl", {"task_id": 1, "completion": ""}, row)

    with pytest.raises(InputError) as caught:
        list(read_samples(path, KNOWN))

    assert (caught.value.path, caught.value.line, caught.value.field) == (str(path), 2, field)


def test_whole_numbers_may_be_written_as_pandas_does(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"task_id": 1.0, "sample_id": 2.0, "completion": "x", "more": {"a": 1, "a": 2}}\n')

    (sample,) = read_samples(path, KNOWN)

    assert (sample.instance_id, sample.sample_id) == ("HumanEval/1", "2")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_byte_order_mark_is_skipped(tmp_path: Path, name: str) -> None:
    row = json.dumps({"task_id": 0, "completion": "x"})
    path = tmp_path / name
    path.write_text(f"[{row}]" if name.endswith(".json") else row, encoding="utf-8-sig")

    assert [one.text for one in read_samples(path, KNOWN)] == ["x"]


@pytest.mark.parametrize(
    ("name", "data", "what", "remedy"),
    [
        ("a.jsonl", '{"task_id": 0}'.encode("utf-16"), "UTF-16", "iconv"),
        ("a.json", '[{"task_id": 0}]'.encode("utf-16"), "UTF-16", "iconv"),
        ("a.jsonl", b"PAR1\x15\x04", "a Parquet file", "read_parquet"),
        ("a.parquet", b"PAR1\x15\x04", "a Parquet file", "read_parquet"),
        ("a.csv", b"task_id,completion\n0,x\n", "a table of text", "read_csv"),
        ("a.jsonl", b'[{"task_id": 0, "completion": "x"}]', "a JSON list", "name it .json"),
        ("a.jsonl", b'[\n{"task_id": 0, "completion": "x"}\n]\n', "a JSON list", "name it .json"),
        ("a.jsonl", b"PK\x03\x04rest", "a zip archive", "unpack"),
        ("a.jsonl", gzip.compress(b"{}", mtime=0), "a gzip file", ".gz"),
    ],
)
def test_other_formats_are_called_by_their_names(
    tmp_path: Path, name: str, data: bytes, what: str, remedy: str
) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InputError, match=what) as caught:
        list(read_samples(tmp_path / name, KNOWN))

    assert remedy in caught.value.problem


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b"", "no record"),
        ("a.jsonl", b"{", "not JSON"),
        ("a.jsonl", b"import os, sys\n", "not JSON"),
        ("a.json", b'[\n {"task_id": 1},\n]', "line 3, column 1|line 2, column 15"),
        ("a.jsonl", b'{"task_id": 1.5, "completion": ""}', "a string or a whole number, not 1.5"),
        ("a.jsonl", b'{"a": "\xff"}', "not UTF-8"),
        ("a.jsonl.gz", gzip.compress(b'{"task_id": 1, "solution": ""}\n' * 99, mtime=0)[:-12], "cut short"),
        ("a.jsonl.gz", b"plain", "gzip"),
        ("a.jsonl", b" " * (65 << 20), "longer than 64 MiB"),
    ],
)
def test_a_bad_file_is_an_input_error(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InputError, match=said) as caught:
        list(read_samples(tmp_path / name, KNOWN))

    assert "\n" not in str(caught.value)


def test_gold_and_empty_samples() -> None:
    instances = [
        Instance(instance_id="a", prompt="", row={}, reference="x = 1"),
        Instance(instance_id="b", prompt="", row={}),
    ]

    assert [(one.instance_id, one.text) for one in gold_samples(instances)] == [("a", "x = 1")]
    assert [one.text for one in empty_samples(instances)] == ["", ""]


def test_a_run_directory_is_read(tmp_path: Path) -> None:
    row = {"instance_id": "HumanEval/0", "sample_id": "x", "text": "a", "kind": "answer", "key": "k"}
    path = write(tmp_path / "samples.jsonl", row)
    write(tmp_path / "results.jsonl", {"instance_id": "HumanEval/0", "sample_id": "x", "outcome": "passed"})
    (tmp_path / "run.json").write_text("{}")

    (by_file,), (by_folder,) = read_samples(path, KNOWN), read_samples(tmp_path, KNOWN)

    assert by_file == by_folder
    assert (by_file.sample_id, by_file.text, by_file.kind) == ("x", "a", SampleKind.ANSWER)


@pytest.mark.parametrize("again", ["a.jsonl", "link.jsonl", "."])
def test_a_file_that_is_given_twice_is_refused(tmp_path: Path, again: str) -> None:
    (tmp_path / "a.jsonl").write_text('{"task_id": "x", "solution": "1"}\n')
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "a.jsonl")

    with pytest.raises(InputError, match="given twice"):
        list(read_samples([tmp_path / "a.jsonl", tmp_path / again], ["x"]))


def test_predictions_of_several_models(tmp_path: Path) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    rows = [("toy/0", "lab/a"), ("toy/0", "b"), ("toy/1", "b")]
    one.write_text("".join(prediction_line(name, model) for name, model in rows))
    two.write_text(prediction_line("toy/0", "b"))

    found = list(read_samples([one, two], ["toy/0", "toy/1"]))

    assert [(sample.instance_id, sample.sample_id, sample.model) for sample in found] == [
        ("toy/0", "lab/a/0", "lab/a"),
        ("toy/0", "b/0", "b"),
        ("toy/1", "b/0", "b"),
        ("toy/0", "b/1", "b"),
    ]


def prediction_line(instance_id: str, model: str) -> str:
    return json.dumps({"instance_id": instance_id, "model_name_or_path": model, "model_patch": "diff"}) + "\n"


def test_unknown_ids_are_skipped_where_that_is_asked_for(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"task_id": "HumanEval/0", "completion": "a"},
        {"task_id": "HumanEval/999", "completion": "b"},
        {"task_id": 7, "completion": "c"},
    )
    (tmp_path / "folder" / "HumanEval_999").mkdir(parents=True)
    (tmp_path / "folder" / "HumanEval_999" / "0.py").write_text("x")
    unknown: list[str] = []

    found = list(read_samples([path, tmp_path / "folder"], KNOWN, unknown=unknown.append, skip_unknown=True))
    given = given_samples([{"task_id": "no", "solution": ""}, found[0]], KNOWN, skip_unknown=True)

    assert [one.text for one in found] == ["a"]
    assert unknown == ["HumanEval/999", "7", "HumanEval_999"]
    assert [one.instance_id for one in given] == ["HumanEval/0"]
    with pytest.raises(InputError, match="--skip-unknown leaves out samples of such ids"):
        list(read_samples(path, KNOWN))
    with pytest.raises(InputError, match="; skip_unknown=True leaves out samples of such ids"):
        given_samples([path], KNOWN)
    with pytest.raises(InputError) as caught:
        SampleReader(KNOWN)({"task_id": "no", "solution": ""})
    assert "leaves out" not in str(caught.value)
    with pytest.raises(InputError, match="must be a string or a whole number"):
        list(read_samples(write(tmp_path / "b.jsonl", {"task_id": 1.5, "completion": ""}), KNOWN, skip_unknown=True))


def test_the_name_of_a_model_is_bounded(tmp_path: Path) -> None:
    row = {"task_id": "HumanEval/0", "text": "x", "kind": "solution"}
    long = write(tmp_path / "long.jsonl", row | {"model": "m" * 100_000})
    number = write(tmp_path / "number.jsonl", row | {"model": 5})

    assert [len(one.model) for one in read_samples(long, KNOWN)] == [512]
    assert [one.model for one in read_samples(number, KNOWN)] == [""]


def test_a_dict_of_ids_is_no_sample() -> None:
    with pytest.raises(UsageError, match=r"samples is a dict of ids: give a list of dicts such as \{'task_id': ID"):
        given_samples({"HumanEval/0": "def f(): pass"}, KNOWN)
