"""The commands below `boxscore instances`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boxscore.cli.options import Data, Json, Only, Timeout, Workers, given_path

instances = typer.Typer(
    name="instances",
    help="Make a benchmark of your own repositories.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[
    Path,
    typer.Option(
        "--file",
        parser=given_path,
        metavar="FILE",
        envvar="BOXSCORE_FILE",
        help="The file of rows that the instance is added to.",
    ),
]


@instances.callback()
def _instances() -> None:
    """Make a benchmark of your own repositories."""


@instances.command()
def new(  # noqa: PLR0913 - the options of one command
    *,
    repo: Annotated[
        Path,
        typer.Option("--repo", parser=given_path, metavar="DIR", envvar="BOXSCORE_REPO", help="A git repository."),
    ],
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="SHA", envvar="BOXSCORE_BASE", help="The commit before the fix."),
    ] = None,
    patch: Annotated[
        Path | None,
        typer.Option("--patch", parser=given_path, metavar="FILE", envvar="BOXSCORE_PATCH", help="The fix, as a diff."),
    ] = None,
    test_patch: Annotated[
        Path | None,
        typer.Option(
            "--test-patch",
            parser=given_path,
            metavar="FILE",
            envvar="BOXSCORE_TEST_PATCH",
            help="Its tests, as a diff.",
        ),
    ] = None,
    span: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="BASE..HEAD",
            envvar="BOXSCORE_RANGE",
            help="Commits of a fix and its tests, in place of --base, --patch and --test-patch.",
        ),
    ] = None,
    statement: Annotated[
        Path | None,
        typer.Option(
            "--statement",
            parser=given_path,
            metavar="FILE",
            envvar="BOXSCORE_STATEMENT",
            help="What a model is asked.  [default: the messages of the range]",
        ),
    ] = None,
    file: File,
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", envvar="BOXSCORE_ID", help="What the instance is called.")
    ] = None,
    test_path: Annotated[
        list[str] | None,
        typer.Option(
            "--test-path",
            metavar="PATTERN",
            envvar="BOXSCORE_TEST_PATH",
            help="Also take files of this pattern for tests; may be given often.",
        ),
    ] = None,
    python: Annotated[
        str | None,
        typer.Option("--python", metavar="X.Y", envvar="BOXSCORE_PYTHON", help="The version of Python."),
    ] = None,
    install: Annotated[
        list[str] | None,
        typer.Option(
            "--install",
            metavar="COMMAND",
            envvar="BOXSCORE_INSTALL",
            help="Install by this, in place of what is found; may be given often.",
        ),
    ] = None,
    build: Annotated[
        list[str] | None,
        typer.Option(
            "--build",
            metavar="COMMAND",
            envvar="BOXSCORE_BUILD",
            help="Run this after each patch, before the tests; may be given often.",
        ),
    ] = None,
    test_command: Annotated[
        str | None,
        typer.Option(
            "--test-command",
            metavar="COMMAND",
            envvar="BOXSCORE_TEST_COMMAND",
            help="Test by this; {tests} stands for the files of the test patch.",
        ),
    ] = None,
    parser: Annotated[
        str | None,
        typer.Option("--parser", metavar="NAME", envvar="BOXSCORE_PARSER", help="How the log of the tests is read."),
    ] = None,
    requirements: Annotated[
        list[Path] | None,
        typer.Option(
            "--requirements",
            parser=given_path,
            metavar="FILE",
            envvar="BOXSCORE_REQUIREMENTS",
            help="Also install what this file of yours lists; may be given often.",
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="DATE",
            envvar="BOXSCORE_DATE",
            help="Install packages as of this day (YYYY-MM-DD), none that are newer.",
        ),
    ] = None,
    dockerfile: Annotated[
        Path | None,
        typer.Option(
            "--dockerfile",
            parser=given_path,
            metavar="FILE",
            envvar="BOXSCORE_DOCKERFILE",
            help="Install by these instructions, in place of what is found.",
        ),
    ] = None,
    repeat: Annotated[
        int,
        typer.Option(
            "--repeat", metavar="R", min=1, envvar="BOXSCORE_REPEAT", help="How often the tests run before and after."
        ),
    ] = 3,
    replace: Annotated[
        bool,
        typer.Option("--replace", envvar="BOXSCORE_REPLACE", help="Replace an instance of the same id in the file."),
    ] = False,
    workers: Workers = None,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Make an instance of a fix: build, test before and after, write its row."""
    from boxscore.cli.new_instance import NewOptions, new_command  # noqa: PLC0415 - keeps --help fast

    options = NewOptions(
        repo=repo,
        base=base,
        patch=patch,
        test_patch=test_patch,
        span=span,
        statement=statement,
        file=file,
        name=name,
        test_paths=tuple(test_path or ()),
        python=python,
        install=tuple(install or ()),
        build=tuple(build or ()),
        test_command=test_command,
        parser=parser,
        requirements=tuple(requirements or ()),
        date=date,
        dockerfile=dockerfile,
        repeat=repeat,
        replaces=replace,
        workers=workers,
        cpu_s=timeout,
        json=json,
    )
    raise typer.Exit(new_command(options))


@instances.command()
def export(
    bench: Annotated[str, typer.Argument(metavar="FILE", help="A file of rows, or another benchmark of patches.")],
    folder: Annotated[Path, typer.Argument(parser=given_path, metavar="DIR", help="Where to write.")],
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="FORM", envvar="BOXSCORE_TO", help="harbor (a folder a task) or swe-bench (rows)."
        ),
    ],
    instance: Only = None,
    data: Data = None,
) -> None:
    """Write instances as other programs read them."""
    from boxscore.cli.export_instances import export_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.prepare import Request  # noqa: PLC0415 - keeps --help fast

    request = Request(benchmark=bench, only=tuple(instance or ()), data=data)
    raise typer.Exit(export_command(request, folder, to=to))
