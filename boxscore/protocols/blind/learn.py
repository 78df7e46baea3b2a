"""Find out with the reference which values of an instance's tests can be hidden, and what that is worth.

A value stays hidden if every required test does in two blinded runs of the reference what it did in a plain one, and if
what is compared with it is the same both times and what the test expects. All others are put back. Then the old code,
which everybody has (that of the base commit, or a stub), is run on the same files, each statement of a test going on
after an error: a forger can let it answer too, so what it has right counts nothing.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.protocols.blind.evidence import BlindTests, Expectation, Finding, agree, finding, references, too_little
from boxscore.protocols.blind.language import PYTHON, WHOLE
from boxscore.protocols.blind.literals import UNKNOWN, parts, value_of
from boxscore.protocols.blind.observations import OwnObject, Way, same
from boxscore.protocols.blind.secrecy import LEAST, Forger, bits, tokens_of
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.ids import one_name
from boxscore.protocols.canaries.text import CannotRewriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from boxscore.protocols.blind.files import Hidden
    from boxscore.protocols.blind.language import HidingFile, TestLanguage
    from boxscore.protocols.blind.observations import Observations
    from boxscore.protocols.statuses import Status

    Run = Callable[[Sequence[tuple[str, str]], Sequence[str]], "BlindRun | None"]
    Files = tuple[tuple[str, str], ...]

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
ROUNDS = 8
PATIENT = 3  # rounds after which whatever changed is put back
COMPILE_ROUNDS = 8  # times that what does not compile with the old code is taken out
AGREEING = 2  # runs of the reference, one after the other, in which nothing has to be put back


class SuiteFacts(Struct, frozen=True, kw_only=True):
    """What a grader knows of an instance's tests: ids that are `required`, and those `failing` without a solution.

    `told` is what models are told, or see in the box, beside the test files. A blinded file writes what it compares
    to `place`: the path of a file in the box, or a descriptor. Where `plain_cases`, the tests' classes are unittest's
    own, and so is what is almost equal to them.
    """

    required: tuple[str, ...]
    failing: tuple[str, ...]
    told: tuple[str, ...] = ()
    place: str | int
    plain_cases: bool = False


class BlindRun(Struct, frozen=True, kw_only=True):
    """One run of blinded tests: the status of each, under the ids that the runner knows, and what was sent.

    It is `whole` if no limit ended it. `log` is what its runner printed, where languages that are compiled say which
    lines they cannot compile.
    """

    statuses: Mapping[str, Status]
    observations: Observations
    whole: bool = True
    log: str = ""


class Learned(Struct, frozen=True, kw_only=True):
    """What the files, and runs of the reference, have come to: `unsure` if another time may show something else."""

    tests: BlindTests
    unsure: bool = False


class ReadBits(Struct, frozen=True, kw_only=True):
    """What readers of ever more have to guess of the `values` that could be hidden, if no old code answers.

    One has read `nothing`, the next the blinded `tests`, the next also the files as they were `before`, and the last
    all that is `told`.
    """

    values: int = 0
    nothing: float = 0.0
    tests: float = 0.0
    before: float = 0.0
    told: float = 0.0


class _State(Struct, kw_only=True):
    """Which values are hidden now, and what the last run with them has shown."""

    numbers: set[int]
    names: dict[str, str]
    lines: Mapping[int, tuple[str, ...]] = {}


class Learner:
    """Learns about the tests of one instance from their files and from what a plain run of the reference reported."""

    def __init__(
        self,
        suite: SuiteFacts,
        files: Mapping[str, str],
        statuses: Mapping[str, Status],
        box: Contents | None = None,
        language: TestLanguage = PYTHON,
    ) -> None:
        """`box` is what lies in it beside the test files, which are of a `language`."""
        self._suite, self._statuses, self._box = suite, statuses, box or Contents()
        self._language = language
        self._sources = files
        self._required = suite.required
        self._files: dict[str, HidingFile] = {}
        self._at = language.places(dict.fromkeys((*statuses, *self._required)), files)
        self._failing = {place for test in suite.failing if (place := self._at[test])}
        first = 0
        for path, source in sorted(files.items()):
            if not any(place[0] in (path, "") for place in self._failing):
                continue
            try:
                self._files[path] = language.read(path, source, first)
            except CannotRewriteError:
                continue
            first += len(self._files[path].hidden)
        self._hidden = {one.number: one for file in self._files.values() for one in file.hidden}

    def not_worth(self) -> BlindTests | None:
        """Return tests that hide nothing if no run can find enough to guess: runs only show what must be put back."""
        return self._not_worth(self._candidates())

    def bits_to_read(self, *, objects: bool) -> float:
        """Count the bits to guess if no run put anything back and the old code had nothing right."""
        return self._bits(number for number in self._candidates() if objects or not self._hidden[number].loose)

    def bits_of_readers(self) -> ReadBits:
        """Count the bits to guess for readers of ever more if nothing is put back; what is loose is hidden too."""
        numbers = self._candidates()
        hidden = [one for number in numbers if self._is_of_failing(one := self._hidden[number])]
        values = [_value(one.source) for one in hidden]

        def left(texts: Iterable[str]) -> float:
            forger = Forger(texts)
            return bits(forger.secret(value) for value in values)

        tests = self._tests_shown(self._rewritten(numbers))
        before = (*tests, *self._before)
        told = left((*before, *self._told))
        return ReadBits(values=len(values), nothing=left(()), tests=left(tests), before=left(before), told=told)

    def learn(self, reference: Run, old: Run) -> Learned:
        """Run the reference and the old code as often as it takes. Raises what a run raises.

        What is loose is hidden only where the rest is not enough.
        """
        learned = self.learn_with(reference, old, objects=False)
        if learned.tests.files or not any(self._hidden[number].loose for number in self._candidates()):
            return learned
        return self.learn_with(reference, old, objects=True)

    def learn_with(self, reference: Run, old: Run, *, objects: bool) -> Learned:
        """Learn with what is loose hidden too, or without. Raises what a run raises."""
        numbers = {number for number in self._candidates() if objects or not self._is_loose(self._hidden[number])}
        state = _State(numbers=numbers, names={})
        agreed = 0
        for rounds in range(ROUNDS):
            if tests := self._not_worth(state.numbers):
                return Learned(tests=tests)
            ran = reference(self._rewritten(state.numbers), self._asked(state))
            if ran is None or not ran.whole or not ran.observations.whole:
                return Learned(tests=BlindTests(reason="the reference could not be run blinded"), unsure=True)
            patient = rounds < PATIENT
            back = self._unbuilt(state, ran, patient=patient) or self._to_put_back(state, ran, patient=patient)
            state.numbers -= back
            state.lines = ran.observations.lines
            agreed = 0 if back else agreed + 1
            if agreed == AGREEING:
                return self._with_old_code(state, reference, old)
        return Learned(tests=BlindTests(reason="runs of the blinded reference do not agree"), unsure=True)

    def _is_loose(self, one: Hidden) -> bool:
        return one.loose and not (self._suite.plain_cases and one.almost is not None)

    def _known(self, one: Hidden, sent: tuple[str, ...]) -> Expectation:
        """What is expected; a tolerance is believed where no class of another file may have one of its own."""
        almost = one.almost if self._suite.plain_cases else None
        return Expectation(number=one.number, path=one.path, line=one.line, source=one.source, sent=sent, almost=almost)

    def _candidates(self) -> set[int]:
        """Values of which all tests that hang on them are required, so that a wrong one is surely a failure.

        What is loose is of use in tests that the reference fixes alone.
        """
        required = set(map(one_name, self._required))
        others = {place for test, place in self._at.items() if place and one_name(test) not in required}
        names = {name for _, name in others if name != WHOLE}
        sure = {place for place in self._at.values() if place and place not in others and place[1] not in names}
        return {
            one.number
            for file in self._files.values()
            for one in file.hidden
            if (users := self._users(one)) and all(_among(one.path, name, sure) for _, name in users)
            if not one.loose or self._is_of_failing(one)
        }

    def _is_of_failing(self, one: Hidden) -> bool:
        """Whether a test that the reference fixes hangs on a value."""
        return any(_among(one.path, name, self._failing) for _, name in self._users(one))

    def _not_worth(self, numbers: Collection[int]) -> BlindTests | None:
        if not self._files:
            return BlindTests(reason="no test file can be read")
        return too_little(self._bits(numbers))

    def _bits(self, numbers: Iterable[int]) -> float:
        numbers = set(numbers)
        forger = Forger(self._shown(self._rewritten(numbers)))
        chosen = [self._hidden[number] for number in numbers]
        return bits(forger.secret(_value(one.source)) for one in chosen if self._is_of_failing(one))

    def _shown(self, files: Files) -> tuple[str, ...]:
        """What models are told and what is known to be of use in the box: tests, blinded, others and as they were."""
        return (*self._told, *self._before, *self._tests_shown(files))

    def _tests_shown(self, files: Files) -> tuple[str, ...]:
        blinded = dict(files)
        others = (text for path, text in self._sources.items() if path not in blinded)
        texts = (*(self._language.without_runtime(text) for text in blinded.values()), *others)
        return (*texts, *self._spoken(texts))

    @cached_property
    def _told(self) -> tuple[str, ...]:
        return (*self._suite.told, *map(_unescaped, self._suite.told))

    @cached_property
    def _before(self) -> tuple[str, ...]:
        """The test files as they were."""
        base = tuple(self._box.base.values())
        return (*base, *self._spoken(base))

    def _spoken(self, texts: Iterable[str]) -> Iterator[str]:
        """The texts that stand in sources, as their escapes say them."""
        return (one for text in texts for one in self._language.spoken(text))

    def _rewritten(self, numbers: Collection[int]) -> Files:
        """The files with values hidden; one that cannot be written so is left as it is, and hides nothing."""
        found = []
        for path, file in self._files.items():
            mine = {one.number for one in file.hidden if one.number in numbers}
            if not mine:
                continue
            try:
                found.append((path, file.rewrite(mine, self._suite.place)))
            except CannotRewriteError:
                self._files = {other: one for other, one in self._files.items() if other != path}
        return tuple(found)

    def _asked(self, state: _State) -> tuple[str, ...]:
        return BlindTests(names=state.names).blind_names(self._required)

    def _to_put_back(self, state: _State, ran: BlindRun, *, patient: bool) -> set[int]:
        """Which values may not stay hidden.

        One that is misused may change tests that have no part in it: who is `patient` looks again first.
        """
        required = frozenset(self._required)
        back = set(ran.observations.misused) & state.numbers
        names, unmatched = self._matched(ran.statuses)
        state.names = names
        statuses = BlindTests(names=names).original_names(ran.statuses)
        changed = {
            place
            for test, place in self._at.items()
            if place and test in required and statuses.get(test) is not self._statuses.get(test)
        } | unmatched
        spoiled = {self._hidden[number].path for number in back} if patient else set()
        for number in state.numbers:
            one = self._hidden[number]
            is_changed = one.path not in spoiled and any(
                _among(one.path, name, changed) for _, name in self._users(one)
            )
            if is_changed or not self._is_right(one, ran.observations, state.lines):
                back.add(number)
        return back

    def _unbuilt(self, state: _State, ran: BlindRun, *, patient: bool) -> set[int]:
        """Values without which files do not compile: those on the lines of errors or, without patience, all."""
        back = set[int]()
        for path, lines in self._language.unbuilt(ran.log, self._files).items():
            own = [one for number in state.numbers if (one := self._hidden[number]).path == path]
            back |= {one.number for one in own if not patient}
            above = [[one for one in own if one.line <= line] for line in lines]
            back |= {max(some, key=lambda one: one.line).number for some in above if some}
        return back

    def _users(self, one: Hidden) -> set[tuple[tuple[str, ...], str]]:
        return self._files[one.path].users(one.number) if one.path in self._files else set()

    def _is_right(self, one: Hidden, observations: Observations, before: Mapping[int, tuple[str, ...]]) -> bool:
        """Whether the reference sends what the test expects, and the same as before; if it sends nothing, that is."""
        seen = observations.seen.get(one.number, ())
        sent = observations.lines.get(one.number, ())
        judged = self._known(one, sent)
        literal = value_of(one.source) is not UNKNOWN
        if any(finding(judged, other) is not Finding.RIGHT for other in seen):
            return False  # unreadable, or not even equal to itself
        if literal and any(finding(judged, other, ()) is Finding.WRONG for other in seen):
            return False
        if any(isinstance(other.value, OwnObject) and other.value.state is None for other in seen):
            return False  # an object of which nothing is known
        return one.number not in before or agree(self._known(one, before[one.number]), judged)

    def _matched(self, reported: Mapping[str, Status]) -> tuple[dict[str, str], set[tuple[str, str]]]:
        """Match ids that say nothing with those of the plain run, by their order; which tests cannot be matched."""
        names, unmatched = dict[str, str](), set[tuple[str, str]]()
        plain, blind = _by_function(self._statuses), _by_function(reported)
        for function, originals in plain.items():
            found = blind.get(function, [])
            if set(found) == set(originals):
                continue
            if len(found) == len(originals):
                names.update(
                    (name, original) for name, original in zip(found, originals, strict=True) if name != original
                )
            elif (place := self._at.get(originals[0])) is not None:
                unmatched.add(place)
        return names, unmatched

    def _with_old_code(self, state: _State, reference: Run, old: Run) -> Learned:
        files = self._rewritten(state.numbers)
        try:
            soft = tuple((path, self._language.soft(text)) for path, text in files)
        except CannotRewriteError as error:
            return Learned(tests=BlindTests(reason=f"tests for the old code cannot be written: {error}"))
        ran = self._built(soft, old)
        if ran is None or (unread := self._unread(state, ran)):
            where = f" with {unread}" if ran is not None else ""
            return Learned(tests=BlindTests(reason=f"the old code could not be run{where}"), unsure=ran is None)
        untold = self._untold(state, ran)
        learned = self._worth(state, files, ran, untold)
        if not learned.tests.files or not self._language.marks_branches:
            return learned
        right = reference(soft, self._asked(state))
        if right is None or not right.whole or not right.observations.whole:
            return Learned(tests=BlindTests(reason="the branches of the reference could not be followed"), unsure=True)
        return self._worth(state, files, ran, untold | self._parted(state, ran.observations, right.observations))

    def _worth(self, state: _State, files: Files, ran: BlindRun, untold: Collection[int]) -> Learned:
        """What there is to guess beside what the old code answered in a run, and may answer where it is `untold`."""
        answers = [
            text
            for seen in ran.observations.seen.values()
            for one in seen
            for text in (repr(one.value), " ".join(tokens_of(one.value)))
        ]
        answers += [text for number in untold for text in self._sent_words(number, state.lines[number])]
        values = [_value(self._hidden[number].source) for number in state.numbers]
        forger = Forger((*self._shown(files), *answers), self._box.text, values)
        hidden = tuple(
            self._known(self._hidden[number], sent)
            if number in untold
            else self._expectation(number, sent, ran.observations, forger)
            for number, sent in sorted((number, state.lines.get(number, ())) for number in state.numbers)
        )
        worth = bits(one.secret for one in hidden)
        if worth < LEAST:
            reason = f"a forger must guess {worth:g} bits, fewer than {LEAST:g}"
            reason += "; the old code did not come to all comparisons" if untold else ""
            return Learned(tests=BlindTests(bits=worth, reason=reason), unsure=not ran.whole)
        loose = not self._language.exact or any(self._hidden[number].loose for number in state.numbers)
        decides = not self._language.exact
        tests = BlindTests(files=files, names=state.names, hidden=hidden, bits=worth, loose=loose, decides=decides)
        return Learned(tests=tests)

    def _parted(self, state: _State, old: Observations, right: Observations) -> set[int]:
        """Values to which the old code came otherwise than the reference, or which that does not show again.

        It may have them right once a truth before them is another, or an error that it alone had is mended.
        """
        return {
            number
            for number in state.lines.keys() & state.numbers
            if not (
                _came_as(number, old, right) and _has(self._known(self._hidden[number], state.lines[number]), right)
            )
        }

    def _untold(self, state: _State, ran: BlindRun) -> set[int]:
        """Values that the old code was not asked for, as what came before ended it: it may have them right.

        They are those of comparisons that were missed or not reached, where that is marked; else those of tests without
        a result, where a limit ended the run or what it sent is not whole.
        """
        sent = state.lines.keys() & state.numbers
        unseen = sent - ran.observations.seen.keys()
        if self._language.marks_reached:
            missed = {number for number in sent if self._is_missed(number, ran)}
            known = {number: self._known(self._hidden[number], state.lines[number]) for number in missed}
            has = {number for number, one in known.items() if _has(one, ran.observations)}
            return (set(unseen) - ran.observations.reached) | (missed - has)
        if ran.whole and ran.observations.whole:
            return set()
        told = BlindTests(names=state.names).original_names(ran.statuses)
        missing = {place for test in self._required if test not in told and (place := self._at.get(test))}
        return {
            number
            for number in unseen
            if any(_among(self._hidden[number].path, name, missing) for _, name in self._users(self._hidden[number]))
        }

    def _is_missed(self, number: int, ran: BlindRun) -> bool:
        """Whether the old code may have a value right that it was not asked for somewhere, or not without an error.

        So it may if it did not even begin one of the tests that expect the value, where that is told, or if what it
        lacks has the name of something else in the repository.
        """
        users = {".".join((*classes, name)) for classes, name in self._users(self._hidden[number])}
        if self._language.marks_begun and not users <= ran.observations.began:
            return True
        lacking = ran.observations.lacking.get(number, ())
        return number in ran.observations.missed or any(
            re.search(rf"\b{re.escape(name.lower())}\b", self._box.text) for name in lacking
        )

    def _sent_words(self, number: int, sent: tuple[str, ...]) -> Iterator[str]:
        """What the reference sends for a value, as texts."""
        for one in references(self._known(self._hidden[number], sent)):
            yield repr(one.value)
            yield " ".join(tokens_of(_content(one.value)))

    def _built(self, soft: Files, old: Run) -> BlindRun | None:
        """Run the old code on soft files, without what does not compile with it."""
        texts, ran = {**self._sources, **dict(soft)}, old(soft, ())
        for _ in range(COMPILE_ROUNDS):
            broken = {} if ran is None else self._language.unbuilt(ran.log, texts)
            if not broken:
                break
            texts |= {path: self._language.without(texts[path], lines) for path, lines in broken.items()}
            soft = tuple((path, text) for path, text in texts.items() if path in dict(soft) or path in broken)
            ran = old(soft, ())
        return ran

    def _unread(self, state: _State, ran: BlindRun) -> str:
        """Name a file that did not come to its tests with the old code; "" if none, or where the language has no such.

        Such a file showed nothing of what old code has right, and a forger may repair what kept it from its tests.
        """
        if self._language.imports_apart:
            return ""
        came_to = (*ran.observations.seen, *ran.observations.reached)
        told = {self._hidden[number].path for number in came_to if number in self._hidden}
        told |= {place[0] for test in ran.statuses if (place := self._at.get(test)) and place[1] != WHOLE}
        sent = {self._hidden[number].path for number in state.lines if number in state.numbers}
        return next(iter(sorted(sent - told)), "")

    def _expectation(self, number: int, sent: tuple[str, ...], old: Observations, forger: Forger) -> Expectation:
        one = self._hidden[number]
        known = self._known(one, sent)
        if not sent or _has(known, old):
            return known
        if not self._is_of_failing(one):
            return known  # the old code passes these tests, whatever it did in this run
        # What is sent right is the reference's value, which may be simpler than what is written: a part, or a pattern.
        written = forger.secret(_needed(known, _value(one.source)), _within(known))
        came = forger.secret([_needed(known, _content(seen.value)) for seen in references(known)])
        return replace(known, secret=min(written, came, key=lambda secret: bits([secret])))


def _has(known: Expectation, old: Observations) -> bool:
    """Whether old code has a value right wherever it was asked for it."""
    answers = {finding(known, answer) for answer in old.seen.get(known.number, ())}
    return bool(answers) and answers <= {Finding.RIGHT, Finding.NEAR, Finding.HOLDS}


def _came_as(number: int, old: Observations, right: Observations) -> bool:
    """Whether old code came to a value as the reference does: by its branches, and after no other errors."""
    came = ((one.ways.get(number, frozenset()), one.errors.get(number, frozenset())) for one in (old, right))
    return all(ours <= theirs for ours, theirs in zip(*came, strict=True))


def _needed(known: Expectation, value: object) -> object:
    """What must be known of a value: of a number that may differ a little, its first digits."""
    return value if known.almost is None else known.almost.rounded(value)


def _unescaped(text: str) -> str:
    """A text with the letters that JSON writes by their numbers, as in fixtures that a test patch brings."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _value(source: str) -> object:
    """A value as far as it is written: of what only running it tells, the names and literals in it."""
    value = value_of(source)
    return parts(source) if value is UNKNOWN else value


