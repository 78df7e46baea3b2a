"""Images without an engine: fetched by skopeo, unpacked by umoci, kept as folders that local boxes are made of.

Theory of operation. Whatever an image comes from (a registry, a saved archive, a folder that `boxscore images export`
made), skopeo copies it into an OCI layout, checking digests. Each layer is unpacked once, alone, by `umoci raw unpack
--rootless`, which knows how to deal with hostile names, devices and owners; its whiteouts are read from its list of
files. An image's root is made of hard links to the files of its layers, one layer over the other, so that a file takes
room once however many images have it. Layers and roots are made beside their places and renamed, so that what is there
is whole; what a killed process left is removed by the next one. All belongs to the user who unpacks it: owners and
set-user-ID bits of an image are dropped, which nothing in a box could use.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tarfile
import zlib
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.boxes.local.roots import ETC, UnpackedImage, every_root, find_root, images_folder, root_folder
from boxscore.cache import locked
from boxscore.child import run_child
from boxscore.errors import ImageMissing, InputError, SandboxUnavailable, UsageError
from boxscore.images.layers import INSTANCE, PINNED
from boxscore.images.pull import with_mirror, without_registry
from boxscore.images.recipes import NAMESPACE
from boxscore.images.usage import forget_use, held_references, last_used

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence

INSTALL = "`apt-get install skopeo umoci` (or your system's packages of these names) brings it"
COPY_S, UNPACK_S = 3600.0, 3600.0
MANIFEST_BYTES = 16 << 20
_PART = ".part-"
_TREE = "unpacked/tree"  # of a layer's folder
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_ARCHIVES = {"docker-archive": "manifest.json", "oci-archive": "index.json"}  # and the file by which each is known
_LOCAL_REGISTRY = re.compile(r"(localhost|127\.\d+\.\d+\.\d+)(:\d+)?/")
_DOCKER_HUB = ("docker.io/library/", "docker.io/", "localhost/")  # what programs put before a name without a registry


class Descriptor(Struct, frozen=True):
    """What names a blob in a manifest."""

    digest: str
    size: int = 0
    annotations: dict[str, str] = {}


class SavedImage(Struct, frozen=True, rename="pascal"):
    """An image in an archive of `docker save`."""

    repo_tags: list[str] | None = None


class Index(Struct, frozen=True):
    """The list of an OCI layout's images."""

    manifests: list[Descriptor]


class Manifest(Struct, frozen=True):
    """What an image is made of."""

    config: Descriptor
    layers: list[Descriptor]


class RunConfig(Struct, frozen=True, rename="pascal"):
    """How programs of an image are started."""

    env: list[str] | None = None


class RootFiles(Struct, frozen=True):
    """The digests of an image's unpacked layers."""

    diff_ids: list[str]


class ImageConfig(Struct, frozen=True):
    """An image's configuration."""

    rootfs: RootFiles
    config: RunConfig = RunConfig()


class LayerFiles(Struct, frozen=True):
    """What a layer's archive says beside its files: what it removes, folders it empties, folders it lists."""

    removed: list[str]
    emptied: list[str]
    folders: list[str] | None


def pull_unpacked(pinned: str, *, say: Callable[[str], None] = lambda _: None) -> UnpackedImage:
    """Fetch an image by its digest, perhaps from BOXSCORE_MIRROR, and unpack it.

    With a tag (`host/boxscore/instance:TAG@sha256:…`) its name is the one that it has where it was built,
    `boxscore/instance:TAG`. Raises UsageError for one that is not pinned, ImageMissing where the registry does not
    give it, SandboxUnavailable where skopeo or umoci is not installed.
    """
    if not PINNED.fullmatch(pinned):
        raise UsageError(f"{pinned!r} is not pinned: give repository@sha256:<64 hex digits>")
    tagged, _, digest = pinned.partition("@")
    repository = re.sub(r":[^:/]+$", "", tagged)
    reference = pinned if tagged == repository else without_registry(tagged)
    here = find_root(reference)
    if here is not None:
        say(f"{reference} is here")
        return here.image
    source = with_mirror(f"{repository}@{digest}", os.environ.get("BOXSCORE_MIRROR"))
    say(f"pulling {source}")
    insecure = ("--src-tls-verify=false",) if _LOCAL_REGISTRY.match(source) else ()
    layout = images_folder() / "pulled"
    with locked(images_folder() / "pulled.lock"):
        _copy(f"docker://{source}", layout, reference, *insecure, "--retry-times", "6")
        image = unpack(layout, reference, reference)
        _empty_blobs(layout)
        return image


