"""Who waits for builds is told what is built, which of how many, and for how long."""

from __future__ import annotations

import threading
from contextvars import copy_context

import pytest

from boxscore.errors import SandboxUnavailable
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


def test_what_is_learned_before_samples_are_graded() -> None:
    now, told = [0.0], list[str]()
    watch = BuildWatch(tell=told.append, clock=lambda: now[0])
    watch.total = 2

    with watch.work("learning what tests hide"):
        now[0] += 7
        alone = watch.text()
        with watch.step("image", "b-2"):
            both = watch.text()

    assert told[0] == "learning what tests hide"
    assert alone == "learning what tests hide, 7 s"
    assert both == "building the image of b-2, 0 s (0 of 2 images ready); learning what tests hide, 7 s"
    assert watch.text() == ""


def test_a_cause_is_told_once() -> None:
    told: list[str] = []
    watch = BuildWatch(tell=told.append)
    watch.total = 2

    for cause in ("no network", "no network", "no room", "no network"):
        with pytest.raises(SandboxUnavailable), watch.instance("a-1"):
            raise SandboxUnavailable(cause)
    watch.refuse("b-2", "no network")
    with watch.step("image", "c-3"):
        assert watch.text().endswith("(0 of 2 images ready, 2 failed)")

    assert told[:3] == ["no image for a-1: no network", "no image for a-1: no room", "no image for b-2: no network"]
    assert watch.has_reported("the reference could not be graded: no room")
    assert not watch.has_reported("no engine answers")


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
