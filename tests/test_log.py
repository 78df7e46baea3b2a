"""Events of a run and how they are written."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from contextlib import redirect_stderr
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from rich.progress import Progress

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBackend
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import BoxLost
from boxscore.log import LOGGER, event, in_run, logging_to, sample_lost_box
from boxscore.records import Outcome
from tests.boxes.test_stoppable import lose_a_box

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="lines")
def fixture_lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    with logging_to(form="json", level="debug"):
        yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_import_sets_nothing_up() -> None:
    """A library adds no handler but one that does nothing, and a warning of it goes nowhere."""
    code = (
        "import logging; from boxscore.log import event; import boxscore;"
        "event('x', logging.ERROR); print(logging.getLogger('boxscore').handlers, logging.getLogger().handlers)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[<NullHandler (NOTSET)>] []\n"
    assert done.stderr == ""


def test_a_line_of_json_for_each_event(lines: Any) -> None:
    """Time, level, name, run and fields, without those that are not known; nothing else of the record."""
    with in_run("r1"):
        event("box_opened", box=1, image=None, wall_s=0.25)

    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "event": "box_opened", "run": "r1", "box": 1, "wall_s": 0.25}


def test_texts_are_bounded_and_drive_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What a candidate says is cut, stays on its line, and reaches a terminal without control characters."""
    hostile = "\x1b[2J\r\n\u202egnp\ud800\0" + "x" * 100_000
    for form in ("json", "text"):
        with logging_to(form=form, level="info"):
            event("sample_lost_box", reason=hostile)
        (line,) = capsys.readouterr().err.splitlines()
        assert len(line) < 4_000
        assert "\x1b" not in line
        assert form == "json" or "\u202e" not in line


def test_standard_error_has_warnings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless asked, neither what is usual nor what a user was told in other words is there; quiet leaves errors."""
    with logging_to():
        event("box_opened")
        event("box_lost", logging.WARNING, box=3)
        event("node_left", logging.WARNING, shown=True)
    with logging_to(quiet=True):
        event("box_lost", logging.WARNING)

    assert [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()] == ["WARNING box_lost box=3"]


def test_who_asked_for_no_log_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """An event that has words is a sentence then, which drives no terminal, and a line of the log otherwise."""
    with logging_to():
        event("box_lost", logging.WARNING, words="it is gone:\x1b[2J", box=3)
    assert capsys.readouterr().err == "boxscore: it is gone:\\x1b[2J\n"

    with logging_to(level="info"):
        event("box_lost", logging.WARNING, words="it is gone", box=3)
    assert capsys.readouterr().err.endswith("WARNING box_lost box=3\n")


def test_asked_for_standard_error_has_all(capsys: pytest.CaptureFixture[str]) -> None:
    """With a form or a level, events are there from that level on, with those that were told."""
    with logging_to(form="json"):
        event("x", logging.DEBUG)
        event("box_opened")
        event("node_left", logging.WARNING, shown=True)

    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["box_opened", "node_left"]


def test_afterwards_all_is_as_before() -> None:
    """Handlers, level and propagation are those of whoever uses boxscore."""
    before = LOGGER.handlers[:], LOGGER.level, LOGGER.propagate

    with logging_to():
        assert LOGGER.handlers != before[0]

    assert (LOGGER.handlers, LOGGER.level, LOGGER.propagate) == before


def test_one_inside_another_takes_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """No event is written twice, and the outer one, of some events alone, is there again afterwards."""
    with logging_to(only=("box_lost",)):
        with logging_to(level="info"):
            event("box_lost", logging.WARNING, box=1)
        event("box_lost", logging.WARNING, box=2)
        event("sample_given_up", logging.WARNING)

    said = [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert said == ["WARNING box_lost box=1", "WARNING box_lost box=2"]


def test_a_live_display_and_the_log_stay_apart() -> None:
    """While progress is drawn, a line of the log is a line of its own."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=60)
    with redirect_stderr(out), logging_to(), Progress(console=console) as bar:
        bar.add_task("grade", total=3)
        bar.refresh()
        event("box_lost", logging.WARNING, box=1)

    assert any(line.endswith("WARNING box_lost box=1") for line in out.getvalue().splitlines())


def test_a_box_has_its_events(lines: Any) -> None:
    """Opened and closed, or lost with the reason; with one number and the backend's own name for it."""
    backend = StoppableBackend(FakeBackend())

    with backend.box(BoxSpec(image="i")):
        pass
    lose_a_box(backend)

    seen = [(one["event"], one["box"], one.get("reason")) for one in lines()]
    assert seen == [
        ("box_opened", 1, None),
        ("box_closed", 1, None),
        ("box_opened", 2, None),
        ("box_lost", 2, "the engine is away"),
        ("box_closed", 2, None),
    ]


def test_a_loss_and_a_retry_name_the_sample(lines: Any) -> None:
    """Each loss, what comes of it, and that a sample was given up in the end."""
    sample_lost_box("i/1", "s", 1, BoxLost("gone"), None)
    sample_lost_box("i/1", "s", 2, BoxLost("gone"), Outcome.INTERNAL)

    assert [
        (one["event"], one["level"], one["sample"], one["attempt"], one.get("outcome"), one.get("reason"))
        for one in lines()
    ] == [
        ("sample_lost_box", "warning", "s", 1, None, "gone"),
        ("sample_retried", "info", "s", 2, None, None),
        ("sample_lost_box", "warning", "s", 2, None, "gone"),
        ("sample_given_up", "warning", "s", 2, "internal", None),
    ]
