"""Audit a benchmark: look at its statements, grade what must pass and what must not, and say what is wrong."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.audit.dates import date_findings, months
from boxscore.audit.duplicates import near_duplicates, near_in_other
from boxscore.audit.findings import Finding, FindingKind, Survivor, finding
from boxscore.audit.forecast import forecast, seconds_of
from boxscore.audit.observe import observe
from boxscore.audit.records import Audit, MutantCounts
from boxscore.audit.references import observed_findings, reference_findings
from boxscore.audit.rounds import graded_round, reference_rounds
from boxscore.audit.statements import id_findings, incomplete_names, statement_findings
from boxscore.audit.work import AuditOptions, AuditWork, diff_of, make_work, samples_of, with_examples
from boxscore.data.plugin_calls import published_on
from boxscore.protocols.registry import protocol_of
from boxscore.records import Outcome
from boxscore.run.engine import now
from boxscore.run.plan import Given
from boxscore.run.prepare import Benchmark, Request, load_benchmark
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from boxscore.audit.rounds import Key
    from boxscore.audit.work import Example
    from boxscore.interrupt import StopSignal
    from boxscore.protocols.contract import Likeness
    from boxscore.records import Result, Sample

BAD_REFERENCE = frozenset((FindingKind.REFERENCE_FAILS, FindingKind.FLAKY, FindingKind.NOT_CHECKED))
_SHOWN = 5  # survivors of an instance whose operators are named


class Auditor:
    """One audit of a benchmark, stage by stage; its run directory is that of the request, in which it goes on."""

    def __init__(
        self,
        request: Request,
        benchmark: Benchmark,
        options: AuditOptions,
        *,
        work: AuditWork,
        say: Callable[[str], None],
    ) -> None:
        self._request, self._benchmark, self._options, self._work, self._say = request, benchmark, options, work, say
        self._findings: list[Finding] = []
        self._gradings = 0

    def audit(self, stop: StopSignal, *, backend: str) -> Audit | None:
        """Do it all; None if interrupted."""
        started, began = now(), time.monotonic()
        dates = self._dates()
        self._look(dates)
        counts = self._grade(stop)
        if counts is None:
            return None
        findings = tuple(sorted(self._findings, key=_order))
        kinds = Counter(kind for kind, _ in {(one.kind, one.instance_id) for one in findings})
        options, data = self._options, self._benchmark.data
        return Audit(
            boxscore=VERSION,
            benchmark=self._benchmark.harness.name,
            title=self._benchmark.harness.title,
            data_sha256=data.sha256,
            data_published=data.published,
            instances=len(self._benchmark.asked),
            benchmark_instances=len(self._benchmark.every),
            backend=backend,
            repeats=options.repeats,
            mutants_each=options.mutants,
            seed=options.seed,
            cutoff=None if options.cutoff is None else options.cutoff.isoformat(),
            against=options.against,
            started=started,
            wall_s=round(time.monotonic() - began, 1),
            gradings=self._gradings,
            mutants=counts,
            examples=len(self._work.examples),
            months=months(dates),
            undated=len(self._benchmark.asked) - len(dates),
            counts={kind: kinds[kind] for kind in FindingKind if kinds[kind]},
            findings=findings,
        )

    def _dates(self) -> dict[str, date]:
        found = {one.instance_id: published_on(self._benchmark.harness, one) for one in self._benchmark.asked}
        return {name: day for name, day in found.items() if day is not None}

    def _look(self, dates: Mapping[str, date]) -> None:
        """Find what can be seen without running anything."""
        harness, asked = self._benchmark.harness, self._benchmark.asked
        self._findings += id_findings({one.instance_id: None for one in self._benchmark.every})
        for one in asked:
            self._findings += statement_findings(harness, one, self._work.tasks[one.instance_id])
            if one.reference is None:
                self._findings.append(finding(FindingKind.NO_REFERENCE, one.instance_id, "it has no reference"))
        self._findings += _duplicates(self._benchmark, self._options.against)
        self._findings += date_findings(dates, self._options.cutoff)

    def _grade(self, stop: StopSignal) -> MutantCounts | None:
        """Run the stages one after the other; None if interrupted."""
        good = self._references(stop)
        if good is None:
            return None
        survivors = self._answers(good, stop)
        if survivors is None or not self._examples(good, stop):
            return None
        return self._survivors(survivors, good, stop)

    def _references(self, stop: StopSignal) -> frozenset[str] | None:
        """Grade references several times; give the instances whose reference passes."""
        work, options = self._work, self._options
        left = replace(
            self._benchmark, asked=tuple(one for one in self._benchmark.asked if one.instance_id not in work.observed)
        )
        found: list[Finding] = []
        took: dict[str, float] = {}
        if left.asked:
            self._say("references and empty samples")
            rounds = reference_rounds(self._request, left, options.repeats, stop, say=self._say)
            if rounds is None:
                return None
            self._gradings += sum(map(len, rounds))
            found += reference_findings(rounds)
            took |= seconds_of(rounds[0])
        if work.observed:
            out = self._request.out
            apart = self._request if out is None else replace(self._request, out=out / "observed")
            seen = observe(apart, self._benchmark, work.observed, options.repeats, stop, say=self._say)
            if seen is None:
                return None
            self._gradings += len(seen.results)
            found += observed_findings(seen.found, seen.results)
        self._findings += found
        rest = forecast(work, took, workers=self._request.worker_count(), repeats=options.repeats, rounds=False)
        if work.stubs or work.mutants or work.examples:
            self._say(f"what is left: {rest.text()}")
        bad = {one.instance_id for one in found if one.kind in BAD_REFERENCE}
        return frozenset(name for name in work.references if name not in bad)

    def _answers(self, good: frozenset[str], stop: StopSignal) -> dict[Key, Result] | None:
        """Grade stubs and mutants; give those mutants that are judged."""
        samples, given = self._work.answers()
        if not samples:
            return {}
        self._say("stubs and mutants")
        results = self._round("answers", self._benchmark, samples, given, stop)
        if results is None:
            return None
        passing: dict[str, list[str]] = {}
        for (name, sample), one in results.items():
            if (name, sample) in self._work.stubs and one.outcome is Outcome.PASSED:
                passing.setdefault(name, []).append(sample.removeprefix("stub-"))
        for name, stubs in passing.items():
            text = f"a function that does nothing passes: it returns {', '.join(stubs)}"
            evidence = self._work.stubs[name, f"stub-{stubs[0]}"]
            self._findings.append(finding(FindingKind.STUB_PASSES, name, text, evidence=evidence))
        return {key: one for key, one in results.items() if key in self._work.mutants and key[0] in good}

    def _examples(self, good: frozenset[str], stop: StopSignal) -> bool:
        """Try the examples of prompts on the references; False if interrupted."""
        wanted = {}
        prompts = {one.instance_id: one.prompt for one in self._benchmark.asked}
        for name, (example, task) in self._work.examples.items():
            prompt = prompts[example.instance_id]
            missing = incomplete_names(example, protocol_of(task).entry_point(task) or "", prompt)
            if missing:
                text = f"an example of the prompt needs {', '.join(missing)}, which the prompt does not define"
                self._findings.append(
                    finding(FindingKind.INCOMPLETE_EXAMPLE, example.instance_id, text, evidence=example.assertion)
                )
            elif example.instance_id in good:
                wanted[name] = (example, task)
        if not wanted:
            return True
        self._say("examples of prompts")
        codes = {(name, "reference"): self._work.references[one.instance_id] for name, (one, _) in wanted.items()}
        given = Given(tasks={name: task for name, (_, task) in wanted.items()}, codes=codes)
        shown = with_examples(self._benchmark, wanted)
        results = self._round("examples", shown, samples_of(codes), given, stop)
        if results is None:
            return False
        self._findings += _of_examples({wanted[name][0]: one for (name, _), one in results.items()})
        return True

    def _survivors(self, judged: Mapping[Key, Result], good: frozenset[str], stop: StopSignal) -> MutantCounts | None:
        """Compare mutants that pass with their references, and make findings of them."""
        passed = [key for key, one in judged.items() if one.outcome is Outcome.PASSED]
        alike = {name: self._likeness(name) for name in dict.fromkeys(name for name, _ in passed)}
        compared = self._compared(passed, alike, stop)
        if compared is None:
            return None
        by_instance: dict[str, list[Survivor]] = {}
        for key in passed:
            by_instance.setdefault(key[0], []).append(self._survivor(key, alike[key[0]], compared.get(key)))
        tried = {name: len(one.inputs) for name, one in alike.items() if one is not None}
        for name, several in by_instance.items():
            self._findings += _of_survivors(name, several, made=self._made(name), tried=tried.get(name))
        return self._counts(judged, by_instance, good)

    def _likeness(self, name: str) -> Likeness | None:
        task = self._work.tasks[name]
        return protocol_of(task).likeness(task, most=self._options.inputs, seed=self._options.seed)

    def _compared(
        self, passed: Iterable[Key], alike: Mapping[str, Likeness | None], stop: StopSignal
    ) -> dict[Key, Result] | None:
        """Results of survivors on inputs like those of the tests; a pass answers as the reference does."""
        ways = {name: one for name, one in alike.items() if one is not None}
        codes = {key: self._work.mutants[key].code + ways[key[0]].behind for key in passed if key[0] in ways}
        if not codes:
            return {}
        self._say(f"{len(codes):,} mutants that passed, on other inputs")
        given = Given(tasks={name: one.task for name, one in ways.items()}, codes=codes)
        return self._round("inputs", self._benchmark, samples_of(codes), given, stop)

    def _survivor(self, key: Key, alike: Likeness | None, result: Result | None) -> Survivor:
        mutant = self._work.mutants[key]
        differs = result is not None and result.outcome not in (Outcome.PASSED, Outcome.INTERNAL)
        shown = None
        if alike is not None and result is not None and differs:
            number = alike.differing(result.reason)
            in_range = number is not None and number < len(alike.inputs)
            shown = alike.inputs[number] if number is not None and in_range else f"{result.outcome} {result.reason}"
        return Survivor(
            sample_id=key[1],
            operator=mutant.operator,
            line=mutant.line,
            diff=diff_of(self._work.references[key[0]], mutant.code),
            differs_on=shown,
        )

    def _made(self, name: str) -> int:
        return sum(one == name for one, _ in self._work.mutants)

    def _counts(
        self, judged: Mapping[Key, Result], survivors: Mapping[str, list[Survivor]], good: frozenset[str]
    ) -> MutantCounts:
        made = [key for key in self._work.mutants if key[0] in good]
        outcomes = {key: one.outcome for key, one in judged.items()}
        several = [one for of_one in survivors.values() for one in of_one]
        by_operator: dict[str, tuple[int, int]] = {}
        for key in made:
            operator = self._work.mutants[key].operator
            count, left = by_operator.get(operator, (0, 0))
            by_operator[operator] = count + 1, left + (outcomes.get(key) is Outcome.PASSED)
        lost = sum(outcomes.get(key, Outcome.INTERNAL) is Outcome.INTERNAL for key in made)
        return MutantCounts(
            made=len(made),
            killed=len(made) - lost - len(several),
            survived=len(several),
            not_judged=lost,
            differing=sum(one.differs_on is not None for one in several),
            unproven=sum(one.differs_on is None for one in several),
            by_operator=by_operator,
        )

    def _round(
        self, part: str, benchmark: Benchmark, samples: list[Sample], given: Given, stop: StopSignal
    ) -> dict[Key, Result] | None:
        """Grade given code in a part of the run directory; None if interrupted. What is internal is told once."""
        with graded_round(
            self._request, benchmark, samples, stop, say=self._say, part=part, given=given, reuse=True
        ) as done:
            results = done.results
        if stop.draining() and len(results) < len(samples):
            return None
        self._gradings += len(results)
        lost: dict[str, str] = {}
        for (name, sample), one in results.items():
            if one.outcome is Outcome.INTERNAL:
                lost.setdefault(name, f"{part}: {sample}: {one.reason}")
        self._findings += (finding(FindingKind.NOT_CHECKED, name, text) for name, text in lost.items())
        return results


def audit(  # noqa: PLR0913 - what an audit is made of
    request: Request,
    benchmark: Benchmark,
    options: AuditOptions,
    stop: StopSignal,
    *,
    backend: str,
    say: Callable[[str], None],
    work: AuditWork | None = None,
) -> Audit | None:
    """Say what is wrong with a benchmark; None if interrupted: the same request goes on where it was.

    Raises HarnessError, SandboxUnavailable, ImageMissing, StoreError.
    """
    work = work or make_work(request, benchmark, options)
    return Auditor(request, benchmark, options, work=work, say=say).audit(stop, backend=backend)


def _order(one: Finding) -> int:
    return list(FindingKind).index(one.kind)


def _duplicates(benchmark: Benchmark, against: str | None) -> Iterator[Finding]:
    """Prompts that are near to others, of the benchmark itself and of another."""
    prompts = {one.instance_id: one.prompt for one in benchmark.every}
    asked = {one.instance_id for one in benchmark.asked}
    for near in near_duplicates(prompts):
        if near.instance_id in asked or near.other in asked:
            text = f"{near.share:.0%} of its runs of words and those of {near.other} are in both"
            yield finding(FindingKind.NEAR_DUPLICATE, near.instance_id, text, others=(near.other,))
    if against is None:
        return
    other = load_benchmark(Request(benchmark=against))
    own = {name: prompt for name, prompt in prompts.items() if name in asked}
    for near in near_in_other(own, {one.instance_id: one.prompt for one in other.every}):
        named = f"{other.harness.name} {near.other}"
        text = f"{near.share:.0%} of its runs of words and those of {named} are in both"
        yield finding(FindingKind.NEAR_DUPLICATE, near.instance_id, text, others=(named,))


def _of_examples(results: Mapping[Example, Result]) -> Iterator[Finding]:
    """What the reference says of examples: those of an instance in one finding."""
    untrue: dict[str, list[tuple[str, Result]]] = {}
    for example, one in results.items():
        if one.outcome not in (Outcome.PASSED, Outcome.INTERNAL):
            untrue.setdefault(example.instance_id, []).append((example.assertion, one))
    for name, several in untrue.items():
        texts = [f"{assertion}: {one.outcome} {one.reason}" for assertion, one in several]
        text = f"the reference contradicts {len(several)} of its prompt's examples: {texts[0]}"
        yield finding(FindingKind.UNTRUE_EXAMPLE, name, text, evidence="\n".join(texts))


def _of_survivors(name: str, several: list[Survivor], *, made: int, tried: int | None) -> Iterator[Finding]:
    """Weak tests, where a mutant is known to be wrong, and mutants of which that is not known."""
    wrong = tuple(one for one in several if one.differs_on is not None)
    unproven = tuple(one for one in several if one.differs_on is None)
    if wrong:
        text = f"{len(wrong)} of {made} mutants are wrong and pass: {_operators(wrong)}"
        yield finding(FindingKind.WEAK_TESTS, name, text, survivors=wrong)
    if unproven:
        why = "no other inputs could be made" if tried is None else f"answer as the reference does on {tried} inputs"
        text = f"{len(unproven)} of {made} mutants pass, and may be right: {why}; {_operators(unproven)}"
        yield finding(FindingKind.UNPROVEN_MUTANTS, name, text, survivors=unproven)


def _operators(several: tuple[Survivor, ...]) -> str:
    named = [f"{one.operator} in line {one.line}" for one in several]
    return ", ".join(named[:_SHOWN]) + (f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")
