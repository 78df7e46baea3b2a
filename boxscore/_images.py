"""Images for boxes: `boxscore images build|pull|check|clean`, and which image this version wants.

`reference` needs no engine. Everything else raises SandboxUnavailable, with what to do, when none answers.
"""

from __future__ import annotations

import re
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore._errors import ImageMissing, SandboxUnavailable, UsageError
from boxscore._image_recipes import KIND, LABEL, Recipe, recipe, recipes, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from docker import DockerClient

    from boxscore._image_build import BuildOptions

__all__ = ["ImageInfo", "build", "check", "clean", "pull", "reference", "with_mirror"]

_ENGINE_S = 600
_PULL_ATTEMPTS = 6
_FIRST_WAIT_S = 2.0
_LONGEST_WAIT_S = 120.0
PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}")


class ImageInfo(Struct, frozen=True, kw_only=True):
    """One image as it is here.

    `digest` is its content's (the engine's image id), `base` what it was built on, `created` an ISO time. All but
    `name`, `reference` and `present` are None for an image that is missing. `privileged` lists files that give their
    user more rights (there should be none); None where nobody looked.
    """

    name: str
    reference: str
    present: bool
    digest: str | None = None
    size_bytes: int | None = None
    created: str | None = None
    age_s: float | None = None
    base: str | None = None
    privileged: tuple[str, ...] | None = None


def build(
    names: Sequence[str] = (),
    *,
    options: BuildOptions | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[ImageInfo, ...]:
    """Build the images that are missing (all of them with `options.force`) and describe them all.

    `names` default to every recipe that is not built on demand; `say` is told what is going on, a line at a time.
    """
    from boxscore import _image_build  # noqa: PLC0415 - brings the SDK, which is slow to import

    options = options or _image_build.BuildOptions.from_environment()
    wanted = _recipes(names) if names else tuple(one for one in recipes() if not one.on_demand)
    with closing(open_engine()) as client:
        for one in wanted:
            if options.force or not _describe(client, one).present:
                _image_build.build_image(client, one, options, say)
        return tuple(_describe(client, one) for one in wanted)


def check(names: Sequence[str] = ()) -> tuple[ImageInfo, ...]:
    """Describe the image of each recipe, present or missing, and look through its files.

    Without `names`, recipes that are built on demand are passed over where they are missing.
    """
    with closing(open_engine()) as client:
        found = [(one, _describe(client, one, look_inside=True)) for one in _recipes(names)]
    return tuple(info for one, info in found if info.present or names or not one.on_demand)


def pull(
    name: str,
    pinned: str,
    *,
    mirror: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> ImageInfo:
    """Get a recipe's image from a registry and let it serve as `reference(name)`.

    `pinned` is `repository@sha256:…`: never a tag, which could be anything tomorrow. `mirror` is a registry's
    `host[:port]` to ask in place of the one named. A registry that limits its rate is asked again, ever more slowly.
    Raises UsageError for a reference that is not pinned, ImageMissing when the registry has no such image.
    """
    one = recipe(name)
    with closing(open_engine()) as client:
        pull_as(client, pinned, one.reference, mirror=mirror, say=say)
        return _describe(client, one)


def pull_as(
    client: DockerClient, pinned: str, target: str, *, mirror: str | None = None, say: Callable[[str], None]
) -> None:
    """Pull `pinned` and name it `target`, once its files have been looked through; see `pull`."""
    source = _pulled(client, pinned, mirror, say)
    client.images.get(source).tag(*target.split(":"))


def pull_pinned(pinned: str, *, say: Callable[[str], None] = lambda _: None) -> None:
    """Pull an image that is no recipe's by its digest; see `pull`."""
    with closing(open_engine()) as client:
        _pulled(client, pinned, None, say)


def _pulled(client: DockerClient, pinned: str, mirror: str | None, say: Callable[[str], None]) -> str:
    from boxscore._image_build import privileged_files  # noqa: PLC0415 - brings the SDK

    source = pull_unseen(client, pinned, mirror=mirror, say=say)
    found = privileged_files(client, source)
    if found:
        raise SandboxUnavailable(f"{source} holds privileged files ({', '.join(found[:5])}): refused")
    return source


def pull_unseen(client: DockerClient, pinned: str, *, mirror: str | None, say: Callable[[str], None]) -> str:
    """Pull `pinned` as it is, its files not looked through, and say by which name it is here now; see `pull`."""
    if not PINNED.fullmatch(pinned):
        raise UsageError(f"{pinned!r} is not pinned: give repository@sha256:<64 hex digits>")
    source = with_mirror(pinned, mirror)
    repository, _, digest = source.partition("@")
    say(f"pulling {source}")
    pull_patiently(lambda: client.api.pull(repository, tag=digest, stream=True, decode=True), source)
    return source


def with_mirror(pinned: str, mirror: str | None) -> str:
    """Name the same image in another registry: `python@…` becomes `mirror/library/python@…`."""
    if not mirror:
        return pinned
    host, _, path = pinned.partition("/")
    if path and ("." in host or ":" in host or host == "localhost"):
        return f"{mirror}/{path}"
    return f"{mirror}/{pinned}" if path else f"{mirror}/library/{pinned}"


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

    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_RateLimitedError),
        wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S),
        stop=tenacity.stop_after_attempt(_PULL_ATTEMPTS),
        sleep=sleep,
    )
    try:
        again(_pull_once, attempt, what)
    except tenacity.RetryError as error:
        raise SandboxUnavailable(
            f"{what}: the registry limits its rate (asked {_PULL_ATTEMPTS} times); log in, wait, or use a mirror"
        ) from error


