"""`boxscore images`: those that are built from `images/`, and those of a benchmark's instances."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from boxscore.boxes.local.roots import find_root, images_folder
from boxscore.checks import Count
from boxscore.cli.options import Json, argument, command
from boxscore.cli.output import OK, UNMET, print_json, print_table, say
from boxscore.data.plugin_calls import make_task, published_image
from boxscore.errors import BoxscoreError, SandboxUnavailable, UsageError
from boxscore.images import disk, environments, unpacked
from boxscore.images.build import BuildOptions
from boxscore.images.instances import check_instance_images, ensure_instance_images
from boxscore.images.layers import PINNED, instance_reference
from boxscore.images.plan import make_plan
from boxscore.images.pull import resolve_digest
from boxscore.images.recipes import recipes, reference
from boxscore.option import option
from boxscore.protocols.registry import protocol_of
from boxscore.report.numbers import counted
from boxscore.run.prepare import load_benchmark
from boxscore.run.progress import show_builds
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.images.records import InstanceImage

ASKED = ("only", "limit", "data")
Names = Annotated[
    list[str] | None,
    argument("[NAME]...", "Images, or one benchmark; the images without it if none is named."),
]
Mirror = Annotated[str | None, option("--mirror", "A registry to ask in place of the one named.", metavar="HOST")]
BuildWorkers = Annotated[
    Count, option("-j --workers", "Builds and pulls at once.", metavar="N", env="BOXSCORE_BUILD_WORKERS")
]
Gigabytes = Annotated[float, msgspec.Meta(ge=0)]
MinFree = Annotated[Gigabytes, option("--min-free-gb", "What must stay free on the disk.", metavar="GB")]
Archive = Annotated[
    Path,
    argument(
        "ARCHIVE",
        "Of `docker save` or `skopeo copy`, a folder of `images export`, or a registry's `HOST/NAME:TAG@sha256:…`.",
    ),
]
Folder = Annotated[Path, argument("DIR", "Where the images are written, each layer once.")]
_GB = 1e9


class UnpackedInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An image that local boxes are made of: what it takes alone, and what it shares with others."""

    reference: str
    present: bool
    own_bytes: int
    shared_bytes: int


@command("images build", request=ASKED)
def build(
    bench: Names = None,
    *,
    request: Request,
    workers: BuildWorkers = 2,
    mirror: Mirror = None,
    min_free_gb: MinFree = 2.0,
    force: Annotated[bool, option("--force", "Build again what is there.")] = False,
    json: Json = False,
) -> int:
    """Build what is missing of NAMEs, or of a benchmark's images."""
    options = BuildOptions.from_environment(force=force)
    images, names = _asked(bench, request)
    if images:
        return _build_instances(
            images, names, workers=workers, mirror=mirror, min_free_gb=min_free_gb, options=options, json=json
        )
    return _print(environments.build(names, options=options, say=say), json=json)


@command("images import")
def import_command(archive: Archive, *, json: Json = False) -> int:
    """Unpack images for local boxes, saved ones or one of a registry."""
    pinned = PINNED.fullmatch(str(archive))
    found = (unpacked.pull_unpacked(str(archive), say=say),) if pinned else unpacked.import_archive(archive, say=say)
    if json:
        print_json(found)
        return OK
    sizes = unpacked.disk_bytes([one.reference for one in found])
    rows = [(one.reference, one.digest, *map(_gigabytes, sizes[one.reference])) for one in found]
    print_table(("image", "digest", "own", "shared"), rows)
    return OK


@command("images export", request=ASKED)
def export_command(request: Request, folder: Folder) -> int:
    """Write a benchmark's images, for machines without an engine; build or pull what is missing."""
    images, names = needed_by(request)
    if names:
        environments.build(names, say=say)
    with show_builds(len(images), say):
        missing = [one for one in ensure_instance_images(images) if one.error]
    for one in missing:
        say(f"{one.name}: {one.error}")
    if missing:
        return UNMET
    references = list(dict.fromkeys([*map(instance_reference, images), *map(reference, names)]))
    unpacked.export_images(references, folder, say=say)
    say(f"{counted(len(references), 'image')} in {folder}; elsewhere: `boxscore images import {folder}`")
    return OK


@command("images check", request=ASKED)
def check(bench: Names = None, *, request: Request, json: Json = False) -> int:
    """Say which images are here, and that no repository has history; without an engine, what is unpacked."""
    images, names = _asked(bench, request)
    try:
        return _check_instances(images, json=json) if images else _print(environments.check(names), json=json)
    except SandboxUnavailable as error:
        if not images_folder().is_dir():
            raise
        say(f"unpacked images only, which were checked where they were built: {error}")
    return _check_unpacked([*map(instance_reference, images), *map(reference, names)], json=json)


def _check_unpacked(wanted: list[str], *, json: bool) -> int:
    """Say which of the unpacked images are here, all if none is wanted; exit with 1 if one is missing."""
    wanted = wanted or [one.reference for one in unpacked.unpacked_images()]
    wanted = list(dict.fromkeys(wanted))
    sizes = unpacked.disk_bytes(wanted)
    found = [
        UnpackedInfo(
            reference=name, present=find_root(name) is not None, own_bytes=sizes[name][0], shared_bytes=sizes[name][1]
        )
        for name in wanted
    ]
    if json:
        print_json(found)
    else:
        rows = [
            (one.reference, "yes" if one.present else "no", _gigabytes(one.own_bytes), _gigabytes(one.shared_bytes))
            for one in found
        ]
        print_table(("image", "here", "own", "shared"), rows)
    return OK if all(one.present for one in found) else UNMET