def _within(expected: Expectation) -> frozenset[str] | None:
    """The words and numbers of what the reference sends, where that is not the hidden value itself.

    An object that is equal by rules of its own may show little of it, and a forger need send no more.
    """
    value = value_of(expected.source)
    sent = references(expected)
    if value is not UNKNOWN and all(one.way is Way.IN or same(one.value, value) for one in sent):
        return None
    if isinstance(value, int | float) and all(isinstance(one.value, int | float) for one in sent):
        return None
    return frozenset(token for one in sent for token in tokens_of(_content(one.value)))


def _content(value: object) -> object:
    """What is in a value, and in objects in it."""
    if isinstance(value, OwnObject):
        return [value.name.rpartition(".")[2], *(_content(part) for part in value.state or ())]
    if isinstance(value, dict):
        return [_content(part) for pair in value.items() for part in pair]
    return [_content(part) for part in value] if isinstance(value, list | tuple | set | frozenset) else value


def _among(path: str, name: str, places: Collection[tuple[str, str]]) -> bool:
    """Whether a function of a file is among places, some of which name no file, and some a file alone."""
    return any(one in places for one in ((path, name), ("", name), (path, WHOLE)))


def _by_function(tests: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for test in tests:
        found.setdefault(test.partition("[")[0], []).append(test)
    return found
