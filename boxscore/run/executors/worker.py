"""A worker on another machine: makes that ready, then grades in a thread of its own while messages come and go."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.stoppable import StoppableBackend
from boxscore.cache import cache_folder, locked
from boxscore.errors import ImageMissing, SandboxUnavailable
from boxscore.records import Outcome, Result
from boxscore.run.executors.contract import settings_for
from boxscore.run.gate import run_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader
    from boxscore.records import Conditions
    from boxscore.run.executors.contract import GraderSettings


def ready_backend(
    settings: GraderSettings,
    *,
    backend: Backend | None = None,
    bring: Callable[[GraderSettings], None] | None = None,
) -> tuple[StoppableBackend, str]:
    """Return a backend that works here, and what its image is here; an image that is missing is made or pulled once.

    `backend` and `bring` replace what the settings name and how an image is made. Raises SandboxUnavailable where
    verdicts would not be the same: another version of boxscore, another image.
    """
    check_versions(settings)
    image = settings.conditions.image
    stoppable = StoppableBackend(backend or _opened(settings))
    stoppable.check()
    # Workers that start together would all make the same image.
    with locked(cache_folder() / "node.lock"):
        stoppable.reap()
        try:
            digest = run_digest(stoppable, image)
        except ImageMissing:
            bring(settings) if bring else _bring(settings, stoppable)
            digest = run_digest(stoppable, image)
    began_in = settings.conditions.image_digest
    if settings.recipe is None and digest != began_in:
        raise SandboxUnavailable(
            f"image {image} is {digest} here and {began_in} where the run began; name it by digest"
        )
    return stoppable, digest


def check_versions(settings: GraderSettings) -> None:
    """Refuse to grade with another version than the one that prepared the run."""
    here = settings_for(settings.conditions, settings.recipe, settings.grading)
    if here != settings:
        raise SandboxUnavailable(
            f"boxscore {here.version} (grading {', '.join(here.grading.values())}) is installed here, but the run was "
            f"prepared by {settings.version} (grading {', '.join(settings.grading.values())}): install the same"
        )


def _opened(settings: GraderSettings) -> Backend:
    from boxscore.boxes.registry import open_backend  # noqa: PLC0415 - only where boxes are used

    runtime = settings.conditions.runtime
    return open_backend(settings.conditions.backend, **({} if runtime is None else {"runtime": runtime}))


def _bring(settings: GraderSettings, backend: Backend) -> None:
    from boxscore.images.store import EnvironmentImage, PublishedImage, store_of  # noqa: PLC0415 - brings the SDK

    recipe = settings.recipe
    image = settings.conditions.image or ""
    store_of(backend).ensure(PublishedImage(image) if recipe is None else EnvironmentImage(recipe))


_GATHER_S = 0.02  # results travel together this often
_LEAVE_S = 30.0


class About(Struct, frozen=True, kw_only=True):
    """Where a worker is and in what it grades."""

    host: str
    image_digest: str = ""
    engine: str | None = None


class Opened(Struct, frozen=True):
    """A grader that is ready, and what ends its running work at once."""

    grader: BatchGrader
    abandon: Callable[[], None]
    about: About


class WorkItem(Struct, frozen=True, kw_only=True):
    """A batch on its way to a worker, under a number of the ledger's own."""

    number: int
    batch: Batch


class ItemResults(Struct, frozen=True, kw_only=True):
    """Results of an item, each as soon as it is known; `finished` when there are no more."""

    number: int
    results: tuple[Result, ...] = ()
    finished: bool = False


class WorkerReport(Struct, frozen=True, kw_only=True):
    """What a worker has to tell.

    `about` is None until its grader is open. `unavailable` says why no sandbox works (any more), `failed` that the
    worker itself broke; after either it does nothing more. `left` answers the request to leave.
    """

    answers: tuple[ItemResults, ...] = ()
    about: About | None = None
    unavailable: str | None = None
    failed: str | None = None
    left: bool = False