def import_archive(archive: Path, *, say: Callable[[str], None] = lambda _: None) -> tuple[UnpackedImage, ...]:
    """Unpack all images of an archive (`docker save`, `skopeo copy … oci-archive:`) or of an OCI layout's folder.

    Each keeps the name that the archive gives it. Raises InputError for what is no such archive, and what
    `pull_unpacked` raises.
    """
    if (archive / "index.json").is_file():
        names = [one.annotations.get(_NAME, "") for one in _read_json(archive / "index.json", Index).manifests]
        return _import(archive, names, lambda name: unpack(archive, name, _named(name)), say)
    kind, names = _images_of(archive)
    with _temporary() as layout:

        def bring(name: str) -> UnpackedImage:
            _copy(f"{kind}:{archive}:{name}", layout, name)
            return unpack(layout, name, _named(name))

        return _import(archive, names, bring, say)


def _import(
    archive: Path, names: Sequence[str], bring: Callable[[str], UnpackedImage], say: Callable[[str], None]
) -> tuple[UnpackedImage, ...]:
    if not names or not all(names):
        raise InputError(
            "holds an image without a name: `docker save NAME` and `skopeo copy … :NAME` keep it", path=archive
        )
    found = []
    for name in names:
        here = find_root(_named(name))
        say(f"{_named(name)} is here" if here else f"unpacking {_named(name)}")
        found.append(here.image if here else bring(name))
    return tuple(found)


