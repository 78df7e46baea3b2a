"""The alarm for outcome drift: stops a run whose outcomes say more about it than about the samples.

It looks at results as they come, wherever they are graded. Four things are out of order:

- samples of many instances, one after the other, all end with the same kind of failure: code is extracted wrongly, or
  the sandbox or image is broken;
- most of the last samples are `internal`;
- most of the last samples lost a box;
- the references of most instances do not resolve here (`boxscore.run.gate`).

Candidates can bring about each of these but the last, so before the run is stopped, references of the same instances
are graded in a box of the same kind. Where they pass, boxes work: then only a run that *began* so is stopped, as its
answers are probably not taken from the right place. Where they fail, or there are none, the run stops.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import BoxscoreError
from boxscore.log import event
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from boxscore.protocols.contract import Batch, GraderFactory
    from boxscore.records import Result

SAME, INSTANCES = 30, 10  # results that end alike, one after the other, and of how many instances they must be
RECENT, FEW_INSTANCES = 20, 3
REFERENCES = 3
CALM = 300  # results after a check that found boxes to work, in which none is made
_REASON_CHARS = 200
_ALIKE = frozenset({Outcome.ERROR, Outcome.SIGNAL, Outcome.FORBIDDEN, Outcome.PROCESS_LIMIT})
_NEW = "What is stored of it may be wrong: grade again in another directory"


class ReferenceCheck(Struct, frozen=True, kw_only=True):
    """How references of some instances ended; `reason` is of the first that did not pass."""

    passed: int = 0
    failed: int = 0
    reason: str = ""


class Alarm:
    """Is told of results, and says at some point why the run must stop. For one thread.

    `check` grades references of some of the instances named. `known` are results that stood before.
    """

    def __init__(self, check: Callable[[Sequence[str]], ReferenceCheck], known: Iterable[Result] = ()) -> None:
        self._check = check
        self._kind: tuple[Outcome, str | None] | None = None
        self._alike = self._total = self._calm_until = 0
        self._instances: Counter[str] = Counter()
        self._first_reason = ""
        self._recent: deque[Result] = deque(maxlen=RECENT)
        self._seen: set[str] = set()
        self._unresolvable: dict[str, str] = {}
        self.reason: str | None = None
        for result in known:
            self._follow(result)

    def add(self, results: Iterable[Result]) -> None:
        """Look at results; afterwards `reason` may be set, for good."""
        for result in results:
            self._follow(result)
            if result.unresolvable:
                self.reason = self.reason or self._most_unresolvable(result)
                continue  # which says nothing about samples or boxes
            self._recent.append(result)
            if self.reason is None and self._total >= self._calm_until:
                self.reason = self._alarmed()

    def _follow(self, result: Result) -> None:
        """Count how many results in a row ended alike."""
        self._seen.add(result.instance_id)
        if result.unresolvable:
            return
        self._total += 1
        kind = result.outcome, result.error_type
        if kind != self._kind:
            self._kind, self._alike, self._first_reason = kind, 0, result.reason
            self._instances.clear()
        self._alike += 1
        self._instances[result.instance_id] += 1

    def _alarmed(self) -> str | None:
        if self._kind is not None and self._kind[0] in _ALIKE and self._alike >= SAME:
            return self._all_alike() if len(self._instances) >= INSTANCES else None
        if len(self._recent) < RECENT:
            return None
        internal = [one for one in self._recent if one.outcome is Outcome.INTERNAL and not one.withheld]
        for what, some in (
            ("could not be graded (internal)", internal),
            ("lost their box", [one for one in self._recent if one.attempts > 1]),
        ):
            if 2 * len(some) > RECENT and len({one.instance_id for one in some}) >= FEW_INSTANCES:
                return self._most(what, some)
        return None

    def _all_alike(self) -> str | None:
        outcome, error_type = self._kind or (Outcome.ERROR, None)
        found = self._check(list(self._instances))
        name = outcome.value if error_type is None else f"{outcome.value} ({error_type})"
        begins = self._alike == self._total
        which = "the first" if begins else "the last"
        text = f"{which} {self._alike} samples, of {len(self._instances)} instances, all ended as {name}"
        if not found.passed:
            return f"{text}, and {_broken(found)}"
        if begins:
            reason = _short(self._first_reason)
            return f"{text}, but the references pass: check the code extraction; the first one: {reason}"
        self._let_pass(text)
        return None

    def _most(self, what: str, some: Sequence[Result]) -> str | None:
        found = self._check(list(dict.fromkeys(one.instance_id for one in some)))
        text = f"{len(some)} of the last {RECENT} samples {what}, the first one: {_short(some[0].reason)}"
        if found.passed:
            self._let_pass(text)
            return None
        return f"{text}; {_broken(found)}"

    def _most_unresolvable(self, result: Result) -> str | None:
        self._unresolvable.setdefault(result.instance_id, result.reason)
        count, seen = len(self._unresolvable), len(self._seen)
        if count < INSTANCES or 2 * count <= seen:
            return None
        first, why = next(iter(self._unresolvable.items()))
        return (
            f"{count} of the first {seen} instances cannot be resolved here, not even by their references, the first "
            f"one, {first}: {_short(why)}. `boxscore validate` shows them all"
        )

    def _let_pass(self, text: str) -> None:
        """Go on for a while, and log it: of other machines that give results, references graded here say nothing."""
        self._calm_until = self._total + CALM
        event("alarm_withheld", logging.WARNING, reason=f"{text}; references pass on the machine that started the run")


def check_references(batches: Iterable[Batch], open_grader: GraderFactory) -> ReferenceCheck:
    """Grade some references, of an instance each, in boxes of their own."""
    results: list[Result] = []
    try:
        with open_grader() as grader:
            for batch in batches:
                results.extend(grader.grade(batch))
    except BoxscoreError as error:
        return ReferenceCheck(failed=1, reason=str(error))
    failed = [one for one in results if one.outcome is not Outcome.PASSED]
    reason = f"{failed[0].outcome.value}: {failed[0].reason}" if failed else ""
    return ReferenceCheck(passed=len(results) - len(failed), failed=len(failed), reason=reason)


def _broken(found: ReferenceCheck) -> str:
    if found.failed:
        return (
            f"the references fail too ({_short(found.reason)}): the sandbox or the image is broken, see "
            f"`boxscore doctor`. {_NEW}"
        )
    return "there is no reference to compare with: check the code extraction, and run `boxscore doctor`"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _REASON_CHARS else f"{line[:_REASON_CHARS]}…"
