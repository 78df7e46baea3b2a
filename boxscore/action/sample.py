"""The step *sample*: asks a model and keeps what it answers. It has the key, and runs no code of the model's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.action.inputs import folder_name
from boxscore.action.verdict import cost_sum
from boxscore.action.workflow import boxscore, set_outputs
from boxscore.errors import UsageError
from boxscore.run.store import RECORD, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.action.inputs import Inputs, JobPaths


def sample(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Make samples of each benchmark; return 0, or the exit code of the first whose samples are not enough."""
    if not inputs.benchmarks or not inputs.model:
        raise UsageError("the step sample needs the inputs benchmark and model")
    worst, costs = 0, []
    for bench in inputs.benchmarks:
        folder = paths.samples / folder_name(bench)
        arguments = ["run", bench, "--no-grade", "--out", str(folder), "-m", inputs.model, "-n", str(inputs.samples)]
        arguments += [] if inputs.limit is None else ["--limit", str(inputs.limit)]
        arguments += [] if inputs.max_cost is None else ["--max-cost", str(inputs.max_cost)]
        code = boxscore(arguments, environ)
        worst = worst or code
        if (folder / RECORD).is_file():
            sampling = read_record(folder).provenance.sampling
            costs.append(None if sampling is None else sampling.cost_usd)
    set_outputs(
        {
            "run-dir": str(paths.samples),
            "cost-usd": cost_sum(costs),
            "exit-code": str(worst),
        },
        environ,
    )
    return worst
