"""What a run is asked for: one record behind the command line, the calls of the Python API, sessions and the service.

Each field has its default, its limits and the option of the command line that sets it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable  # noqa: TC003 - msgspec resolves the annotations
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
    from contextlib import ExitStack

GRADING, BOXES, RUN_DIRECTORY = "Grading", "Boxes", "Run directory"

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=MAX_SECONDS)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class Option(Struct, frozen=True, kw_only=True):
    """How the command line sets a field: by `flags`, shown in a `panel`; `read` makes its value of a text.

    `env` is the variable that sets it; None: `BOXSCORE_` and its long spelling.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    panel: str | None = GRADING
    env: str | None = None
    read: Callable[[str], object] | None = None


def option(flags: str, help: str, **more: Any) -> Option:  # noqa: A002 - the word for it
    """Make an option of its spellings, with spaces between them."""
    return Option(flags=tuple(flags.split()), help=help, **more)


def read_ks(text: str) -> tuple[int, ...]:
    """Read the value of -k. Raises ValueError."""
    found = tuple(dict.fromkeys(int(part) for part in text.split(","))) if re.fullmatch(r"[\d,]+", text) else ()
    if not found or min(found) < 1:
        raise ValueError(f"{text!r} is not a list of whole numbers from 1 on, such as 1,5,10")
    return found


def _gigabytes(text: str) -> int:
    size = float(text)
    if not 0 <= size < 1e9:  # noqa: PLR2004 - an exabyte
        raise ValueError(f"{text!r} is not a number of gigabytes")
    return int(size * 1e9)


class Request(Struct, frozen=True, kw_only=True):
    """A benchmark, the part of it that is wanted, and where and how to grade.

    `benchmark` is empty where tests come with the code. `reuse` True takes results of earlier runs where there are any,
    False grades each sample by itself. A reference must resolve `gate_repeats` times before a sample of its instance is
    charged, unless there is `no_gate`. `keep_bytes` is what images of instances may take: above it those of instances
    that are done are removed.
    """

    benchmark: str
    only: Annotated[
        tuple[Name, ...],
        option("-i --instance", "Only this instance; may be repeated.", metavar="ID", panel=None),
    ] = ()
    limit: Annotated[Count | None, option("--limit", "Only the first N instances.", metavar="N", panel=None)] = None
    k: Annotated[
        tuple[Count, ...] | None,
        option(
            "-k", "The k of pass@k: 1,5,10.  [default: as samples allow]", metavar="K,…", read=read_ks, env="BOXSCORE_K"
        ),
    ] = None
    workers: Annotated[
        Count | None, option("-j --workers", "Boxes to run in parallel.  [default: cores]", metavar="N", panel=BOXES)
    ] = None
    cpu_s: Annotated[
        Seconds | None,
        option("-t --timeout", "Cpu seconds of one sample in place of the benchmark's own limit.", metavar="SECONDS"),
    ] = None
    out: Annotated[Path | None, option("--out", "The run directory itself.", metavar="DIR", panel=RUN_DIRECTORY)] = None
    run_id: Annotated[
        str | None,
        option(
            "--run-id",
            "A run below runs/; the default is made of benchmark, model or samples file, and a digest.",
            metavar="NAME",
            panel=RUN_DIRECTORY,
        ),
    ] = None
    data: Annotated[  # BOXSCORE_DATA names folders to look in, where --data insists on one: the data module reads it
        Path | None,
        option("--data", "A data folder, or the benchmark's own data file.", metavar="PATH", env=""),
    ] = None
    backend: Annotated[
        str, option("--backend", "Where boxes are made: auto, docker or local.", metavar="NAME", panel=BOXES)
    ] = "auto"
    runtime: Annotated[
        Name | None,
        option("--runtime", "A container runtime of Docker, such as runsc.", metavar="NAME", panel=BOXES),
    ] = None
    image: Annotated[
        Name | None,
        option("--image", "An image in place of the benchmark's own.", metavar="REFERENCE", panel=BOXES),
    ] = None
    strict: Annotated[
        bool,
        option("--strict", "A box of its own for each sample, not a fresh identity in a warm one.", panel=BOXES),
    ] = False
    on: Annotated[
        str,
        option(
            "--on",
            "Where the work is done: local, ray (the cluster that runs here, or one of this machine), "
            "ray://HOST:10001.",
            metavar="WHERE",
            panel=BOXES,
        ),
    ] = LOCAL
    keep_bytes: Annotated[
        int | None,
        option(
            "--keep-gb",
            "Remove images of instances that are done while those of the run take more than N GB.",
            metavar="N",
            panel=BOXES,
            read=_gigabytes,
        ),
    ] = None
    apply: Annotated[
        Name | None,
        option(
            "--apply",
            "How to apply a patch: strict, or a strategy that the benchmark defines.  [default: as it says]",
            metavar="HOW",
        ),
    ] = None
    reuse: Annotated[
        bool | None,
        option(
            "--reuse/--no-reuse",
            "Take over results that earlier runs kept for the same code under the same conditions, and keep "
            "new ones; or grade each sample by itself, those with the same code too, to measure flakiness.",
        ),
    ] = None
    no_alarm: Annotated[bool, option("--no-alarm", "Continue even if the outcomes suggest that the run is broken.")] = (
        False
    )
    no_gate: Annotated[
        bool,
        option("--no-gate", "Charge samples whether or not the reference of their instance resolves here."),
    ] = False
    gate_repeats: Annotated[
        Count,
        option(
            "--gate-repeat",
            "How often the reference of an instance must resolve before its samples are charged.",
            metavar="R",
        ),
    ] = 1
    least_trust: Annotated[
        Trust | None,
        option(
            "--least-trust",
            "Withhold passes below this level of trust, such as oracle: no failure, and no reward.",
            metavar="LEVEL",
        ),
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
        raise UsageError(f"{owner}: {name} must be {allowed}, not {shown(given.get(name))}") from None
    if request.backend != "auto" and request.backend not in (backends := backend_names()):
        raise UsageError(f"{owner}: backend must be one of auto, {', '.join(backends)}, not {shown(request.backend)}")
    if not is_place(request.on):
        raise UsageError(f"{owner}: on must be 'local', 'ray' or 'ray://…', not {shown(request.on)}")
    return request


def run_folder(owner: str, out: Path | str | None, stack: ExitStack) -> Path:
    """Return the folder that a call names for its run, else one that is there as long as `stack` is open."""
    folder = path_or_none(owner, "out", out)
    return folder or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "run"
