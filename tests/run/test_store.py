"""The run directory."""

from __future__ import annotations

import errno
import os
import pathlib
import resource
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import StoreError, UsageError
from boxscore.protocols.patch.task import PatchDetail
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Applied, OtherDetail, Outcome, Result, SampleKind, Trust
from boxscore.run.store import LOG_BYTES, check_folder, open_run, pending, read_run, shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


KEYS = {("t/1", str(number)): "k" for number in range(10_000)}


def result(sample_id: str, outcome: Outcome = Outcome.PASSED, *, key: str = "k", output: str = "") -> Result:
    return Result(instance_id="t/1", sample_id=sample_id, outcome=outcome, trust=Trust.ORACLE, key=key, output=output)


def record(lines: tuple[tuple[int, int], ...] = ()) -> RunRecord:
    provenance = Provenance(run_id="r", benchmark="t", title="T", trust=Trust.ORACLE, instances=1, samples=1)
    return RunRecord(provenance=provenance, instances={"t/1": None}, sample_lines=lines)


def stored(sample_id: str, key: str = "k") -> StoredSample:
    return StoredSample(instance_id="t/1", sample_id=sample_id, text="x", kind=SampleKind.SOLUTION, key=key)


def test_results_come_back_in_a_later_run(tmp_path: Path) -> None:
    """What one run appended, the next one finds."""
    with open_run(tmp_path / "a" / "b") as store:
        store.append([result("0"), result("1", Outcome.WRONG)])

    with open_run(tmp_path / "a" / "b") as store:
        found = store.results(KEYS)

    assert found == {("t/1", "0"): result("0"), ("t/1", "1"): result("1", Outcome.WRONG)}


@pytest.mark.parametrize(
    "detail",
    [
        PatchDetail(applied=Applied(rung="git apply"), tests={"t": "PASSED"}, fail_to_pass=(("t",), ())),
        OtherDetail(protocol="web", data={"shots": [1, 2.5, None], "at": {"x": "y"}}),
    ],
)
def test_what_a_protocol_says_beyond_the_outcome_is_kept(tmp_path: Path, detail: PatchDetail | OtherDetail) -> None:
    """It comes back as the record that it was, whichever protocol's it is."""
    whole = replace(result("0"), detail=detail)
    with open_run(tmp_path) as store:
        store.append([whole])
        found = store.results_by_key({("t/1", "k")})

    assert found["t/1", "k"] == whole
    assert PatchDetail.of(found["t/1", "k"]) == (detail if isinstance(detail, PatchDetail) else None)


def test_the_last_result_of_a_sample_counts(tmp_path: Path) -> None:
    """A sample that was graded again has its newer result."""
    with open_run(tmp_path) as store:
        store.append([result("0", Outcome.INTERNAL)])
        store.append([result("0")])

        assert store.results(KEYS) == {("t/1", "0"): result("0")}


@pytest.mark.parametrize("left", [b"{", b'{"instance_id":"t/1","sample_id":"9"', b"\xff\x00", b"x" * 200_000])
def test_a_cut_line_is_dropped(tmp_path: Path, left: bytes) -> None:
    """What a killed run left of a line goes; whole lines before it and appends after it stay."""
    with open_run(tmp_path) as store:
        store.append([result("0")])
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(left)

    with open_run(tmp_path) as store:
        store.append([result("1")])

        assert list(store.results(KEYS)) == [("t/1", "0"), ("t/1", "1")]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """A second writer is refused with the reason; after the first has gone it may write."""
    with open_run(tmp_path), pytest.raises(StoreError, match="another boxscore process"), open_run(tmp_path):
        pass

    with open_run(tmp_path) as store:
        store.append([result("0")])


def test_a_record_that_does_not_fit_is_not_half_there(tmp_path: Path) -> None:
    """Where a limit of the system ends a write half-way, the error says so and the file holds whole lines only."""
    with open_run(tmp_path) as store:
        store.append([result("0")])
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "results.jsonl").stat().st_size + 20, limits[1]))
        try:
            with pytest.raises(StoreError, match="quota is full"):
                store.append([result("1")])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

        assert (tmp_path / "results.jsonl").read_bytes().endswith(b"}\n")
        assert list(store.results(KEYS)) == [("t/1", "0")]


def test_output_of_failures_is_logged_and_bounded(tmp_path: Path) -> None:
    """A failed sample's output is in a log of bounded size under a name without slashes; a passed one's is not."""
    with open_run(tmp_path) as store:
        store.append([result("../0", Outcome.ERROR, output="x" * LOG_BYTES), result("1", output="fine")])

    (log,) = (tmp_path / "logs").iterdir()
    assert log.stat().st_size == LOG_BYTES
    assert log.read_text().startswith("t/1 ../0: error")


