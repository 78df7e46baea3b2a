"""`boxscore init`, and `boxscore instances export`: instances as tasks of Harbor or as rows of SWE-bench."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boxscore.cache import replace_file
from boxscore.cli import new_instance  # noqa: F401 - registers its command
from boxscore.cli.options import argument, command, given_path, option
from boxscore.cli.output import OK, say
from boxscore.data.new_harness import write_harness
from boxscore.data.plugin_calls import make_task
from boxscore.data.rows import read_rows
from boxscore.errors import StoreError, UsageError
from boxscore.file_names import distinct_names
from boxscore.instances.draft import lines_of
from boxscore.instances.harbor import dockerfile, folder_name, harbor_task, write_task
from boxscore.instances.swebench import image_name, swebench_row
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.task import PatchTask
from boxscore.report.numbers import counted
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from boxscore.records import Instance
    from boxscore.run.prepare import Benchmark

HARBOR, SWEBENCH = "harbor", "swe-bench"
ROWS = "instances.jsonl"


@command("instances export", request=("only", "data"))
def export_command(
    bench: Annotated[str, argument("FILE", "A file of rows, or another benchmark of patches.")],
    folder: Annotated[Path, typer.Argument(parser=given_path, metavar="DIR", help="Where to write.")],
    *,
    request: Request,
    to: Annotated[str, option("--to", "harbor (a folder a task) or swe-bench (rows).", metavar="FORM")],
) -> int:
    """Write instances as other programs read them."""
    del bench  # which is the request's
    if to not in (HARBOR, SWEBENCH):
        raise UsageError(f"--to {to!r} is neither {HARBOR} nor {SWEBENCH}")
    benchmark = load_benchmark(request)
    tasks = [(one, _patch_task(benchmark, one)) for one in benchmark.asked]
    if to == HARBOR:
        made = [harbor_task(one, task) for one, task in tasks]
        for one in made:
            write_task(folder, one)
        say(f"wrote {counted(len(made), 'task')} to {folder}: harbor run -p {folder} -a oracle")
    else:
        _write_rows(benchmark, tasks, folder)
    return OK


def _patch_task(benchmark: Benchmark, instance: Instance) -> PatchTask:
    return narrowed(make_task(benchmark.harness, instance), PatchTask, instance.instance_id)


def _write_rows(benchmark: Benchmark, tasks: list[tuple[Instance, PatchTask]], folder: Path) -> None:
    """Write rows, and beside them what each image is built of."""
    columns = {str(row.get("instance_id")): row for _, row in read_rows(benchmark.data.path, key="instance_id")}
    rows = [swebench_row(columns[one.instance_id], task) for one, task in tasks]
    folders = distinct_names((one.instance_id for one, _ in tasks), folder_name)
    images = {
        f"images/{folders[one.instance_id]}/{name}": data
        for one, task in tasks
        for name, data in (("Dockerfile", dockerfile(task).encode()), *task.image.files)
    }
    try:
        for name, data in {ROWS: lines_of(rows), **images}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot write: {error.strerror or error}") from error
    say(f"wrote {counted(len(rows), 'row')} to {folder / ROWS}")
    first = tasks[0][0].instance_id
    say(
        f"each image is built from its folder: docker build -t {image_name(first)} {folder / 'images' / folders[first]}"
    )


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
