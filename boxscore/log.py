"""Events of a run, told by the standard library's `logging` under the name `boxscore`; docs/logging.md lists them.

Nothing is set up on import: whoever uses boxscore as a library adds handlers of his own, and finds an event's fields in
the record's `boxscore` attribute. What came from a candidate is cut and written so that it can drive no terminal.
"""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from boxscore.invisible import escaped
from boxscore.shown_json import printable_json
from boxscore.workflow_commands import without_commands

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

LOGGER = logging.getLogger("boxscore")
LOGGER.addHandler(logging.NullHandler())

FORMATS = ("text", "json")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_TEXT_CHARS = 500
_run: ContextVar[str | None] = ContextVar("run", default=None)

Field = str | int | float | bool | None


def event(
    name: str, level: int = logging.INFO, *, shown: bool = False, words: str | None = None, **fields: Field
) -> None:
    """Tell of an event. `shown` says that whoever runs a command has been told in other words.

    `words` are a sentence for people who asked for no log.
    """
    if LOGGER.isEnabledFor(level):
        about = {"run": run, **fields} if (run := _run.get()) is not None else fields
        kept = {key: _short(value) for key, value in about.items() if value is not None}
        LOGGER.log(level, name, extra={"boxscore": kept, "boxscore_shown": shown, "boxscore_words": words})


def sample_lost_box(  # noqa: PLR0913 - what there is to tell
    instance: str, sample: str, attempt: int, error: BaseException, outcome: str | None, *, shown: bool = False
) -> None:
    """Tell that a sample lost its box at an attempt, and what comes of it: without an outcome it is tried again.

    `shown` as of an event: of what many samples have in common, people have been told once.
    """
    level, reason = logging.WARNING, str(error)
    event("sample_lost_box", level, shown=shown, instance=instance, sample=sample, attempt=attempt, reason=reason)
    if outcome is None:
        event("sample_retried", instance=instance, sample=sample, attempt=attempt + 1)
    else:
        event("sample_given_up", level, shown=shown, instance=instance, sample=sample, attempt=attempt, outcome=outcome)


def since(began: float) -> float:
    """Seconds since a moment of `time.monotonic`, as events have them."""
    return round(time.monotonic() - began, 3)


@contextmanager
def in_run(run_id: str) -> Iterator[None]:
    """Name the run in all events of this context."""
    token = _run.set(run_id)
    try:
        yield
    finally:
        _run.reset(token)


@contextmanager
def logging_to(
    *,
    form: str | None = None,
    level: str | None = None,
    quiet: bool = False,
    only: Collection[str] = (),
) -> Iterator[None]:
    """Write events as a command line asks; put back what was there.

    Events of `level` and above go to standard error, from `info` on where only a form is asked for; without either,
    warnings do that nobody has been told of, and with `quiet` errors alone. `only`, if it names events, leaves those
    alone. A call within another one replaces it until it ends.
    """
    handler = _Stderr()
    if form is None and level is None:
        handler.setFormatter(Words())
        handler.setLevel(logging.ERROR if quiet else logging.WARNING)
        handler.addFilter(lambda record: not getattr(record, "boxscore_shown", False))
    else:
        handler.setFormatter(JsonLines() if form == "json" else TextLines())
        handler.setLevel(LEVELS[level or "info"])
    if only:
        handler.addFilter(lambda record: record.msg in only)
    before, propagate = LOGGER.level, LOGGER.propagate
    outer = [one for one in LOGGER.handlers if isinstance(one, _Stderr)]
    LOGGER.setLevel(handler.level)
    LOGGER.propagate = False
    _exchange(outer, [handler])
    try:
        yield
    finally:
        _exchange([handler], outer)
        handler.close()
        LOGGER.setLevel(before)
        LOGGER.propagate = propagate


class JsonLines(logging.Formatter):
    """A line of JSON for each event: `time`, `level`, `event`, then its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line."""
        return without_commands(printable_json(msgspec.json.encode({**_head(record), **_fields(record)})).decode())


class TextLines(logging.Formatter):
    """A line of text for each event."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line."""
        head, fields = _head(record), _fields(record)
        words = [f"{key}={_word(value)}" for key, value in fields.items()]
        return without_commands(" ".join((head["time"], head["level"].upper(), head["event"], *words)))


class Words(TextLines):
    """What an event has been given to say to people, as commands say it; a line of text for one without."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line."""
        words = getattr(record, "boxscore_words", None)
        if words is None:
            return super().format(record)
        return without_commands(f"boxscore: {escaped(str(_short(words)))}")


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # not generic when it runs on Python 3.11
    """Writes where standard error is now: a live display moves it above itself."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            self.stream = sys.stderr
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Lose the line: a run does not end because nobody can read its log."""


def _exchange(old: Iterable[logging.Handler], new: Iterable[logging.Handler]) -> None:
    for handler in old:
        LOGGER.removeHandler(handler)
    for handler in new:
        LOGGER.addHandler(handler)


def _head(record: logging.LogRecord) -> dict[str, str]:
    when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    message = str(_short(record.getMessage()))
    return {"time": when, "level": record.levelname.lower(), "event": message}


def _fields(record: logging.LogRecord) -> dict[str, Field]:
    fields: dict[str, Field] = getattr(record, "boxscore", {})
    return fields


def _short(value: Field) -> Field:
    if not isinstance(value, str):
        return value
    text = value.encode(errors="backslashreplace").decode()  # no halves of surrogate pairs
    return text if len(text) <= _TEXT_CHARS else f"{text[:_TEXT_CHARS]}…"


def _word(value: Field) -> str:
    """A value for people: quoted where it is not one plain word, and never anything that drives a terminal."""
    text = str(value)
    if text.isascii() and text.isprintable() and text and not set(text) & set(' "='):
        return text
    return ascii(text)
