"""The commands below `boxscore images`; bodies are in `environment_images` and `instance_images`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from boxscore.cli.help import Group
from boxscore.cli.options import Bench, Data, Json, Limit, Only, command, option

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.run.request import Request

images = typer.Typer(
    name="images",
    help="Plan, build, check and clean images of boxes.",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Images, or one benchmark; the images without it if none is named."),
]
Mirror = Annotated[
    str | None,
    option("--mirror", metavar="HOST", help="A registry to ask in place of the one named."),
]
BuildWorkers = Annotated[
    int,
    option("-j", "--workers", metavar="N", min=1, help="Builds and pulls at once.", env="BOXSCORE_BUILD_WORKERS"),
]
MinFree = Annotated[
    float,
    option("--min-free-gb", metavar="GB", min=0, help="What must stay free on the disk."),
]


@command(images)
def build(  # noqa: PLR0913 - options of a command
    names: Names = None,
    *,
    only: Only = None,
    limit: Limit = None,
    data: Data = None,
    workers: BuildWorkers = 2,
    mirror: Mirror = None,
    min_free_gb: MinFree = 2.0,
    force: Annotated[bool, option("--force", help="Build again what is there.")] = False,
    json: Json = False,
) -> int:
    """Build what is missing of NAMEs, or of a benchmark's images."""
    from boxscore.cli import environment_images, instance_images  # noqa: PLC0415 - keeps --help fast

    request = _request(names[0], only, limit, data) if names and instance_images.is_benchmark(names) else None
    shared = None if request is None else instance_images.shared_image(request)
    if request is not None and shared is None:
        code = instance_images.build_instances_command(
            request, workers=workers, mirror=mirror, min_free_gb=min_free_gb, force=force, json=json
        )
    else:
        code = environment_images.build_command((shared,) if shared else names or (), force=force, json=json)
    return code


@command(images)
def check(names: Names = None, *, only: Only = None, limit: Limit = None, data: Data = None, json: Json = False) -> int:
    """Say which images are here, and that no repository has history."""
    from boxscore.cli import environment_images, instance_images  # noqa: PLC0415 - keeps --help fast

    if names and instance_images.is_benchmark(names):
        return instance_images.check_instances_command(_request(names[0], only, limit, data), json=json)
    return environment_images.check_command(names or (), json=json)


@command(images)
def plan(bench: Bench, *, only: Only = None, limit: Limit = None, data: Data = None, json: Json = False) -> int:
    """Say what a benchmark's images take, and if they fit."""
    from boxscore.cli.instance_images import plan_command  # noqa: PLC0415 - keeps --help fast

    return plan_command(_request(bench, only, limit, data), json=json)


@command(images, hidden=True)
def digests(  # noqa: PLR0913 - options of a command
    bench: Bench,
    *,
    only: Only = None,
    limit: Limit = None,
    data: Data = None,
    workers: BuildWorkers = 2,
    mirror: Mirror = None,
) -> int:
    """Print the digests of instances' published images.

    The registry is asked for what they are now; BOXSCORE_DIGESTS takes what is printed.
    """
    from boxscore.cli.instance_images import digests_command  # noqa: PLC0415 - keeps --help fast

    return digests_command(_request(bench, only, limit, data), workers=workers, mirror=mirror)


@command(images)
def clean(
    *,
    everything: Annotated[bool, option("--all", help="Also those that this version uses.")] = False,
    keep_gb: Annotated[
        float | None,
        option(
            "--keep-gb",
            metavar="GB",
            min=0,
            help="Images of instances only: the least recently used, until so much is left.",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Remove our images that are not used, or not for long."""
    from boxscore.cli import environment_images, instance_images  # noqa: PLC0415 - keeps --help fast

    if keep_gb is not None:
        return instance_images.evict_command(keep_gb, json=json)
    return environment_images.clean_command(everything=everything, json=json)


def _request(bench: str, only: list[str] | None, limit: int | None, data: Path | None) -> Request:
    from boxscore.run.request import Request  # noqa: PLC0415 - keeps --help fast

    return Request(benchmark=bench, only=tuple(only or ()), limit=limit, data=data)
