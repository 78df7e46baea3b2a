"""What `--help` and `--help-all` print: commands in groups, options in panels, the usual ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup, TyperOption

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter
    from typer.core import TyperCommand


class Group(TyperGroup):
    """A group whose help is laid out in panels, while errors stay plain lines."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Print the help."""
        del formatter
        show_help(self, ctx)


def show_all(ctx: typer.Context, asked: bool) -> None:  # noqa: FBT001 - typer's callback
    """Print the help with every option and end, if asked for."""
    if asked:
        show_help(ctx.command, ctx, every=True)  # type: ignore[arg-type]
        raise typer.Exit


def show_help(command: TyperCommand | TyperGroup, ctx: Context, *, every: bool = False) -> None:
    """Print the help of a command; unless `every` is asked for, only how many options are in panels of their own."""
    from typer.rich_utils import rich_format_help  # noqa: PLC0415 - slow to import

    options = [one for one in command.params if isinstance(one, TyperOption)]
    rare = [one for one in options if one.rich_help_panel and one.name != "help_all"]
    if any(one.name == "help_all" for one in options) and not every:
        for one in rare:
            one.hidden = True
        command.epilog = f"{len(rare)} more options: {ctx.command_path} --help-all"
    rich_format_help(obj=command, ctx=ctx, markup_mode="rich")
