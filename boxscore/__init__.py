"""boxscore grades code that models write: verdicts that cannot be forged, in sandboxes, with error bars."""

from __future__ import annotations

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
    "Result",
    "Sample",
    "SampleKind",
    "SandboxUnavailable",
    "StoreError",
    "Stream",
    "Trust",
    "UsageError",
]
