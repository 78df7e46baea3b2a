"""Building instance images: bases, environments, instances, each once, several at a time.

Everything here talks to the engine through the SDK; nothing of an image's content runs on this machine.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors
from msgspec.structs import replace

from boxscore.errors import SandboxUnavailable
from boxscore.images.build import BuildOptions, ensure_image
from boxscore.images.build_arguments import MAVEN_MIRROR, build_arguments
from boxscore.images.engine import engine, is_present
from boxscore.images.inspect import check_reference
from boxscore.images.layers import (
    CERTIFICATE_VARIABLES,
    CERTIFICATES,
    DOCKERFILE,
    OURS,
    REGISTRY_VARIABLES,
    ImageLayer,
    environment_layer,
    instance_layer,
    interpreter_layer,
    interpreter_version,
)
from boxscore.images.log import build_log
from boxscore.images.pull import pull_by_digest, with_mirror
from boxscore.images.recipes import KIND, LABEL, build_context, recipe
from boxscore.images.repositories import TAR, repository_tar
from boxscore.images.watch import current_watch
from boxscore.log import event, since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker import DockerClient

    from boxscore.images.log import BuildLog
    from boxscore.images.records import InstanceImage


_SILENCE_S = 3600  # the longest that an instruction of a build may take without a word


def ensure_recipe(name: str, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have a recipe of `images/` here."""
    with engine(f"building {name}", _SILENCE_S) as client:
        if options.force or not is_present(client, recipe(name).reference):
            with current_watch().step("base", name):
                ensure_image(client, recipe(name), options, say)


