"""Stopping in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.labels import start_time
from boxscore.interrupt import leave_on_signals, stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_interrupt_once_drains_twice_halts() -> None:
    """The first ^C lets what runs finish, the second does not; each is told."""
    told: list[str] = []

    with stop_on_signals(told.append) as stop:
        assert not stop.draining()
        os.kill(os.getpid(), signal.SIGINT)
        assert (stop.draining(), stop.halting()) == (True, False)
        os.kill(os.getpid(), signal.SIGINT)
        assert (stop.draining(), stop.halting()) == (True, True)

    assert told == ["finishing what runs; interrupt again to stop now", "stopping now"]
    assert stop.exit_code == 130


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_termination_halts_at_once(number: signal.Signals, code: int) -> None:
    """Who is told to end does not wait for what runs, and ends with the code that shells give to the signal."""
    told: list[str] = []

    with stop_on_signals(told.append) as stop:
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

    assert (stop.draining(), stop.halting(), stop.exit_code) == (True, True, code)
    assert told == ["stopping now"]


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    """A run under nohup goes on when its terminal closes."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals(lambda _text: None) as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.draining()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_before_anything_runs_a_signal_is_told_and_ends_us(number: signal.Signals) -> None:
    """While data or images load there is nothing to finish: one line says why, and the exit code is the signal's."""
    told: list[str] = []

    with pytest.raises(SystemExit) as caught, leave_on_signals(told.append):
        os.kill(os.getpid(), number)

    assert caught.value.code == 128 + number
    assert told == [f"interrupted ({number.name}); leaving"]


def test_a_handler_that_was_set_within_stays() -> None:
    """Who ignores late signals while leaving is not undone: they would change the exit code."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        with leave_on_signals(lambda _: None):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


LEAVING = """
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from boxscore.cli import app, options
from boxscore.child import run_child
def build():
    run_child(["sh", "-c", "trap 'echo tidy >&2; exit' TERM; echo $$ > pid; sleep 600 & wait"], timeout_s=600)
def ahead():
    pool = ThreadPoolExecutor(thread_name_prefix="boxscore-build")
    pool.submit(build).result()
@options.command("wait")
def wait() -> int:
    threading.Thread(target=ahead, daemon=KIND == "daemon").start()  # its pool's threads are as it is
    time.sleep(600)
app.LISTED = (app.Listed("wait", "app", "Grade", "Wait."),)
KIND = sys.argv[1]
sys.argv = ["boxscore", "wait"]
app.main()
"""


@pytest.mark.parametrize("kind", ["thread", "daemon"])
def test_a_signal_ends_programs_that_threads_wait_for(kind: str, tmp_path: Path) -> None:
    """A command leaves though a thread of it waits for a build, and the build's program ends too."""
    with subprocess.Popen([sys.executable, "-c", LEAVING, kind], cwd=tmp_path) as command:
        pid = tmp_path / "pid"
        wait_until(lambda: pid.is_file() and pid.read_text().endswith("\n"))
        command.terminate()
        code = command.wait(300)

    assert code == 143
    wait_until(lambda: start_time(int(pid.read_text())) is None)


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_handlers_are_put_back() -> None:
    """Afterwards signals do what they did before."""
    before = signal.getsignal(signal.SIGINT)

    with stop_on_signals(lambda _text: None):
        assert signal.getsignal(signal.SIGINT) is not before

    assert signal.getsignal(signal.SIGINT) is before


IMPORTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from boxscore.__main__ import main
sys.argv = ["boxscore", "--version"]
main()
"""


@pytest.mark.parametrize("library", ["typer", "msgspec"])
def test_an_interrupt_while_the_command_line_is_imported_prints_nothing(tmp_path: Path, library: str) -> None:
    """It ends us as it ends any program: no traceback of half an import."""
    (tmp_path / f"{library}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")

    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
