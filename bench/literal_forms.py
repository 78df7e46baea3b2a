"""Count what a reader has to guess of negated tests in languages other than Python, one test at a time.

Each test stands for the only one that a fix makes pass: the reader has the repository without it. What old code would
give is not known here, so these are the most that there can be.

    python bench/literal_forms.py --parser go FOLDER [--tests 60]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.protocols.canaries.choice import FORMS
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.canaries.values import Edit
from boxscore.protocols.forms.languages import forms_of
from boxscore.protocols.forms.plan import bits_of_literals, literal_windows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from boxscore.protocols.forms.language import FormFile, FormLanguage, FormTest

MOST_BYTES = 1 << 20


def read(folder: Path, language: FormLanguage) -> dict[str, str]:
    """The sources of a repository, by their paths in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in language.ends and path.is_file() and path.stat().st_size < MOST_BYTES:
            found[str(path.relative_to(folder))] = path.read_text("utf-8", "replace")
    return found


def tests_of(path: str, source: str, language: FormLanguage) -> tuple[FormFile, list[FormTest]] | None:
    """The tests of a file, those of one name left out."""
    try:
        file = language.read(path, source, "word")
    except (CannotRewriteError, RecursionError):
        return None
    names = [one.name for one in file.tests]
    return file, [one for one in file.tests if names.count(one.name) == 1]


def main() -> None:
    """Print a row of a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parser", required=True)
    parser.add_argument("--tests", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    language = forms_of(given.parser)
    if language is None:
        parser.error("there is no such language")
    rng, sources = random.Random(given.seed), read(given.folder, language)
    every = [
        (path, file, test)
        for path, source in sources.items()
        if (found := tests_of(path, source, language)) is not None
        for file, several in [found]
        for test in several
    ]
    with_literals = sum(any(one.choices for one in test.assertions) for _, _, test in every)
    chosen = rng.sample(every, min(given.tests, len(every)))
    bits = [bits_of(place, sources, language, rng) for place in chosen]
    row = (
        given.folder.name,
        str(len(every)),
        f"{with_literals / len(every):.0%}",
        str(len(bits)),
        f"{sum(one > 0 for one in bits) / len(bits):.0%}",
        f"{sum(bits) / len(bits):.1f}",
        f"{sum(one >= ENOUGH_BITS / 2 for one in bits) / len(bits):.0%}",
        f"{sum(one >= ENOUGH_BITS for one in bits) / len(bits):.0%}",
    )
    print(f"| {' | '.join(row)} |")


def bits_of(
    place: tuple[str, FormFile, FormTest], sources: dict[str, str], language: FormLanguage, rng: random.Random
) -> float:
    """What is to be guessed of one test."""
    path, file, test = place
    before = file.lines.after([Edit(*test.span, "")])
    contents = Contents("\n".join(text for other, text in sources.items() if other != path), {path: before})
    names = [test.name]
    windows = literal_windows({path: sources[path]}, names, _ByName(language), contents, forms=FORMS, rng=rng)
    return bits_of_literals(windows)


class _ByName:
    """A language whose ids are the names of tests."""

    def __init__(self, language: FormLanguage) -> None:
        self.ends, self.read, self.spelled = language.ends, language.read, language.spelled
        self.without_lines = language.without_lines

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """See `FormLanguage.named`."""
        return {*tests} & {*names}


if __name__ == "__main__":
    main()
