"""What is known of an instance's blinded tests, and what a run of them shows about a patch."""

from __future__ import annotations

import enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.protocols.blind.literals import UNKNOWN, value_of
from boxscore.protocols.blind.nearness import Tolerance, are_near
from boxscore.protocols.blind.observations import Way, read_observations, same
from boxscore.protocols.blind.secrecy import LEAST, Secret, bits, enough

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.protocols.blind.observations import Observation, Observations
    from boxscore.protocols.statuses import Status

MAX_MORE = 1_000  # different values that come for one place, beside twice those of the reference


class Expectation(Struct, frozen=True, kw_only=True):
    """A hidden value: where it stands, how it is written there, and what the reference sends (lines as sent).

    The reference sends nothing for a comparison that it does not come to: another program may, and is judged by it.
    `secret` is what a forger must guess of it; nothing where the old code has it right. `almost` is the tolerance that
    the test has, where it asks for a number that is almost equal.
    """

    number: int
    path: str
    line: int
    source: str
    sent: tuple[str, ...]
    secret: Secret = Secret()
    almost: Tolerance | None = None


class BlindTests(Struct, frozen=True, kw_only=True):
    """The blinded test files of an instance and all that the grader alone knows about them.

    `files` are paths and texts; `names` maps ids that say nothing to those of the tests. `bits` is how much a forger
    must guess. Without `files` it is not worth running them so, and `reason` says why. Where something `loose` is
    hidden, only a run of the tests as they are tells whether they pass. Where that `decides`, a wrong value denies the
    level and fails nobody.
    """

    files: tuple[tuple[str, str], ...] = ()
    names: dict[str, str] = {}
    hidden: tuple[Expectation, ...] = ()
    bits: float = 0.0
    reason: str = ""
    loose: bool = False
    decides: bool = False

    def original_names(self, statuses: Mapping[str, Status]) -> dict[str, Status]:
        """Give statuses under the ids of the tests as they were."""
        return {self.names.get(name, name): status for name, status in statuses.items()}

    def original_text(self, log: str) -> str:
        """Give a log with the ids of the tests as they were."""
        for name, original in self.names.items():
            log = log.replace(name, original)
        return log

    def blind_names(self, required: Iterable[str]) -> tuple[str, ...]:
        """Give the ids by which a blinded run reports tests."""
        blind = {original: name for name, original in self.names.items()}
        return tuple(blind.get(test, test) for test in required)


def too_little(found: float) -> BlindTests | None:
    """Return tests that hide nothing where so few bits are not worth hiding, else None."""
    if found >= LEAST:
        return None
    return BlindTests(bits=found, reason=f"the values in its tests are {found:g} bits to guess, fewer than {LEAST:g}")


class Evidence(Struct, frozen=True, kw_only=True):
    """What the observations of one run say.

    `wrong` are places (`path:line`) where something else came than the test expects; `lacking` hidden values that
    were not compared, or with something that cannot be judged; `bits` what was right is worth. Of `near` ones what
    came is right but for rounding: evidence, though only a run of the tests as they are tells whether they take it.
    `misused`: a hidden value was used for something else than comparing, which may have changed a test.
    """

    bits: float = 0.0
    wrong: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    misused: bool = False
    whole: bool = True

    @property
    def complete(self) -> bool:
        """Whether nothing is left that only a run of the tests as they are can judge."""
        return self.whole and not self.wrong and not self.lacking

    def proves(self, samples: int) -> bool:
        """Whether it is all right, and nobody guesses that with so many samples of a task."""
        return self.complete and enough(self.bits, samples)


class Finding(enum.Enum):
    """What one observation comes to; HOLDS is what the test accepts, but shows too little to be evidence.

    NEAR is what the reference sends but for rounding: evidence, and it may be that the test does not accept it.
    """

    RIGHT = enum.auto()
    NEAR = enum.auto()
    HOLDS = enum.auto()
    UNCLEAR = enum.auto()
    WRONG = enum.auto()


