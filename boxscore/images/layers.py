"""What instance images are made of: Dockerfiles, build contexts, and the references that follow from their content.

Theory of operation. An image of an instance is built in layers: a recipe of `images/`, the environment's instructions,
the instance's instructions, and `images/tree/strip-history`, which replaces the repository's history by one commit.
Each of the first two may be shared by many instances. References are hashes of all that goes in, so they can be told
without an engine; two instances of equal content share one image.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.images.recipes import LABEL, NAMESPACE, recipe
from boxscore.resources import folder

if TYPE_CHECKING:
    from boxscore.images.records import InstanceImage

ENVIRONMENT, INSTANCE, INTERPRETER = "environment", "instance", "interpreter"
OURS = ".boxscore"  # our folder of each build context
DOCKERFILE = f"{OURS}/Dockerfile"
CERTIFICATES = "/boxscore/build/ca-bundle.crt"
# Variables by which programs learn of certificate authorities; set while an image is built, never in the result.
CERTIFICATE_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
)
# Where package registries are, if not at their usual places.
REGISTRY_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY", "GOPROXY")

_INTERPRETER = re.compile(r"patch-python-(\d+\.\d+)")
_TREE = re.compile(r"(/[A-Za-z0-9._-]+)+")
_RESERVED = ("boxscore", "bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "scratch", "sys", "tmp", "usr")

PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}")


class ImageLayer(Struct, frozen=True, kw_only=True):
    """One image to build: `parent` is what it is built on, `dockerfile` and `files` are the build context."""

    kind: str
    name: str
    reference: str
    parent: str
    dockerfile: str
    files: tuple[tuple[str, bytes], ...] = ()


def instance_reference(image: InstanceImage) -> str:
    """The image that this version of boxscore wants for an instance, such as `boxscore/instance:0123456789abcdef`.

    Asks no engine. Raises UsageError for an image whose `tree`, `base`, `pinned` or `files` cannot be.
    """
    return instance_layer(image).reference


def environment_reference(image: InstanceImage) -> str:
    """What an instance's own layer is built on: an environment, its base where that adds nothing, or `pinned`."""
    layer = environment_layer(image)
    return image.pinned or (base_reference(image.base) if layer is None else layer.reference)


def environment_layer(image: InstanceImage) -> ImageLayer | None:
    """How the environment is built; None where there is none to build."""
    if image.pinned or not image.environment.strip():
        return None
    return _layer(ENVIRONMENT, image.base, base_reference(image.base), image.environment.strip(), last=_CLEAN)


def instance_layer(image: InstanceImage) -> ImageLayer:
    """How the instance's image is built, to its last step."""
    if not _TREE.fullmatch(image.tree) or ".." in image.tree.split("/") or image.tree.split("/")[1] in _RESERVED:
        raise UsageError(f"instance {image.name!r}: the repository cannot be at {image.tree!r}")
    if image.pinned is not None and not PINNED.fullmatch(image.pinned):
        raise UsageError(f"instance {image.name!r}: {image.pinned!r} is not repository@sha256:<64 hex digits>")
    for name, _ in image.files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.parts[:1] in ((), (OURS,)) or str(path) != name:
            raise UsageError(f"instance {image.name!r}: {name!r} cannot be a file of the build context")
    last = f'WORKDIR /\nRUN ["/bin/bash", "/boxscore/build/strip-history", "{image.tree}"]\n'
    files = (*image.files, (f"{OURS}/strip-history", program("strip-history")))
    return _layer(INSTANCE, image.name, environment_reference(image), image.instance.strip(), last=last, files=files)


def base_reference(name: str) -> str:
    """The image of a base: a recipe, or `patch-python-X.Y`, which is made from `patch-python`."""
    layer = interpreter_layer(name)
    return recipe(name).reference if layer is None else layer.reference


def interpreter_layer(name: str) -> ImageLayer | None:
    """How `patch-python-X.Y` is built, but for the packed interpreter; None for a base that is an ordinary recipe."""
    version = interpreter_version(name)
    if version is None:
        return None
    parent = recipe("patch-python").reference
    text = (folder("images") / "tree" / "interpreter").read_text("utf-8").replace("{version}", version)
    installer = (f"{OURS}/install-as-of", program("install-as-of"))
    return _layer(INTERPRETER, name, parent, text, last=_CLEAN, files=(installer,))


def interpreter_version(name: str) -> str | None:
    """The X.Y of `patch-python-X.Y`."""
    found = _INTERPRETER.fullmatch(name)
    return found[1] if found else None


def recipe_name(base: str) -> str:
    """The folder of `images/` at the bottom of a base."""
    return base if interpreter_version(base) is None else "patch-python"


@cache
def program(name: str) -> bytes:
    """A program of `images/tree`."""
    return (folder("images") / "tree" / name).read_bytes()


_CLEAN = 'WORKDIR /\nRUN ["rm", "-rf", "/boxscore/build"]\n'


def _layer(  # noqa: PLR0913 - the parts of a layer
    kind: str, name: str, parent: str, text: str, *, last: str, files: tuple[tuple[str, bytes], ...] = ()
) -> ImageLayer:
    arguments = f"ARG {' '.join((*CERTIFICATE_VARIABLES, *REGISTRY_VARIABLES))}\n"
    # The label comes first, so that what a failed build leaves can be told to be ours.
    dockerfile = (
        f"FROM {parent}\nLABEL {LABEL}=1\nUSER 0\nCOPY {OURS}/ /boxscore/build/\n{arguments}"
        f'RUN ["/bin/sh", "-c", "! [ -x /usr/local/lib/boxscore/prepare ] || /usr/local/lib/boxscore/prepare"]\n'
        f"{text}\nUSER 0\n{last}"
    )
    hashed = hashlib.sha256(msgspec.json.encode((dockerfile, files))).hexdigest()[:16]
    reference = f"{NAMESPACE}/{kind}:{hashed}"
    return ImageLayer(kind=kind, name=name, reference=reference, parent=parent, dockerfile=dockerfile, files=files)
