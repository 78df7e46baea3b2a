"""The step *sample*: asks a model and keeps what it answers. It has the key, and runs no code of the model's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.action.verdict import cost_text
from boxscore.action.workflow import boxscore, set_outputs
from boxscore.errors import UsageError
from boxscore.run.store import RECORD, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.action.inputs import Inputs, JobPaths


def sample(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Make samples; return 0, or the command's exit code where they are not enough."""
    if not inputs.benchmark or not inputs.model:
        raise UsageError("the step sample needs the inputs benchmark and model")
    folder = paths.samples
    arguments = ["run", inputs.benchmark, "--no-grade", "--out", str(folder)]
    arguments += ["-m", inputs.model, "-n", str(inputs.samples)]
    arguments += [] if inputs.limit is None else ["--limit", str(inputs.limit)]
    arguments += [] if inputs.max_cost is None else ["--max-cost", str(inputs.max_cost)]
    code = boxscore(arguments, environ)
    sampling = read_record(folder).provenance.sampling if (folder / RECORD).is_file() else None
    cost = "" if sampling is None else cost_text(sampling.cost_usd)
    set_outputs({"run-dir": str(folder), "cost-usd": cost, "exit-code": str(code)}, environ)
    return code