class RemoteWorker:
    """Takes items and tells results. Its methods are called one at a time."""

    def __init__(self, open_grader: Callable[[], AbstractContextManager[Opened]]) -> None:
        self._open_grader = open_grader
        self._items: deque[WorkItem] = deque()
        self._answers: list[ItemResults] = []
        self._changed = threading.Condition()
        self._opened: Opened | None = None
        self._unavailable: str | None = None
        self._failed: str | None = None
        self._draining = self._ended = False
        self._thread = threading.Thread(target=self._work, name="boxscore-grader", daemon=True)
        self._thread.start()

    def exchange(self, items: Sequence[WorkItem], *, drain: bool, wait_s: float) -> WorkerReport:
        """Take work, and tell what became known; wait up to `wait_s` for something. To drain is to begin no more."""
        with self._changed:
            self._items.extend(items)
            if drain:
                self._draining = True
                self._answers.extend(ItemResults(number=one.number, finished=True) for one in self._items)
                self._items.clear()
            self._changed.notify_all()
            known = self._changed.wait_for(lambda: self._answers or self._unavailable or self._failed, wait_s)
        if known:
            time.sleep(_GATHER_S)
        return self._reply()

    def leave(self) -> WorkerReport:
        """End all work now, remove the boxes, and tell what was known before."""
        with self._changed:
            self._ended = True
            self._items.clear()
            opened = self._opened
            self._changed.notify_all()
        if opened is not None:
            opened.abandon()
        self._thread.join(_LEAVE_S)
        return self._reply(left=True)

    def _reply(self, *, left: bool = False) -> WorkerReport:
        with self._changed:
            answers, self._answers = tuple(self._answers), []
            return WorkerReport(
                answers=answers,
                about=None if self._opened is None else self._opened.about,
                unavailable=self._unavailable,
                failed=self._failed,
                left=left,
            )

    def _work(self) -> None:
        unavailable = failed = None
        try:
            with self._open_grader() as opened:
                with self._changed:
                    self._opened = opened
                while (item := self._next()) is not None:
                    self._grade(opened, item)
        except SandboxUnavailable as error:
            unavailable = str(error)
        except BaseException:  # noqa: BLE001 - a thread's border: told to the one who gave the work
            failed = traceback.format_exc()
        with self._changed:
            self._unavailable, self._failed = unavailable, failed
            self._changed.notify_all()

    def _next(self) -> WorkItem | None:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended)
            return None if self._ended else self._items.popleft()

    def _grade(self, opened: Opened, item: WorkItem) -> None:
        conditions = _conditions_here(item.batch.conditions, opened.about)
        for result in opened.grader.grade(item.batch):
            if self._ended and result.outcome is Outcome.INTERNAL:
                return  # the box was taken from it
            self._tell(item.number, (replace(result, conditions=conditions),))
            if self._draining:
                break  # samples that are not begun are left
        if not self._ended:
            self._tell(item.number, (), finished=True)

    def _tell(self, number: int, results: tuple[Result, ...], *, finished: bool = False) -> None:
        with self._changed:
            self._answers.append(ItemResults(number=number, results=results, finished=finished))
            self._changed.notify_all()


def _conditions_here(conditions: Conditions | None, about: About) -> Conditions | None:
    """A run's conditions with what its image is on this machine, which may have made it by itself."""
    if conditions is None or not conditions.image_digest:
        return conditions
    return replace(conditions, image_digest=about.image_digest or conditions.image_digest)


@contextmanager
def open_on_node(settings: GraderSettings) -> Iterator[Opened]:
    """Open a grader on this machine as `settings` say; raises SandboxUnavailable where it would not be the same."""
    from boxscore.boxes.contract import engine_of  # noqa: PLC0415 - only where boxes are used
    from boxscore.run.gate import grader_factory  # noqa: PLC0415 - only where boxes are used

    backend, digest = ready_backend(settings)
    about = About(host=socket.gethostname(), image_digest=digest, engine=engine_of(backend))
    try:
        with grader_factory(backend, settings.conditions.image, strict=settings.conditions.strict)() as grader:
            yield Opened(grader=grader, abandon=backend.halt, about=about)
    finally:
        backend.sweep()
