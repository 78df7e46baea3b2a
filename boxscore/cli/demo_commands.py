"""The commands below `boxscore demo`."""

from __future__ import annotations

import typer

from boxscore.cli.options import Backend, Json  # noqa: TC001 - typer reads them at run time

demo = typer.Typer(
    name="demo",
    help="See what boxscore is for, on samples of its own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@demo.callback()
def _demo() -> None:
    """See what boxscore is for, on samples of its own."""


@demo.command()
def cheat(*, backend: Backend = "auto", json: Json = False) -> None:
    """Grade answers that forge a pass, by a plain check and by boxscore."""
    from boxscore.cli.demo import cheat_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(cheat_command(backend, json=json))
