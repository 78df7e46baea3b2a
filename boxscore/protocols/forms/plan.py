"""Negated tests in other languages than Python: copies of a test that differ in one literal that they expect.

A test with windows (see `windows`) stands in its file once for each value of each window, and no longer as it was. In
each copy one assertion says one value, which right code gives or does not give, and all other assertions expect
nothing. Names are random, and so is the order. Which windows are good for it, runs of the reference show.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.protocols.canaries.clues import words
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.canaries.values import Edit
from boxscore.protocols.canaries.windows import Window, find_windows
from boxscore.protocols.forms.language import outermost

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from boxscore.protocols.canaries.choices import Assertion
    from boxscore.protocols.canaries.clues import Contents, Value
    from boxscore.protocols.forms.language import FormFile, FormLanguage, FormTest

LETTERS = 12
MOST_ASSERTIONS = 400  # of one test, which are all written once for each of its forms
_CONSTANT = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")

Key = tuple[str, str]  # the path of a test's file, and its name there
Windows = tuple[tuple[Key, tuple[Window, ...]], ...]


class LiteralForm(Struct, frozen=True):
    """One copy of a test: the word its name ends with, and what right code makes of it.

    It says row `row` of window number `window`; one of no window expects nothing, and shows whether a test is run to
    its end. A negated one that is `shared` may be passed by a right program which is not the reference.
    """

    word: str
    test: Key
    window: int | None
    row: int = 0
    shared: bool = False

    @property
    def passes(self) -> bool:
        """Whether right code passes it."""
        return self.row == 0


class LiteralPlan(Struct, frozen=True, kw_only=True):
    """Sources of test files with forms of some tests in their place; `lines` is where each form begins and ends."""

    files: dict[str, str] = {}
    forms: tuple[LiteralForm, ...] = ()
    lines: dict[str, tuple[int, int]] = {}

    @property
    def negated(self) -> int:
        """How many forms must fail."""
        return sum(not one.passes for one in self.forms)


class _LiteralTest(Struct, frozen=True):
    """See `SearchedTest`."""

    path: str
    test: FormTest
    file: FormFile
    language: FormLanguage
    before: tuple[object, ...]

    @property
    def name(self) -> tuple[str, ...]:
        return self.path, self.test.name

    def assertions(self) -> Sequence[Assertion]:
        return self.test.assertions

    def shown(self, edits: Sequence[Edit]) -> str:
        return self.file.lines.between(*self.test.span, outermost((*self.test.hidden, *edits)))

    def spelled(self, value: Value, *, like: str) -> str:
        return self.language.spelled(value, like=like)


def literal_windows(  # noqa: PLR0913 - each is something else that a reader has, or a choice
    files: Mapping[str, str],
    tests: Collection[str],
    language: FormLanguage,
    contents: Contents,
    *,
    forms: int,
    rng: random.Random,
) -> Windows:
    """Find windows for the tests that these ids name; all together are of about so many forms."""
    places, around = list[_LiteralTest](), dict[str, str]()
    for path, source in files.items():
        file = _read(path, source, language, rng)
        chosen = [] if file is None else _named(file, tests, language)
        if file is None or not chosen:
            around[path] = source
            continue
        old = _read(path, contents.base.get(path, ""), language, rng)
        around[path] = file.lines.after([Edit(*one.span, "") for one in chosen])
        places += [_LiteralTest(path, one, file, language, _constants(old, one.name)) for one in chosen]
    found = find_windows(places, contents, around=around, forms=forms, rng=rng)
    return tuple(((name[0], name[1]), windows) for name, windows in found.items() if _shown(windows))


def literal_forms(  # noqa: PLR0913 - each is something else that is known, or a choice
    files: Mapping[str, str],
    windows: Windows,
    language: FormLanguage,
    rng: random.Random,
    *,
    blank: bool = False,
    only: Collection[LiteralForm] = (),
) -> LiteralPlan:
    """Write the forms of windows; with `blank` also a copy of each test that expects nothing.

    With `only` there are no others than these, which keep their words.
    """
    sources, forms = dict[str, str](), list[LiteralForm]()
    for path in dict.fromkeys(key[0] for key, _ in windows):
        own = {name: several for (at, name), several in windows if at == path and _is_wanted((at, name), only)}
        file = _read(path, files[path], language, rng)
        edits = [] if file is None else list(file.helpers)
        for test in () if file is None else file.tests:
            if file is not None and test.name in own:
                place = _LiteralTest(path, test, file, language, ())
                made = [one for one in only if one.test == (path, test.name)]
                made = made or _drawn(place, own[test.name], blank=blank, rng=rng)
                edits.append(Edit(*test.span, "\n\n".join(_text(place, own[test.name], one) for one in made)))
                forms += made
        if file is not None:
            sources[path] = file.lines.after(edits)
    return LiteralPlan(files=sources, forms=tuple(forms), lines=_lines(sources, forms))


def tests_that_get_past(files: Mapping[str, str], language: FormLanguage, rng: random.Random) -> frozenset[Key]:
    """Return the tests that may come to their end though the code under test lacks something."""
    read = ((path, _read(path, source, language, rng)) for path, source in files.items())
    return frozenset(
        (path, test.name) for path, file in read if file is not None for test in file.tests if test.gets_past
    )


def _is_wanted(test: Key, only: Collection[LiteralForm]) -> bool:
    return not only or any(one.test == test for one in only)


def _read(path: str, source: str, language: FormLanguage, rng: random.Random) -> FormFile | None:
    try:
        return language.read(path, source, _word(rng))
    except (CannotRewriteError, RecursionError):
        return None


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=LETTERS))


def _named(file: FormFile, tests: Collection[str], language: FormLanguage) -> list[FormTest]:
    every = [one.name for one in file.tests]
    names = language.named(tests, every)
    found = [one for one in file.tests if one.name in names and every.count(one.name) == 1]
    return [one for one in found if 0 < len(one.assertions) <= MOST_ASSERTIONS]


def _shown(windows: Iterable[Window]) -> list[int]:
    """The numbers of windows that say anything."""
    return [number for number, one in enumerate(windows) if len(one.texts) > 1]


def _constants(old: FormFile | None, name: str) -> tuple[object, ...]:
    """The numbers and words of a test of another version of a file, () where it has none of that name."""
    if old is None:
        return ()
    text = "\n".join(old.lines.between(*one.span, ()) for one in old.tests if one.name == name)
    numbers = [float(one) if "." in one else int(one) for one in _CONSTANT.findall(text)]
    quoted = [one[1] for one in re.findall(r"([\"'`])(.*?)\1", text)]
    return (*numbers, *quoted, *words(text))


def _drawn(place: _LiteralTest, windows: Sequence[Window], *, blank: bool, rng: random.Random) -> list[LiteralForm]:
    """One form for each row of each window, in an order that tells nothing."""
    key = (place.path, place.test.name)
    forms = [
        LiteralForm(_word(rng), key, number, row, shared=windows[number].shared)
        for number in _shown(windows)
        for row in range(len(windows[number].texts))
    ]
    forms += [LiteralForm(_word(rng), key, None)] if blank else []
    rng.shuffle(forms)
    return forms


def _text(place: _LiteralTest, windows: Sequence[Window], form: LiteralForm) -> str:
    every = place.test.assertions
    span, called = place.test.called
    said = None if form.window is None else windows[form.window]
    edits = [Edit(*span, called.replace("\0", form.word))]
    for number in dict.fromkeys(one.assertion for one in windows):
        if said is None or number != said.assertion:
            edits += every[number].blank
    if said is not None:
        edits += every[said.assertion].choices[said.choice].written(said.texts[form.row])
    return place.shown(edits)


def _lines(sources: Mapping[str, str], forms: Iterable[LiteralForm]) -> dict[str, tuple[int, int]]:
    """Where each form begins, by its word, and where the next one does."""
    found = {}
    for path, source in sources.items():
        words = [one.word for one in forms if one.test[0] == path]
        begins = sorted((source.count("\n", 0, source.find(word)) + 1, word) for word in words)
        ends = [*(line for line, _ in begins), source.count("\n") + 2][1:]
        found.update({word: (line, end) for (line, word), end in zip(begins, ends, strict=True)})
    return found


def without(windows: Windows, gone: Collection[tuple[Key, int]]) -> Windows:
    """Leave out windows, by test and number: their assertions are blank from then on."""
    kept = (
        (key, tuple(Window(one.assertion) if (key, number) in gone else one for number, one in enumerate(several)))
        for key, several in windows
    )
    return tuple((key, several) for key, several in kept if _shown(several))


def with_bits(windows: Windows, bits: Mapping[tuple[Key, int], float]) -> Windows:
    """Say what windows are worth, by test and number."""
    return tuple(
        (key, tuple(structs.replace(one, bits=bits.get((key, at), 0.0)) for at, one in enumerate(several)))
        for key, several in windows
    )


def bits_of_literals(windows: Windows) -> float:
    """What a reader must guess to tell all forms apart."""
    return round(sum(one.bits for _, several in windows for one in several), 2)
