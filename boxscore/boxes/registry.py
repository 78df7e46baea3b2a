"""Ways of making boxes, by name; each is imported only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.errors import SandboxUnavailable, UsageError

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

__all__ = ["NAMES", "auto_backend", "open_backend"]


def open_backend(name: str, **options: Any) -> Backend:
    """Make the backend called `name` with its own options; nothing is started or checked yet.

    Raises UsageError for a name that does not exist or an option that the backend does not have.
    """
    if name not in _CHOICES:
        raise UsageError(f"there is no backend {name!r}; choose one of auto, {', '.join(NAMES)}")
    try:
        return _CHOICES[name](**options)
    except TypeError as error:
        raise UsageError(f"backend {name!r} does not take the options {', '.join(sorted(options))}: {error}") from error


def auto_backend() -> Backend:
    """Give the first backend that works here: docker if an engine answers, else local.

    Raises SandboxUnavailable that says what to install when none works.
    """
    reasons: list[str] = []
    for name in ("docker", "local"):
        try:
            backend = open_backend(name)
            backend.check()
        except SandboxUnavailable as error:
            first, *details = error.lines()
            reasons += [f"{name}: {first}", *(f"- {one}" for one in details)]
        else:
            return backend
    raise SandboxUnavailable(
        "no sandbox works here, and boxscore runs no code without one; mend one of these",
        details=(*reasons, "`boxscore doctor` looks at all that a sandbox needs"),
    )


def _docker(**options: Any) -> Backend:
    from boxscore.boxes.docker.backend import DockerBackend  # noqa: PLC0415 - loads the Docker SDK

    return DockerBackend(**options)


def _local(**options: Any) -> Backend:
    from boxscore.boxes.local.backend import LocalBackend  # noqa: PLC0415 - needed only when chosen

    return LocalBackend(**options)


def _fake(**options: Any) -> Backend:
    from boxscore.boxes.fake import FakeBackend  # noqa: PLC0415 - needed only when chosen

    return FakeBackend(**options)


_CHOICES = {"docker": _docker, "local": _local, "fake": _fake}
NAMES = tuple(_CHOICES)