@command("images clean")
def clean(
    *,
    everything: Annotated[bool, option("--all", "Also those that this version uses.")] = False,
    keep_gb: Annotated[
        Gigabytes | None,
        option("--keep-gb", "Images of instances only: the least recently used, until so much is left.", metavar="GB"),
    ] = None,
    json: Json = False,
) -> int:
    """Remove our images that are not used, or not for long."""
    removed = unpacked.sweep() if keep_gb is None else unpacked.evict_unpacked(int(keep_gb * _GB), say=say)
    if everything and keep_gb is None:
        here = [one.reference for one in unpacked.unpacked_images()]
        removed += [reference for reference in here if unpacked.remove_unpacked(reference, say=say)]
    try:
        if keep_gb is not None:
            removed += disk.evict(int(keep_gb * _GB), say=say)
        else:
            removed += environments.clean(everything=everything, say=say)
    except SandboxUnavailable as error:
        if not images_folder().is_dir():
            raise
        say(f"unpacked images only: {error}")
    if json:
        print_json(removed)
    else:
        say(f"removed {len(removed)}: {', '.join(removed)}" if removed else "nothing to remove")
    return OK


def is_benchmark(names: Sequence[str]) -> bool:
    """Whether names are one benchmark and not recipes. Raises UsageError for a mixture."""
    known = {one.name for one in recipes()}
    strange = [name for name in names if name not in known]
    if strange and len(names) > 1:
        raise UsageError(
            f"{strange[0]!r} is no image of {', '.join(sorted(known))}; to select a whole benchmark, give only its name"
        )
    return bool(strange)


def _asked(bench: list[str] | None, request: Request) -> tuple[list[InstanceImage], list[str]]:
    """The images of a benchmark, or the recipes that are named."""
    return needed_by(request) if bench and is_benchmark(bench) else ([], bench or [])


def needed_by(request: Request) -> tuple[list[InstanceImage], list[str]]:
    """What the instances asked for need: images of their own, and recipes that they share."""
    benchmark = load_benchmark(request)
    tasks = [make_task(benchmark.harness, instance) for instance in benchmark.asked]
    images = [list(protocol_of(task).images(task)) for task in tasks]
    names = [name for task in tasks for name in protocol_of(task).recipes(task)]
    if benchmark.harness.image is not None and not all(images):
        names.append(benchmark.harness.image)
    return list(chain.from_iterable(images)), list(dict.fromkeys(names))


def _build_instances(
    images: Sequence[InstanceImage],
    names: Sequence[str],
    *,
    workers: int,
    mirror: str | None,
    min_free_gb: float,
    options: BuildOptions,
    json: bool,
) -> int:
    if names:
        environments.build(names, options=replace(options, force=False), say=say)
    reserve_bytes = int(min_free_gb * _GB)
    plan = make_plan(images, reserve_bytes=reserve_bytes)
    with show_builds(plan.images if options.force else plan.missing, say):
        found = ensure_instance_images(
            images,
            workers=workers,
            options=options,
            mirror=mirror,
            reserve_bytes=reserve_bytes,
        )
    if json:
        print_json(found)
    else:
        print_table(
            ("instance", "reference", "here"),
            [(one.name, one.reference, "yes" if one.present else "no") for one in found],
        )
    for one in found:
        if one.error:
            say(f"{one.name}: {one.error}")
    return UNMET if any(one.error for one in found) else OK


def _check_instances(images: Sequence[InstanceImage], *, json: bool) -> int:
    """Look into the images; exit with 1 if one is missing or not as it must be."""
    found = check_instance_images(images)
    if json:
        print_json(found)
    else:
        rows = [
            (
                one.name,
                one.reference,
                "yes" if one.ok else "no",
                "; ".join(one.problems) or "-",
            )
            for one in found
        ]
        print_table(("instance", "reference", "as it must be", "problems"), rows)
        for one in found:
            if one.elsewhere:
                say(f"{one.name}: other repositories in its image: {', '.join(one.elsewhere)}")
    return OK if all(one.ok for one in found) else UNMET


@command("images digests", request=ASKED)
def digests_command(request: Request, *, workers: BuildWorkers = 2, mirror: Mirror = None) -> int:
    """Print the digests of instances' published images.

    The registry is asked for what they are now; BOXSCORE_DIGESTS takes what is printed.
    """
    benchmark = load_benchmark(request)
    named = (published_image(benchmark.harness, one) for one in benchmark.asked)
    images = list(dict.fromkeys(name for name in named if name))
    if not images:
        raise UsageError(f"instances of {benchmark.harness.name} name no published images")

    def ask(image: str) -> str | BoxscoreError:
        try:
            return resolve_digest(image, mirror=mirror)
        except BoxscoreError as error:
            return error

    with ThreadPoolExecutor(max_workers=workers) as pool:
        found = dict(zip(images, pool.map(ask, images), strict=True))
    for problem in found.values():
        if isinstance(problem, BoxscoreError):
            say(str(problem))
    digests = {image: digest for image, digest in found.items() if isinstance(digest, str)}
    print_json(digests)
    return OK if len(digests) == len(images) else UNMET


def _gigabytes(size: int) -> str:
    return f"{size / _GB:.1f} GB"


def _size(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:.0f} MB"


def _print(found: Sequence[environments.ImageInfo], *, json: bool) -> int:
    if json:
        print_json(found)
    else:
        rows = [
            (one.name, one.reference, "yes" if one.present else "no", one.digest or "-", _size(one.size_bytes))
            for one in found
        ]
        print_table(("image", "reference", "here", "digest", "size"), rows)
    return OK if all(one.present and not one.privileged for one in found) else UNMET
