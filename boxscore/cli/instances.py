"""`boxscore init`, and `boxscore instances export`: instances as tasks of Harbor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boxscore.cli import new_instance  # noqa: F401 - registers its command
from boxscore.cli.options import argument, command, given_path
from boxscore.cli.output import OK, say
from boxscore.data.new_harness import write_harness
from boxscore.data.plugin_calls import make_task
from boxscore.instances.harbor import harbor_task, write_task
from boxscore.option import option
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.task import PatchTask
from boxscore.report.numbers import counted
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request


@command("instances export", request=("only", "data"))
def export_command(
    bench: Annotated[str, argument("FILE", "A file of rows, or another benchmark of patches.")],
    folder: Annotated[Path, typer.Argument(parser=given_path, metavar="DIR", help="Where to write.")],
    *,
    request: Request,
) -> int:
    """Write instances as tasks of Harbor."""
    del bench  # which is the request's
    benchmark = load_benchmark(request)
    made = [
        harbor_task(one, narrowed(make_task(benchmark.harness, one), PatchTask, one.instance_id))
        for one in benchmark.asked
    ]
    for one in made:
        write_task(folder, one)
    say(f"wrote {counted(len(made), 'task')} to {folder}: harbor run -p {folder} -a oracle")
    return OK


@command("init")
def init(
    name: Annotated[str, argument("NAME", "What the benchmark shall be called.")],
    *,
    folder: Annotated[Path, option("--dir", "Where to write it.", metavar="DIR")] = Path(),
) -> int:
    """Write a working harness, three rows of data and its test."""
    paths = write_harness(name, folder)
    for path in paths:
        say(f"wrote {path}")
    harness = f"./{paths[0]}" if len(paths[0].parts) == 1 else str(paths[0])
    say(f"next: boxscore validate {harness}; pytest {paths[2]}")
    return OK
