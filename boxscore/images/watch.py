"""Show what keeps samples from being graded yet: which image is built, of how many, and what is learned of tests.

All this happens deep in a run, in worker threads; the watcher is found through the context that these threads inherit.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import first_of
from boxscore.errors import BoxscoreError
from boxscore.log import event, since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHOWN = 2  # of what is at work at once
_COMPARED = 150  # characters of a cause, as others may cut it


class _Step(Struct, frozen=True):
    """Something at work, since when; of a build, which layer for which instance, else in words of its own."""

    text: str
    began: float
    builds: bool


class BuildWatch:
    """Counts images as they become ready and knows what is at work.

    `tell` takes a line of how it goes, `notice` one that should be read; both are called from any thread. `total` is
    how many images are missing, None while that is not known. `causes` are those of the images that could not be had,
    each told once: further tries, and samples, have the same. `failures` are for whoever brings images, to note what
    they tried in vain.
    """

    def __init__(self, *, tell: Callable[[str], object] = id, clock: Callable[[], float] = time.monotonic) -> None:
        self.tell = self.notice = tell
        self.ready = 0
        self.causes: dict[str, list[str]] = {}
        self.failures: dict[str, list[str]] = {}
        self._clock, self._lock = clock, threading.Lock()
        self._steps: dict[int, _Step] = {}
        self._graded: dict[int, _Step] = {}  # what each thread grades
        self.total: int | None = None

    @contextmanager
    def step(self, kind: str, name: str) -> Iterator[None]:
        """Tell that a layer is being built for as long as the block runs."""
        event("image_started", kind=kind, instance=name, ready=self.ready, of=self.total)
        self.tell(f"building {_of(kind, name)}{self._counts()}")
        with self._shown(_Step(_of(kind, name), self._clock(), builds=True)):
            yield

    @contextmanager
    def work(self, text: str) -> Iterator[None]:
        """Tell of something that is done once for many samples, such as `learning …`, for as long as the block runs."""
        self.tell(text)
        with self._shown(_Step(text, self._clock(), builds=False)):
            yield

    @contextmanager
    def grading(self, text: str) -> Iterator[None]:
        """Know what this thread grades for as long as the block runs, in place of what it was known to grade before."""
        thread = threading.get_ident()
        with self._lock:
            before = self._graded.get(thread)
            self._graded[thread] = _Step(text, self._clock(), builds=False)
        try:
            yield
        finally:
            with self._lock:
                if before is None:
                    del self._graded[thread]
                else:
                    self._graded[thread] = before

    @contextmanager
    def _shown(self, step: _Step) -> Iterator[None]:
        with self._lock:
            self._steps[id(step)] = step
        try:
            yield
        finally:
            with self._lock:
                del self._steps[id(step)]

    @contextmanager
    def instance(self, name: str) -> Iterator[None]:
        """Count an instance's image when the block has it, or could not have it."""
        began = time.monotonic()
        try:
            yield
        except BoxscoreError as error:
            event("image_failed", logging.WARNING, shown=True, instance=name, reason=str(error), wall_s=since(began))
            self._missing(name, str(error))
            raise
        with self._lock:
            self.ready += 1
            self.causes.pop(name, None)
        event("image_ready", instance=name, ready=self.ready, of=self.total, wall_s=since(began))
        self.tell(f"image of {name} is ready after {time.monotonic() - began:.0f} s{self._counts()}")

    def has_reported(self, text: str) -> bool:
        """Whether a text repeats why an image could not be had."""
        with self._lock:
            return any(cause[:_COMPARED] in text for causes in self.causes.values() for cause in causes)

    def _missing(self, name: str, cause: str) -> None:
        with self._lock:
            reported = self.causes.setdefault(name, [])
            if cause in reported:
                return
            reported.append(cause)
        self.notice(f"no image for {name}: {cause}")

    def text(self) -> str:
        """What is at work, in a line; "" if nothing is."""
        with self._lock:
            steps = sorted(self._steps.values(), key=lambda step: step.began)
        if not steps:
            return ""
        now = self._clock()
        builds = [f"{step.text}, {now - step.began:.0f} s" for step in steps if step.builds]
        others = [f"{step.text}, {now - step.began:.0f} s" for step in steps if not step.builds]
        shown = [f"building {first_of(builds, _SHOWN, '; ')}{self._counts()}"] if builds else []
        return "; ".join([*shown, first_of(others, _SHOWN, "; ")] if others else shown)

    def grading_text(self) -> str:
        """What is graded, in a line; "" if nothing is."""
        with self._lock:
            steps = sorted(self._graded.values(), key=lambda step: step.began)
        now = self._clock()
        shown = first_of([f"{step.text}, {now - step.began:.0f} s" for step in steps], _SHOWN, "; ")
        return f"grading {shown}" if steps else ""

    def _counts(self) -> str:
        if self.total is None:
            return ""
        failed = f", {len(self.causes)} failed" if self.causes else ""
        return f" ({self.ready} of {self.total} images ready{failed})"


def _of(kind: str, name: str) -> str:
    return f"the {kind} of {name}"


_watch: ContextVar[BuildWatch | None] = ContextVar("watch", default=None)


def current_watch() -> BuildWatch:
    """The watcher of builds in this context; a silent one if none was set."""
    return _watch.get() or BuildWatch()


@contextmanager
def watched_by(watch: BuildWatch) -> Iterator[BuildWatch]:
    """Watch the builds of this context, and of threads that are given a copy of it."""
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)
