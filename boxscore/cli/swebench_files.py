"""SWE-bench's report files of a run, beside its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.patch.task import PatchTask
from boxscore.run.outputs import Outputs
from boxscore.swebench.report import write_reports

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from boxscore.records import Result, Sample
    from boxscore.run.prepare import Job


def write_swebench_files(
    job: Job, results: Iterable[Result], samples: Sequence[Sample], logs: Path | None
) -> list[Path]:
    """Write one summary for each model into the run directory, and logs below `logs`; nothing for other benchmarks.

    SWE-bench knows one prediction of an instance: further samples of a model get summaries of their own, numbered.
    """
    tasks = {name: task for name, task in job.plan.tasks.items() if isinstance(task, PatchTask)}
    if not tasks:
        return []
    found, printed = list(results), Outputs(job.folder)
    return [
        write_reports(
            job.folder,
            run_id=job.folder.name if number == 0 else f"{job.folder.name}-{number}",
            model=model,
            instances=job.record.instances,
            results=found,
            predictions=chosen,
            logs=logs,
            tasks=tasks,
            printed=printed,
        )
        for (model, number), chosen in _by_model(samples).items()
    ]


def _by_model(samples: Sequence[Sample]) -> dict[tuple[str, int], list[Sample]]:
    """Samples of each model: those that are the first of their instance, the second, and so on."""
    seen: dict[tuple[str, str], int] = {}
    grouped: dict[tuple[str, int], list[Sample]] = {}
    for sample in samples:
        name = sample.model, sample.instance_id
        number = seen.get(name, 0)
        seen[name] = number + 1
        grouped.setdefault((sample.model, number), []).append(sample)
    return grouped