def ensure_interpreter(base: str, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have the interpreter of a base `patch-python-X.Y` here, on a recipe that is here; other bases need nothing."""
    layer = interpreter_layer(base)
    if layer is not None:
        with _building(layer, options) as build:
            if build is not None:
                with current_watch().step("interpreter", base):
                    _build_interpreter(build, layer, say)


def ensure_environment(image: InstanceImage, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have an instance's environment here, on a base that is here."""
    layer = environment_layer(image)
    if layer is not None:
        with _building(layer, options) as build:
            if build is not None:
                with current_watch().step("environment", image.name):
                    build.layer(layer, say)


def ensure_instance(
    image: InstanceImage, options: BuildOptions, mirror: str | None, say: Callable[[str], None]
) -> None:
    """Have an instance's image here, on an environment that is here or a pinned image that is pulled; then check it."""
    layer = instance_layer(image)
    with _building(layer, options) as build:
        if build is not None:
            with current_watch().step("image", image.name):
                _build_instance(build, layer, image, mirror, say)


def _build_instance(
    build: _Build, layer: ImageLayer, image: InstanceImage, mirror: str | None, say: Callable[[str], None]
) -> None:
    client = build.client
    parent, pulled = _pull(client, image.pinned, mirror, say) if image.pinned else (layer.parent, False)
    try:
        build.layer(layer, say, parent=parent, extra=_repository(image))
    finally:
        if pulled:  # its layers stay as long as an image needs them, its name does not
            _untag(client, parent)
    found = check_reference(client, image)
    if not found.ok:
        _untag(client, layer.reference)
        raise SandboxUnavailable(f"{layer.reference} is not as it must be: {'; '.join(found.problems)}")


def _repository(image: InstanceImage) -> tuple[tuple[str, bytes], ...]:
    """The file that an instance's instructions take the repository from, if they are made so."""
    if image.repository is None:
        return ()
    return ((TAR, repository_tar(*image.repository)),)


@contextmanager
def _building(layer: ImageLayer, options: BuildOptions) -> Iterator[_Build | None]:
    """Wait until nobody else builds a layer, and give the means to build it; None if it is here then."""
    with engine(f"building {layer.reference} ({layer.name})", _SILENCE_S) as client:
        if is_present(client, layer.reference) and not options.force:
            yield None
            return
        with build_log(layer.reference) as log:
            missing = options.force or not is_present(client, layer.reference)
            yield _Build(client, options, log) if missing else None


def _pull(client: DockerClient, pinned: str, mirror: str | None, say: Callable[[str], None]) -> tuple[str, bool]:
    """Have a pinned image here; say by which name it is here, and whether that is because it was pulled now."""
    for name in (pinned, with_mirror(pinned, mirror)):
        if is_present(client, name):
            return name, False
    return pull_by_digest(client, pinned, mirror=mirror, say=say), True


def _untag(client: DockerClient, reference: str) -> None:
    # Somebody uses it, or has removed it: either way it is not ours to remove.
    with suppress(docker.errors.APIError):
        client.images.remove(reference)


def _build_interpreter(build: _Build, layer: ImageLayer, say: Callable[[str], None]) -> None:
    """Build with what uv or conda can download; where neither can be reached, with an interpreter of this machine."""
    version = interpreter_version(layer.name) or ""
    try:
        build.layer(layer, say)
    except SandboxUnavailable as error:
        packed = pack_interpreter(version)
        if packed is None:
            raise SandboxUnavailable(f"{error}; and this machine has no Python {version} below pyenv's root") from error
        say(f"neither uv nor conda can give Python {version}; taking this machine's")
        build.layer(layer, say, extra=((f"{OURS}/interpreter.tar", packed),))


class _Build:
    """The engine, and the log of what it builds."""

    def __init__(self, client: DockerClient, options: BuildOptions, log: BuildLog) -> None:
        self.client, self._options, self._log = client, options, log

    def layer(
        self,
        layer: ImageLayer,
        say: Callable[[str], None],
        *,
        parent: str | None = None,
        extra: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """Build a layer, on `parent` in place of its own if given, with `extra` files in the build context."""
        parent = parent or layer.parent
        say(f"building {layer.reference} ({layer.name}) on {parent}")
        if parent != layer.parent:  # the same image from another registry
            layer = replace(layer, dockerfile=layer.dockerfile.replace(layer.parent, parent, 1))
        bundle = self._options.ca_bundle.read_bytes() if self._options.ca_bundle else b""
        ours = ((DOCKERFILE, layer.dockerfile.encode()), (f"{OURS}/ca-bundle.crt", bundle), *_maven_mirror(say))
        events = self.client.api.build(
            fileobj=build_context((*layer.files, *extra, *ours)),
            custom_context=True,
            dockerfile=DOCKERFILE,
            tag=layer.reference,
            buildargs=_arguments(say, certificates=bool(bundle)),
            labels={KIND: layer.kind, f"{LABEL}.name": layer.name, f"{LABEL}.base": layer.parent},
            network_mode="host",  # as for recipes: the machine's own way to the package servers
            use_config_proxy=False,
            nocache=self._options.force,
            rm=True,
            forcerm=True,
            decode=True,
        )
        began = time.monotonic()
        self._log.follow(events, f"building {layer.reference} ({layer.name})")
        event("image_built", image=layer.reference, recipe=layer.name, wall_s=since(began))


def _arguments(say: Callable[[str], None], *, certificates: bool) -> dict[str, str]:
    found = build_arguments(REGISTRY_VARIABLES, say)
    if certificates:
        found |= dict.fromkeys(CERTIFICATE_VARIABLES, CERTIFICATES)
    return found


def _maven_mirror(say: Callable[[str], None]) -> tuple[tuple[str, bytes], ...]:
    """The file by which `images/jvm/prepare` learns of a mirror; no variable, which would be in every hash."""
    mirror = build_arguments((MAVEN_MIRROR,), say).get(MAVEN_MIRROR)
    return () if mirror is None else ((f"{OURS}/maven-mirror", mirror.encode()),)


_PREFIX = "/opt/env"  # where the interpreter of an image is

_MAX_TEXT_BYTES = 4 << 20


# Parts of an installation that no environment needs; what is installed in it belongs to this machine.
_LEFT_OUT = re.compile(
    r"(^|/)(__pycache__|idlelib|turtledemo|test/(?!support/|__init__\.py|regrtest\.py|libregrtest/)[^/]+"
    r"|site-packages/.+|.+\.a|share)(/|$)"
)


def find_interpreter(version: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The newest Python `version` (X.Y) that pyenv has on this machine: its folder."""
    root = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [path for path in root.glob(f"{version}.*") if (path / "bin" / f"python{version}").exists()]
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)], default=None)


def pack_interpreter(version: str, environ: Mapping[str, str] = os.environ) -> bytes | None:
    """Pack that interpreter so that it works below `/opt/env`; None where there is none."""
    folder = find_interpreter(version, environ)
    if folder is None:
        return None
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in _wanted(folder):
            entry = archive.gettarinfo(path, path.relative_to(folder).as_posix())
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            entry.mode = (entry.mode | 0o444) & 0o755
            if not entry.isreg():
                archive.addfile(entry)
                continue
            data = _moved(path.read_bytes(), str(folder), _PREFIX)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _wanted(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if not _LEFT_OUT.search(path.relative_to(folder).as_posix()) and (path.is_symlink() or path.exists()):
            yield path


def _moved(data: bytes, old: str, new: str) -> bytes:
    """Name the new place in scripts and configuration; programs find their own place."""
    is_text = len(data) <= _MAX_TEXT_BYTES and b"\0" not in data
    return data.replace(old.encode(), new.encode()) if is_text else data
