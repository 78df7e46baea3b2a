"""boxscore grades code that models write: verdicts that cannot be forged, in sandboxes, with error bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore._box import Backend, Box, BoxSpec, Completed, Stream
from boxscore._errors import (
    BoxError,
    BoxLost,
    BoxscoreError,
    DataError,
    HarnessError,
    ImageMissing,
    InputError,
    ProtocolError,
    SandboxUnavailable,
    StoreError,
    UsageError,
)
from boxscore._evalplus import check_inputs, evalplus_oracle, evalplus_prompt
from boxscore._extract import extract_code, program
from boxscore._harness import DataSource, FunctionTask, Harness, Inputs
from boxscore._records import (
    Instance,
    LimitName,
    Limits,
    Outcome,
    Result,
    Sample,
    SampleKind,
    Trust,
)
from boxscore._rows import read_rows, text_field
from boxscore._source import defined_names, definitions, free_names

if TYPE_CHECKING:
    from boxscore._report_records import Report
    from boxscore._run import grade

__all__ = [
    "Backend",
    "Box",
    "BoxError",
    "BoxLost",
    "BoxSpec",
    "BoxscoreError",
    "Completed",
    "DataError",
    "DataSource",
    "FunctionTask",
    "Harness",
    "HarnessError",
    "ImageMissing",
    "InputError",
    "Inputs",
    "Instance",
    "LimitName",
    "Limits",
    "Outcome",
    "ProtocolError",
    "Report",
    "Result",
    "Sample",
    "SampleKind",
    "SandboxUnavailable",
    "StoreError",
    "Stream",
    "Trust",
    "UsageError",
    "check_inputs",
    "defined_names",
    "definitions",
    "evalplus_oracle",
    "evalplus_prompt",
    "extract_code",
    "free_names",
    "grade",
    "program",
    "read_rows",
    "text_field",
]

_ON_FIRST_USE = {"Report": "boxscore._report_records", "grade": "boxscore._run"}


def __getattr__(name: str) -> object:
    """Import the engine when it is first asked for: harnesses and the command line do without it."""
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - for this only

    return getattr(importlib.import_module(_ON_FIRST_USE[name]), name)
