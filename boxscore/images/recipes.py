"""Image recipes: the folders of `images/`, and the references that follow from their content.

A reference is a hash of all that goes into an image, so it can be told without an engine, and an image under an
old reference is never mistaken for the one this version wants. What exactly was built is its digest.
"""

from __future__ import annotations

import io
import os
import tarfile
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from boxscore.errors import InputError, UsageError
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAMESPACE = "boxscore"
LABEL = "boxscore.image"
KIND = f"{LABEL}.kind"  # of images that are no recipe's: see `layers.py`
PRELOAD = "preload.txt"
_MAX_RECIPE_FILE_BYTES = 1 << 20
_BASE_VARIABLE = "BOXSCORE_BASE_IMAGE"
_BASE_VARIABLES = {"trixie": "BOXSCORE_BASE_IMAGE_TRIXIE"}

Kind = TypeVar("Kind")


class Base(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operating system to build on (`base.toml`): from a registry, or made of a Debian suite."""

    registry: str
    suite: str
    mmdebstrap: tuple[str, ...] = ()


class _Image(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `image.toml` holds."""

    description: str
    base: str
    on_demand: bool = False
    interpreter: str | None = None
    sandbox: str | None = None
    parts: tuple[str, ...] = ()


class Recipe(Struct, frozen=True, kw_only=True):
    """One folder of `images/` that has an `image.toml`.

    `files` are the folder's files by name; below `sandbox/` those of the folder of `sandbox/`, and below a part's name
    those of the folder of `images/`, that `image.toml` names. `reference` is the name and tag of the image they make.
    `base_image` is the registry's image asked for in place of the base's own (`base_variable`); it goes into both
    references.
    `on_demand`: built where its name is asked for, not with all others. `interpreter` is the X.Y of the Python that
    its Dockerfile copies from the image `INTERPRETER`. `preload` are modules that a warm box of the image imports
    before its first fork (`preload.txt`, one a line, which is no part of the image).
    """

    name: str
    description: str
    base: Base
    base_image: str | None
    base_reference: str
    files: tuple[tuple[str, bytes], ...]
    reference: str
    on_demand: bool = False
    interpreter: str | None = None
    preload: tuple[str, ...] = ()


def recipes(root: Path | None = None) -> tuple[Recipe, ...]:
    """All recipes that ship with boxscore (or lie below `root`), by name."""
    root = root or folder("images")
    return tuple(recipe(path.parent.name, root) for path in sorted(root.glob("*/image.toml")))


def recipe(name: str, root: Path | None = None) -> Recipe:
    """One recipe. Raises UsageError for a name that is none, InputError for a recipe that cannot be read."""
    if root is not None:
        return _read(name, root)
    # What ships does not change while a process runs, and each instance's image hangs on a recipe.
    bases = tuple(os.environ.get(variable) for variable in (_BASE_VARIABLE, *_BASE_VARIABLES.values()))
    return _read_once(name, folder("images"), bases)


@cache
def _read_once(name: str, root: Path, _bases: tuple[str | None, ...]) -> Recipe:
    return _read(name, root)


def _read(name: str, root: Path) -> Recipe:
    if not name.isidentifier() and not name.replace("-", "_").isidentifier():
        raise UsageError(f"{name!r} is not an image's name")
    if not (root / name / "image.toml").is_file():
        known = ", ".join(sorted(path.parent.name for path in root.glob("*/image.toml")))
        raise UsageError(f"no image {name!r}; there are: {known or 'none'}")
    image = _decode(root / name / "image.toml", _Image)
    files = _files(root / name) + _programs(image.sandbox) + _parts(root, image.parts)
    base = _decode(root / image.base / "base.toml", Base)
    base_files = _files(root / image.base)
    # The base asked for, not the one found: a machine without a registry must come to the same reference.
    base_image = os.environ.get(base_variable(base.suite)) or None
    base_hash = _hash((image.base, base_image or "", base_files))
    return Recipe(
        name=name,
        description=image.description,
        base=base,
        base_image=base_image,
        base_reference=f"{NAMESPACE}/{image.base}:{base_hash}",
        files=files,
        reference=f"{NAMESPACE}/{name}:{_hash((base_hash, files))}",
        on_demand=image.on_demand,
        interpreter=image.interpreter,
        preload=_preload(root / name / PRELOAD),
    )


def base_variable(suite: str) -> str:
    """The variable that names an image to build on in place of the base of a Debian suite."""
    return _BASE_VARIABLES.get(suite, _BASE_VARIABLE)


def reference(name: str) -> str:
    """The image that this version of boxscore wants for `name`, such as `boxscore/python:0123456789abcdef`."""
    return recipe(name).reference


def preload(reference: str | None) -> tuple[str, ...]:
    """What a warm box of an image imports before its first fork; nothing for an image that is no recipe's."""
    name = (reference or "").removeprefix(f"{NAMESPACE}/").partition(":")[0]
    return _preload(folder("images") / name / PRELOAD) if name.replace("-", "_").isidentifier() else ()


def build_context(files: Iterable[tuple[str, bytes]]) -> io.BytesIO:
    """Pack files as a build context; equal content gives equal bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    packed.seek(0)
    return packed


def _files(path: Path) -> tuple[tuple[str, bytes], ...]:
    found = []
    for file in sorted(path.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts and file.name != PRELOAD:
            if file.stat().st_size > _MAX_RECIPE_FILE_BYTES:
                raise InputError("too large for a file of an image recipe", path=file)
            found.append((file.relative_to(path).as_posix(), file.read_bytes()))
    return tuple(found)


def _programs(name: str | None) -> tuple[tuple[str, bytes], ...]:
    """Our own sources that an image is built with, as files of its context below `sandbox/`."""
    if name is None:
        return ()
    return tuple((f"sandbox/{path}", data) for path, data in _files(folder("sandbox") / name))


def _parts(root: Path, names: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    """What several recipes are built with, as files of the context below each part's name."""
    missing = [name for name in names if not (root / name).is_dir()]
    if missing:
        raise InputError("missing", path=root / missing[0])
    return tuple((f"{name}/{path}", data) for name in names for path, data in _files(root / name))


def _preload(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)


def _decode(path: Path, kind: type[Kind]) -> Kind:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise InputError("missing", path=path) from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(str(error), path=path) from error


def _hash(value: object) -> str:
    import hashlib  # noqa: PLC0415 - keeps `boxscore --help` fast

    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]
