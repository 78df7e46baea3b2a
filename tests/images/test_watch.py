"""Who waits for builds is told what is built, which of how many, and for how long."""

from __future__ import annotations

import threading
from contextvars import copy_context

from boxscore.images.watch import BuildWatch, current_watch, watched_by


def test_what_is_built_and_for_how_long() -> None:
    now, told = [100.0], list[str]()
    watch = BuildWatch(tell=told.append, clock=lambda: now[0])
    watch.total = 12

    with watch.instance("a-1"), watch.step("environment", "a-1"):
        now[0] += 40
        with watch.step("image", "b-2"):
            now[0] += 3
            text = watch.text()

    assert text == "building the environment of a-1, 43 s; the image of b-2, 3 s (0 of 12 images ready)"
    assert told[0] == "building the environment of a-1 (0 of 12 images ready)"
    assert told[-1].startswith("image of a-1 is ready after")
    assert told[-1].endswith("(1 of 12 images ready)")
    assert watch.text() == ""


def test_threads_that_build_are_watched_by_who_waits() -> None:
    told: list[str] = []

    def build() -> None:
        with current_watch().step("image", "a-1"):
            pass

    with watched_by(BuildWatch(tell=told.append)):
        thread = threading.Thread(target=copy_context().run, args=(build,))
        thread.start()
        thread.join()
    build()

    assert told == ["building the image of a-1"]
