"""From the options of a Python call to a `Request`, for all calls that make a run or open a session."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from boxscore.checks import names, path_or_none, whole_numbers
from boxscore.run.options import check_options, trust_level
from boxscore.run.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack
    from typing import Unpack


class GradingOptions(TypedDict):
    """Where and how samples are graded, but for the gate and the least trust; `boxscore.grade` says what each is."""

    backend: str
    workers: int | None
    cpu_s: float | None
    image: str | None
    runtime: str | None
    strict: bool
    apply: str | None
    on: str


def grading_request(  # noqa: PLR0913 - options, by keyword
    owner: str,
    benchmark: str | Path,
    *,
    out: Path | None = None,
    data: Path | str | None,
    instances: str | Iterable[str],
    limit: int | None = None,
    k: int | Iterable[int] | None = None,
    reuse: bool | None = None,
    gate: int,
    least_trust: str | None,
    **options: Unpack[GradingOptions],
) -> Request:
    """Make a request of a call's options. Raises UsageError, which begins with `owner`, for one that cannot be so."""
    check_options(owner, gate=gate, **options)
    return Request(
        benchmark=str(benchmark),
        only=names(owner, "instances", instances),
        limit=limit,
        data=path_or_none(owner, "data", data),
        k=None if k is None else whole_numbers(owner, "k", k),
        out=out,
        reuse=reuse,
        no_gate=gate == 0,
        gate_repeats=max(gate, 1),
        least_trust=trust_level(f"{owner}: least_trust", least_trust),
        **options,
    )


def run_folder(owner: str, out: Path | str | None, stack: ExitStack) -> Path:
    """Return the folder that a call names for its run, else one that is there as long as `stack` is open."""
    folder = path_or_none(owner, "out", out)
    return folder or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "run"
