"""Making images: a base from a registry or from Debian's packages, the environment on top, and a look at the result.

Everything here talks to the engine through the SDK; nothing of an image's content runs on this machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors
from msgspec import Struct

from boxscore.child import run_child
from boxscore.errors import InputError, SandboxUnavailable
from boxscore.images.build_arguments import MAVEN_MIRROR, build_arguments
from boxscore.images.engine import is_present
from boxscore.images.inspect import privileged_files
from boxscore.images.layers import base_reference
from boxscore.images.log import build_log, follow
from boxscore.images.recipes import LABEL, Recipe, base_variable, build_context
from boxscore.log import event, since

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from docker import DockerClient

    from boxscore.images.log import BuildLog

_MMDEBSTRAP_S = 1200
_IMPORT_S = 600
_LOG_TAIL_LINES = 20


class BuildOptions(Struct, frozen=True, kw_only=True):
    """How images are built.

    `ca_bundle` is a file of extra certificate authorities for the build. `debian_mirror` replaces deb.debian.org.
    `registry_s` is how long a registry may take to answer before Debian's packages are used instead. `force` builds
    again what is there.
    """

    ca_bundle: Path | None = None
    debian_mirror: str | None = None
    registry_s: int = 8
    force: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, *, force: bool = False) -> BuildOptions:
        """Take BOXSCORE_DEBIAN_MIRROR and the CA bundle that this machine's programs use."""
        return cls(
            ca_bundle=find_ca_bundle(environ),
            debian_mirror=environ.get("BOXSCORE_DEBIAN_MIRROR") or None,
            force=force,
        )


def find_ca_bundle(environ: Mapping[str, str]) -> Path | None:
    """Find the certificate authorities to pass into builds. Raises InputError if the one asked for is no file."""
    asked = environ.get("BOXSCORE_CA_BUNDLE")
    if asked:
        if not Path(asked).is_file():
            raise InputError("BOXSCORE_CA_BUNDLE is not a file", path=asked)
        return Path(asked)
    system = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
    for name in (environ.get("SSL_CERT_FILE"), environ.get("REQUESTS_CA_BUNDLE"), *system):
        if name and Path(name).is_file():
            return Path(name)
    return None


