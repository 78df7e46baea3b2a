"""Find out with the reference which values of an instance's tests can be checked outside of the box.

A value counts if it stands nowhere that a candidate's code can read or its author could (the repository, the problem
statement, the visible part of the tests), and if the old code, or a stub, does not give it when the same tests run on
it. A value that does not count is not hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.protocols.blind.hiding import TestFile
from boxscore.protocols.blind.observations import Expected, as_expected, is_right
from boxscore.protocols.blind.words import is_guessed, readable_in
from boxscore.protocols.python_source import CannotRewriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from boxscore.protocols.blind.hiding import Hidden, Key
    from boxscore.protocols.blind.observations import Observations

    Files = tuple[tuple[str, str], ...]
    Run = Callable[[Files], "BlindRun | None"]

NOTHING_HIDDEN = "its tests compare with no value that stands nowhere else"
NOTHING_NEW = "the old code gives all values that its tests expect and nobody can read"
ROUNDS = 4  # of the reference, after each of which values are put back


class BlindTests(Struct, frozen=True, kw_only=True):
    """The blinded test files of an instance, and what the grader alone knows of them.

    `files` are paths and texts. `checked` of the `expected` comparisons of the tests are made outside of the box.
    Without `files` nothing is hidden, and `reason` says why.
    """

    files: tuple[tuple[str, str], ...] = ()
    hidden: tuple[Expected, ...] = ()
    checked: int = 0
    expected: int = 0
    reason: str = ""

    def denied(self, observations: Observations) -> str:
        """Say why a run of the blinded tests does not show that all hidden values were right, "" if it does."""
        return as_expected(self.hidden, observations)


class BlindRun(Struct, frozen=True, kw_only=True):
    """One run of blinded tests: whether all required ones passed in it, and what was sent."""

    passed: bool
    observations: Observations


class Suite(Struct, frozen=True, kw_only=True):
    """The test files of an instance, by path, and the functions of each whose values may be hidden.

    What is compared is written to `place`, the path of a file in the box or a descriptor.
    """

    files: Mapping[str, str]
    within: Mapping[str, Collection[Key]]
    place: str | int


class Learner:
    """Learns about the tests of one instance."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._files: dict[str, TestFile] = {}
        first = 0
        for path, source in sorted(suite.files.items()):
            try:
                file = TestFile(path, source, first, suite.within.get(path, ()))
            except CannotRewriteError:
                continue
            self._files[path] = file
            first += len(file.hidden)
        self._hidden = {one.number: one for file in self._files.values() for one in file.hidden}
        self._expected = sum(file.checks for file in self._files.values())

    @property
    def words(self) -> tuple[bytes, ...]:
        """The words of the values that may count, each way: those that are not too easily guessed."""
        values = (one for one in self._hidden.values() if not is_guessed(one.words))
        return tuple(dict.fromkeys(words for one in values for words in one.ways))

    def learn(self, standing: Collection[bytes], reference: Run, old: Sequence[Run]) -> tuple[BlindTests, bool]:
        """Find out which values count, and try that on the reference and on all old code. Raises what a run raises.

        Say also whether another time may show something else.

        `standing` are those of the words that stand in what everybody has beside the test files.
        """
        words = set(self.words).difference(standing)
        numbers = self._unseen({one.number for one in self._hidden.values() if words.issuperset(one.ways)})
        for _ in range(ROUNDS):
            if not numbers:
                return self._none(NOTHING_HIDDEN), False
            ran = reference(self._texts(numbers))
            if ran is None:
                return self._none("the reference could not be run"), True
            hidden = self._known(numbers, ran.observations)
            right = {one.number for one in hidden if is_right(one, ran.observations)}
            if ran.passed and right == numbers:
                return self._without_old(hidden, old)
            if right == numbers:
                return self._none("its tests do not pass with the reference once values are hidden"), False
            numbers = self._unseen(right)
        return self._none("its tests compare other values each time"), False

    def _without_old(self, hidden: tuple[Expected, ...], old: Sequence[Run]) -> tuple[BlindTests, bool]:
        """Leave out what the old code gives as well."""
        files, numbers = self._texts({one.number for one in hidden}), {one.number for one in hidden}
        for run in old:
            ran = run(files)
            if ran is None:
                return self._none("the old code could not be run"), True
            numbers -= {one.number for one in hidden if is_right(one, ran.observations)}
        numbers = self._unseen(numbers)
        if not numbers:
            return self._none(NOTHING_NEW), False
        kept = tuple(one for one in hidden if one.number in numbers)
        checked = sum(one.comparisons for one in kept)
        files = self._texts(numbers)
        return BlindTests(files=files, hidden=kept, checked=checked, expected=self._expected), False

    def _none(self, reason: str) -> BlindTests:
        return BlindTests(expected=self._expected, reason=reason)

    def _unseen(self, numbers: set[int]) -> set[int]:
        """Leave out values that stand in what remains of the tests; once they are put back, others may stand there."""
        while numbers:
            hidden = dict(self._texts(numbers))
            texts = [hidden.get(path, source) for path, source in self._suite.files.items()]
            shown = b"".join(map(readable_in, texts))
            seen = {number for number in numbers if any(way in shown for way in self._hidden[number].ways)}
            if not seen:
                break
            numbers = numbers - seen
        return numbers

    def _texts(self, numbers: Collection[int]) -> Files:
        """The files without these values; one that cannot be written so is left as it is, with its values."""
        found = []
        for path, file in self._files.items():
            own = {one.number for one in file.hidden} & set(numbers)
            if own:
                try:
                    found.append((path, file.without(own, self._suite.place)))
                except CannotRewriteError:
                    continue
        return tuple(found)

    def _known(self, numbers: Collection[int], observations: Observations) -> tuple[Expected, ...]:
        return tuple(_known(self._hidden[number], observations) for number in sorted(numbers))


def _known(one: Hidden, observations: Observations) -> Expected:
    known = Expected(number=one.number, path=one.path, line=one.line, source=one.source, comparisons=one.comparisons)
    return replace(known, sent=observations.lines.get(one.number, ()))
