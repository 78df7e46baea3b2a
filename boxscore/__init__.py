"""boxscore grades code that models write: in sandboxes, with verdicts that are hard to forge, and error bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.contract import Backend, Box, BoxSpec, Completed, Stream
from boxscore.data.evalplus import check_inputs, evalplus_oracle, evalplus_prompt
from boxscore.data.extract import extract_code, program
from boxscore.data.function_harness import FunctionHarness
from boxscore.data.rows import kind_of, read_rows, text_field
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
from boxscore.harness import DataSource, FunctionTask, GradedRun, Harness, Inputs
from boxscore.images.records import TreeImage
from boxscore.protocols.function.source import defined_names, definitions, free_names
from boxscore.protocols.patch.task import ApplyStrategy, PatchTask, ResolutionRule, Status
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
    from boxscore.cache import replace_file
    from boxscore.data.fetch import fetch
    from boxscore.images.digests import known_digests, pinned_image
    from boxscore.images.repositories import has_repository, repository_file
    from boxscore.protocols.patch.logs import parse_log, parser_names, suite_ran
    from boxscore.report.records import Report
    from boxscore.run.api import GradedReport, grade

__all__ = [
    "ApplyStrategy",
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
    "GradedRun",
    "Harness",
    "HarnessError",
    "ImageMissing",
    "InputError",
    "Inputs",
    "Instance",
    "LimitName",
    "Limits",
    "Outcome",
    "OutcomeDrift",
    "PatchTask",
    "ProtocolError",
    "Report",
    "ResolutionRule",
    "Result",
    "Sample",
    "SampleKind",
    "SandboxUnavailable",
    "Status",
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
    "has_repository",
    "kind_of",
    "known_digests",
    "parse_log",
    "parser_names",
    "pinned_image",
    "program",
    "read_rows",
    "replace_file",
    "repository_file",
    "suite_ran",
    "text_field",
]

_ON_FIRST_USE = {
    "GradedReport": "boxscore.run.api",
    "Report": "boxscore.report.records",
    "fetch": "boxscore.data.fetch",
    "grade": "boxscore.run.api",
    "has_repository": "boxscore.images.repositories",
    "known_digests": "boxscore.images.digests",
    "parse_log": "boxscore.protocols.patch.logs",
    "parser_names": "boxscore.protocols.patch.logs",
    "pinned_image": "boxscore.images.digests",
    "replace_file": "boxscore.cache",
    "repository_file": "boxscore.images.repositories",
    "suite_ran": "boxscore.protocols.patch.logs",
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
