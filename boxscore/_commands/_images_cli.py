"""The commands below `boxscore images`; bodies are in `_images`."""

from __future__ import annotations

from typing import Annotated

import typer

from boxscore._commands._options import Json  # noqa: TC001 - typer reads annotations at run time

images = typer.Typer(
    name="images",
    help="Build, pull, check and clean the images of the boxes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Images; all of them if none is named.")]


@images.command()
def build(
    names: Names = None,
    *,
    force: Annotated[bool, typer.Option("--force", envvar="BOXSCORE_FORCE", help="Build again what is there.")] = False,
    json: Json = False,
) -> None:
    """Build the images that are missing, from a registry's base or from Debian's packages."""
    from boxscore._commands._images import build_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(build_command(names or (), force=force, json=json))


@images.command()
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The image it shall serve as.")],
    pinned: Annotated[str, typer.Argument(metavar="REPOSITORY@sha256:…", help="What to pull.")],
    *,
    mirror: Annotated[
        str | None,
        typer.Option(metavar="HOST", envvar="BOXSCORE_MIRROR", help="A registry to ask in place of the one named."),
    ] = None,
    json: Json = False,
) -> None:
    """Get an image from a registry, by digest."""
    from boxscore._commands._images import pull_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(pull_command(name, pinned, mirror=mirror, json=json))


@images.command()
def check(names: Names = None, *, json: Json = False) -> None:
    """Say which images are here and look for files that would give their user more rights."""
    from boxscore._commands._images import check_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(check_command(names or (), json=json))


@images.command()
def clean(
    *,
    everything: Annotated[
        bool, typer.Option("--all", envvar="BOXSCORE_ALL", help="Also those that this version uses.")
    ] = False,
    json: Json = False,
) -> None:
    """Remove our images that this version does not use."""
    from boxscore._commands._images import clean_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(clean_command(everything=everything, json=json))