def export_images(references: Iterable[str], folder: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
    """Write images of the Docker engine into an OCI layout, each layer once, as `import_archive` takes it.

    Raises ImageMissing for one that the engine does not have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here = set()
    if (folder / "index.json").is_file():
        here = {one.annotations.get(_NAME) for one in _read_json(folder / "index.json", Index).manifests}
    for reference in references:
        if reference not in here:
            say(f"writing {reference}")
            _copy(f"docker-daemon:{reference}", folder, reference)


def unpacked_images() -> list[UnpackedImage]:
    """All images that are here."""
    return [root.image for root in every_root()]


def remove_unpacked(reference: str, *, say: Callable[[str], None] = lambda _: None) -> bool:
    """Remove an image unless a run uses it, and the layers that no other has; tell whether it was removed."""
    with locked(images_folder() / "pulled.lock"), locked(images_folder() / "lock"):  # in the order of `pull_unpacked`
        if find_root(reference) is None:
            return False
        if reference in held_references():  # asked each time, for a run may have begun
            say(f"{reference} stays: a run uses it")
            return False
        _discard(root_folder(reference))
        used = {digest for image in unpacked_images() for digest in image.layers}
        layers = (images_folder() / "layers").glob("[!.]*")
        unused = [layer for layer in layers if f"sha256:{layer.name}" not in used]
        if unused:
            _discard(images_folder() / "pulled")  # where their blobs seem to be here
        for layer in unused:
            _discard(layer)
    return True


def evict_unpacked(
    keep_bytes: int = 0, *, among: Container[str] | None = None, say: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Remove images of instances, the least recently used first, until their layers take at most `keep_bytes`.

    Counted are layers that no other kind of image has, of the images `among` these alone if given. What a run uses
    stays. Returns what was removed.
    """
    sizes = functools.cache(_layer_bytes)
    removed: list[str] = []
    stays = held_references()
    while True:
        images = unpacked_images()
        ours = [one for one in images if _is_instance(one) and (among is None or one.reference in among)]
        others = {digest for one in images if not _is_instance(one) for digest in one.layers}
        taken = sum(map(sizes, {digest for one in ours for digest in one.layers} - others))
        free = [one.reference for one in ours if one.reference not in stays]
        if taken <= keep_bytes or not free:
            return removed
        oldest = min(free, key=lambda reference: (last_used(reference) or 0.0, reference))
        if remove_unpacked(oldest, say=say):
            forget_use(oldest)
            removed.append(oldest)
        else:
            stays |= {oldest}


def _is_instance(image: UnpackedImage) -> bool:
    return image.reference.startswith(f"{NAMESPACE}/{INSTANCE}:")


def _discard(place: Path) -> None:
    """Remove a folder that may be used as long as it has its name: what is there is whole."""
    dead = _part_of(place)
    remove_tree(dead)
    if place.exists():
        place.rename(dead)
    remove_tree(dead)


def disk_bytes(references: Collection[str]) -> dict[str, tuple[int, int]]:
    """What each image takes alone and what it shares with others, in bytes; 0 and 0 for one that is not here."""
    layers = {one.reference: frozenset(one.layers) for one in unpacked_images()}
    users = Counter(digest for own in layers.values() for digest in own)
    sizes = {digest: _layer_bytes(digest) for digest in {one for name in references for one in layers.get(name, ())}}
    found = {}
    for name in references:
        own = [sizes[digest] for digest in layers.get(name, ()) if users[digest] == 1]
        shared = [sizes[digest] for digest in layers.get(name, ()) if users[digest] > 1]
        found[name] = sum(own), sum(shared)
    return found


def _layer_bytes(digest: str) -> int:
    total = 0
    for parent, _, names in os.walk(_layer_folder(digest) / _TREE):
        total += 4096 + sum(os.lstat(f"{parent}/{name}").st_blocks * 512 for name in names)
    return total


def sweep() -> list[str]:
    """Remove what killed processes left half unpacked; name it."""
    gone: list[str] = []
    if not images_folder().is_dir():
        return gone
    with locked(images_folder() / "lock"):
        folders = (images_folder(), *(images_folder() / name for name in ("roots", "layers", "temporary")))
        for left in (one for folder in folders for one in folder.glob(f"{_PART}*")):
            if left.parent.name == "temporary" and Path("/proc", left.name.removeprefix(_PART)).exists():
                continue  # an archive that another process is reading
            remove_tree(left)
            gone.append(str(left))
    return gone


def unpack(layout: Path, name: str, reference: str) -> UnpackedImage:
    """Unpack the image `name` of an OCI layout under `reference`, unless it is here."""
    manifest, config = _described(layout, name)
    if len(manifest.layers) != len(config.rootfs.diff_ids):
        raise InputError("an image whose layers are not those of its configuration", path=layout)
    env = tuple(config.config.env or ())
    with locked(images_folder() / "lock"):
        (images_folder() / "roots").mkdir(parents=True, exist_ok=True)
        images_folder().chmod(0o700)  # what is unpacked is nobody else's to run
        image = UnpackedImage(
            reference=reference, digest=_content_digest(config), layers=tuple(config.rootfs.diff_ids), env=env
        )
        try:
            for blob, digest in zip(manifest.layers, config.rootfs.diff_ids, strict=True):
                if not _layer_folder(digest).is_dir():
                    _unpack_layer(layout, blob, digest)
            if find_root(reference) is None:
                _make_root(image)
        except (OSError, RecursionError) as error:  # such as more links to one file than a file may have
            remove_tree(_part_of(root_folder(reference)))
            raise InputError(f"{reference} cannot be laid out: {error}", path=layout) from error
    return image


def _part_of(place: Path) -> Path:
    return place.with_name(f"{_PART}{place.name}")


def _content_digest(config: ImageConfig) -> str:
    held = msgspec.json.encode((config.rootfs.diff_ids, config.config.env))
    return f"sha256:{hashlib.sha256(held).hexdigest()}"


def _make_root(image: UnpackedImage) -> None:
    """Lay the layers over each other in a folder beside the image's, and give it its name."""
    place = root_folder(image.reference)
    part = _part_of(place)
    remove_tree(part)
    root = part / "rootfs"
    root.mkdir(parents=True)
    for digest in image.layers:
        layer = _layer_folder(digest)
        _lay(layer / _TREE, root, _read_files(layer / "files.json"))
    if not _mode(root / "etc"):
        (root / "etc").mkdir()
    if not stat.S_ISDIR(_mode(root / "etc")):
        raise InputError("an image whose /etc is no folder", path=place)
    for name in ETC:
        path = root / name
        if not stat.S_ISREG(_mode(path)):  # a box has its own over it, which needs a plain file
            _remove(path)
            path.touch()
    (part / "image.json").write_bytes(msgspec.json.encode(image))
    remove_tree(place)
    part.rename(place)


def _lay(layer: Path, root: Path, files: LayerFiles) -> None:
    """Put a layer's files over those that are there, by hard links; no link of the image is followed."""
    for name in files.removed:
        path = _inside(root, name)
        if path is not None:
            _remove(path)
    for name in files.emptied:
        path = _inside(root, name)
        if path is not None and stat.S_ISDIR(_mode(path)):
            for one in path.iterdir():
                _remove(one)
    listed = None if files.folders is None else set(files.folders)
    _merge(layer, root, "", listed)


def _merge(source: Path, target: Path, above: str, listed: set[str] | None) -> None:
    for entry in _entries(source):
        to, name = target / entry.name, f"{above}{entry.name}"
        there = _mode(to)
        if not entry.is_dir(follow_symlinks=False):
            if there:
                _remove(to)
            os.link(entry.path, to, follow_symlinks=False)
            continue
        new = not stat.S_ISDIR(there)
        if new:
            _remove(to)
            to.mkdir(0o700)
        else:
            to.chmod(there | 0o700)
        _merge(Path(entry.path), to, f"{name}/", listed)
        own = new or listed is None or name in listed  # else it stands in the layer for what is in it alone
        mode = entry.stat(follow_symlinks=False) if own else None
        to.chmod(there & 0o7777 if mode is None else mode.st_mode & 0o1777)
        if mode is not None:
            os.utime(to, ns=(mode.st_atime_ns, mode.st_mtime_ns))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except PermissionError:  # a folder that its owner may not read
        folder.chmod(0o700)
        return _entries(folder)


def _inside(root: Path, name: str) -> Path | None:
    """The path of an image's file; None where a link or a file is on the way."""
    *folders, last = [part for part in name.split("/") if part not in {"", "."}] or [""]
    if ".." in (*folders, last) or not last:
        return None
    here = root
    for part in folders:
        here /= part
        if not stat.S_ISDIR(_mode(here)):
            return None
    return here / last


def _mode(path: Path) -> int:
    """The mode of what is at a path; 0 where nothing is."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _remove(path: Path) -> None:
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        remove_tree(path)
    elif mode:
        path.unlink()


def remove_tree(path: Path) -> None:
    """Remove a folder and all below it, also folders that their owner may not write. Follows no link."""
    if not stat.S_ISDIR(_mode(path)):
        return
    waiting, empty = [path], []
    while waiting:
        folder = waiting.pop()
        folder.chmod(0o700)
        empty.append(folder)
        for one in _entries(folder):
            if one.is_dir(follow_symlinks=False):
                waiting.append(Path(one.path))
            else:
                Path(one.path).unlink()
    for folder in reversed(empty):  # no recursion, as an archive may say how deep it goes
        folder.rmdir()


def _unpack_layer(layout: Path, blob: Descriptor, digest: str) -> None:
    """Unpack one layer as an image of its own, so that it is unpacked once for all images that have it."""
    place = _layer_folder(digest)
    part = _part_of(place)
    remove_tree(part)
    part.mkdir(parents=True)
    alone = part / "layout"
    blobs = alone / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (blobs / _hex(blob.digest)).symlink_to(_blob(layout, blob.digest).resolve())
    kind = "application/vnd.oci.image"
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest]}}
    packed = "+gzip" if _is_gzip(_blob(layout, blob.digest)) else ""
    layer = {"mediaType": f"{kind}.layer.v1.tar{packed}", "digest": blob.digest, "size": blob.size}
    manifest = {"schemaVersion": 2, "config": _write_blob(blobs, f"{kind}.config.v1+json", config), "layers": [layer]}
    described = _write_blob(blobs, f"{kind}.manifest.v1+json", manifest)
    index = {"schemaVersion": 2, "manifests": [{**described, "annotations": {_NAME: "layer"}}]}
    (alone / "index.json").write_text(json.dumps(index), "utf-8")
    (alone / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', "utf-8")
    (part / _TREE).parent.mkdir()  # which is all that umoci removes for a whiteout of `..`
    _run(["umoci", "raw", "unpack", "--rootless", "--image", f"{alone}:layer", str(part / _TREE)], UNPACK_S)
    files = msgspec.to_builtins(_layer_files(_blob(layout, blob.digest)))
    (part / "files.json").write_text(json.dumps(files), "ascii")  # escaped, as names need not be UTF-8
    _drop_rights(part / _TREE)
    remove_tree(alone)
    part.rename(place)


def _write_blob(blobs: Path, kind: str, value: object) -> dict[str, object]:
    data = json.dumps(value).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}


def _drop_rights(tree: Path) -> None:
    for parent, _, names in os.walk(tree):
        for name in names:
            mode = os.lstat(f"{parent}/{name}").st_mode
            if stat.S_ISREG(mode) and mode & 0o6000:
                Path(parent, name).chmod(mode & 0o1777)


def _layer_files(blob: Path) -> LayerFiles:
    """Read a layer's whiteouts (`.wh.NAME`, `.wh..wh..opq`) and the folders that it lists."""
    removed, emptied, folders = [], [], []
    try:
        # All members of a gzip file are read, of which `tarfile` alone would read the first.
        with (
            gzip.open(blob) if _is_gzip(blob) else blob.open("rb") as plain,
            tarfile.open(None, "r|", plain) as archive,
        ):
            for entry in archive:
                name = entry.name.removeprefix("./").strip("/")
                parent, _, last = name.rpartition("/")
                if entry.isdir():
                    folders.append(name)
                elif last == ".wh..wh..opq":
                    emptied.append(parent)
                elif last.startswith(".wh."):
                    if last[4:] in {"", ".", ".."}:
                        raise InputError(f"a layer removes {name!r}, which is no file", path=blob)
                    removed.append(f"{parent}/{last[4:]}" if parent else last[4:])
                archive.members = []  # type: ignore[attr-defined]  # it would keep them all
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"a layer that cannot be read: {error}", path=blob) from error
    return LayerFiles(removed=removed, emptied=emptied, folders=folders)


