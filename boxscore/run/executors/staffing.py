"""Which machines of a cluster get workers: sick ones are left out for a while, late ones join, restarts are paced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

REST_S, LONGEST_REST_S = 30.0, 900.0
RESTARTS = 3  # of a worker at once
RESTART_AGAIN_S, RESTART_AGAIN_RESULTS = 600.0, 500  # after so long, or so many results, one more


class Slot(Struct, frozen=True):
    """Room for one worker on a machine; `name` is the machine's for people, `number` counts on the machine."""

    node: str
    name: str
    number: int

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from all others, whatever people call the machine by now."""
        return self.node, self.number


class _Rest(Struct):
    until: float
    times: int


class _Allowance(Struct):
    left: float
    at: float


class Staffing:
    """Remembers how machines and workers did. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rests: dict[str, _Rest] = {}
        self._allowances: dict[tuple[str, int], _Allowance] = {}

    def may_start(self, slot: Slot) -> bool:
        """Whether a worker may be started there: its machine does not rest, and workers there do not keep dying."""
        rest = self._rests.get(slot.node)
        return (rest is None or rest.until <= self._clock()) and self._refilled(slot).left >= 1

    def sick(self, slot: Slot) -> float:
        """Leave a machine out, twice as long each time; return for how many seconds. Once for all of its workers."""
        now = self._clock()
        rest = self._rests.setdefault(slot.node, _Rest(until=now, times=0))
        if rest.until <= now:
            rest.until = now + min(LONGEST_REST_S, REST_S * 2**rest.times)
            rest.times += 1
        return rest.until - now

    def died(self, slot: Slot) -> None:
        """A worker there died, which uses up one of its restarts."""
        self._refilled(slot).left -= 1

    def worked(self, slot: Slot, results: int) -> bool:
        """A worker there gave so many results; return whether its machine had been left out until now."""
        allowance = self._refilled(slot)
        allowance.left = min(RESTARTS + 1.0, allowance.left + results / RESTART_AGAIN_RESULTS)
        rest = self._rests.get(slot.node)
        if not results or rest is None or rest.until > self._clock():
            return False
        del self._rests[slot.node]
        return True

    def _refilled(self, slot: Slot) -> _Allowance:
        """The starts that a slot has left: the first, and restarts that come back with time."""
        now = self._clock()
        allowance = self._allowances.setdefault(slot.place, _Allowance(left=RESTARTS + 1.0, at=now))
        allowance.left = min(RESTARTS + 1.0, allowance.left + (now - allowance.at) / RESTART_AGAIN_S)
        allowance.at = now
        return allowance
