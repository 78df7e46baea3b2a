"""Blinded tests of Java: found with the reference, and what a candidate's run of them says.

A value stays hidden if all required tests pass in two blinded runs of the reference, and if what is compared with it is
the same both times and, where that is known, what the test expects. All others are put back. Then what everybody has,
the code as it was or stubs, is run on the same tests: a forger can let it answer too, so what it has right counts
nothing, and neither does what a clock kept it from answering. The tests as they are decide; blinded ones tell what that
is worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.protocols.blind.evidence import (
    BlindTests,
    Evidence,
    Expectation,
    Finding,
    finding,
    references,
    too_little,
    weigh,
)
from boxscore.protocols.blind.java.files import JavaFile
from boxscore.protocols.blind.literals import UNKNOWN, value_of
from boxscore.protocols.blind.observations import Observations, OwnObject, read_observations
from boxscore.protocols.blind.secrecy import LEAST, Forger, bits, enough, tokens_of
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.jvm.own_limits import late_tests, run_unhurried, untold_tests
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from boxscore.protocols.blind.java.files import Site
    from boxscore.protocols.jvm.layer import Files, Known, Runs, Suite
    from boxscore.protocols.jvm.run import TestRun

ROUNDS = 6
AGREEING = 2  # runs of the reference, one after the other, in which nothing has to be put back
JAVA = ".java"
OLD_UNKNOWN = "the code that everybody has did not finish, as on a machine that is too busy"
MANY_SAMPLES = 1_000  # of an instance; what is worth a level to so many is worth it to all


class BlindSuite(Struct, frozen=True, kw_only=True):
    """What is known of a suite's blinded tests; `unsure` if another time may show something else."""

    blind: BlindTests
    unsure: bool = False

    def files(self, suite: Suite) -> Files:
        """All test sources, blinded as far as they are; none where it is not worth running them so."""
        return with_files(suite.files, self.blind.files) if self.blind.files else ()

    def evidence(self, ran: TestRun) -> Evidence:
        """Say what a run of the blinded tests is evidence of."""
        return weigh(self.blind, read_observations(ran.observations))


def with_files(files: Files, others: Files) -> Files:
    """Files, some of which have other texts."""
    texts = dict(others)
    return tuple((path, texts.get(path, text)) for path, text in files)


def learn_blind(suite: Suite, known: Known) -> BlindSuite:
    """Find out what can be hidden of a suite whose reference passes. Raises what a run raises."""
    if known.reference is None:
        return BlindSuite(blind=BlindTests(reason="there is no reference to try its tests on"))
    return _Learner(suite, known.reference, known.old).learn()


