"""Negated tests in other languages than Python: learned with the reference and the old code, and judged.

They run in the files, and in the run, of tests that must fail (`run`). Each form has to end as it must with the
reference, twice; one that does not is left out, with all of its window. What the old code has right hides nothing.
Where a file cannot be compiled as it is, the lines that the compiler names show what to leave out.
"""

from __future__ import annotations

import math
import re
from contextlib import nullcontext
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from boxscore.protocols.canaries.choice import FORMS
from boxscore.protocols.forms.languages import forms_of
from boxscore.protocols.forms.plan import (
    LiteralForm,
    LiteralPlan,
    Windows,
    bits_of_literals,
    literal_forms,
    literal_windows,
    tests_that_get_past,
    with_bits,
    without,
)
from boxscore.protocols.patch.canaries.files import read_box
from boxscore.protocols.patch.logs import parser_of
from boxscore.protocols.patch.run import FAILING
from boxscore.protocols.patch.tree import restore, stage_again
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from boxscore.protocols.forms.language import FormLanguage
    from boxscore.protocols.forms.plan import Key
    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.logs import JunitCase
    from boxscore.protocols.patch.must_fail.run import MustFail, Seen
    from boxscore.protocols.patch.task import PatchTask

    Run = Callable[[str | None, Mapping[str, str]], Seen]

FEW_FORMS = 24  # where more take too long
MOST_SHARE = 0.5  # of the time that the tests alone may take
ROUNDS = 6  # of the reference, until nothing has to be left out
OLD_ROUNDS = 8  # of the old code, in each of which a compiler may name ten errors
MAX_WORD = 200  # letters at the end of an id, with which a word ends
_CLOSING = re.compile(r"\(\)\Z")


class KnownForms(Struct, frozen=True, kw_only=True):
    """What windows the tests of a task have, or for which `reason` they have none."""

    windows: Windows = ()
    reason: str = ""

    @property
    def bits(self) -> float:
        """What a reader must guess of all of them."""
        return bits_of_literals(self.windows)


class LiteralFinding(Struct, frozen=True, kw_only=True):
    """What forms say of a patch: how it was `forged`, or what `failed`.

    Copies are `doubted`, one of each test, where an original failed or a negated test passed: so it may be with code
    that keeps something from one run of a test to the next, or that is right and not the reference, and so it is with
    whoever takes a negated test for the original.
    """

    forged: str = ""
    failed: str = ""
    doubted: tuple[LiteralForm, ...] = ()


class Tried(NamedTuple):
    """What windows are left of some, with the last run of the reference among their forms."""

    windows: Windows
    plan: LiteralPlan
    seen: Seen


def learn_forms(  # noqa: PLR0913 - each is something else that only the grader has
    task: PatchTask, reference: str, learned: MustFail, run: Run, *, open_box: OpenBox, rng: random.Random
) -> tuple[KnownForms, Tried | None]:
    """Find windows of the FAIL_TO_PASS tests in files that are known; `run` runs a patch, or the old code.

    Return them with the last run of the reference among their forms, where there are any. Raises BoxError.
    """
    files = learned.files
    language = forms_of(parser_of(task.parser))
    if language is None or not files:
        return KnownForms(), None
    with open_box(nullcontext) as box:
        staged = stage_again(box, task, reference)
        restore(box, task, staged)
        contents = read_box(box, task, tuple(files), language.ends, staged=staged)
    forms = partial(literal_forms, files, language=language, rng=rng, blank=True)
    for most in (FORMS, FEW_FORMS):
        found = literal_windows(files, task.fail_to_pass, language, contents, forms=most, rng=rng)
        if not found:
            return KnownForms(reason="no FAIL_TO_PASS test expects a literal that could be another"), None
        last = _tried(found, partial(run, reference), forms)
        if {path for path, _ in last.seen.suite.changed} - {*learned.changed}:
            return KnownForms(reason="tests write files that change with their names"), None
        if last.windows and not _is_slow(task, last.seen):
            past = tests_that_get_past(files, language, rng)
            return KnownForms(windows=_discounted(last.windows, partial(run, None), forms, language, past)), last
        if not last.windows and last.seen.suite.limit is None:
            return KnownForms(reason="the FAIL_TO_PASS tests do not behave the same when renamed or negated"), None
    return KnownForms(reason="there is no time for copies of its tests"), None


