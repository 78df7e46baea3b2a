"""`boxscore instances export`: instances as tasks of Harbor or as rows of SWE-bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cache import replace_file
from boxscore.cli.exit_codes import OK
from boxscore.cli.output import say
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

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.records import Instance
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request

HARBOR, SWEBENCH = "harbor", "swe-bench"
ROWS = "instances.jsonl"


def export_command(request: Request, folder: Path, *, to: str) -> int:
    """Write instances in another form. Raises UsageError for one that cannot be in it, before anything is written."""
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
