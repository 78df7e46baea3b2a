"""The cache: trouble with it costs time and a warning, nothing else."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from boxscore import DataError, DataSource
from boxscore.cache import cache_folder, is_device, locked, read_cached, replace_file, write_cached
from boxscore.data.fetch import resolve
from boxscore.errors import RunStopped
from boxscore.harness import FunctionTask, Inputs
from boxscore.protocols.function.reference import ReferenceAnswers, ReferenceCache


@pytest.fixture(params=["a file", "below a file", "a name that is taken"])
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "cache"
    if request.param == "a name that is taken":
        file.mkdir()
        (file / "x.json").mkdir()  # a name that no file can replace
        return file
    file.touch()
    return file if request.param == "a file" else file / "boxscore"


def test_the_folder_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """BOXSCORE_CACHE, else an absolute XDG_CACHE_HOME, else below the home directory."""
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.delenv("BOXSCORE_CACHE", raising=False)
    found = [cache_folder()]
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    found.append(cache_folder())
    monkeypatch.setenv("BOXSCORE_CACHE", "c")
    found.append(cache_folder())

    assert found == [Path("/h/.cache/boxscore"), Path("/x/boxscore"), Path("c")]


def test_trouble_is_a_warning_once(broken: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be kept or read is said to be so, and the caller goes on; the user is told once."""
    path = broken / "x.json"

    answers = [write_cached(path, b"1"), read_cached(path), write_cached(path, b"1"), read_cached(path)]

    assert answers == [False, None, False, None]
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    assert len({record.getMessage() for record in caplog.records}) == len(caplog.records)
    assert str(broken) in caplog.text
    assert list(broken.parent.rglob("*.part")) == []


def test_a_damaged_entry_is_as_none(tmp_path: Path) -> None:
    """Not one flipped bit, a cut, a hole, nor the entry of another name is believed."""
    path, other = tmp_path / "x.json", tmp_path / "y.json"
    write_cached(path, b"[255, 1]")
    kept = path.read_bytes()
    flipped = [kept[:at] + bytes([byte ^ 1 << at % 8]) + kept[at + 1 :] for at, byte in enumerate(kept)]

    found = []
    for damaged in (*flipped, kept[:-1], kept + b" ", b"", bytes(len(kept)), b"[255, 1]"):
        path.write_bytes(damaged)
        found.append(read_cached(path))
    other.write_bytes(kept)

    assert {*found, read_cached(other)} == {None}
    path.write_bytes(kept)
    assert read_cached(path) == b"[255, 1]"


def test_a_lock_that_cannot_be_had_is_done_without(tmp_path: Path) -> None:
    """Work that is only better done one at a time is done all the same."""
    (tmp_path / "file").touch()
    with locked(tmp_path / "file" / "node.lock"):
        done = True

    assert done


def test_who_waits_for_a_lock_may_leave(tmp_path: Path) -> None:
    """What it does meanwhile may end the waiting; once the lock is free it is had."""
    turns: list[str] = []

    def leave() -> None:
        turns.append("waited")
        if len(turns) > 1:
            raise RunStopped("the run was stopped")

    with locked(tmp_path / "a.lock"), pytest.raises(RunStopped), locked(tmp_path / "a.lock", wait=leave):
        turns.append("held")
    with locked(tmp_path / "a.lock", wait=leave):
        turns.append("held")

    assert turns == ["waited", "waited", "held"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_holds_no_lock(tmp_path: Path) -> None:
    """A lock is free when whoever took it leaves, though a process that was forked meanwhile has its file open."""
    with locked(tmp_path / "a.lock"):
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(100,), daemon=True)
        child.start()
    try:
        with locked(tmp_path / "a.lock", wait=lambda: pytest.fail("it is held")):
            pass
    finally:
        child.kill()
        child.join(100)


def test_a_truth_that_cannot_be_kept_is_held(tmp_path: Path) -> None:
    """Batches of one instance follow each other: the reference is not run again for each."""
    (tmp_path / "cache").touch()
    cache, truth = ReferenceCache(tmp_path / "cache", "here"), ReferenceAnswers((b"vT",), (0.1,), (True,))
    task = FunctionTask(entry_point="f", names=("f",), reference="def f(x): return x")
    path = cache.path(task, Inputs(arguments=((1,),)))

    cache.write(path, truth)

    assert cache.read(path) == truth
    assert ReferenceCache(tmp_path / "cache", "here").read(path) is None


def test_a_file_is_replaced_by_many_at_once(tmp_path: Path) -> None:
    """Writers of one file do not meet: each leaves a whole file, and nothing beside it."""
    path, wrong = tmp_path / "report.json", []

    def write(letter: bytes) -> None:
        try:
            for _ in range(50):
                replace_file(path, letter * 5000)
        except OSError as error:
            wrong.append(error)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b", b"c")]
    for one in writers:
        one.start()
    for one in writers:
        one.join()

    assert wrong == []
    assert len(set(path.read_bytes())) == 1
    assert os.listdir(tmp_path) == ["report.json"]  # noqa: PTH208 - names are what is asked for


def test_data_that_cannot_be_kept_names_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("BOXSCORE_DATA", raising=False)

    with pytest.raises(DataError, match="cannot be written: Not a directory; BOXSCORE_CACHE names another"):
        resolve(DataSource(path="a.jsonl", sha256="0" * 64, url="http://127.0.0.1:1/a"))


def test_no_file_takes_the_place_of_a_device(tmp_path: Path) -> None:
    """Root who asks for a page in /dev/null would take it from everybody."""
    (tmp_path / "link").symlink_to("/dev/null")

    with pytest.raises(OSError, match="is a device"):
        replace_file(tmp_path / "link", b"x")

    assert (tmp_path / "link").is_symlink()
    assert all(map(is_device, map(Path, ("/dev/null", "/dev/stdout", "/dev/not-there"))))
    assert not any(map(is_device, (tmp_path, tmp_path / "file", Path("/dev/shm/file"))))