def _is_slow(task: PatchTask, seen: Seen) -> bool:
    """Whether honest code that is slower than the reference may come to a limit."""
    share = max((seen.suite.cpu_s or 0.0) / task.limits.cpu_s, seen.suite.wall_s / task.command_s)
    return share > MOST_SHARE


def _tried(
    windows: Windows, run: Callable[[Mapping[str, str]], Seen], forms: Callable[[Windows], LiteralPlan]
) -> Tried:
    """Leave out windows until all forms come to what they must, twice."""
    clean = False
    for _ in range(ROUNDS):
        plan = forms(windows)
        seen = run(plan.files)
        gone = set(_unfit(plan, seen, windows))
        if clean and not gone:
            return Tried(windows, plan, seen)
        clean = not gone
        windows = without(windows, gone)
        if not windows:
            break
    return Tried((), plan, seen)


def _unfit(plan: LiteralPlan, seen: Seen, windows: Windows) -> Iterator[tuple[Key, int]]:
    """Yield the windows that are not as they must be; of a file that was not compiled those the compiler names."""
    said = said_of(seen, plan.forms)
    for path in plan.files:
        own = [one for one in plan.forms if one.test[0] == path]
        if any(said[one.word] for one in own):
            bad = [one for one in own if not _is_right(one, said[one.word])]
        else:
            lines = _lines_in(seen.suite.log, path)
            bad = [one for one in own if any(line in lines for line in range(*plan.lines.get(one.word, (0, 0))))] or own
        for one in bad:
            yield from _windows_of(one, windows)


def _windows_of(form: LiteralForm, windows: Windows) -> list[tuple[Key, int]]:
    """The window of a form; of one that has none all windows of its test."""
    if form.window is not None:
        return [(form.test, form.window)]
    return [(form.test, number) for key, several in windows if key == form.test for number in range(len(several))]


def _is_right(form: LiteralForm, said: Collection[Status]) -> bool:
    return said == {Status.PASSED} if form.passes else bool(said) and {*said} <= FAILING


def said_of(seen: Seen, forms: Collection[LiteralForm]) -> dict[str, set[Status]]:
    """Return what log and reports say of forms, whose ids end with their words, by these.

    Each id is looked at once, as a log may have millions.
    """
    found: dict[str, set[Status]] = {one.word: set() for one in forms}
    lengths = {len(word) for word in found}
    for name, status in (*seen.suite.statuses.items(), *((one.name, one.status) for one in seen.cases)):
        whole = _CLOSING.sub("", name[-MAX_WORD:])
        for length in lengths:
            if (said := found.get(whole[-length:])) is not None:
                said.add(status)
    return found


def _lines_in(log: str, path: str) -> set[int]:
    """The lines of a file that a log names: those with errors if any are called so."""
    place = rf"\b{re.escape(PurePosixPath(path).name)}[:(\[,]+(\d{{1,7}})\b"
    found = re.findall(rf"{place}[^\n]{{0,20}}\berror\b", log) or re.findall(place, log)
    return {int(one) for one in found}


