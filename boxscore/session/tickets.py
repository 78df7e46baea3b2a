"""One request of a session, from the caller to a worker and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.contract import Candidate, Reference, Task
    from boxscore.records import Conditions, Result, Trust


class Work(Struct, frozen=True, kw_only=True):
    """What a request asks for: a candidate, how it is graded, and what its result is told by.

    `known` is the result where no box is needed; then there is no candidate. `of_caller` is as in `Batch`.
    """

    instance_id: str
    sample_id: str
    task: Task
    trust: Trust
    conditions: Conditions
    key: str
    candidate: Candidate | None = None
    reference: Reference | None = None
    image: str | None = None
    known: Result | None = None
    of_caller: bool = False


class Ticket:
    """A request in the queue or at work. `make` gives its work, in a worker's thread; it may raise BoxscoreError.

    `settle` is called once, from any thread, with the result or an error; never for one that was cancelled. Requests of
    one `group` are of one instance, and may be graded together.
    """

    __slots__ = ("begun", "cancelled", "group", "make", "settle")

    def __init__(
        self, make: Callable[[], Work], settle: Callable[[Result | BaseException], object], group: str | None = None
    ) -> None:
        self.make, self.settle, self.group = make, settle, group
        self.begun = self.cancelled = False

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be begun."""
        return not (self.begun or self.cancelled)
