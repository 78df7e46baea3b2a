"""`boxscore repair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import print_json, print_lines
from boxscore.report.numbers import counted
from boxscore.run.folders import find_run
from boxscore.run.repair import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.run.repair import Repaired

_SHOWN = 20
_RECORD = {
    "kept": "run.json is unchanged",
    "mended": "run.json: its references into samples.jsonl were corrected",
    "doubtful": "run.json: which samples the last command was about is not certain: rerun it",
    "missing": "run.json cannot be read; rerun the original command to write it, and `report` works again",
}


def repair_command(run: str, *, dry_run: bool, json: bool) -> int:
    """Repair a run and say what was done, or what would be."""
    folder = Path(run) if Path(run).is_dir() else find_run(run)
    done = repair(folder, dry_run=dry_run)
    if json:
        print_json(done)
    else:
        print_lines(_lines(done, dry_run=dry_run))
    return OK


def _lines(done: Repaired, *, dry_run: bool) -> Iterator[str]:
    if done.whole:
        kept = f"{counted(done.results, 'result')} and {counted(done.samples, 'sample')}"
        yield f"nothing to repair: {kept} are intact"
        return
    yield f"{'would drop' if dry_run else 'dropped'} {counted(len(done.dropped), 'line')}"
    for one in done.dropped[:_SHOWN]:
        name = "" if one.instance_id is None else f", {one.instance_id} {one.sample_id}"
        yield f"  {one.file}:{one.line}: {one.why}{name}"
    if len(done.dropped) > _SHOWN:
        yield f"  … and {len(done.dropped) - _SHOWN:,} more (--json lists all)"
    yield f"kept {counted(done.results, 'result')} and {counted(done.samples, 'sample')}"
    yield _RECORD[done.record]
    if done.originals:
        yield f"originals: {', '.join(done.originals)}"
        yield "rerun the original command to grade what is missing"