def test_a_result_stands_only_under_its_key_and_if_it_is_a_sample(tmp_path: Path) -> None:
    """Another key, a result of ours (`internal`), or none at all: graded again."""
    keys = {("t/1", name): "k" for name in ("same", "other", "ours", "new")}
    with open_run(tmp_path) as store:
        store.append([result("same"), result("other", key="old"), result("ours", Outcome.INTERNAL)])

        todo, standing = pending(keys, store.results(keys))

    assert todo == {("t/1", "other"), ("t/1", "ours"), ("t/1", "new")}
    assert standing == {("t/1", "same"): result("same")}


def test_results_of_other_settings_are_kept(tmp_path: Path) -> None:
    """A result under another key stays in the file, and is found again by who asks for that key."""
    with open_run(tmp_path) as store:
        store.append([result("0", key="a")])
        store.append([result("0", Outcome.WRONG, key="b")])

        assert store.results({("t/1", "0"): "a"}) == {("t/1", "0"): result("0", key="a")}
        assert store.results({("t/1", "0"): "b"}) == {("t/1", "0"): result("0", Outcome.WRONG, key="b")}


def test_a_run_is_read_with_the_results_that_are_its_own(tmp_path: Path) -> None:
    """Reading joins samples and results by key and needs no lock."""
    with open_run(tmp_path) as store:
        lines, _ = store.add_samples(lambda: [stored("0"), stored("1", key="new"), stored("2")])
        store.write_record(record(lines))
        store.append([result("0"), result("1", key="old"), result("gone")])

        found, samples, results = read_run(tmp_path)

    assert found == record(((0, 3),))
    assert [one.sample_id for one in samples] == ["0", "1", "2"]
    assert results == {("t/1", "0"): result("0")}


def test_threads_may_read_runs_at_once_from_the_beginning(tmp_path: Path) -> None:
    """The first record of a process is read by several: it ended the process by SIGSEGV in most of such starts."""
    with open_run(tmp_path / "run") as run:
        run.write_record(record())
    code = (
        "import sys, threading, pathlib; sys.setswitchinterval(1e-6)\n"
        "from boxscore.run.store import read_record\n"
        "start = threading.Barrier(4)\n"
        "def read(): start.wait(60); read_record(pathlib.Path(sys.argv[1]))\n"
        "threads = [threading.Thread(target=read) for _ in range(4)]\n"
        "[one.start() for one in threads]; [one.join() for one in threads]\n"
    )

    for _ in range(4):
        done = subprocess.run((sys.executable, "-c", code, str(tmp_path / "run")), check=False, timeout=60)
        assert done.returncode == 0


class Disk:
    def __init__(self) -> None:
        self.synced = threading.Event()
        self._bytes: dict[int, bytes] = {}
        self._names: dict[str, dict[str, int]] = {}

    def __call__(self, descriptor: int) -> None:
        path = f"/proc/self/fd/{descriptor}"
        if os.path.isdir(path):  # noqa: PTH112 - a descriptor has no Path
            with os.scandir(descriptor) as entries:
                self._names[os.readlink(path)] = {one.name: one.inode() for one in entries}  # noqa: PTH115 - as above
            return
        self._bytes[os.fstat(descriptor).st_ino] = pathlib.Path(path).read_bytes()
        self.synced.set()

    def after_power_cut(self, run: Path, copy: Path) -> None:
        copy.mkdir()
        for name, inode in self._names[str(run)].items():
            (copy / name).write_bytes(self._bytes.get(inode, b""))


def test_a_power_cut_takes_no_result_that_was_synced(tmp_path: Path) -> None:
    """Names and bytes of all files are on the disk when a run ends; samples are before any of their results."""
    disk = Disk()
    with open_run(tmp_path / "run", sync=disk) as store:
        lines, _ = store.add_samples(lambda: [stored("0"), stored("1")])
        store.write_record(record(lines))
        disk.after_power_cut(tmp_path / "run", tmp_path / "early")
        store.append([result("0")])
    disk.after_power_cut(tmp_path / "run", tmp_path / "late")

    assert [len(part) for part in read_run(tmp_path / "early")[1:]] == [2, 0]
    assert read_run(tmp_path / "late") == (record(lines), [stored("0"), stored("1")], {("t/1", "0"): result("0")})


