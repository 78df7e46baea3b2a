"""What does the work of a run: threads of this process, or whatever else has the methods of an `Executor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.records import Conditions  # noqa: TC001 - msgspec resolves the annotation
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from boxscore.interrupt import StopSignal
    from boxscore.protocols.contract import Batch, GraderFactory
    from boxscore.provenance import NodeRecord
    from boxscore.records import Result


LOCAL, RAY = "local", "ray"


def is_place(on: str) -> bool:
    """Whether it names where work is done: this machine, or a Ray cluster."""
    return on in {LOCAL, RAY} or on.startswith(f"{RAY}://")


class Workload(Struct, frozen=True, kw_only=True):
    """What is to be graded, how graders open, and who is called.

    `batches` are taken, which makes them, not long before they are graded: all at once may be more than fits.
    `on_results` is called in the thread that called `run`, with each result once, soon after it is known. Once `stop`
    drains, no further sample is begun; once it halts, running ones are left. `abandon` is called, from any thread, when
    running work is to be left: it makes graders return or raise soon.
    """

    batches: Iterable[Batch]
    open_grader: GraderFactory
    on_results: Callable[[Sequence[Result]], None]
    stop: StopSignal
    abandon: Callable[[], None]


class Executor(Protocol):
    """Grades batches somewhere and brings the results back."""

    def run(self, work: Workload) -> None:
        """Grade all batches.

        The first error of a worker, or of `on_results`, ends all workers and is raised here, after what was known has
        been handed over.
        """

    def nodes(self) -> tuple[NodeRecord, ...]:
        """The machines that graded in the last run; none where it was this one alone."""


class GraderSettings(Struct, frozen=True, kw_only=True):
    """How a grader is opened, in plain data that can travel; `open_on_node` follows it.

    `conditions` are those of the run where it was prepared, `version` the engine's own version there, and `grading`
    what decides verdicts there, for each protocol that is needed. `recipe` names the image's recipe, None for an image
    that is not ours to build.
    """

    conditions: Conditions
    recipe: str | None = None
    version: str = VERSION
    grading: dict[str, str] = {}


def settings_for(conditions: Conditions, recipe: str | None, protocols: Iterable[str]) -> GraderSettings:
    """What machines must know to grade by these protocols as is done here."""
    from boxscore.protocols.registry import protocol_named  # noqa: PLC0415 - only where boxes are used

    grading = {name: protocol_named(name).version(conditions.backend) for name in sorted(set(protocols))}
    return GraderSettings(conditions=conditions, recipe=recipe, grading=grading)
