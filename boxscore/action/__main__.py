"""`python -m boxscore.action STEP`: what the steps of `action.yml` run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from boxscore.action.baseline import find_baseline, write_baseline
from boxscore.action.finish import finish
from boxscore.action.grade import grade
from boxscore.action.inputs import JobPaths, read_inputs
from boxscore.action.sample import sample
from boxscore.action.workflow import annotate
from boxscore.errors import BoxscoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.action.inputs import Inputs

    Step = Callable[[Inputs, JobPaths, Mapping[str, str]], int]


def _baseline(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    write_baseline(find_baseline(inputs, paths, environ), paths)
    return 0


STEPS: Mapping[str, Step] = {
    "sample": sample,
    "baseline": _baseline,
    "grade": grade,
    "finish": finish,
}


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a step and return its exit code: 2 for bad inputs, 3 where GitHub or the machine fails."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        sys.stderr.write(f"usage: python -m boxscore.action {'|'.join(STEPS)}\n")
        return 2
    try:
        inputs = read_inputs(environ)
        return STEPS[arguments[0]](inputs, JobPaths.of_job(environ, inputs.name), environ)
    except BoxscoreError as error:
        annotate("error", "; ".join(error.lines()), title=f"boxscore {arguments[0]}")
        return 2 if isinstance(error, UsageError) else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
