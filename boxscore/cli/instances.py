"""`boxscore init`, and `boxscore instances export`: instances as tasks of Harbor."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from boxscore.cli import new_instance  # noqa: F401 - registers its command
from boxscore.cli.options import argument, command, given_path
from boxscore.cli.output import OK, say
from boxscore.data.plugin_calls import make_task
from boxscore.data.plugins import shipped_harness
from boxscore.errors import UsageError
from boxscore.instances.harbor import harbor_task, write_task
from boxscore.option import option
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.task import PatchTask
from boxscore.report.numbers import counted
from boxscore.resources import package
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


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


def write_harness(name: str, folder: Path) -> tuple[Path, ...]:
    """Write a harness, its data and its test into `folder`, and return their paths.

    Raises UsageError for a name that cannot be one and where a file is there already: nothing is written then.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a harness's name: use small letters, digits and - or _, a letter first")
    file = name.replace("-", "_")
    if shipped_harness(name) is not None:
        raise UsageError(f"{name!r} is a benchmark that ships with boxscore: choose another name")
    if file == "conftest" or file in sys.stdlib_module_names:
        raise UsageError(f"{file}.py would hide the module {file!r} from tests beside it: choose another name")
    words = {"name": name, "file": file, "kind": "".join(part.capitalize() for part in re.split("[-_]", name))}
    paths = tuple(folder / one for one in (f"{file}.py", f"{file}.jsonl", f"test_{file}.py"))
    there = [str(path) for path in paths if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}; choose another name, or another folder with --dir")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, source in zip(paths, ("harness", "harness_rows", "harness_test"), strict=True):
            template = Template((package() / f"data/templates/{source}.txt").read_text("utf-8"))
            with path.open("x", encoding="utf-8") as new:
                new.write(template.substitute(words))
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    return paths