def test_results_are_synced_while_the_run_goes_on(tmp_path: Path) -> None:
    """What was appended reaches the disk without another call."""
    disk = Disk()
    with open_run(tmp_path / "run", sync=disk) as store:
        store.add_samples(lambda: [stored("0")])
        disk.synced.clear()
        store.append([result("0")])

        assert disk.synced.wait(60)


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    """An error while results are brought to the disk ends the run, at the latest at its end."""

    def fail(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith("results.jsonl"):  # noqa: PTH115 - no Path
            raise OSError(errno.EIO, "input/output error")

    with pytest.raises(StoreError, match="input/output error"), open_run(tmp_path / "run", sync=fail) as store:
        store.append([result("0")])


def test_samples_are_added_and_none_is_lost(tmp_path: Path) -> None:
    """Each command's samples are those it was given, in their order; the file keeps those of all commands, once."""
    asked = [["0", "1"], ["0", "1", "2"], ["2", "0"], ["3", "1"]]
    with open_run(tmp_path) as store:
        lines = [store.add_samples(lambda names=names: map(stored, names))[0] for names in asked]  # type: ignore[misc]

        found = []
        for one in lines:
            store.write_record(record(one))
            found.append([sample.sample_id for sample in read_run(tmp_path)[1]])

    assert found == asked
    assert len((tmp_path / "samples.jsonl").read_bytes().splitlines()) == 4
    assert lines[1] == ((0, 3),)


@pytest.mark.parametrize("path", ["/proc/x", "/proc/x/y", "/dev/null/x"])
def test_a_folder_that_cannot_be_made_is_refused_beforehand(path: str) -> None:
    """The check makes none, and says where it could not."""
    with pytest.raises(StoreError, match=f"{path}: cannot be made: /[a-z/]+ takes no new folder"):
        check_folder(pathlib.Path(path))


@pytest.mark.parametrize("name", ["samples.jsonl", "report.json", "lock", "notes", "run.json"])
def test_a_folder_of_the_users_is_refused(tmp_path: Path, name: str) -> None:
    """A folder that is not empty and holds no run of ours stays as it is."""
    (tmp_path / name).write_text("mine")

    with pytest.raises(UsageError, match="holds no run of boxscore"), open_run(tmp_path):
        pass

    assert [one.read_text() for one in tmp_path.iterdir()] == ["mine"]


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    """It is told so, and not that it cannot be read."""
    (tmp_path / "notes").write_text("mine")

    with pytest.raises(UsageError, match="notes is a file: give an empty folder"):
        check_folder(tmp_path / "notes")


def test_a_first_start_that_was_killed_is_ours(tmp_path: Path) -> None:
    """A folder with nothing but our lock, empty or not, is taken for a run; so is one with a link to it."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").touch()
    (tmp_path / "link").symlink_to("run")

    for name in ("run", "link", "run"):
        with open_run(tmp_path / name) as store:
            assert store.record() is None


def test_a_run_waits_for_reports_and_reports_know_a_run(tmp_path: Path) -> None:
    """Reports hold the lock together; a run begins when they are done, and is seen by those that come later."""
    with open_run(tmp_path), shared(tmp_path) as alone:
        assert not alone

    with shared(tmp_path) as first, shared(tmp_path) as second:
        began = threading.Event()
        writer = threading.Thread(target=lambda: began.set() if list(_opened(tmp_path)) else None)
        writer.start()
        assert (first, second, began.wait(0.2)) == (True, True, False)
    writer.join()
    assert began.is_set()


def _opened(path: Path) -> Iterator[bool]:
    with open_run(path):
        yield True


def test_a_file_that_is_replaced_under_a_run_ends_it(tmp_path: Path) -> None:
    """What an editor or a copy puts in the place of the results would not get what comes later."""

    def go() -> None:
        with open_run(tmp_path) as store:
            store.append([result("0")])
            (tmp_path / "copy").write_bytes((tmp_path / "results.jsonl").read_bytes())
            (tmp_path / "copy").replace(tmp_path / "results.jsonl")
            store.append([result("1")])

    with pytest.raises(StoreError, match="was replaced or removed"):
        go()


@pytest.mark.parametrize("name", ["results.jsonl", "samples.jsonl", "logs/t_1-*.0.log"])
def test_what_a_link_points_to_is_left_alone(tmp_path: Path, name: str) -> None:
    """A run directory with links in it, as one that was unpacked may have, makes no other file ours."""
    mine, run = tmp_path / "mine.txt", tmp_path / "run"
    mine.write_text("one\ntwo")
    with open_run(run) as store:
        store.append([result("0", Outcome.WRONG, output="said")])
    (path,) = run.glob(name)
    path.unlink()
    path.symlink_to(mine)

    with pytest.raises(StoreError, match="is a symbolic link"), open_run(run) as store:
        store.append([result("0", Outcome.WRONG, output="said")])

    assert mine.read_text() == "one\ntwo"


@pytest.mark.parametrize("name", ["results.jsonl", "samples.jsonl"])
def test_what_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    """The message is of the file that it is about."""
    with open_run(tmp_path):
        pass
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)

    with pytest.raises(StoreError, match=rf"{name}: cannot write: it is not a regular file"), open_run(tmp_path):
        pass


def test_what_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    """A `run.json` that is a folder is not missing, and nothing is said of writing."""
    (tmp_path / "run.json").mkdir()

    with pytest.raises(StoreError, match=r"run\.json: cannot be read: Is a directory"):
        read_run(tmp_path)
