"""What a session is made of: plain data, which is all that a pickled one carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import check_count, check_name, names, path_or_none
from boxscore.errors import UsageError
from boxscore.run.options import check_options
from boxscore.run.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Iterable


AHEAD = 4  # samples for each worker: enough that none waits for the caller


class SessionSettings(Struct, frozen=True, kw_only=True):
    """The options of a `Grader` or `SyncGrader`; see there."""

    benchmark: str | None = None
    backend: str = "auto"
    workers: int | None = None
    data: Path | None = None
    instances: tuple[str, ...] = ()
    image: str | None = None
    runtime: str | None = None
    strict: bool = False
    cpu_s: float | None = None
    apply: str | None = None
    gate: int = 1
    on: str = "local"

    def request(self) -> Request:
        """The same, as a run is asked for; `benchmark` is empty where there is none."""
        return Request(
            benchmark=self.benchmark or "",
            only=self.instances,
            data=self.data,
            backend=self.backend,
            runtime=self.runtime,
            strict=self.strict,
            image=self.image,
            cpu_s=self.cpu_s,
            workers=self.workers,
            on=self.on,
            apply=self.apply,
            no_gate=self.gate == 0,
            gate_repeats=max(self.gate, 1),
        )


def checked_settings(  # noqa: PLR0913 - options, by keyword
    owner: str,
    benchmark: str | Path | None,
    *,
    backend: str,
    workers: int | None,
    data: Path | str | None,
    instances: str | Iterable[str],
    image: str | None,
    runtime: str | None,
    strict: bool,
    cpu_s: float | None,
    apply: str | None,
    gate: int,
    on: str,
) -> SessionSettings:
    """Make settings of options. Raises UsageError, which begins with `owner`, for what an option cannot be."""
    check_options(
        owner,
        backend=backend,
        workers=workers,
        cpu_s=cpu_s,
        image=image,
        gate=gate,
        runtime=runtime,
        strict=strict,
        apply=apply,
        on=on,
    )
    only = names(owner, "instances", instances)
    folder = path_or_none(owner, "data", data)
    if benchmark is None:
        for name, value in (("data", folder), ("instances", only), ("apply", apply), ("cpu_s", cpu_s)):
            if value:
                raise UsageError(f"{owner}: {name} is of a benchmark, and none is named")
    else:
        check_name(owner, "benchmark", str(benchmark) if isinstance(benchmark, Path) else benchmark)
    return SessionSettings(
        benchmark=None if benchmark is None else str(benchmark),
        backend=backend,
        workers=workers,
        data=folder,
        instances=only,
        image=image,
        runtime=runtime,
        strict=strict,
        cpu_s=cpu_s,
        apply=apply,
        gate=gate,
        on=on,
    )


def checked_ahead(ahead: int | None, workers: int) -> int:
    """How many samples of a stream may be taken ahead of their results. Raises UsageError."""
    if ahead is None:
        return AHEAD * workers
    check_count("stream", "ahead", ahead)
    return ahead