class _Learner:
    """Runs the reference until nothing has to be put back."""

    def __init__(self, suite: Suite, reference: Runs, old: Collection[Runs]) -> None:
        self._suite, self._reference, self._old = suite, reference, old
        self._files: dict[str, JavaFile] = {}
        first = 0
        for path, source in suite.files:
            if not path.endswith(JAVA):
                continue
            try:
                self._files[path] = JavaFile(path, source, first)
            except CannotRewriteError:
                continue
            first += len(self._files[path].sites)
        self._sites = {one.number: one for file in self._files.values() for one in file.sites}
        self._sent: Mapping[int, tuple[str, ...]] = {}
        self._late = False

    def learn(self) -> BlindSuite:
        """Find out what can be hidden; a test that was late by the clock may pass another time."""
        found = self._learned()
        return replace(found, unsure=found.unsure or self._late)

    def _learned(self) -> BlindSuite:
        numbers, agreed = {*self._sites}, 0
        for _ in range(ROUNDS):
            numbers = self._possible(numbers)
            if tests := self._not_worth(numbers):
                return BlindSuite(blind=tests)
            ran = self._run(numbers)
            back = self._to_put_back(numbers, ran)
            if ran.outcome is not None and not back:
                reason = f"the reference could not be run blinded: {ran.outcome}: {ran.reason}"[:300]
                return BlindSuite(blind=BlindTests(reason=reason), unsure=True)
            numbers -= back
            agreed = 0 if back else agreed + 1
            if agreed == AGREEING:
                return self._worth(numbers)
        return BlindSuite(blind=BlindTests(reason="runs of the blinded reference do not agree"), unsure=True)

    def _run(self, numbers: Collection[int]) -> TestRun:
        required = self._suite.required
        ran = self._reference.plain(with_files(self._suite.files, self._rewritten(numbers)), required)
        self._late = self._late or bool(late_tests(ran, required))
        return ran

    def _possible(self, numbers: Collection[int]) -> set[int]:
        return {number for file in self._files.values() for number in file.hidden_together(numbers)}

    def _rewritten(self, numbers: Collection[int]) -> Files:
        """The files that hide something, without their values and comments."""
        return tuple(
            (path, file.rewrite(numbers))
            for path, file in self._files.items()
            if any(one.number in numbers for one in file.sites)
        )

    def _shown(self, numbers: Collection[int]) -> Iterator[str]:
        """What a forger reads: what models are told, and the tests as they are when blinded."""
        yield from self._suite.shown
        yield from (text for _, text in with_files(self._suite.files, self._rewritten(numbers)))

    def _not_worth(self, numbers: Collection[int]) -> BlindTests | None:
        if not self._files:
            return BlindTests(reason="no test source can be read")
        forger = Forger(self._shown(numbers))
        return too_little(bits(forger.secret(_written(self._sites[number])) for number in numbers))

    def _to_put_back(self, numbers: Collection[int], ran: TestRun) -> set[int]:
        """Which values may not stay hidden, by a run of the reference."""
        if ran.outcome is Outcome.BUILD_FAILED:
            named = {path for path in self._files if path in ran.reason}
            return {number for number in numbers if self._sites[number].path in named}
        failing = {test for test in self._suite.required if ran.statuses.get(test) is not Status.PASSED}
        back = self._of_tests(numbers, failing)
        observations = read_observations(ran.observations)
        for number, sent in observations.lines.items():
            if number in numbers and not self._is_right(number, sent, observations):
                back.add(number)
        self._sent = observations.lines
        return back

    def _of_tests(self, numbers: Collection[int], failing: Collection[str]) -> set[int]:
        """The values of tests that fail without them; of those that have none of their own, all of their file."""
        back = set[int]()
        for test in failing:
            own = {number for number in numbers if self._sites[number].test == test}
            owner = test.partition("#")[0].partition("$")[0]
            back |= own or {
                number for number in numbers if self._sites[number].test.partition("#")[0].partition("$")[0] == owner
            }
        return back

    def _is_right(self, number: int, sent: tuple[str, ...], observations: Observations) -> bool:
        """Whether the reference sends what the test expects, and the same as before."""
        known = _expectation(self._sites[number], sent)
        for one in observations.seen[number]:
            if not one.readable or _says_nothing(one.value) or finding(known, one, ()) is Finding.WRONG:
                return False
        return number not in self._sent or sorted(self._sent[number]) == sorted(sent)

    def _worth(self, numbers: Collection[int]) -> BlindSuite:
        """Weigh what is hidden against what everybody has."""
        files = self._rewritten(numbers)
        old, untold = list[Observations](), set[int]()
        for one in self._old:
            seen, unseen = self._answers(files, one, numbers)
            old.append(seen)
            untold |= unseen
        hidden = self._hidden(numbers, old, untold)
        worth = bits(one.secret for one in hidden)
        most = bits(one.secret for one in self._hidden(numbers, old, ())) if untold else worth
        unsure = worth < most and not enough(worth, MANY_SAMPLES)
        if worth < LEAST:
            reason = f"a forger must guess {worth:g} bits, fewer than {LEAST:g}" + f"; {OLD_UNKNOWN}" * unsure
            return BlindSuite(blind=BlindTests(bits=worth, reason=reason), unsure=unsure)
        return BlindSuite(blind=BlindTests(files=files, hidden=hidden, bits=worth, loose=True), unsure=unsure)

    def _hidden(
        self, numbers: Collection[int], old: Collection[Observations], untold: Collection[int]
    ) -> tuple[Expectation, ...]:
        """Say what is secret of the values: nothing of those that what everybody has gives, or would: the `untold`."""
        expected = [_expectation(self._sites[number], self._sent.get(number, ())) for number in sorted(numbers)]
        values = {known.number: [_content(one.value) for one in references(known)] for known in expected}
        told = [_content(one.value) for found in old for seen in found.seen.values() for one in seen]
        told += [one for number in untold for one in values.get(number, ())]
        known = (*self._shown(numbers), *(" ".join(tokens_of(one)) for one in told))
        forger = Forger(known, self._suite.repository, [one for some in values.values() for one in some])
        return tuple(one if one.number in untold else _with_secret(one, old, forger) for one in expected)

    def _answers(self, files: Files, old: Runs, numbers: Collection[int]) -> tuple[Observations, set[int]]:
        """What code that everybody has gives, and the values that a clock kept it from giving anything for."""
        required = self._suite.required
        ran = run_unhurried(old.plain, with_files(self._suite.files, files), required)
        found, untold = read_observations(ran.observations), {*untold_tests(ran, required)}
        told = {*required} - untold
        unseen = {number for number in numbers if number not in found.seen and self._sites[number].test not in told}
        return found, unseen if untold else set()


def _expectation(site: Site, sent: tuple[str, ...]) -> Expectation:
    return Expectation(number=site.number, path=site.path, line=site.line, source=site.source, sent=sent)


def _with_secret(known: Expectation, old: Collection[Observations], forger: Forger) -> Expectation:
    """Say what is secret of a value: nothing if what everybody has gives it, too, or the reference does not give it."""
    answers = {finding(known, one) for observations in old for one in observations.seen.get(known.number, ())}
    if not known.sent or (answers and answers <= {Finding.RIGHT, Finding.NEAR, Finding.HOLDS}):
        return known
    secret = forger.secret([_content(one.value) for one in references(known)])
    return Expectation(
        number=known.number, path=known.path, line=known.line, source=known.source, sent=known.sent, secret=secret
    )


def _written(site: Site) -> object:
    """A value as far as it is written: of what only running it tells, its text."""
    value = value_of(site.source)
    return site.source.removeprefix("java: ") if value is UNKNOWN else value


def _says_nothing(value: object) -> bool:
    return isinstance(value, OwnObject) and value.state is None


def _content(value: object) -> object:
    """What is in a value, and in objects in it."""
    if isinstance(value, OwnObject):
        return [_content(part) for part in (value.state or ())[1:]]
    return [_content(part) for part in value] if isinstance(value, list) else value
