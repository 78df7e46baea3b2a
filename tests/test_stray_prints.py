"""What code that is not ours prints, while others print too."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from typing import TYPE_CHECKING

from boxscore.stray_prints import prints_to_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def write(text: str) -> None:
    """Print a line, wherever that goes now."""
    sys.stdout.write(f"{text}\n")


def in_thread(work: Callable[[], None], name: str = "other") -> None:
    """Do something in another thread."""
    thread = threading.Thread(target=work, name=name)
    thread.start()
    thread.join()


def test_a_thread_that_prints_meanwhile_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints is not ours to move; what the block's own thread prints goes to standard error."""
    with prints_to_stderr():
        write("stray")
        in_thread(lambda: write("own"))

    assert capsys.readouterr() == ("own\n", "stray\n")


def test_threads_may_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    """As those of a library that prints in threads of its own."""
    with prints_to_stderr(threads="ray_"):
        in_thread(lambda: write("stray"), name="ray_print_logs")
        in_thread(lambda: write("own"))
    in_thread(lambda: write("later"), name="ray_print_logs")

    assert capsys.readouterr() == ("own\nlater\n", "stray\n")


def test_afterwards_standard_output_is_as_before() -> None:
    """Also after an error, and after a block within a block."""
    before = sys.stdout
    with contextlib.suppress(ValueError), prints_to_stderr(), prints_to_stderr():
        raise ValueError

    assert sys.stdout is before


def test_blocks_of_two_threads_may_overlap(capsys: pytest.CaptureFixture[str]) -> None:
    """The first to begin may be the first to end."""
    before, begun, over = sys.stdout, threading.Event(), threading.Event()

    def other() -> None:
        with prints_to_stderr():
            begun.set()
            over.wait(10)
            write("stray")

    with prints_to_stderr():
        thread = threading.Thread(target=other)
        thread.start()
        begun.wait(10)
    write("own")
    over.set()
    thread.join()

    assert capsys.readouterr() == ("own\n", "stray\n")
    assert sys.stdout is before


def test_what_somebody_else_put_in_its_place_stays() -> None:
    """Whoever redirects standard output meanwhile gets what he asked for, and puts it back himself."""
    before, place = sys.stdout, io.StringIO()
    with contextlib.ExitStack() as stack:
        with prints_to_stderr():
            stack.enter_context(contextlib.redirect_stdout(place))
            write("elsewhere")
        assert sys.stdout is place
    sys.stdout = before

    assert place.getvalue() == "elsewhere\n"


def test_who_makes_it_the_standard_error_too_prints_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Foreign code may point one at the other, also when the block is over."""
    with prints_to_stderr(), contextlib.redirect_stderr(sys.stdout):
        write("stray")
        sys.stderr.write("error\n")

    assert capsys.readouterr() == ("", "stray\nerror\n")


def test_what_was_kept_of_it_prints_on(capsys: pytest.CaptureFixture[str]) -> None:
    """A handler of a log that a plugin makes when it is loaded outlives that."""
    with prints_to_stderr():
        kept = sys.stdout
    kept.write("kept\n")

    assert capsys.readouterr().out == "kept\n"


def test_without_standard_error_it_goes_where_it_would(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may have none."""
    with monkeypatch.context() as context, prints_to_stderr():
        context.setattr(sys, "stderr", None)
        write("own")

    assert capsys.readouterr().out == "own\n"
