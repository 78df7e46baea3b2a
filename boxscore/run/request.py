"""What a run is asked for: one record behind the command line, the calls of the Python API, sessions and the service.

Each field has its default, its limits and the option that sets it.
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
from boxscore.checks import MAX_NAME, MAX_SECONDS, Count, names, path_or_none, shown, whole_numbers
from boxscore.errors import UsageError
from boxscore.option import BOXES, GRADING, RUN_DIRECTORY, option
from boxscore.records import Trust
from boxscore.run.executors.contract import LOCAL, is_place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack

Seconds = Annotated[float, Meta(gt=0, le=MAX_SECONDS)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


def _read_ks(text: str) -> tuple[int, ...]:
    try:
        found = tuple(dict.fromkeys(map(int, text.split(","))))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise ValueError(f"{text!r} is not a list of whole numbers from 1 on, such as 1,5,10")
    return found


def _read_gigabytes(text: str) -> int:
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not 0 <= size < 1e9:  # noqa: PLR2004 - an exabyte
        raise ValueError(f"{text!r} is not a number of gigabytes")
    return int(size * 1e9)


def _read_backend(text: str) -> str:
    if text == "fake":
        raise ValueError("'fake' runs nothing and is for tests; choose auto, docker or local")
    return text


Only = Annotated[tuple[Name, ...], option("-i --instance", "Only this instance; may be repeated.", metavar="ID")]
Workers = Annotated[
    Count | None, option("-j --workers", "Boxes to run in parallel.  [default: cores]", BOXES, metavar="N")
]
Timeout = Annotated[
    Seconds | None,
    option("-t --timeout", "CPU seconds for each sample.  [default: the benchmark's]", GRADING, metavar="SECONDS"),
]
Data = Annotated[  # BOXSCORE_DATA names folders to look in, where --data insists on one: the data module reads it
    Path | None, option("--data", "A data folder, or the benchmark's own data file.", GRADING, metavar="PATH", env="")
]
BackendName = Annotated[
    str, option("--backend", "Where boxes run: auto, docker or local.", BOXES, metavar="NAME", read=_read_backend)
]


class Request(Struct, frozen=True, kw_only=True):
    """A benchmark, the part of it that is wanted, and where and how to grade.

    `benchmark` is empty where tests come with the code. `reuse` True grades equal code of an instance
    once, False each sample by itself. A reference must resolve `gate_repeats` times before a sample of its instance is
    charged, unless there is `no_gate`. `keep_bytes` is what images of instances may take: above it those of instances
    that are done are removed.
    """

    benchmark: str
    only: Only = ()
    limit: Annotated[Count | None, option("--limit", "Only the first N instances.", metavar="N")] = None
    k: Annotated[
        tuple[Count, ...] | None,
        option(
            "-k",
            "The k of pass@k: 1,5,10.  [default: as samples allow]",
            GRADING,
            metavar="K,…",
            read=_read_ks,
            env="BOXSCORE_K",
        ),
    ] = None
    workers: Workers = None
    cpu_s: Timeout = None
    out: Annotated[
        Path | None, option("--out", "The run directory.  [default: one below runs/]", RUN_DIRECTORY, metavar="DIR")
    ] = None
    run_id: Annotated[
        str | None, option("--run-id", "The name of a run directory below runs/.", RUN_DIRECTORY, metavar="NAME")
    ] = None
    data: Data = None
    backend: BackendName = "auto"
    runtime: Annotated[
        Name | None, option("--runtime", "A container runtime of Docker, such as runsc.", BOXES, metavar="NAME")
    ] = None
    image: Annotated[
        Name | None, option("--image", "An image in place of the benchmark's own.", BOXES, metavar="REFERENCE")
    ] = None
    strict: Annotated[bool, option("--strict", "A new box for each sample, not a new user in a warm one.", BOXES)] = (
        False
    )
    on: Annotated[str, option("--on", "Where to grade: local, ray or ray://HOST:10001.", BOXES, metavar="WHERE")] = (
        LOCAL
    )
    keep_bytes: Annotated[
        int | None,
        option(
            "--keep-gb",
            "Remove images of graded instances while the run's take more than N GB.",
            BOXES,
            metavar="N",
            read=_read_gigabytes,
        ),
    ] = None
    apply: Annotated[
        Name | None,
        option("--apply", "How to apply a patch: strict, or a strategy of the benchmark.", GRADING, metavar="HOW"),
    ] = None
    reuse: Annotated[
        bool,
        option("--reuse/--no-reuse", "Grade equal code once; or each sample by itself, to measure flakiness.", GRADING),
    ] = True
    no_alarm: Annotated[
        bool, option("--no-alarm", "Continue even if the outcomes suggest that the run is broken.", GRADING)
    ] = False
    no_gate: Annotated[
        bool, option("--no-gate", "Charge samples even if the reference of their instance fails here.", GRADING)
    ] = False
    gate_repeats: Annotated[
        Count,
        option("--gate-repeat", "How often a reference must pass before samples are charged.", GRADING, metavar="R"),
    ] = 1
    least_trust: Annotated[
        Trust | None,
        option("--least-trust", "Withhold passes below this level of trust, such as oracle.", GRADING, metavar="LEVEL"),
    ] = None

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
