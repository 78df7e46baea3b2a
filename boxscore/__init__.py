"""boxscore grades code that models write: in sandboxes, with verdicts that are hard to forge, and error bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.contract import Backend, Box, BoxSpec, Completed, Stream
from boxscore.data.evalplus import check_inputs, evalplus_oracle, evalplus_prompt
from boxscore.data.extract import extract_code, program
from boxscore.data.function_harness import FunctionHarness
from boxscore.data.rows import read_rows, text_field
from boxscore.errors import (
    BoxError,
    BoxLost,
    BoxscoreError,
    DataError,
    HarnessError,
    ImageMissing,
    InputError,
    OutcomeDrift,
    ProtocolError,
    SandboxUnavailable,
    StoreError,
    UsageError,
)
from boxscore.harness import DataSource, FunctionTask, Harness, Inputs
from boxscore.protocols.function.source import defined_names, definitions, free_names
from boxscore.protocols.patch.task import PatchTask, TreeImage
from boxscore.records import (
    Conditions,
    Instance,
    LimitName,
    Limits,
    Outcome,
    Result,
    Sample,
    SampleKind,
    Trust,
)

if TYPE_CHECKING:
    from boxscore.data.fetch import fetch
    from boxscore.report.records import Report
    from boxscore.run.api import GradedReport, grade
    from boxscore.swebench import (
        Months,
        load_swebench,
        load_swebench_live,
        patch_of,
        patch_prompt,
        swebench_live_task,
        swebench_task,
    )

__all__ = [
    "Backend",
    "Box",
    "BoxError",
    "BoxLost",
    "BoxSpec",
    "BoxscoreError",
    "Completed",
    "Conditions",
    "DataError",
    "DataSource",
    "FunctionHarness",
    "FunctionTask",
    "GradedReport",
    "Harness",
    "HarnessError",
    "ImageMissing",
    "InputError",
    "Inputs",
    "Instance",
    "LimitName",
    "Limits",
    "Months",
    "Outcome",
    "OutcomeDrift",
    "PatchTask",
    "ProtocolError",
    "Report",
    "Result",
    "Sample",
    "SampleKind",
    "SandboxUnavailable",
    "StoreError",
    "Stream",
    "TreeImage",
    "Trust",
    "UsageError",
    "check_inputs",
    "defined_names",
    "definitions",
    "evalplus_oracle",
    "evalplus_prompt",
    "extract_code",
    "fetch",
    "free_names",
    "grade",
    "load_swebench",
    "load_swebench_live",
    "patch_of",
    "patch_prompt",
    "program",
    "read_rows",
    "swebench_live_task",
    "swebench_task",
    "text_field",
]

_ON_FIRST_USE = {
    "GradedReport": "boxscore.run.api",
    "Months": "boxscore.swebench",
    "Report": "boxscore.report.records",
    "fetch": "boxscore.data.fetch",
    "grade": "boxscore.run.api",
    "load_swebench": "boxscore.swebench",
    "load_swebench_live": "boxscore.swebench",
    "patch_of": "boxscore.swebench",
    "patch_prompt": "boxscore.swebench",
    "swebench_live_task": "boxscore.swebench",
    "swebench_task": "boxscore.swebench",
}


def __getattr__(name: str) -> object:
    """Import the engine when it is first asked for: harnesses and the command line do without it."""
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - for this only

    return getattr(importlib.import_module(_ON_FIRST_USE[name]), name)


def __dir__() -> list[str]:
    """Every public name, also those that are imported when they are first used."""
    return sorted({*globals(), *__all__})
