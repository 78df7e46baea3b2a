"""`boxscore repair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.cli.output import print_json, print_lines
from boxscore.run.find import find_run
from boxscore.run.repair import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.run.repair import Repaired

_SHOWN = 20
_RECORD = {
    "kept": "run.json is as it was",
    "mended": "run.json: the lines of samples.jsonl that it names are put right",
    "rebuilt": "run.json was made again from report.json; the same command as before brings back clusters and "
    "instances without samples",
    "missing": "run.json cannot be made again; the same command as before writes it, and `report` works then",
}


def repair_command(run: str, *, dry_run: bool, keep_unchecked: bool, json: bool) -> int:
    """Repair a run and say what was done, or what would be."""
    folder = Path(run) if Path(run).is_dir() else find_run(run)
    done = repair(folder, dry_run=dry_run, keep_unchecked=keep_unchecked)
    if json:
        print_json(done)
    else:
        print_lines(_told(done, dry_run=dry_run))
    return 0


def _told(done: Repaired, *, dry_run: bool) -> Iterator[str]:
    if done.whole:
        yield f"nothing to repair: {done.results} results and {done.samples} samples are as they were written"
        return
    yield f"{'would drop' if dry_run else 'dropped'} {len(done.dropped)} lines"
    for one in done.dropped[:_SHOWN]:
        name = "" if one.instance_id is None else f", {one.instance_id} {one.sample_id}"
        yield f"  {one.file}:{one.line}: {one.why}{name}"
    if len(done.dropped) > _SHOWN:
        yield f"  … and {len(done.dropped) - _SHOWN} more (--json lists all)"
    if done.mended:
        yield f"{done.mended} lines {'would be' if dry_run else 'were'} taken over and written anew"
    yield f"{done.results} results and {done.samples} samples stay"
    yield _RECORD[done.record]
    if done.originals:
        yield f"originals: {', '.join(done.originals)}"
        yield "the same command as before goes on and grades what is missing"
