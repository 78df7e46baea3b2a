"""The commands below `boxscore init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

init = typer.Typer(
    name="init", help="Write the files of something new, ready to run.", no_args_is_help=True, rich_markup_mode=None
)


@init.callback()
def _init() -> None:
    """Write the files of something new, ready to run."""


@init.command()
def harness(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the benchmark shall be called.")],
    *,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", envvar="BOXSCORE_DIR", help="Where to write it.", show_default=True)
    ] = Path(),
) -> None:
    """Write a working harness, three rows of data and its test; nothing is overwritten."""
    from boxscore.cli.output import say  # noqa: PLC0415 - keeps --help fast
    from boxscore.data.new_harness import write_harness  # noqa: PLC0415 - keeps --help fast

    paths = write_harness(name, folder)
    for path in paths:
        say(f"wrote {path}")
    say(f"next: boxscore validate {_as_path(paths[0])}; pytest {paths[2]}")


def _as_path(path: Path) -> str:
    return f"./{path}" if len(path.parts) == 1 else str(path)
