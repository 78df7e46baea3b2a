"""ATIF: the trajectory of each sample that has one, with its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from boxscore.agents.atif import read_trajectory
from boxscore.errors import UsageError
from boxscore.exports.run import Written, named
from boxscore.report.numbers import counted
from boxscore.sampling.attempts import trajectory_path

if TYPE_CHECKING:
    from boxscore.exports.run import Destination, Exported, ExportedRun

_ENDING = "-atif"


class Atif:
    """The format `atif`."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write a file for each trajectory. Raises UsageError where there is none, InputError for a damaged one."""
        missing: list[str] = []
        written = 0
        with place.folder(_ENDING) as part:
            for one in run.each(output=False):
                path = trajectory_path(run.folder, one.sample.instance_id, one.sample.sample_id)
                if not path.exists():
                    missing.append(f"{one.sample.instance_id} [{one.sample.sample_id}]")
                    continue
                document = _judged(read_trajectory(path).atif, one, run)
                text = run.clean(msgspec.json.encode(document).decode())
                (part / path.name).write_text(f"{text}\n", "utf-8")
                written += 1
            if not written:
                raise UsageError(f"{run.folder} has no trajectories: agents leave them, see docs/agents.md")
        left_out = [f"{counted(len(missing), 'sample')} without a trajectory: {named(missing)}"] if missing else []
        return Written(
            what=f"{place.path(_ENDING)}: {counted(written, 'trajectory', 'trajectories')}",
            left_out=(*run.unfinished(), *left_out),
        )


def _judged(document: dict[str, Any], one: Exported, run: ExportedRun) -> dict[str, Any]:
    """The document with what became of its sample, under `extra.boxscore`, where ATIF has no field for it."""
    result = one.result
    verdict = {
        "run_id": run.record.provenance.run_id,
        "benchmark": run.benchmark,
        "instance_id": one.sample.instance_id,
        "sample_id": one.sample.sample_id,
        "outcome": None if result is None else result.outcome.value,
        "reason": "" if result is None else run.clean(result.reason),
        "trust": None if result is None or result.level is None else result.level.value,
        "evidence": "" if result is None else run.clean(result.evidence),
    }
    extra = document.get("extra")
    extra = extra if isinstance(extra, dict) else {}
    ours = extra.get("boxscore")
    ours = ours if isinstance(ours, dict) else {}
    return document | {"extra": extra | {"boxscore": ours | {"verdict": verdict}}}


ATIF = Atif()
