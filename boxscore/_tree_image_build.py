"""Building instance images: bases, environments, instances, each once, several at a time.

Everything here talks to the engine through the SDK; nothing of an image's content runs on this machine.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING, Any

import docker.errors
from msgspec.structs import replace

from boxscore._data import cache_folder
from boxscore._errors import ImageMissing, SandboxUnavailable
from boxscore._image_build import BuildOptions, build_image, follow
from boxscore._image_recipes import KIND, LABEL, recipe
from boxscore._images import open_engine, pull_unseen, with_mirror
from boxscore._tree_image_check import check_reference
from boxscore._tree_image_python import pack_interpreter
from boxscore._tree_image_recipe import (
    CERTIFICATE_VARIABLES,
    CERTIFICATES,
    DOCKERFILE,
    OURS,
    REGISTRY_VARIABLES,
    Layer,
    environment_layer,
    instance_layer,
    interpreter_layer,
    interpreter_version,
    tree_context,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from docker import DockerClient

    from boxscore._patch_task import TreeImage

_SILENCE_S = 3600  # the longest that an instruction of a build may take without a word
_CHATTER = re.compile(r" ---> |Removing intermediate container")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LINE_CHARS = 400
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def ensure_recipe(name: str, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have a recipe of `images/` here."""
    with closing(open_engine(_SILENCE_S)) as client:
        one = recipe(name)
        if not is_present(client, one.reference):
            build_image(client, one, options, say)


def ensure_interpreter(base: str, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have the interpreter of a base `patch-python-X.Y` here, on a recipe that is here; other bases need nothing."""
    layer = interpreter_layer(base)
    if layer is None:
        return
    with closing(open_engine(_SILENCE_S)) as client:
        if not is_present(client, layer.reference):
            _build_interpreter(client, layer, options, say)


def ensure_environment(image: TreeImage, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have an instance's environment here, on a base that is here."""
    layer = environment_layer(image)
    if layer is None:
        return
    with closing(open_engine(_SILENCE_S)) as client:
        if not is_present(client, layer.reference):
            _build(client, layer, options, say, parent=layer.parent)


def ensure_instance(image: TreeImage, options: BuildOptions, mirror: str | None, say: Callable[[str], None]) -> None:
    """Have an instance's image here, on an environment that is here or a pinned image that is pulled; then check it."""
    layer = instance_layer(image)
    with closing(open_engine(_SILENCE_S)) as client:
        if is_present(client, layer.reference) and not options.force:
            return
        parent, pulled = _pull(client, image.pinned, mirror, say) if image.pinned else (layer.parent, False)
        try:
            _build(client, layer, options, say, parent=parent)
        finally:
            if pulled:  # its layers stay as long as an image needs them, its name does not
                _untag(client, parent)
        found = check_reference(client, image)
        if not found.ok:
            _untag(client, layer.reference)
            raise SandboxUnavailable(f"{layer.reference} is not sealed: {'; '.join(found.problems)}")


def is_present(client: DockerClient, reference: str) -> bool:
    """Whether an image is here."""
    try:
        client.images.get(reference)
    except docker.errors.ImageNotFound:
        return False
    return True


def _pull(client: DockerClient, pinned: str, mirror: str | None, say: Callable[[str], None]) -> tuple[str, bool]:
    """Have a pinned image here; say by which name it is here, and whether that is because it was pulled now."""
    for name in (pinned, with_mirror(pinned, mirror)):
        if is_present(client, name):
            return name, False
    return pull_unseen(client, pinned, mirror=mirror, say=say), True


def _untag(client: DockerClient, reference: str) -> None:
    # Somebody uses it, or has removed it: either way it is not ours to remove.
    with suppress(docker.errors.APIError):
        client.images.remove(reference)


def _build_interpreter(client: DockerClient, layer: Layer, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Build with uv's download; where that cannot be reached, with an interpreter of this machine."""
    version = interpreter_version(layer.name) or ""
    try:
        _build(client, layer, options, say, parent=layer.parent)
    except SandboxUnavailable as error:
        packed = pack_interpreter(version)
        if packed is None:
            raise SandboxUnavailable(f"{error}\nand this machine has no Python {version} below pyenv's root") from error
        say(f"uv cannot give Python {version}; taking this machine's")
        _build(client, layer, options, say, parent=layer.parent, extra=((f"{OURS}/interpreter.tar", packed),))


def _build(  # noqa: PLR0913 - options, by keyword
    client: DockerClient,
    layer: Layer,
    options: BuildOptions,
    say: Callable[[str], None],
    *,
    parent: str,
    extra: tuple[tuple[str, bytes], ...] = (),
) -> None:
    say(f"building {layer.reference} ({layer.name}) on {parent}")
    if parent != layer.parent:  # the same image from another registry
        layer = replace(layer, dockerfile=layer.dockerfile.replace(layer.parent, parent, 1))
    bundle = options.ca_bundle.read_bytes() if options.ca_bundle else b""
    log = cache_folder() / "builds" / f"{layer.reference.replace('/', '-').replace(':', '-')}.log"
    events = client.api.build(
        fileobj=tree_context(layer, (*extra, (f"{OURS}/ca-bundle.crt", bundle))),
        custom_context=True,
        dockerfile=DOCKERFILE,
        tag=layer.reference,
        buildargs=_arguments(certificates=bool(bundle)),
        labels={KIND: layer.kind, f"{LABEL}.name": layer.name, f"{LABEL}.base": layer.parent},
        network_mode="host",  # as for recipes: the machine's own way to the package servers
        nocache=options.force,
        rm=True,
        forcerm=True,
        decode=True,
    )
    what = f"building {layer.reference} ({layer.name})"
    try:
        follow(_kept(events, log), what)
    except docker.errors.APIError as error:
        raise _unavailable(what, error) from error
    except SandboxUnavailable as error:
        raise type(error)(f"{error}\n(the whole log: {log})") from error


def _unavailable(what: str, error: docker.errors.APIError) -> SandboxUnavailable:
    kind = ImageMissing if isinstance(error, docker.errors.NotFound) else SandboxUnavailable
    return kind(f"{what} failed: {error.explanation or error}")


def _arguments(*, certificates: bool) -> dict[str, str]:
    found = {name: os.environ[name] for name in (*_PROXIES, *REGISTRY_VARIABLES) if os.environ.get(name)}
    if certificates:
        found |= dict.fromkeys(CERTIFICATE_VARIABLES, CERTIFICATES)
    return found


def _kept(events: Iterable[Mapping[str, Any]], log: Path) -> Iterator[Mapping[str, Any]]:
    """Write what a build says to a file on its way, and leave out what the builder says of itself.

    A file that cannot be written is no reason to fail.
    """
    with ExitStack() as stack:
        file = None
        with suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(log.open("w", encoding="utf-8", errors="replace"))
        for event in events:
            text = str(event.get("stream") or event.get("error") or "")
            if file is not None:
                file.write(text)
            if not _CHATTER.match(text):
                yield {name: _plain(value) if isinstance(value, str) else value for name, value in event.items()}


def _plain(text: str) -> str:
    """A line of a build without colours, and without the middle of an instruction that fills a screen."""
    text = _COLOUR.sub("", text)
    return text if len(text) <= _LINE_CHARS else f"{text[: _LINE_CHARS // 2]} … {text[-_LINE_CHARS // 2 :]}"