def _is_gzip(blob: Path) -> bool:
    try:
        with blob.open("rb") as file:
            return file.read(2) == b"\x1f\x8b"
    except OSError as error:
        raise InputError(f"a layer that cannot be read: {error}", path=blob) from error


_NAME = "org.opencontainers.image.ref.name"


def _named(name: str) -> str:
    """An image's name as boxscore calls it, whatever the program that saved it put before it."""
    for before in _DOCKER_HUB:
        if name.startswith(before):
            return name.removeprefix(before)
    return name


def _images_of(archive: Path) -> tuple[str, list[str]]:
    """The kind of a saved archive, and the names of its images."""
    try:
        with tarfile.open(archive) as opened:
            for kind, known in _ARCHIVES.items():
                try:
                    file = opened.extractfile(known)
                except KeyError:
                    continue
                data = b"" if file is None else file.read(MANIFEST_BYTES)
                if kind == "docker-archive":
                    saved = msgspec.json.decode(data, type=list[SavedImage])
                    return kind, [tag for one in saved for tag in one.repo_tags or ("",)]
                index = msgspec.json.decode(data, type=Index)
                return kind, [one.annotations.get(_NAME, "") for one in index.manifests]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=archive) from error
    except (tarfile.TarError, msgspec.MsgspecError) as error:
        raise InputError(f"is no archive of images: {error}", path=archive) from error
    raise InputError(
        "is no archive of images: neither `docker save` nor `skopeo copy` writes one like it", path=archive
    )


