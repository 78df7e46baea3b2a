"""Recovering a damaged run directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxscoreError, InputError
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust
from boxscore.run.repair import repair
from boxscore.run.run import rebuild
from boxscore.run.store import open_run, pending, read_record, read_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = [("t/1", str(number)) for number in range(5)]
KEYS = dict.fromkeys(NAMES, "k")


@pytest.fixture(name="run")
def fixture_run(tmp_path: Path) -> Path:
    """A finished run of five samples with its reports."""
    run = tmp_path / "run"
    fill(run)
    rebuild(run)
    return run


def fill(run: Path) -> list[str]:
    """Go on with the run as its command does; return the samples that had to be graded."""
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
    """Change the lines of a file."""

    def damage(run: Path) -> None:
        path = run / name
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return damage


def forge(lines: list[bytes]) -> list[bytes]:
    """Turn a verdict."""
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
def test_a_damaged_run_is_refused_then_repaired_and_goes_on(run: Path, what: str) -> None:
    """Reading and going on name the way out; after the repair only what was dropped is graded."""
    damage, lost = DAMAGE[what]
    damage(run)
    broken = {path.name: path.read_bytes() for path in run.glob("*.json*")}

    for use in (read_run, fill):
        with pytest.raises(BoxscoreError, match="boxscore repair"):
            use(run)
    planned, done = repair(run, dry_run=True), repair(run)

    assert (planned.dropped, planned.results, planned.record) == (done.dropped, done.results, done.record)
    assert [(run / name).read_bytes() for name in done.originals] == [
        broken[name.partition(".damaged-")[0]] for name in done.originals
    ]
    assert done.originals
    assert fill(run) == lost
    assert [len(part) for part in read_run(run)[1:]] == [5, 5]
    assert repair(run).whole


ONE, TWO = ("a", "b", "c"), ("x", "y")


def command(run: Path, *names: str, key: str = "k") -> None:
    """Grade samples of these names into a run directory, after others were."""
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
    """The samples that a report is of."""
    return [f"{sample.sample_id}{sample.key}" for sample in read_run(run)[1]]


@pytest.fixture(name="two")
def fixture_two(tmp_path: Path) -> Path:
    """A run of samples a, b and c, after another command graded x and y there."""
    run = tmp_path / "two"
    for names in (ONE, TWO, ONE):
        command(run, *names)
    return run


def at_byte(run: Path, find: bytes, change: Callable[[bytes], bytes]) -> None:
    """Change what a run says of samples in one place."""
    path = run / "samples.jsonl"
    data = path.read_bytes()
    assert find in data
    path.write_bytes(data.replace(find, change(find), 1))


@pytest.mark.parametrize("at", range(0, 900, 31))
def test_no_damage_counts_a_sample_of_another_command(two: Path, at: int) -> None:
    """Wherever a byte becomes a newline or a zero, a report is of samples of the last command or of fewer of them."""
    path = two / "samples.jsonl"
    data = path.read_bytes()
    at %= len(data)
    for byte in (b"\n", b"\0"):
        path.write_bytes(data[:at] + byte + data[at + 1 :])
        repair(two)

        assert set(counted(two)) <= {"ak", "bk", "ck"}
        command(two, *ONE)
        assert counted(two) == ["ak", "bk", "ck"]


@pytest.mark.parametrize("lines", [((0, 3), (0, 3)), ((2, 3), (0, 3)), ((3, 0), (0, 2)), ((0, 2),), ((3, 5),)])
def test_lines_that_are_not_the_runs_are_refused(two: Path, lines: tuple[tuple[int, int], ...]) -> None:
    """A damaged record names no sample until its command comes again, which grades nothing twice."""
    record = read_record(two)
    with open_run(two) as store:
        store.write_record(replace(record, sample_lines=lines))

    with pytest.raises(InputError, match="repair"):
        read_run(two)
    done = repair(two)

    assert (done.record, counted(two)) == ("doubtful", [])
    command(two, *ONE)
    assert counted(two) == ["ak", "bk", "ck"]
    assert repair(two).whole


def test_a_sample_of_another_command_is_dropped_alone(two: Path) -> None:
    """The lines that the record names have other numbers then, and are told by their hash."""
    command(two, *TWO)
    at_byte(two, b'"sample_id":"a"', lambda text: text.replace(b"a", b"d"))

    done = repair(two)

    assert done.record == "mended"
    assert counted(two) == ["xk", "yk"]


def test_what_is_dropped_is_named(run: Path) -> None:
    """File, line, reason and ids, as far as they can be read; torn ends too."""
    edit("results.jsonl", lambda lines: [*forge(lines), lines[4][:60]])(run)

    done = repair(run)

    assert [(one.line, one.why, one.sample_id) for one in done.dropped] == [
        (2, "its checksum does not fit", "1"),
        (6, "it is incomplete", "4"),
    ]
    assert (done.results, done.samples, done.record) == (4, 5, "kept")


def test_a_record_that_cannot_be_made_again_is_said_to_be_gone(run: Path) -> None:
    """The command writes it again; nothing is graded twice."""
    (run / "run.json").write_bytes(b"{")

    done = repair(run)

    assert (done.record, done.dropped) == ("missing", ())
    with pytest.raises(InputError, match="rerun the original command"):
        read_run(run)
    assert fill(run) == []


def test_a_whole_run_is_left_alone(run: Path) -> None:
    """Nothing to repair: no file is touched."""
    before = {path: path.stat().st_mtime_ns for path in run.iterdir()}

    done = repair(run)

    assert done.whole
    assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == before


def test_other_folders_and_running_runs_are_refused(tmp_path: Path, run: Path) -> None:
    """A folder without a run, and one that a run is at work in, are not touched."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("{}")

    with pytest.raises(InputError, match="not a run directory"):
        repair(tmp_path / "other")
    with open_run(run), pytest.raises(BoxscoreError, match="another boxscore process"):
        repair(run)
    assert os.listdir(tmp_path / "other") == ["run.json"]  # noqa: PTH208 - names are what is asked for