def _discounted(
    windows: Windows,
    run: Callable[[Mapping[str, str]], Seen],
    forms: Callable[[Windows], LiteralPlan],
    language: FormLanguage,
    past: Collection[Key],
) -> Windows:
    """Take off the bits of windows what the old code says of them.

    Where it passes the true form a forger lets it answer. Where it does not reach the end of a test, or does not even
    compile with it, all that follows on the error may be its consequence: one window of that test counts. So it does
    of the tests `past`, which may reach their end in spite of an error.
    """
    plan = forms(windows)
    sources, seen = dict(plan.files), run(plan.files)
    for _ in range(OLD_ROUNDS):
        if any(said_of(seen, plan.forms).values()):
            break
        repaired = {
            path: language.without_lines(text, _lines_in(seen.suite.log, path)) for path, text in sources.items()
        }
        if repaired == sources:
            return with_bits(windows, {})
        sources = repaired
        seen = run(sources)
    said = said_of(seen, plan.forms)
    if not any(said.values()):
        return with_bits(windows, {})
    return with_bits(windows, dict(_worth(windows, plan.forms, said, past)))


def _worth(
    windows: Windows, forms: Iterable[LiteralForm], said: Mapping[str, Collection[Status]], past: Collection[Key]
) -> Iterable[tuple[tuple[Key, int], float]]:
    passed = [(one.test, one.window, one.row) for one in forms if Status.PASSED in said[one.word]]
    for key, several in windows:
        left = {
            number: _left(one.bits, len(one.texts), [row for test, at, row in passed if (test, at) == (key, number)])
            for number, one in enumerate(several)
        }
        if (key, None, 0) not in passed or key in past:
            best = max(left, key=lambda number: left[number])
            left = {best: left[best]}
        yield from (((key, number), bits) for number, bits in left.items())


def _left(bits: float, texts: int, passed: Collection[int]) -> float:
    """What is left to guess of a window whose rows the old code passed in part; row 0 is the true one."""
    return 0.0 if 0 in passed else min(bits, math.log2(max(1, texts - len(passed))))


def judge_forms(plan: LiteralPlan, seen: Seen) -> LiteralFinding:
    """Compare what a run reported of forms with what a right solution makes of them."""
    said = said_of(seen, plan.forms)
    passed = [one for one in plan.forms if not one.passes and Status.PASSED in said[one.word]]
    wrong = [one for one in plan.forms if not _is_right(one, said[one.word]) and one not in passed]
    many = [one for one in passed if 2 * _count(passed, one.test) > _count(plan.forms, one.test) and not one.shared]
    if many:
        return LiteralFinding(forged=_passed(many))
    lost = [one for one in wrong if not one.passes]
    if lost:
        reason = f"negated tests were not reported as failed ({len(lost)}), such as of {lost[0].test[1]}"
        return LiteralFinding(failed=reason)
    originals = [one for one in wrong if one.passes]
    return LiteralFinding(doubted=tuple({one.test: one for one in (*originals, *passed)}.values()))


def judge_alone(doubted: Collection[LiteralForm], seen: Seen) -> LiteralFinding:
    """Say what a run shows in which each test has one copy alone: negated ones must fail, originals pass."""
    said = said_of(seen, doubted)
    passed = [one for one in doubted if not one.passes and not one.shared and Status.PASSED in said[one.word]]
    if passed:
        return LiteralFinding(forged=_passed(passed))
    if any(not one.passes for one in doubted):  # what one left undone when it failed, a later original may need
        return LiteralFinding()
    failed = [one for one in doubted if one.passes and not _is_right(one, said[one.word])]
    reason = f"copies of tests did not pass ({len(failed)}), such as of {failed[0].test[1]}" if failed else ""
    return LiteralFinding(failed=reason)


def without_forms(plan: LiteralPlan, cases: Iterable[JunitCase]) -> tuple[JunitCase, ...]:
    """Leave the forms of a plan out of the cases of reports, which count the tests of a class."""
    words = tuple(one.word for one in plan.forms)
    return tuple(one for one in cases if not words or not _CLOSING.sub("", one.name).endswith(words))


def _count(forms: Collection[LiteralForm], test: Key) -> int:
    return sum(one.test == test for one in forms)


def _passed(forms: Collection[LiteralForm]) -> str:
    return f"negated tests passed ({len(forms)}), such as of {next(iter(forms)).test[1]}"
