"""Requests and answers as SandboxFusion has them; names and defaults are its own."""

from __future__ import annotations

import enum
from typing import Any

from msgspec import Struct, field

from boxscore.records import Trust  # noqa: TC001 - msgspec reads the annotation

Identity = str | int


class RunStatus(enum.StrEnum):
    """How a request as a whole went."""

    SUCCESS = "Success"  # every command ended with 0
    FAILED = "Failed"  # one did not, or not in time
    SANDBOX_ERROR = "SandboxError"  # the sandbox's own trouble


class CommandRunStatus(enum.StrEnum):
    """How one command went."""

    FINISHED = "Finished"
    ERROR = "Error"
    TIME_LIMIT_EXCEEDED = "TimeLimitExceeded"


class RunCodeRequest(Struct, frozen=True, kw_only=True):
    """A program to run. Timeouts are in seconds; a `memory_limit_MB` of 0 or less is none of the caller's.

    `files` maps paths to content in base64.
    """

    code: str
    language: str
    stdin: str | None = None
    compile_timeout: float = 10.0
    run_timeout: float = 10.0
    memory_limit_mb: int = field(name="memory_limit_MB", default=-1)
    files: dict[str, str | None] = {}
    fetch_files: list[str] = []


class CommandRunResult(Struct, frozen=True, kw_only=True):
    """What one command came to."""

    status: CommandRunStatus
    execution_time: float | None = None
    return_code: int | None = None
    stdout: str | None = None
    stderr: str | None = None


class RunCodeResponse(Struct, frozen=True, kw_only=True):
    """What became of a program. `compile_result` is null for languages without a compiler."""

    status: RunStatus
    message: str = ""
    compile_result: CommandRunResult | None = None
    run_result: CommandRunResult | None = None
    executor_pod_name: str | None = None
    files: dict[str, str] = {}


class TestConfig(Struct, frozen=True, kw_only=True):
    """How to ask for or grade a problem.

    `provided_data` is the row of a problem that the service does not have, with its tests; `dataset_type` is then
    `CommonOJDataset`.
    """

    dataset_type: str | None = None
    language: str | None = None
    locale: str | None = None
    is_fewshot: bool | None = None
    compile_timeout: float | None = None
    run_timeout: float | None = None
    custom_extract_logic: str | None = None
    provided_data: list[dict[str, Any]] | dict[str, Any] | None = None
    extra: dict[str, Any] = {}


class SubmitRequest(Struct, frozen=True, kw_only=True):
    """An answer to a problem of a data set, as the model wrote it. A pass below `least_trust` is refused."""

    dataset: str
    id: Identity
    completion: str
    config: TestConfig
    least_trust: Trust | None = None


class EvalTestCase(Struct, frozen=True, kw_only=True):
    """One test of a submission."""

    passed: bool
    exec_info: RunCodeResponse
    test_info: dict[str, Any] | None = None


class EvalResult(Struct, frozen=True, kw_only=True):
    """The verdict on a submission. `extra` has boxscore's outcome, reason and trust."""

    id: Identity
    accepted: bool
    extracted_code: str
    full_code: str | None = None
    test_code: str | None = None
    tests: list[EvalTestCase] = []
    extracted_type: str | None = None
    extra: dict[str, Any] | None = None
