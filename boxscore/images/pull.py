"""Images from a registry: by digest, patiently, and perhaps from another registry than the one named."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from boxscore.errors import ImageMissing, SandboxUnavailable, UsageError
from boxscore.images.engine import engine
from boxscore.images.layers import PINNED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from docker import DockerClient

_DIGEST_S = 60
_PULL_ATTEMPTS = 6
_FIRST_WAIT_S = 2.0
_LONGEST_WAIT_S = 120.0


def pull_pinned(pinned: str, *, say: Callable[[str], None] = lambda _: None) -> None:
    """Pull an image by its digest, and look through its files.

    A registry that limits its rate is asked again, ever more slowly. Raises UsageError for a reference that is not
    `repository@sha256:…`, ImageMissing when the registry has no such image, SandboxUnavailable for privileged files.
    """
    from boxscore.images.inspect import privileged_files  # noqa: PLC0415 - brings the SDK

    with engine(f"pulling {pinned}") as client:
        source = pull_by_digest(client, pinned, mirror=None, say=say)
        found = privileged_files(client, source)
        if found:
            raise SandboxUnavailable(f"{source} holds privileged files ({', '.join(found[:5])}): refused")


def pull_by_digest(client: DockerClient, pinned: str, *, mirror: str | None, say: Callable[[str], None]) -> str:
    """Pull `pinned` as it is, its files not looked through, and say by which name it is here now."""
    if not PINNED.fullmatch(pinned):
        raise UsageError(f"{pinned!r} is not pinned: give repository@sha256:<64 hex digits>")
    source = with_mirror(pinned, mirror)
    repository, _, digest = source.partition("@")
    say(f"pulling {source}")
    pull_patiently(lambda: client.api.pull(repository, tag=digest, stream=True, decode=True), source)
    return source


def resolve_digest(image: str, *, mirror: str | None = None) -> str:
    """Ask a registry, by the engine, which digest a tag has now. Raises ImageMissing, SandboxUnavailable."""
    source = with_mirror(image, mirror)
    with engine(f"asking for the digest of {source}", _DIGEST_S) as client:
        return str(client.images.get_registry_data(source).id)


def with_mirror(pinned: str, mirror: str | None) -> str:
    """Name the same image in another registry: `python@…` becomes `mirror/library/python@…`."""
    if not mirror:
        return pinned
    path = without_registry(pinned)
    return f"{mirror}/{path}" if "/" in pinned else f"{mirror}/library/{path}"


def without_registry(name: str) -> str:
    """Name an image without the host that it comes from."""
    host, _, path = name.partition("/")
    return path if path and ("." in host or ":" in host or host == "localhost") else name


def pull_patiently(
    attempt: Callable[[], Iterable[Mapping[str, Any]]],
    what: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run `attempt`, an engine's stream of events, to its end; again, with growing pauses, while told "too many".

    Raises ImageMissing if the image is not there or not to be had, SandboxUnavailable if the limit does not lift.
    """
    import tenacity  # noqa: PLC0415 - keeps `boxscore --help` fast

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_RateLimitedError),
        wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S),
        stop=tenacity.stop_after_attempt(_PULL_ATTEMPTS),
        sleep=sleep,
    )
    try:
        retrying(_pull_once, attempt, what)
    except tenacity.RetryError as error:
        raise SandboxUnavailable(
            f"{what}: the registry limits its rate (asked {_PULL_ATTEMPTS} times); log in, wait, or use a mirror"
        ) from error


class _RateLimitedError(Exception):
    """The registry said: too many requests."""


def _pull_once(attempt: Callable[[], Iterable[Mapping[str, Any]]], what: str) -> None:
    import docker.errors  # noqa: PLC0415 - brings the SDK

    try:
        # Read to the end even after an error, or the engine's connection stays open.
        problems = [str(event["error"]) for event in attempt() if "error" in event]
    except docker.errors.APIError as error:
        problems = [f"{error.status_code} {error.explanation}"]
    if not problems:
        return
    problem = problems[0]
    if re.search(r"toomanyrequests|too many requests|\b429\b", problem, re.IGNORECASE):
        raise _RateLimitedError(problem)
    raise ImageMissing(f"cannot pull {what}: {problem[:500]}")