def _described(layout: Path, name: str) -> tuple[Manifest, ImageConfig]:
    """Read the manifest and the configuration of an image in a layout, by their digests."""
    for one in _read_json(layout / "index.json", Index).manifests:
        if one.annotations.get(_NAME) == name:
            manifest = _read_blob(layout, one.digest, Manifest)
            return manifest, _read_blob(layout, manifest.config.digest, ImageConfig)
    raise ImageMissing(f"{layout} holds no image {name}")


def _read_blob(layout: Path, digest: str, kind: type[Any]) -> Any:
    path = _blob(layout, digest)
    data = _read_bounded(path) if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != _hex(digest):
        raise InputError(f"the blob {digest} is missing or damaged", path=layout)
    return _decoded(data, kind, path)


def _read_json(path: Path, kind: type[Any]) -> Any:
    return _decoded(_read_bounded(path), kind, path)


def _read_bounded(path: Path) -> bytes:
    """What a file holds, cut where it is longer than any manifest is."""
    try:
        with path.open("rb") as file:
            return file.read(MANIFEST_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error


def _decoded(data: bytes, kind: type[Any], path: Path) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"is not understood: {error}", path=path) from error


def _read_files(path: Path) -> LayerFiles:
    return msgspec.convert(json.loads(path.read_bytes()), LayerFiles)


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / "sha256" / _hex(digest)


