"""The alarm for outcome drift: stops a run whose outcomes say more about it than about the samples.

Two things are out of order:

- the first samples, of many instances, all end with the same kind of failure: code is extracted wrongly, or the
  sandbox or image is broken;
- most of the last samples are `internal`, for another reason than a reference that does not resolve.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore.records import Result

SAME, INSTANCES = 30, 10  # results that end alike from the first on, and of how many instances they must be
RECENT, FEW_INSTANCES = 20, 3
_REASON_CHARS = 200
_ALIKE = frozenset({Outcome.ERROR, Outcome.SIGNAL, Outcome.FORBIDDEN, Outcome.PROCESS_LIMIT})


class Alarm:
    """Is told of results, and says at some point why the run must stop. `known` are results that stood before."""

    def __init__(self, known: Iterable[Result] = ()) -> None:
        self.reason: str | None = None
        self._first: Result | None = None
        self._alike = 0
        self._differ = False  # whether some result ended unlike the first
        self._instances: set[str] = set()
        self._recent: deque[Result] = deque(maxlen=RECENT)
        for result in known:
            self._follow(result)

    def add(self, results: Iterable[Result]) -> None:
        """Look at results; afterwards `reason` may be set, for good."""
        for result in results:
            if not result.unresolvable:  # which says nothing about samples or boxes
                self._follow(result)
                self._recent.append(result)
                self.reason = self.reason or self._all_alike() or self._most_internal()

    def _follow(self, result: Result) -> None:
        """Count how many results ended alike from the first on."""
        self._first = self._first or result
        kind = self._first.outcome, self._first.error_type
        self._differ = self._differ or kind != (result.outcome, result.error_type)
        if not self._differ:
            self._alike += 1
            self._instances.add(result.instance_id)

    def _all_alike(self) -> str | None:
        first = self._first
        if first is None or first.outcome not in _ALIKE or self._differ:
            return None
        if self._alike < SAME or len(self._instances) < INSTANCES:
            return None
        name = first.outcome.value if first.error_type is None else f"{first.outcome.value} ({first.error_type})"
        return (
            f"the first {self._alike} samples, of {len(self._instances)} instances, all ended as {name}: check the "
            f"code extraction, and run `boxscore doctor`; the first one: {_short(first.reason)}"
        )

    def _most_internal(self) -> str | None:
        internal = [one for one in self._recent if one.outcome is Outcome.INTERNAL and not one.withheld]
        if 2 * len(internal) <= RECENT or len({one.instance_id for one in internal}) < FEW_INSTANCES:
            return None
        return (
            f"{len(internal)} of the last {RECENT} samples could not be graded (internal): run `boxscore doctor`; "
            f"the first one: {_short(internal[0].reason)}"
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _REASON_CHARS else f"{line[:_REASON_CHARS]}…"
