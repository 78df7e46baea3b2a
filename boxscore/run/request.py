"""What a run is asked for: one record behind the command line, the calls of the Python API, sessions and the service.

Each field has its default and its limits; `boxscore.cli.options` has the option that sets it.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from boxscore.boxes.registry import backend_names
from boxscore.checks import MAX_NAME, MAX_SECONDS, names, path_or_none, shown, whole_numbers
from boxscore.errors import UsageError
from boxscore.records import Trust
from boxscore.run.executors.contract import LOCAL, is_place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=MAX_SECONDS)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class Request(Struct, frozen=True, kw_only=True):
    """A benchmark, the part of it that is wanted, and where and how to grade.

    `benchmark` is empty where tests come with the code. `reuse` True grades equal code of an instance
    once, False each sample by itself. A reference must resolve `gate_repeats` times before a sample of its instance is
    charged, unless there is `no_gate`. `keep_bytes` is what images of instances may take: above it those of instances
    that are done are removed.
    """

    benchmark: str
    only: tuple[Name, ...] = ()
    limit: Count | None = None
    k: tuple[Count, ...] | None = None
    workers: Count | None = None
    cpu_s: Seconds | None = None
    out: Path | None = None
    run_id: str | None = None
    data: Path | None = None
    backend: str = "auto"
    runtime: Name | None = None
    image: Name | None = None
    strict: bool = False
    on: str = LOCAL
    keep_bytes: int | None = None
    apply: Name | None = None
    reuse: bool = True
    no_alarm: bool = False
    no_gate: bool = False
    gate_repeats: Count = 1
    least_trust: Trust | None = None

    def worker_count(self) -> int:
        """Workers asked for, or one for each core this process may use."""
        return self.workers or len(os.sched_getaffinity(0))


def make_request(  # noqa: PLR0913 - the arguments that are not fields as they stand
    owner: str,
    benchmark: object,
    *,
    data: Path | str | None = None,
    instances: str | Iterable[str] = (),
    gate: int = 1,
    k: int | Iterable[int] | None = None,
    needs_benchmark: bool = True,
    **fields: Any,
) -> Request:
    """Make a request of a call's arguments. Raises UsageError, which begins with `owner`, for one that cannot be so.

    `benchmark` may be None, for none, unless it `needs_benchmark`; `gate` 0 is no gate; the others are fields of
    `Request`.
    """
    if not isinstance(benchmark, str | Path) and (needs_benchmark or benchmark is not None):
        several = ": call it for each" if isinstance(benchmark, list | tuple) else ""
        raise UsageError(f"{owner}: benchmark must be one name or path, not {shown(benchmark)}{several}")
    if type(gate) is not int or gate < 0:
        raise UsageError(f"{owner}: gate must be a whole number from 0 on, not {shown(gate)}")
    only, folder = names(owner, "instances", instances), path_or_none(owner, "data", data)
    if benchmark is None:
        of_a_benchmark = {"data": folder, "instances": only, "apply": fields.get("apply"), "cpu_s": fields.get("cpu_s")}
        for name, value in of_a_benchmark.items():
            if value:
                raise UsageError(f"{owner}: {name} is of a benchmark, and none is named")
    given = {
        **fields,
        "benchmark": "" if benchmark is None else str(benchmark),
        "only": only,
        "data": folder,
        "k": None if k is None else whole_numbers(owner, "k", k),
        "no_gate": gate == 0,
        "gate_repeats": max(gate, 1),
    }
    try:
        request = msgspec.convert(given, Request)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        name = re.split(r"\W", place, maxsplit=1)[0]
        allowed = what.removeprefix("Expected ").partition(", got")[0].replace("null", "None")
        allowed = f"one of {', '.join(Trust)}" if name == "least_trust" else allowed
        called = "instances" if name == "only" else name
        raise UsageError(f"{owner}: {called} must be {allowed}, not {shown(given.get(name))}") from None
    if request.backend != "auto" and request.backend not in (backends := backend_names()):
        raise UsageError(f"{owner}: backend must be one of auto, {', '.join(backends)}, not {shown(request.backend)}")
    if not is_place(request.on):
        raise UsageError(f"{owner}: on must be 'local', 'ray' or 'ray://…', not {shown(request.on)}")
    return request


def run_folder(owner: str, out: Path | str | None, stack: ExitStack) -> Path:
    """Return the folder that a call names for its run, else one that is there as long as `stack` is open."""
    folder = path_or_none(owner, "out", out)
    return folder or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "run"
