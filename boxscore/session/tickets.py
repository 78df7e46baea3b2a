"""One request of a session, from the caller to a worker and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.contract import Batch
    from boxscore.records import Conditions, Result


class Work(Struct, frozen=True, kw_only=True):
    """What a request asks for: a batch of one candidate, the image it is graded in, and what its result is told by.

    `known` is the result where no box is needed; then there is no batch.
    """

    instance_id: str
    sample_id: str
    conditions: Conditions
    key: str
    batch: Batch | None = None
    image: str | None = None
    known: Result | None = None


class Ticket:
    """A request in the queue or at work. `make` gives its work, in a worker's thread; it may raise BoxscoreError.

    `settle` is called once, from any thread, with the result or an error; never for one that was cancelled.
    """

    __slots__ = ("begun", "cancelled", "make", "settle")

    def __init__(self, make: Callable[[], Work], settle: Callable[[Result | BaseException], object]) -> None:
        self.make, self.settle = make, settle
        self.begun = self.cancelled = False
