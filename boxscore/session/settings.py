"""What a session is made of: plain data, which is all that a pickled one carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.checks import check_count, check_name, names, path_or_none
from boxscore.errors import UsageError
from boxscore.records import Trust  # noqa: TC001 - msgspec resolves the annotation
from boxscore.run.api import check_options, trust_level
from boxscore.run.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Unpack

    from boxscore.run.api import GradingOptions

AHEAD = 4  # samples for each worker: enough that none waits for the caller
ASSUMED_SAMPLES = 1 << 10  # of an instance: nobody knows how many a session will be given, and levels must not change


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
    least_trust: Trust | None = None

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
            least_trust=self.least_trust,
        )


def options_of(request: Request) -> dict[str, Any]:
    """The options, by name, of a session that grades as a run with this request does."""
    return {
        "benchmark": request.benchmark or None,
        "backend": request.backend,
        "workers": request.workers,
        "data": request.data,
        "instances": request.only,
        "image": request.image,
        "runtime": request.runtime,
        "strict": request.strict,
        "cpu_s": request.cpu_s,
        "apply": request.apply,
        "gate": 0 if request.no_gate else request.gate_repeats,
        "on": request.on,
        "least_trust": request.least_trust,
    }


def checked_settings(  # noqa: PLR0913 - options, by keyword
    owner: str,
    benchmark: str | Path | None,
    *,
    data: Path | str | None,
    instances: str | Iterable[str],
    gate: int,
    least_trust: str | None,
    **options: Unpack[GradingOptions],
) -> SessionSettings:
    """Make settings of options. Raises UsageError, which begins with `owner`, for what an option cannot be."""
    check_options(owner, gate=gate, **options)
    only = names(owner, "instances", instances)
    folder = path_or_none(owner, "data", data)
    if benchmark is None:
        of_a_benchmark = {"data": folder, "instances": only, "apply": options["apply"], "cpu_s": options["cpu_s"]}
        for name, value in of_a_benchmark.items():
            if value:
                raise UsageError(f"{owner}: {name} is of a benchmark, and none is named")
    else:
        check_name(owner, "benchmark", str(benchmark) if isinstance(benchmark, Path) else benchmark)
    return SessionSettings(
        benchmark=None if benchmark is None else str(benchmark),
        data=folder,
        instances=only,
        gate=gate,
        least_trust=trust_level(f"{owner}: least_trust", least_trust),
        **options,
    )


def checked_ahead(ahead: int | None, workers: int) -> int:
    """How many samples of a stream may be taken ahead of their results. Raises UsageError."""
    if ahead is None:
        return AHEAD * workers
    check_count("stream", "ahead", ahead)
    return ahead