def _hex(digest: str) -> str:
    found = _DIGEST.fullmatch(digest)
    if found is None:
        raise ImageMissing(f"an image names {digest[:100]!r}, which is no SHA-256 digest")
    return found[1]


def _layer_folder(digest: str) -> Path:
    return images_folder() / "layers" / _hex(digest)


def _empty_blobs(layout: Path) -> None:
    """Give the room of unpacked layers back: a file of that name and size keeps skopeo from fetching it again."""
    for blob in (layout / "blobs" / "sha256").iterdir():
        size = blob.stat().st_size
        if size > MANIFEST_BYTES or blob.read_bytes()[:1] != b"{":
            os.truncate(blob, 0)
            os.truncate(blob, size)


@contextmanager
def _temporary() -> Iterator[Path]:
    folder = images_folder() / "temporary" / f"{_PART}{os.getpid()}"
    remove_tree(folder)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        remove_tree(folder)


def _copy(source: str, layout: Path, name: str, *options: str) -> None:
    layout.mkdir(parents=True, exist_ok=True)
    words = ["skopeo", "--insecure-policy", "copy", "--quiet", *options, source, f"oci:{layout}:{name}"]
    _run(words, COPY_S)  # the digest, not a signature, says what an image is


def _run(command: list[str], timeout_s: float) -> None:
    """Run skopeo or umoci. Raises SandboxUnavailable where it is not here, ImageMissing where it fails."""
    program = command[0]
    # One that outlived us would write where the next of us unpacks.
    ends_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") and shutil.which(program) else []
    try:
        done = run_child([*ends_with_us, *command], timeout_s=timeout_s)
    except FileNotFoundError as error:
        raise SandboxUnavailable(f"the program {program} is not installed", details=(INSTALL,)) from error
    except subprocess.TimeoutExpired as error:
        raise ImageMissing(f"{program} did not end within {timeout_s:.0f} s") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise ImageMissing(f"{program} failed: {' '.join(lines[-1:])[-500:] or f'status {done.returncode}'}")
