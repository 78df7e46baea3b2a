"""Processes that a trainer starts have engines of their own, and leave no box when they end or are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.adapters import areal, engine, trl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend

ANSWER = "```python\ndef add(a, b):\n    return a + b\n```"
ASSERTS = "assert add(2, 3) == 5"
WAIT_S = 300
Process = tuple[int, str]  # its number and when it was started


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    engine.configure(backend="local", workers=1)
    yield
    engine.configure_from_environment()


def statistics(process: int | str) -> list[str]:
    """Fields of /proc/PID/stat after the name: state, parent, and so on; none for a process that is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def boxes() -> set[Process]:
    all_of_them = {int(path.name): statistics(path.name) for path in Path("/proc").glob("[0-9]*")}
    found = set()
    for process, fields in all_of_them.items():
        above = process
        while all_of_them.get(above) and above != os.getpid():
            above = int(all_of_them[above][1])
        if fields and above == os.getpid() != process and name_of(process) == "bwrap":
            found.add((process, fields[19]))
    return found


def name_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text("utf-8").strip()
    except OSError:
        return ""


def wait_until_gone(processes: set[Process]) -> None:
    """Wait for their ends; a process that nobody has waited for yet is at its end."""
    end = time.monotonic() + WAIT_S
    while any((fields := statistics(one)) and fields[19] == began and fields[0] != "Z" for one, began in processes):
        assert time.monotonic() < end, processes
        time.sleep(0.05)


def reward() -> float:
    return areal.reward_fn("Add.", ANSWER, [1], [2], tests=ASSERTS)


def reward_and_hang() -> None:
    reward()
    time.sleep(600)


@pytest.mark.bubblewrap
def test_a_pool_of_processes(local_backend: Backend) -> None:
    assert local_backend.name == "local"
    assert trl.code_reward(["Add."], [ANSWER], tests=[ASSERTS]) == [1.0]
    own = boxes()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of Python warn of a fork beside threads
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
            rewards = [one.result(timeout=WAIT_S) for one in [pool.submit(reward) for _ in range(4)]]
            others = boxes() - own

    assert rewards == [1.0] * 4
    assert others
    wait_until_gone(others)
    assert trl.code_reward(["Add."], [ANSWER], tests=[ASSERTS]) == [1.0]
    assert boxes() == own


@pytest.mark.bubblewrap
def test_a_killed_process(local_backend: Backend) -> None:
    assert local_backend.name == "local"
    own = boxes()  # that other tests of this process keep warm
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = multiprocessing.get_context("fork").Process(target=reward_and_hang)
        child.start()
    end = time.monotonic() + WAIT_S
    while not (found := boxes() - own):
        assert time.monotonic() < end
        time.sleep(0.05)

    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join(timeout=WAIT_S)

    wait_until_gone(found)