def ensure_image(client: DockerClient, recipe: Recipe, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have the image of `recipe` here. Raises SandboxUnavailable with the end of the log."""
    if is_present(client, recipe.reference) and not options.force:
        return
    with build_log(recipe.reference) as log:
        if options.force or not is_present(client, recipe.reference):
            _build(client, recipe, options, say, log)


def _build(
    client: DockerClient, recipe: Recipe, options: BuildOptions, say: Callable[[str], None], log: BuildLog
) -> None:
    base, base_identity = _base(client, recipe, options, say)
    say(f"building {recipe.reference} on {base_identity}")
    began = time.monotonic()
    bundle = options.ca_bundle.read_bytes() if options.ca_bundle else b""
    arguments = {"BASE": base, "MIRROR": options.debian_mirror or ""}
    if recipe.interpreter is not None:
        arguments["INTERPRETER"] = base_reference(f"patch-python-{recipe.interpreter}")
    arguments |= build_arguments(_registries(recipe), say)
    arguments |= _maven_mirror(recipe, say)
    events = client.api.build(
        fileobj=build_context((*recipe.files, ("ca-bundle.crt", bundle))),
        custom_context=True,
        tag=recipe.reference,
        buildargs=arguments,
        labels={LABEL: "1", f"{LABEL}.name": recipe.name, f"{LABEL}.base": base_identity},
        # The build is ours and needs this machine's way to the package servers, whatever the bridge can reach.
        network_mode="host",
        use_config_proxy=False,  # which may have a password
        nocache=options.force,
        rm=True,
        forcerm=True,
        decode=True,
    )
    log.follow(events, f"building {recipe.reference}")
    event("image_built", image=recipe.reference, recipe=recipe.name, wall_s=since(began))
    found = privileged_files(client, recipe.reference)
    if found:
        client.images.remove(recipe.reference, force=True)
        raise SandboxUnavailable(f"{recipe.reference} holds privileged files ({', '.join(found[:5])}): recipe refused")


def _registries(recipe: Recipe) -> tuple[str, ...]:
    """The variables by which a recipe that takes packages is told of a registry in place of the usual one."""
    takes_npm = b"ARG NPM_CONFIG_REGISTRY" in dict(recipe.files).get("Dockerfile", b"")
    return (*(("PIP_INDEX_URL",) if recipe.interpreter else ()), *(("NPM_CONFIG_REGISTRY",) if takes_npm else ()))


def _maven_mirror(recipe: Recipe, say: Callable[[str], None]) -> Mapping[str, str]:
    """The argument by which a recipe that takes jars from Maven Central is told of a mirror."""
    if b"ARG MAVEN_CENTRAL" not in dict(recipe.files).get("Dockerfile", b""):
        return {}
    mirror = build_arguments((MAVEN_MIRROR,), say).get(MAVEN_MIRROR)
    return {} if mirror is None else {"MAVEN_CENTRAL": mirror}


def _base(client: DockerClient, recipe: Recipe, options: BuildOptions, say: Callable[[str], None]) -> tuple[str, str]:
    """Have a base on this machine; return its reference and what to record about it."""
    wanted = recipe.base_image or recipe.base.registry
    pinned = _resolve(wanted, options.registry_s)
    if pinned is not None:
        return pinned, pinned
    if recipe.base_image:
        variable = base_variable(recipe.base.suite)
        raise SandboxUnavailable(f"no registry gives {wanted}: pull it first, or unset {variable}")
    with build_log(recipe.base_reference):
        if options.force or not is_present(client, recipe.base_reference):
            say(f"no registry gives {wanted}; making {recipe.base_reference} from Debian packages")
            _debootstrap(recipe, options)
    return recipe.base_reference, f"mmdebstrap {recipe.base.suite} {client.images.get(recipe.base_reference).id}"


def _resolve(wanted: str, timeout_s: int) -> str | None:
    """Say which digest `wanted` has, in its registry as the engine reaches it or else here; None if in neither."""
    try:
        with closing(docker.from_env(timeout=timeout_s)) as client:
            if "@sha256:" in wanted:
                client.images.get_registry_data(wanted)
                return wanted
            digest = client.images.get_registry_data(wanted).id
            return f"{_without_tag(wanted)}@{digest}"
    except (docker.errors.APIError, docker.errors.DockerException, OSError):
        pass  # no registry, or none in time: the reason does not matter, an image that is already here does
    try:
        with closing(docker.from_env()) as client:
            return str(client.images.get(wanted).id)
    except docker.errors.ImageNotFound:
        return None


def _without_tag(reference: str) -> str:
    head, _, last = reference.rpartition("/")
    name = last.partition(":")[0]
    return f"{head}/{name}" if head else name


def _debootstrap(recipe: Recipe, options: BuildOptions) -> None:
    program = shutil.which("mmdebstrap")
    if program is None:
        raise SandboxUnavailable(
            "no image registry answers and mmdebstrap is not installed: `apt-get install mmdebstrap`, "
            f"or name an image that is here with {base_variable(recipe.base.suite)}"
        )
    with tempfile.TemporaryDirectory(prefix="boxscore-") as scratch:
        packed = Path(scratch) / "base.tar"
        command = [program, *recipe.base.mmdebstrap]
        if options.ca_bundle:
            command.append(f'--aptopt=Acquire::https::CAInfo "{options.ca_bundle}"')
        command += [recipe.base.suite, str(packed)]
        command += [options.debian_mirror] if options.debian_mirror else []
        _run(command)
        repository, _, tag = recipe.base_reference.partition(":")
        with closing(docker.from_env(timeout=_IMPORT_S)) as patient:
            answer = patient.api.import_image_from_file(str(packed), repository, tag, changes=[f"LABEL {LABEL}=1"])
    follow((json.loads(line) for line in answer.splitlines() if line.strip()), f"importing {recipe.base_reference}")


def _run(command: list[str]) -> None:
    try:
        run_child(command, timeout_s=_MMDEBSTRAP_S).check_returncode()
    except subprocess.TimeoutExpired as error:
        raise SandboxUnavailable(f"mmdebstrap did not end within {_MMDEBSTRAP_S} s") from error
    except (OSError, subprocess.CalledProcessError) as error:
        log = getattr(error, "stderr", None) or b""
        tail = "\n".join(log.decode(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
        raise SandboxUnavailable(f"mmdebstrap failed (it works best as root): {error}\n{tail}".rstrip()) from error
