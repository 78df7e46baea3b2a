"""Audit a benchmark: grade what must pass and what must not, and say what is wrong."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.audit.findings import Audit, Finding, FindingKind, MutantCounts, Survivor, finding
from boxscore.audit.references import observed_findings, reference_findings
from boxscore.audit.work import diff_of, example_findings, samples_of, with_examples
from boxscore.protocols.contract import Audits
from boxscore.protocols.registry import role
from boxscore.records import Outcome
from boxscore.report.numbers import counted
from boxscore.run.engine import now
from boxscore.run.plan import Given
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from boxscore.audit.grading import Grading, Key
    from boxscore.audit.work import AuditOptions, AuditWork
    from boxscore.protocols.contract import Likeness, Task
    from boxscore.records import Result
    from boxscore.run.prepare import Benchmark

_SHOWN = 5  # survivors of an instance whose operators are named
BAD_REFERENCE = frozenset((FindingKind.REFERENCE_FAILS, FindingKind.FLAKY, FindingKind.NOT_CHECKED))
"""Of what references show: mutants and examples of such instances say nothing."""


class Auditor:
    """One audit of a benchmark, stage by stage."""

    def __init__(self, benchmark: Benchmark, work: AuditWork, options: AuditOptions, *, grading: Grading) -> None:
        self._benchmark, self._work, self._options = benchmark, work, options
        self._grading = grading
        self._findings: list[Finding] = []
        self._gradings = 0

    def audit(self, *, backend: str, say: Callable[[str], None]) -> Audit | None:
        """Do it all; None if interrupted. Raises HarnessError, SandboxUnavailable, ImageMissing, StoreError."""
        started, began = now(), time.monotonic()
        self._findings += (
            finding(FindingKind.NO_REFERENCE, one.instance_id, "it has no reference")
            for one in self._benchmark.asked
            if one.reference is None
        )
        mutants = self._grade(say)
        if mutants is None:
            return None
        findings = tuple(sorted(self._findings, key=lambda one: list(FindingKind).index(one.kind)))
        kinds = Counter(kind for kind, _ in {(one.kind, one.instance_id) for one in findings})
        options, data, harness = self._options, self._benchmark.data, self._benchmark.harness
        return Audit(
            boxscore=VERSION,
            benchmark=harness.name,
            title=harness.title,
            data_sha256=data.sha256,
            data_published=data.published,
            instances=len(self._benchmark.asked),
            benchmark_instances=len(self._benchmark.every),
            backend=backend,
            repeats=options.repeats,
            mutants_each=options.mutants,
            inputs_each=options.inputs,
            seed=options.seed,
            started=started,
            wall_s=round(time.monotonic() - began, 1),
            gradings=self._gradings,
            mutants=mutants,
            examples=len(self._work.examples),
            counts={kind: kinds[kind] for kind in FindingKind if kinds[kind]},
            findings=findings,
        )

    def _grade(self, say: Callable[[str], None]) -> MutantCounts | None:
        good = self._references(say)
        if good is None:
            return None
        judged = self._answers(good, say)
        if judged is None or not self._examples(good, say):
            return None
        return self._survivors(judged, good, say)

    def _references(self, say: Callable[[str], None]) -> frozenset[str] | None:
        work, repeats = self._work, self._options.repeats
        asked = tuple(one for one in self._benchmark.asked if one.instance_id not in work.observed)
        found: list[Finding] = []
        say("references and empty samples")
        if asked:
            rounds = self._grading.references(replace(self._benchmark, asked=asked), repeats)
            if rounds is None:
                return None
            self._gradings += sum(map(len, rounds))
            found += reference_findings(rounds)
        if work.observed:
            seen = self._grading.observed(self._benchmark, work.observed, repeats)
            if seen is None:
                return None
            self._gradings += len(seen.results)
            found += observed_findings(seen.found, seen.results)
        self._findings += found
        bad = {one.instance_id for one in found if one.kind in BAD_REFERENCE}
        return frozenset(name for name in work.references if name not in bad)

    def _answers(self, good: frozenset[str], say: Callable[[str], None]) -> dict[Key, Result] | None:
        work = self._work
        codes = {**work.stubs, **{key: one.code for key, one in work.mutants.items()}}
        results = self._given(
            "answers", "stubs and mutants", self._benchmark, Given(tasks=work.tasks, codes=codes), say
        )
        if results is None:
            return None
        passing: dict[str, list[str]] = {}
        for name, sample in work.stubs:
            if (one := results.get((name, sample))) is not None and one.outcome is Outcome.PASSED:
                passing.setdefault(name, []).append(sample)
        for name, stubs in passing.items():
            text = f"a function that does nothing passes: {', '.join(stubs)}"
            evidence = work.stubs[name, stubs[0]]
            self._findings.append(finding(FindingKind.STUB_PASSES, name, text, evidence=evidence))
        return {key: one for key, one in results.items() if key in work.mutants and key[0] in good}

    def _examples(self, good: frozenset[str], say: Callable[[str], None]) -> bool:
        work = self._work
        wanted = {name: example for name, (example, _) in work.examples.items() if example.instance_id in good}
        codes = {(name, "reference"): work.references[one.instance_id] for name, one in wanted.items()}
        given = Given(tasks={name: work.examples[name][1] for name in wanted}, codes=codes)
        shown = with_examples(self._benchmark, wanted)
        results = self._given("examples", "examples of prompts", shown, given, say)
        if results is None:
            return False
        self._findings += example_findings({name: one for (name, _), one in results.items()}, wanted)
        return True

    def _survivors(
        self, judged: Mapping[Key, Result], good: frozenset[str], say: Callable[[str], None]
    ) -> MutantCounts | None:
        survivors = Survivors(self._work, judged, self._options)
        what = f"{counted(len(survivors.passed), 'mutant')} that passed, on other inputs"
        compared = self._given("inputs", what, self._benchmark, survivors.to_compare(), say)
        if compared is None:
            return None
        several = survivors.by_instance(compared)
        self._findings += survivors.findings(several)
        return survivors.counts(several, good)

    def _given(
        self, part: str, what: str, benchmark: Benchmark, given: Given, say: Callable[[str], None]
    ) -> dict[Key, Result] | None:
        """Grade given code, if there is any; None if interrupted. What is internal is told once of an instance."""
        if not given.codes:
            return {}
        say(what)
        results = self._grading.given(part, benchmark, samples_of(given.codes), given)
        if results is None:
            return None
        self._gradings += len(results)
        lost = {name: f"{part}: {one.reason}" for (name, _), one in results.items() if one.outcome is Outcome.INTERNAL}
        self._findings += (finding(FindingKind.NOT_CHECKED, name, text) for name, text in lost.items())
        return results


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
        judged = [key for key in made if key in self._judged and self._judged[key].outcome is not Outcome.INTERNAL]
        return MutantCounts(
            made=len(made),
            killed=len(judged) - len(alive),
            survived=len(alive),
            not_judged=len(made) - len(judged),
            differing=sum(one.differs_on is not None for one in alive),
            unproven=sum(one.differs_on is None for one in alive),
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
