"""Ways of making boxes, by name: those that ship with boxscore, and those of installed packages.

A package brings its backend by an entry point in the group `boxscore.backends`, whose name users choose it by and whose
object makes a `boxscore.boxes.contract.Backend` from its options: a class, say. Each is imported when it is asked for.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from boxscore.errors import HarnessError, SandboxUnavailable, UsageError
from boxscore.interrupt import Interrupted
from boxscore.log import event
from boxscore.stray_prints import prints_to_stderr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint

    from boxscore.boxes.contract import Backend

__all__ = ["CHOSEN", "GROUP", "NAMES", "auto_backend", "backend_names", "installed_version", "open_backend"]

GROUP = "boxscore.backends"
BUILT_IN = {
    "docker": "boxscore.boxes.docker.backend:DockerBackend",
    "local": "boxscore.boxes.local.backend:LocalBackend",
    "fake": "boxscore.boxes.fake:FakeBackend",
}
NAMES = tuple(BUILT_IN)
CHOSEN = ("docker", "local")  # what `auto` may be, the better first
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_MEMBERS = ("name", "capabilities", "check", "image_digest", "box", "network", "reap")


def backend_names() -> tuple[str, ...]:
    """The names of all backends that are here. Raises HarnessError for two of one name."""
    return (*NAMES, *_installed())


def open_backend(name: str, **options: Any) -> Backend:
    """Make the backend called `name` with its own options; nothing is started or checked yet.

    Raises UsageError for a name that does not exist or an option that the backend does not have, HarnessError for a
    package's backend that cannot be used.
    """
    if name not in BUILT_IN and name not in _installed():
        offered = ", ".join(one for one in backend_names() if one != "fake")  # which no command line takes
        raise UsageError(
            f"there is no backend {name!r}; choose one of auto, {offered}, or install the package "
            f"that brings it (by an entry point in the group {GROUP})"
        )
    make = _built_in(name) if name in BUILT_IN else _loaded(name)
    try:
        backend = make(**options)
    except TypeError as error:
        raise UsageError(f"backend {name!r} does not take the options {', '.join(sorted(options))}: {error}") from error
    return backend if name in BUILT_IN else _checked(name, backend)


def installed_version(name: str) -> str | None:
    """Which version of which package brings a backend; None for those that ship with boxscore, or are not here."""
    point = None if name in BUILT_IN else _installed().get(name)
    if point is None:
        return None
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def auto_backend(needs: frozenset[str] = frozenset()) -> Backend:
    """Give the first backend that works here: docker if an engine answers, else local if that can do what is needed.

    Logs, the first time, why an engine that DOCKER_HOST names is passed over. Raises SandboxUnavailable that says what
    to install when none works.
    """
    reasons: list[str] = []
    named = os.environ.get("DOCKER_HOST")
    able = [name for name in CHOSEN if not needs or needs <= open_backend(name).capabilities] or list(CHOSEN)
    for name in able:
        try:
            backend = open_backend(name)
            backend.check()
        except SandboxUnavailable as error:
            if len(able) == 1:
                raise
            first, *details = error.lines()
            reasons += [f"{name}: {first}", *(f"- {one}" for one in details)]
        else:
            if reasons and named:
                _tell_passed_over(name, reasons[0])
            return backend
    raise SandboxUnavailable(
        "no sandbox works here, and boxscore runs no code without one; fix one of these",
        details=(*reasons, "`boxscore doctor` looks at all that a sandbox needs"),
    )


@cache
def _tell_passed_over(chosen: str, reason: str) -> None:
    words = f"{reason}; the {chosen} backend takes its place"
    event("backend_passed_over", logging.WARNING, words=words, chosen=chosen, reason=reason)


def _built_in(name: str) -> Callable[..., Backend]:
    module, _, thing = BUILT_IN[name].partition(":")
    return cast("Callable[..., Backend]", getattr(importlib.import_module(module), thing))


@cache
def _installed() -> Mapping[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in found or point.name in (*NAMES, "auto", "all") or not _NAME.fullmatch(point.name):
            other = f" ({found[point.name].value})" if point.name in found else ""
            raise HarnessError(f"entry point {point.name} = {point.value}: no backend may have this name{other}")
        found[point.name] = point
    return found


def _loaded(name: str) -> Callable[..., Backend]:
    point = _installed()[name]
    try:
        with prints_to_stderr():
            return cast("Callable[..., Backend]", point.load())
    except Interrupted:
        raise
    except (Exception, SystemExit) as error:  # a plugin may raise anything when it is imported
        raise HarnessError(
            f"entry point {name} = {point.value} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _checked(name: str, backend: Backend) -> Backend:
    missing = [member for member in _MEMBERS if not hasattr(backend, member)]
    if missing:
        raise HarnessError(f"backend {name!r} has no {missing[0]!r}; boxscore.Backend says what one must have")
    if backend.name != name:
        raise HarnessError(f"backend {name!r} calls itself {backend.name!r}: results would name what is not there")
    return backend
