"""A damaged run directory is refused, and goes on without what was damaged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxscoreError, InputError
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust
from boxscore.run.run import rebuild
from boxscore.run.store import open_run, pending, read_record, read_run

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [("t/1", str(number)) for number in range(5)]
KEYS = dict.fromkeys(NAMES, "k")


@pytest.fixture(name="run")
def fixture_run(tmp_path: Path) -> Path:
    run = tmp_path / "run"
    fill(run)
    rebuild(run)
    return run


def fill(run: Path) -> list[str]:
    provenance = Provenance(run_id="run", benchmark="t", title="T", trust=Trust.ORACLE, instances=1, samples=5)
    samples = [StoredSample(instance_id=a, sample_id=b, text="é", kind=SampleKind.SOLUTION, key="k") for a, b in NAMES]
    with open_run(run) as store:
        store.record()
        todo = pending(KEYS, store.results(KEYS))[0]
        lines, digest = store.add_samples(lambda: samples)
        provenance = replace(provenance, samples_digest=digest)
        store.write_record(RunRecord(provenance=provenance, instances={"t/1": "c"}, sample_lines=lines))
        for a, b in sorted(todo):
            store.append([Result(instance_id=a, sample_id=b, outcome=Outcome.WRONG, trust=Trust.ORACLE, key="k")])
    return sorted(b for _, b in todo)


def edit(name: str, change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        path = run / name
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return damage


def forge(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"wrong", b"passed"), *lines[2:]]


DAMAGE = {
    "a line in the middle": (edit("results.jsonl", forge), ["1"]),
    "a hole of zeros in a line": (
        edit("results.jsonl", lambda lines: [lines[0], lines[1][:40] + b"\0" * 40 + lines[1][80:], *lines[2:]]),
        ["1"],
    ),
    "two lines in one": (edit("results.jsonl", lambda lines: [*lines[:2], lines[2][:-1], *lines[3:]]), ["2", "3"]),
    "a newline in a line": (
        edit("results.jsonl", lambda lines: [lines[0], lines[1][:20] + b"\n" + lines[1][21:], *lines[2:]]),
        ["1"],
    ),
    "zeros at the end": (edit("results.jsonl", lambda lines: [*lines[:4], b"\0" * 9000 + b"\n"]), ["4"]),
    "a damaged sample": (
        edit("samples.jsonl", lambda lines: [lines[0].replace(b"solution", b"answer"), *lines[1:]]),
        [],
    ),
    "a cut sample": (edit("samples.jsonl", lambda lines: [lines[0], b"{}\n", *lines[2:]]), []),
    "not UTF-8": (edit("results.jsonl", lambda lines: [b"\xff\xfe\n", *lines]), []),
    "an empty run.json": (edit("run.json", lambda _: []), []),
    "a cut run.json": (edit("run.json", lambda lines: lines[:5]), []),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_run_is_refused_and_goes_on_without_the_line(run: Path, what: str) -> None:
    damage, lost = DAMAGE[what]
    damage(run)

    with pytest.raises(BoxscoreError):
        fill(run)
    while True:
        try:
            left = fill(run)
        except InputError as error:
            mend(error)
        else:
            break

    assert left == lost
    assert [len(part) for part in read_run(run)[1:]] == [5, 5]


def mend(error: InputError) -> None:
    path = Path(error.path)
    if error.line is None:
        assert "delete it and rerun" in str(error)
        path.unlink()
        return
    assert re.search(r"damaged line: .*delete it and rerun the original command", str(error))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: error.line - 1] + lines[error.line :]))


ONE, TWO = ("a", "b", "c"), ("x", "y")


def command(run: Path, *names: str, key: str = "k") -> None:
    provenance = Provenance(
        run_id="run", benchmark="t", title="T", trust=Trust.ORACLE, instances=1, samples=len(names), finished="then"
    )
    samples = [
        StoredSample(instance_id="t/1", sample_id=name, text="é", kind=SampleKind.SOLUTION, key=key) for name in names
    ]
    with open_run(run) as store:
        lines, digest = store.add_samples(lambda: samples)
        provenance = replace(provenance, samples_digest=digest)
        store.write_record(RunRecord(provenance=provenance, instances={"t/1": "c"}, sample_lines=lines))


def counted(run: Path) -> list[str]:
    return [f"{sample.sample_id}{sample.key}" for sample in read_run(run)[1]]


@pytest.fixture(name="two")
def fixture_two(tmp_path: Path) -> Path:
    run = tmp_path / "two"
    for names in (ONE, TWO, ONE):
        command(run, *names)
    return run


@pytest.mark.parametrize("lines", [((0, 3), (0, 3)), ((2, 3), (0, 3)), ((3, 0), (0, 2)), ((0, 2),), ((3, 5),)])
def test_lines_that_are_not_the_runs_are_refused(two: Path, lines: tuple[tuple[int, int], ...]) -> None:
    record = read_record(two)
    with open_run(two) as store:
        store.write_record(replace(record, sample_lines=lines))

    with pytest.raises(InputError, match="rerun the original command"):
        read_run(two)
    command(two, *ONE)
    assert counted(two) == ["ak", "bk", "ck"]


def test_a_sample_that_was_deleted_is_not_replaced_by_one_of_another_command(two: Path) -> None:
    path = two / "samples.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))

    with pytest.raises(InputError, match="rerun the original command"):
        read_run(two)
    command(two, *ONE)
    assert counted(two) == ["ak", "bk", "ck"]
