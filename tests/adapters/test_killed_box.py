"""A worker's box is killed again and again while it judges an answer: no adapter makes a number of that."""

from __future__ import annotations

import logging
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import NoVerdict, SandboxUnavailable
from boxscore.adapters import engine
from boxscore.log import LOGGER
from tests.adapters.dialects import DIALECTS, answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.boxes.contract import Backend

FEW = ["trl", "verl", "nemo-gym", "code_eval"]
SLEEP = "import time\ntime.sleep(10)\n"  # while it sleeps it is at work; it may for as long


class Killer(logging.Handler):
    """Kills the holder of each box a moment after it was opened, and with it the supervisor and all else in it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.killed = 0
        self.timers: list[threading.Timer] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "box_opened":
            about = record.__dict__["boxscore"]
            self.timers.append(threading.Timer(0.4, self.kill, [int(about["box_id"].removeprefix("pid-"))]))
            self.timers[-1].start()

    def kill(self, process: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            self.killed += 1


@contextmanager
def killer() -> Iterator[Killer]:
    level, found = LOGGER.level, Killer()
    LOGGER.setLevel(logging.INFO)
    LOGGER.addHandler(found)
    try:
        yield found
    finally:
        LOGGER.removeHandler(found)
        LOGGER.setLevel(level)
        for timer in found.timers:
            timer.cancel()
            timer.join(timeout=60)


def ask(name: str) -> Any:
    """What comes of an answer that would be right, had it been judged."""
    dialect = DIALECTS[name]
    try:
        return dialect.ask(SLEEP + answer(dialect, "a + b"))
    except (NoVerdict, SandboxUnavailable) as error:  # the latter if not even the next box would open
        return error


def ask_all(names: Sequence[str]) -> dict[str, Any]:
    """Ask several at once, each in a thread and with a box of its own."""
    engine.configure(backend="local", workers=len(names), cpu_s=60.0)
    try:
        with killer() as found, ThreadPoolExecutor(len(names)) as threads:
            answers = dict(zip(names, threads.map(ask, names, timeout=600), strict=True))
        assert found.killed >= len(names)
    finally:
        engine.configure_from_environment()
    return answers


@pytest.mark.bubblewrap
def test_killed_boxes_give_no_reward(local_backend: Backend) -> None:
    assert local_backend.name == "local"

    answers = ask_all(FEW)

    withheld = {name: found for name, found in answers.items() if found != 1.0}
    assert withheld
    for name, found in withheld.items():
        assert found is None or isinstance(found, NoVerdict | SandboxUnavailable), name
        assert DIALECTS[name].raises <= isinstance(found, Exception), name