def clean(
    *,
    everything: bool = False,
    say: Callable[[str], None] = lambda _: None,
    connect: Callable[[], DockerClient] | None = None,
) -> tuple[str, ...]:
    """Remove our images that no recipe of this version wants, or all of ours; return what was removed.

    Only images that carry our label count as ours. One that is in use stays, and `say` is told; so do images of
    instances and what they are built on, unless all are to go: `_tree_image_disk.evict` removes them. `connect` finds
    the engine, the usual one unless given.
    """
    import docker.errors  # noqa: PLC0415 - brings the SDK

    wanted = {name for one in recipes() for name in (one.reference, one.base_reference)}
    removed = []
    with closing((connect or open_engine)()) as client:
        for image in client.images.list(filters={"label": f"{LABEL}=1"}):
            for target in image.tags or [str(image.id)]:
                if not everything and (target in wanted or (image.tags and KIND in image.labels)):
                    continue
                try:
                    client.images.remove(target, noprune=False)
                    removed.append(target)
                except docker.errors.ImageNotFound:
                    pass  # went away together with one removed before
                except docker.errors.APIError as error:
                    say(f"{target} stays: {error.explanation}")
    return tuple(removed)


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


def _recipes(names: Sequence[str]) -> tuple[Recipe, ...]:
    return tuple(recipe(name) for name in names) if names else recipes()


def open_engine(timeout_s: int = _ENGINE_S) -> DockerClient:
    """Connect to the Docker engine. Raises SandboxUnavailable, with what to do, when none answers."""
    import docker  # noqa: PLC0415 - slow to import
    import docker.errors  # noqa: PLC0415
    import requests  # noqa: PLC0415

    client = None
    try:
        client = docker.from_env(timeout=timeout_s)
        client.ping()
    except (docker.errors.DockerException, requests.RequestException) as error:
        if client is not None:
            client.close()
        raise SandboxUnavailable(f"no Docker engine answers: start one, or set DOCKER_HOST ({error})") from error
    return client


def _describe(client: DockerClient, one: Recipe, *, look_inside: bool = False) -> ImageInfo:
    import docker.errors  # noqa: PLC0415 - brings the SDK

    from boxscore._image_build import privileged_files  # noqa: PLC0415 - brings the SDK

    try:
        image = client.images.get(one.reference)
    except docker.errors.ImageNotFound:
        return ImageInfo(name=one.name, reference=one.reference, present=False)
    created = str(image.attrs["Created"])
    return ImageInfo(
        name=one.name,
        reference=one.reference,
        present=True,
        digest=str(image.id),
        size_bytes=int(image.attrs["Size"]),
        created=created,
        age_s=_age(created),
        base=image.labels.get(f"{LABEL}.base"),
        privileged=privileged_files(client, one.reference) if look_inside else None,
    )


def _age(created: str) -> float | None:
    """Seconds since an engine's time stamp, which has nanoseconds that `fromisoformat` may refuse."""
    try:
        then = datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", created))
    except ValueError:
        return None
    return (datetime.now(UTC) - then).total_seconds()
