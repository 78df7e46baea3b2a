"""The commands below `boxscore instances`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boxscore.cli.help import Group
from boxscore.cli.options import Data, Json, Only, Timeout, Workers, command, given_path, option

instances = typer.Typer(
    name="instances",
    help="Make a benchmark of your own repositories.",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[
    Path,
    option("--file", parser=given_path, metavar="FILE", help="The JSON Lines file to add the instance to."),
]
Repo = Annotated[
    Path,
    option("--repo", parser=given_path, metavar="DIR", help="A git repository."),
]
Base = Annotated[
    str | None,
    option("--base", metavar="SHA", help="The commit before the fix."),
]
Patch = Annotated[
    Path | None,
    option("--patch", parser=given_path, metavar="FILE", help="The fix, as a diff."),
]
TestPatch = Annotated[
    Path | None,
    option("--test-patch", parser=given_path, metavar="FILE", help="Its tests, as a diff."),
]
Span = Annotated[
    str | None,
    option(
        "--range",
        metavar="BASE..HEAD",
        help="Commits of a fix and its tests, in place of --base, --patch and --test-patch.",
    ),
]
Statement = Annotated[
    Path | None,
    option(
        "--statement",
        parser=given_path,
        metavar="FILE",
        help="The problem statement.  [default: the commit messages of the range]",
    ),
]
Name = Annotated[str | None, option("--id", metavar="ID", help="The id of the instance.")]
TestPath = Annotated[
    list[str] | None,
    option(
        "--test-path", metavar="PATTERN", help="Also treat files that match this pattern as tests; may be repeated."
    ),
]
Python = Annotated[
    str | None,
    option("--python", metavar="X.Y", help="The version of Python."),
]
Install = Annotated[
    list[str] | None,
    option("--install", metavar="COMMAND", help="Install with this, instead of what is detected; may be repeated."),
]
Build = Annotated[
    list[str] | None,
    option("--build", metavar="COMMAND", help="Run this after each patch, before the tests; may be repeated."),
]
TestCommand = Annotated[
    str | None,
    option(
        "--test-command",
        metavar="COMMAND",
        help="Run the tests with this; {tests} stands for the files of the test patch.",
    ),
]
Parser = Annotated[
    str | None,
    option("--parser", metavar="NAME", help="The parser of the test log."),
]
Requirements = Annotated[
    list[Path] | None,
    option(
        "--requirements",
        parser=given_path,
        metavar="FILE",
        help="Also install what this file of yours lists; may be repeated.",
    ),
]
Date = Annotated[
    str | None,
    option("--date", metavar="DATE", help="Install packages as of this day (YYYY-MM-DD), none newer."),
]
Dockerfile = Annotated[
    Path | None,
    option(
        "--dockerfile",
        parser=given_path,
        metavar="FILE",
        help="Install with these Dockerfile instructions, instead of what is detected.",
    ),
]
Repeat = Annotated[
    int,
    option("--repeat", metavar="R", min=1, help="How often to run the tests, before and after."),
]
Replace = Annotated[
    bool,
    option("--replace", help="Replace an instance of the same id in the file."),
]


@instances.callback()
def _instances() -> None:
    """Make a benchmark of your own repositories."""


@command(instances)
def new(  # noqa: PLR0913 - the options of one command
    *,
    repo: Repo,
    base: Base = None,
    patch: Patch = None,
    test_patch: TestPatch = None,
    span: Span = None,
    statement: Statement = None,
    file: File,
    name: Name = None,
    test_path: TestPath = None,
    python: Python = None,
    install: Install = None,
    build: Build = None,
    test_command: TestCommand = None,
    parser: Parser = None,
    requirements: Requirements = None,
    date: Date = None,
    dockerfile: Dockerfile = None,
    repeat: Repeat = 3,
    replace: Replace = False,
    workers: Workers = None,
    timeout: Timeout = None,
    json: Json = False,
) -> int:
    """Make an instance from a fix: build, test before and after, write its row."""
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
    return new_command(options)


@command(instances)
def export(
    bench: Annotated[str, typer.Argument(metavar="FILE", help="A file of rows, or another benchmark of patches.")],
    folder: Annotated[Path, typer.Argument(parser=given_path, metavar="DIR", help="Where to write.")],
    *,
    to: Annotated[
        str,
        option("--to", metavar="FORM", help="harbor (a folder a task) or swe-bench (rows)."),
    ],
    instance: Only = None,
    data: Data = None,
) -> int:
    """Write instances as other programs read them."""
    from boxscore.cli.export_instances import export_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.request import Request  # noqa: PLC0415 - keeps --help fast

    request = Request(benchmark=bench, only=tuple(instance or ()), data=data)
    return export_command(request, folder, to=to)
