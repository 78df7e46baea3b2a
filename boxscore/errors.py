"""Our own errors, raised; what a candidate does wrong is an `Outcome`, never one of these.

BoxscoreError
├── UsageError              the caller's: a bad option, an unknown benchmark
│   └── InputError          the caller's: a bad file; names file, line and field
├── HarnessError            the plugin author's: a harness that cannot be loaded or breaks its contract
│   └── ReferenceFailed     the instance's: its reference gives no answers to compare with
├── DataError               the data's: cannot be had, or its checksum is not the published one
├── SandboxUnavailable      the machine's: no working sandbox; says what to install
│   ├── ImageMissing        the machine's: `boxscore images build` or `pull` brings it
│   └── RunStopped          nobody's: the run was stopped, and whoever still works ends
├── BoxError                the sandbox's: a box broke while it was used; the sample is retried
│   ├── BoxLost             the box or its engine went away
│   ├── MirrorUnavailable   the mirror's: it gives no artefact that a build in a box asks for, nor says it has none
│   └── ProtocolError       what came out of the box is not what the protocol allows
├── ModelError              the provider's: a model gives no answer; the sample stays to be asked for
│   ├── QuestionRefused     the asker's: the provider refuses this question, however often it is asked
│   ├── ContextOverflow     nobody's: the question is longer than the model takes
│   └── ModelUnusable       the caller's: a wrong key, or a model that does not exist; nothing will ever be answered
├── NoVerdict               ours: a sample got no verdict, and who asked for one has no word for that
├── OutcomeDrift            the run's: outcomes say that its sandbox, image or way to extract code is broken
└── StoreError              the disk's: a run directory cannot be written or is in use
"""

from __future__ import annotations

import enum
import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class BoxscoreError(Exception):
    """Root of everything that boxscore raises on purpose.

    The message is one sentence. `details` are further lines that the command line shows below it: what to do, mostly.
    """

    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The message and its details, in one line."""
        return "; ".join((super().__str__(), *(line.strip() for line in self.details)))

    def lines(self) -> tuple[str, ...]:
        """The message and below it the details, each a line, as people are shown them."""
        return tuple(" ".join(line.split()) for line in (super().__str__(), *self.details))


class UsageError(BoxscoreError, ValueError):
    """You asked for something that does not exist or does not fit together: change the call."""


class InputError(UsageError):
    """A file you gave cannot be read as what it should be: fix the named line and field."""

    def __init__(self, problem: str, *, path: Path | str, line: int | None = None, field: str | None = None) -> None:
        self.problem, self.path, self.line, self.field = problem, str(path), line, field
        where = self.path if line is None else f"{self.path}:{line}"
        super().__init__(f"{where}: {problem}" if field is None else f"{where}: field {field!r}: {problem}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let it cross from process to process: its arguments are not its message alone."""
        return functools.partial(InputError, path=self.path, line=self.line, field=self.field), (self.problem,)


class HarnessError(BoxscoreError):
    """A harness plugin cannot be loaded, or returned what its contract forbids: its author must fix it."""

    def __init__(self, message: str, *, details: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class ReferenceFailed(HarnessError):  # noqa: N818 - what happened says it best
    """The reference of an instance gives no answers here: its samples cannot be judged, and none is charged."""


class DataError(BoxscoreError):
    """Benchmark data cannot be had, or is not what was published: see the message for the place it was sought."""


class SandboxUnavailable(BoxscoreError):  # noqa: N818 - a state of the machine, named as users meet it
    """No sandbox works here; boxscore refuses to run code without one. `boxscore doctor` says what to install."""

    def __init__(self, message: str, *, details: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class ImageMissing(SandboxUnavailable):
    """The image a benchmark needs is not on this machine: `boxscore images build`."""


class RunStopped(SandboxUnavailable):
    """The run was stopped at once: no box is opened any more, and those that were open have ended. Leave."""


class BoxError(BoxscoreError):
    """A box failed for no fault of the candidate: the sample is tried again in a new box, then reported `internal`."""


class LossCause(enum.StrEnum):
    """Who ended a box, as far as the engine or the kernel can say."""

    UNKNOWN = "unknown"
    OUTSIDE = "outside"  # somebody killed it, froze it, or took its engine away
    INSIDE = "inside"  # its own first program ended by itself, or the box used up the memory that it has
    HELD = "held"  # the tests did not come to an end over what the candidate answered


class BoxLost(BoxError):  # noqa: N818 - what happened says it best
    """The box, or the engine behind it, went away while it was in use; `cause` is what is known of why."""

    def __init__(self, problem: str, *, cause: LossCause = LossCause.UNKNOWN) -> None:
        self.cause = cause
        super().__init__(problem)


class MirrorUnavailable(BoxError):  # noqa: N818 - a state, named as users meet it
    """A mirror of packages cannot be reached, or what it gives is damaged. That it has no such package is not this."""


class ProtocolError(BoxError):
    """Bytes from a box break the protocol: the box is thrown away and the sample tried again in a new one."""


class ModelError(BoxscoreError):
    """A model gave no answer, after all retries: its sample is neither graded nor charged, and can be asked for again.

    `calls`, `input_tokens`, `output_tokens` and `cost_usd` are of what was billed all the same, None for a cost that is
    not known.
    """

    def __init__(
        self,
        message: str,
        *,
        calls: int = 0,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cost_usd: float | None = 0.0,
    ) -> None:
        super().__init__(message)
        self.calls, self.input_tokens, self.output_tokens, self.cost_usd = calls, input_tokens, output_tokens, cost_usd


class ContextOverflow(ModelError):  # noqa: N818 - what happened says it best
    """The question is longer than the model takes: it ends an agent, and what it has is graded."""


class QuestionRefused(ModelError):  # noqa: N818 - what happened says it best
    """The provider refuses this question. One that an agent made up ends it, or it could have itself left out."""


class ModelUnusable(ModelError, UsageError):  # noqa: N818 - a state, named as users meet it
    """No question will be answered: a wrong key, no right to the model, or none of this name. The run ends."""


class NoVerdict(BoxscoreError):  # noqa: N818 - what happened says it best
    """A sample was not judged, for no fault of its own; it is raised where no value can say so, so that none is 0."""


class OutcomeDrift(BoxscoreError):  # noqa: N818 - what happened says it best
    """A run was stopped because its outcomes say more about it than about samples: the message says where to look."""


class StoreError(BoxscoreError, OSError):
    """The run directory cannot be written (disk full, permissions) or another process writes it."""
