"""boxscore grades code that models write: in sandboxes, with verdicts that are hard to forge, and error bars.

    Harness ──instances, tasks──▶ grade() ──▶ Result ──▶ Report
       │ a plugin: one benchmark     │  stored as it happens
       └─ FunctionTask, PatchTask    └─ protocol ──▶ Backend ──▶ Box

A *harness* knows one benchmark: its rows, how a model is asked, how an answer becomes code, how it is graded. A
*protocol* knows one way of grading, and nothing of any benchmark: its task says all it needs. A *backend* opens boxes
and knows nothing of grading. What is not in `__all__`, or in `boxscore.testing`, may change at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxscore.agents.blocking import SyncAgentBox, sync_box
    from boxscore.agents.box import AgentBox, box
    from boxscore.agents.contract import Agent, Assignment, Draft, LimitReached
    from boxscore.agents.records import Executed
    from boxscore.boxes.contract import Backend, Box, BoxSpec, Capability, Completed, Network, Stream
    from boxscore.cache import replace_file
    from boxscore.data.extract import extract_code, program
    from boxscore.data.fetch import fetch
    from boxscore.data.function_harness import FunctionHarness
    from boxscore.data.inline import inline_task
    from boxscore.data.patch_harness import PatchHarness
    from boxscore.data.prompts import Prompt, render_prompt
    from boxscore.data.rows import kind_of, read_rows, text_field
    from boxscore.errors import (
        BoxError,
        BoxLost,
        BoxscoreError,
        DataError,
        HarnessError,
        ImageMissing,
        InputError,
        NoVerdict,
        OutcomeDrift,
        ProtocolError,
        SandboxUnavailable,
        StoreError,
        UsageError,
    )
    from boxscore.file_names import distinct_names
    from boxscore.harness import DataSource, FunctionTask, GradedRun, Harness, Inputs, predictions_by_model
    from boxscore.images.digests import known_digests, pinned_image
    from boxscore.images.records import InstanceImage
    from boxscore.images.repositories import has_repository, repository_file
    from boxscore.images.variables import save_variables
    from boxscore.own_folders import check_own_folder, folder_within, make_own_folder
    from boxscore.protocols.attacks import Attack, Expect
    from boxscore.protocols.contract import (
        BaseProtocol,
        Batch,
        BatchGrader,
        Candidate,
        Gate,
        Opening,
        Task,
        Trial,
        narrowed,
    )
    from boxscore.protocols.function.contest import as_in_contests
    from boxscore.protocols.function.source import defined_names, definitions, free_names
    from boxscore.protocols.patch.diff import changed_paths
    from boxscore.protocols.patch.logs import parse_log, parser_names, suite_ran
    from boxscore.protocols.patch.task import LogProgram, PatchTask, ResolutionRule, Service, Status
    from boxscore.protocols.program.task import Case, Comparison, ProgramTask, Rule
    from boxscore.protocols.versions import protocol_version
    from boxscore.records import (
        ApplyStrategy,
        CaseResult,
        Conditions,
        Instance,
        LimitName,
        Limits,
        OtherDetail,
        Outcome,
        ProgramDetail,
        Result,
        Sample,
        SampleKind,
        Trust,
    )
    from boxscore.report.records import Report
    from boxscore.run.api import GradedReport, grade
    from boxscore.sampling.api import sample
    from boxscore.session.grader import Grader
    from boxscore.session.sync import SyncGrader

# fmt: off
__all__ = [
    "Agent",
    "AgentBox",
    "ApplyStrategy",
    "Assignment",
    "Attack",
    "Backend",
    "BaseProtocol",
    "Batch",
    "BatchGrader",
    "Box",
    "BoxError",
    "BoxLost",
    "BoxSpec",
    "BoxscoreError",
    "Candidate",
    "Capability",
    "Case",
    "CaseResult",
    "Comparison",
    "Completed",
    "Conditions",
    "DataError",
    "DataSource",
    "Draft",
    "Executed",
    "Expect",
    "FunctionHarness",
    "FunctionTask",
    "Gate",
    "GradedReport",
    "GradedRun",
    "Grader",
    "Harness",
    "HarnessError",
    "ImageMissing",
    "InputError",
    "Inputs",
    "Instance",
    "InstanceImage",
    "LimitName",
    "LimitReached",
    "Limits",
    "LogProgram",
    "Network",
    "NoVerdict",
    "Opening",
    "OtherDetail",
    "Outcome",
    "OutcomeDrift",
    "PatchHarness",
    "PatchTask",
    "ProgramDetail",
    "ProgramTask",
    "Prompt",
    "ProtocolError",
    "Report",
    "ResolutionRule",
    "Result",
    "Rule",
    "Sample",
    "SampleKind",
    "SandboxUnavailable",
    "Service",
    "Status",
    "StoreError",
    "Stream",
    "SyncAgentBox",
    "SyncGrader",
    "Task",
    "Trial",
    "Trust",
    "UsageError",
    "as_in_contests",
    "box",
    "changed_paths",
    "check_own_folder",
    "defined_names",
    "definitions",
    "distinct_names",
    "extract_code",
    "fetch",
    "folder_within",
    "free_names",
    "grade",
    "has_repository",
    "inline_task",
    "kind_of",
    "known_digests",
    "make_own_folder",
    "narrowed",
    "parse_log",
    "parser_names",
    "pinned_image",
    "predictions_by_model",
    "program",
    "protocol_version",
    "read_rows",
    "render_prompt",
    "replace_file",
    "repository_file",
    "sample",
    "save_variables",
    "suite_ran",
    "sync_box",
    "text_field",
]

_ON_FIRST_USE = {
    "boxscore.agents.blocking": "SyncAgentBox sync_box",
    "boxscore.agents.box": "AgentBox box",
    "boxscore.agents.contract": "Agent Assignment Draft LimitReached",
    "boxscore.agents.records": "Executed",
    "boxscore.boxes.contract": "Backend Box BoxSpec Capability Completed Network Stream",
    "boxscore.cache": "replace_file",
    "boxscore.data.extract": "extract_code program",
    "boxscore.data.fetch": "fetch",
    "boxscore.data.function_harness": "FunctionHarness",
    "boxscore.data.inline": "inline_task",
    "boxscore.data.patch_harness": "PatchHarness",
    "boxscore.data.prompts": "Prompt render_prompt",
    "boxscore.data.rows": "kind_of read_rows text_field",
    "boxscore.errors":
        "BoxError BoxLost BoxscoreError DataError HarnessError ImageMissing InputError NoVerdict OutcomeDrift "
        "ProtocolError SandboxUnavailable StoreError UsageError",
    "boxscore.file_names": "distinct_names",
    "boxscore.harness": "DataSource FunctionTask GradedRun Harness Inputs predictions_by_model",
    "boxscore.images.digests": "known_digests pinned_image",
    "boxscore.images.records": "InstanceImage",
    "boxscore.images.repositories": "has_repository repository_file",
    "boxscore.images.variables": "save_variables",
    "boxscore.own_folders": "check_own_folder folder_within make_own_folder",
    "boxscore.protocols.attacks": "Attack Expect",
    "boxscore.protocols.contract": "BaseProtocol Batch Candidate Gate BatchGrader Opening Task Trial narrowed",
    "boxscore.protocols.function.contest": "as_in_contests",
    "boxscore.protocols.function.source": "defined_names definitions free_names",
    "boxscore.protocols.patch.diff": "changed_paths",
    "boxscore.protocols.patch.logs": "parse_log parser_names suite_ran",
    "boxscore.protocols.patch.task": "LogProgram PatchTask ResolutionRule Service Status",
    "boxscore.protocols.program.task": "Case Comparison ProgramTask Rule",
    "boxscore.protocols.versions": "protocol_version",
    "boxscore.records":
        "ApplyStrategy CaseResult Conditions Instance LimitName Limits OtherDetail Outcome ProgramDetail Result Sample "
        "SampleKind Trust",
    "boxscore.report.records": "Report",
    "boxscore.run.api": "GradedReport grade",
    "boxscore.sampling.api": "sample",
    "boxscore.session.grader": "Grader",
    "boxscore.session.sync": "SyncGrader",
}
# fmt: on


def __getattr__(name: str) -> object:
    """Import what is asked for, once: who runs the command line or writes a harness waits for no more than that."""
    place = next((module for module, names in _ON_FIRST_USE.items() if name in names.split()), None)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - for this only

    value: object = getattr(importlib.import_module(place), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name, also those that are imported when they are first used."""
    return sorted({*globals(), *__all__})
