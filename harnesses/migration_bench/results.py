"""What a run of MigrationBench leaves: efficacy.

Efficacy is the share of all repositories asked for that were migrated. One without a prediction, or without a verdict,
counts as not migrated, as on the leaderboard.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore import (
    MigrationDetail,
    Outcome,
    StoreError,
    make_own_folder,
    predictions_by_model,
    replace_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from boxscore import GradedRun, Result

RESULTS = "migration_bench_results.json"
_HUNDRED = 100.0


def efficacy(verdicts: Iterable[bool | None], repositories: int) -> float | None:
    """Give the share of repositories that were migrated, in percent; None where there are none to count."""
    return _HUNDRED * sum(one is True for one in verdicts) / repositories if repositories else None


def write_results(run: GradedRun, *, level: str, release: int) -> list[Path]:
    """Write results into the run directory, or into the folder for the benchmark's files.

    The benchmark's program knows one prediction of a repository: where there are several, or several models, each set
    of them is counted by itself. Raises StoreError where a file cannot be written.
    """
    by_name = {(one.instance_id, one.sample_id): one for one in run.results}
    sets = []
    for (model, number), samples in predictions_by_model(run.samples).items():
        graded = {one.instance_id: by_name.get((one.instance_id, one.sample_id)) for one in samples}
        sets.append({"model": model, "number": number, **summary(run.instances, graded)})
    record = {"level": level, "java": release, "predictions": sets}
    folder = run.files or run.folder
    try:
        if run.files is not None:
            make_own_folder(folder)
        replace_file(folder / RESULTS, (json.dumps(record, indent=1) + "\n").encode(errors="replace"))
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot write: {error.strerror or error}") from error
    return [folder / RESULTS]


def summary(repositories: Sequence[str], graded: Mapping[str, Result | None]) -> dict[str, object]:
    """Our verdicts and the benchmark's own, by repository, with the efficacy of each, and where they differ."""
    ours = {name: _passed(graded.get(name)) for name in repositories}
    details = {name: one.detail for name, one in graded.items() if one is not None}
    migrations = {name: one for name, one in details.items() if isinstance(one, MigrationDetail)}
    official = {name: migrations[name].official_passed if name in migrations else None for name in repositories}
    return {
        "repositories": len(repositories),
        **_counted(ours, len(repositories)),
        "official": _counted(official, len(repositories)),
        "disagreements": {_url(name): one.disagreement for name, one in migrations.items() if one.disagreement},
    }


def _counted(verdicts: Mapping[str, bool | None], repositories: int) -> dict[str, object]:
    return {
        "success": sum(one is True for one in verdicts.values()),
        "efficacy": efficacy(verdicts.values(), repositories),
        "without_verdict": [_url(name) for name, one in verdicts.items() if one is None],
        "results": {_url(name): one for name, one in verdicts.items() if one is not None},
    }


def _passed(result: Result | None) -> bool | None:
    """Whether a repository was migrated; None without a verdict."""
    return None if result is None or result.outcome is Outcome.INTERNAL else result.outcome is Outcome.PASSED


def _url(repo: str) -> str:
    return f"https://github.com/{repo}"
