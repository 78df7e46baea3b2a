"""Unpacked images: folders of the cache that local boxes are made of, as `boxscore.images.unpacked` lays them out.

Each image is a folder of its own below `images/roots/`: `image.json` and `rootfs/`, whose files are hard links to those
of its layers. Nobody writes below `rootfs` once it stands, and only its owner can reach it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import msgspec
from msgspec import Struct

from boxscore.cache import cache_folder
from boxscore.errors import ImageMissing, UsageError

IMAGE = "/image"  # where a box's first process has its image mounted, before programs make it their root
MACHINE = "host"  # the name of a box of this machine's own programs
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OURS = {"dev", "proc", "scratch", "sys"}  # mounted for each box
ETC = ("etc/hosts", "etc/passwd")  # which boxes have of their own: the image has them as plain files


class UnpackedImage(Struct, frozen=True, kw_only=True):
    """What `image.json` says: `digest` is a hash of the layers' contents and of `env`, whatever they were packed in."""

    reference: str
    digest: str
    layers: tuple[str, ...]
    env: tuple[str, ...] = ()


class Root(Struct, frozen=True, kw_only=True):
    """An unpacked image that is here, and the folder that is its root."""

    image: UnpackedImage
    path: Path

    @property
    def search_path(self) -> str:
        """The PATH of the image's programs."""
        found = [value for name, _, value in (one.partition("=") for one in self.image.env) if name == "PATH"]
        return found[-1] if found else DEFAULT_PATH


def images_folder() -> Path:
    """Where unpacked images are."""
    return cache_folder() / "images"


def root_folder(reference: str) -> Path:
    """The folder of an image, whether it is here or not."""
    return images_folder() / "roots" / hashlib.sha256(reference.encode()).hexdigest()[:32]


def find_root(reference: str) -> Root | None:
    """The unpacked image of a name, where it is here whole."""
    return _root_in(root_folder(reference))


def every_root() -> list[Root]:
    """All unpacked images that are here whole."""
    found = map(_root_in, sorted((images_folder() / "roots").glob("[!.]*")))
    return [root for root in found if root is not None]


def _root_in(folder: Path) -> Root | None:
    try:
        image = msgspec.json.decode((folder / "image.json").read_bytes(), type=UnpackedImage)
    except (OSError, msgspec.MsgspecError):
        return None
    return Root(image=image, path=folder / "rootfs") if root_folder(image.reference) == folder else None


def any_root() -> bool:
    """Whether an image is here."""
    try:
        return any((images_folder() / "roots").glob("[!.]*/image.json"))
    except PermissionError:  # a cache of another user's
        return False


def need_root(reference: str) -> Root:
    """The unpacked image of a name. Raises ImageMissing, with how to bring it here."""
    found = find_root(reference)
    if found is None:
        raise ImageMissing(
            f"image {reference} is not unpacked on this machine: `boxscore images import` takes it from an archive"
        )
    return found


def mounts(root: Root, folders: tuple[str, ...]) -> list[str]:
    """The words by which bubblewrap mounts an image, read-only, at `IMAGE`; `folders` are left to the box.

    Raises UsageError for a folder that the box cannot have of its own.
    """
    tops = {folder.split("/")[1] for folder in folders if folder.count("/") == 1}
    for folder in folders:
        _refuse_covered(root, folder)
    words = ["--perms", "0755", "--tmpfs", IMAGE]
    for entry in sorted(os.scandir(root.path), key=lambda one: one.name):
        if entry.name in OURS or entry.name in tops:
            continue
        if entry.is_symlink():
            words += ["--symlink", str(Path(entry.path).readlink()), f"{IMAGE}/{entry.name}"]
        else:
            words += ["--ro-bind", entry.path, f"{IMAGE}/{entry.name}"]
    return words


def passwd(root: Root, uid: int) -> str:
    """The image's list of users, in which nobody is the box's user."""
    try:
        lines = (root.path / "etc/passwd").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = ["root:x:0:0:root:/root:/bin/sh"]
    kept = [line for line in lines if not line.startswith("nobody:")]
    return "\n".join([*kept, f"nobody:x:{uid}:{uid}:nobody:/nonexistent:/usr/sbin/nologin", ""])


def _refuse_covered(root: Root, folder: str) -> None:
    parts = folder.split("/")[1:]
    if not folder.startswith("/") or not all(parts) or ".." in parts or "\0" in folder or parts[0] in OURS | {"etc"}:
        raise UsageError(f"{folder!r} cannot be a further folder of a box")
    here = root.path
    for part in parts if len(parts) > 1 else ():
        here /= part
        try:
            plain = stat.S_ISDIR(os.lstat(here).st_mode)
        except OSError:
            plain = False
        if not plain:
            raise UsageError(f"{folder!r} cannot be a further folder of a box: {root.image.reference} has none there")