def weigh(tests: BlindTests, observations: Observations) -> Evidence:
    """Compare what a run sent with what is expected."""
    wrong, lacking, near, secrets = list[str](), list[str](), list[str](), list[Secret]()
    for one in tests.hidden:
        known = references(one)
        came, most = observations.seen.get(one.number, ()), MAX_MORE + 2 * len(known)
        findings = {finding(one, seen, known) for seen in came[:most]}
        if len(came) > most:
            findings.add(Finding.UNCLEAR)
        place = f"{one.path}:{one.line}"
        if Finding.WRONG in findings:
            wrong.append(place)
        elif (one.sent and not findings) or Finding.UNCLEAR in findings or one.number in observations.misused:
            lacking.append(place)
        elif one.sent and findings <= {Finding.RIGHT, Finding.NEAR}:
            secrets.append(one.secret)
            near += [place] * (Finding.NEAR in findings)
    return Evidence(
        bits=bits(secrets),
        wrong=tuple(wrong),
        lacking=tuple(lacking),
        near=tuple(near),
        misused=bool(observations.misused),
        whole=observations.whole,
    )


def finding(expected: Expectation, seen: Observation, known: Sequence[Observation] | None = None) -> Finding:
    """Judge one observation of a hidden value; `known` are those of the reference, where they have been read."""
    if not seen.readable:
        return Finding.UNCLEAR
    known = references(expected) if known is None else known
    if any(_is_like(seen, other) for other in known):
        return Finding.RIGHT
    literal = _literal(expected.source)
    if seen.way is Way.LIKE and (found := _roughly(expected, literal, seen, known)) is not None:
        return found
    unclear = seen.way in {Way.SAYS, Way.LIKE} or literal is UNKNOWN or not seen.plain  # classes have an own equality
    if unclear or (known and all(seen.way is not other.way for other in known)):
        return Finding.UNCLEAR  # with another way it is no comparison of the test's: what lies in a heap is not equal
    return _contained(literal, seen) if seen.way is Way.IN else _equal(literal, seen)


def _equal(literal: Any, seen: Observation) -> Finding:
    if seen.way is Way.WEAK and not _are_of_one_type(seen.value, literal):
        return Finding.UNCLEAR
    return Finding.RIGHT if same(seen.value, literal) else Finding.WRONG


def _roughly(expected: Expectation, literal: Any, seen: Observation, known: Sequence[Observation]) -> Finding | None:
    """Judge what may differ a little from what is expected; None where that is not known of it."""
    try:
        if expected.almost is not None and _is_number(literal):
            if not (seen.plain and _is_number(seen.value)):
                return None
            return Finding.RIGHT if expected.almost.allows(seen.value, literal) else Finding.WRONG
        alike = [one for one in known if one.way is Way.LIKE and one.readable]
        return Finding.NEAR if any(are_near(seen.value, one.value) for one in alike) else None
    except (RecursionError, ValueError, OverflowError):
        return None


def _are_of_one_type(one: Any, other: Any) -> bool:
    """Whether two values are both texts, or both numbers: for these, equal and weakly equal are the same."""
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in (str, int | float))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex)


@lru_cache(maxsize=64)
def _literal(source: str) -> Any:
    return value_of(source)


def _is_like(seen: Observation, reference: Observation) -> bool:
    """Whether an observation is what the reference sends, in its classes or in plain ones."""
    known = not seen.classes or seen.classes == reference.classes
    return seen.way is reference.way and known and same(seen.value, reference.value)


def agree(one: Expectation, other: Expectation) -> bool:
    """Whether two runs of a program have sent the same, in whatever order they keep what has none."""
    if sorted(one.sent) == sorted(other.sent):
        return True
    here, there = references(one), references(other)
    pairs = ((here, there), (there, here))
    return all(any(_is_like(seen, known) for known in others) for mine, others in pairs for seen in mine)


def _contained(literal: Any, seen: Observation) -> Finding:
    try:
        return Finding.HOLDS if literal in seen.value else Finding.WRONG
    except TypeError:
        return Finding.UNCLEAR


def references(expected: Expectation) -> tuple[Observation, ...]:
    """What the reference sends where a hidden value is compared."""
    lines = "".join(f"{line}\n" for line in expected.sent).encode()
    return read_observations(lines).seen.get(expected.number, ())
