"""Mutants that pass the tests: are they wrong? Compared with their references on inputs like those of the tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from boxscore.audit.findings import Finding, FindingKind, MutantCounts, Survivor, finding
from boxscore.audit.work import diff_of
from boxscore.protocols.contract import Audits
from boxscore.protocols.registry import role
from boxscore.records import Outcome
from boxscore.run.plan import Given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from boxscore.audit.grading import Key
    from boxscore.audit.work import AuditOptions, AuditWork
    from boxscore.protocols.contract import Likeness, Task
    from boxscore.records import Result

_SHOWN = 5  # survivors of an instance whose operators are named


class Survivors:
    """The mutants that passed, of those that were judged, and how to compare them with their references."""

    def __init__(self, work: AuditWork, judged: Mapping[Key, Result], options: AuditOptions) -> None:
        self._work, self._judged = work, judged
        self.passed = [key for key, one in judged.items() if one.outcome is Outcome.PASSED]
        self._alike = {
            name: _likeness(work.tasks[name], options) for name in dict.fromkeys(name for name, _ in self.passed)
        }

    def to_compare(self) -> Given:
        """What to grade: a pass answers as the reference does. Without those of instances that have no inputs."""
        ways = {name: one for name, one in self._alike.items() if one is not None}
        codes = {key: self._work.mutants[key].code + ways[key[0]].behind for key in self.passed if key[0] in ways}
        return Given(tasks={name: one.task for name, one in ways.items()}, codes=codes)

    def by_instance(self, compared: Mapping[Key, Result]) -> dict[str, list[Survivor]]:
        """The survivors of each instance, with what each answers otherwise on."""
        found: dict[str, list[Survivor]] = {}
        for key in self.passed:
            found.setdefault(key[0], []).append(self._survivor(key, compared.get(key)))
        return found

    def findings(self, several: Mapping[str, list[Survivor]]) -> Iterator[Finding]:
        """Weak tests, where a mutant is known to be wrong, and mutants of which that is not known."""
        made = Counter(name for name, _ in self._work.mutants)
        for name, of_one in several.items():
            alike = self._alike[name]
            yield from _findings(name, of_one, made=made[name], tried=None if alike is None else len(alike.inputs))

    def counts(self, several: Mapping[str, list[Survivor]], good: frozenset[str]) -> MutantCounts:
        """Count the mutants of instances whose reference is good."""
        made = [key for key in self._work.mutants if key[0] in good]
        alive = [one for of_one in several.values() for one in of_one]
        passed, by_operator = set(self.passed), dict[str, tuple[int, int]]()
        for key in made:
            operator = self._work.mutants[key].operator
            count, left = by_operator.get(operator, (0, 0))
            by_operator[operator] = count + 1, left + (key in passed)
        judged = [key for key in made if key in self._judged and self._judged[key].outcome is not Outcome.INTERNAL]
        return MutantCounts(
            made=len(made),
            killed=len(judged) - len(alive),
            survived=len(alive),
            not_judged=len(made) - len(judged),
            differing=sum(one.differs_on is not None for one in alive),
            unproven=sum(one.differs_on is None for one in alive),
            by_operator=by_operator,
        )

    def _survivor(self, key: Key, result: Result | None) -> Survivor:
        mutant = self._work.mutants[key]
        return Survivor(
            sample_id=key[1],
            operator=mutant.operator,
            line=mutant.line,
            diff=diff_of(self._work.references[key[0]], mutant.code),
            differs_on=_differs_on(self._alike[key[0]], result),
        )


def _differs_on(alike: Likeness | None, result: Result | None) -> str | None:
    """The input on which a program answers otherwise; None where nothing shows that it does.

    One that ran out of time or memory on all of them may be as slow as its reference.
    """
    if alike is None or result is None or result.outcome in (Outcome.PASSED, Outcome.INTERNAL):
        return None
    number = alike.differing(result.reason)
    return None if number is None or number >= len(alike.inputs) else alike.inputs[number]


def _findings(name: str, several: list[Survivor], *, made: int, tried: int | None) -> Iterator[Finding]:
    wrong = tuple(one for one in several if one.differs_on is not None)
    unproven = tuple(one for one in several if one.differs_on is None)
    if wrong:
        text = f"{len(wrong)} of {made} mutants are wrong and pass: {_operators(wrong)}"
        yield finding(FindingKind.WEAK_TESTS, name, text, survivors=wrong)
    if unproven:
        why = (
            "no other inputs could be made" if tried is None else f"they answer as the reference does on {tried} inputs"
        )
        text = f"{len(unproven)} of {made} mutants pass, and may be right: {why}; {_operators(unproven)}"
        kind = FindingKind.SURVIVING_MUTANTS if tried is None else FindingKind.UNPROVEN_MUTANTS
        yield finding(kind, name, text, survivors=unproven)


def _operators(several: Iterable[Survivor]) -> str:
    named = [f"{one.operator} in line {one.line}" for one in several]
    return ", ".join(named[:_SHOWN]) + (f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")


def _likeness(task: Task, options: AuditOptions) -> Likeness | None:
    audits = role(task, Audits)
    return None if audits is None else audits.likeness(task, most=options.inputs, seed=options.seed)
