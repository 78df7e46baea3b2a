"""Count what a reader has to guess of Python's negated tests, on test functions of suites of others.

    bench/negated.py [--functions 30] [--seed 1] ARCHIVE ...

Archives are source archives as PyPI has them (`.tar.gz`). Test functions are drawn at random, three at a time; the
three stand for the FAIL_TO_PASS tests of a fix, and are written as before a patch is graded. The reader has all else
in the archive, and of their files what is left without them. Nothing is run: what old code would give is not known
here, so these are the most that there can be. One row for each archive, with shares of the functions drawn:

    nothing        there is nothing to guess
    even           a guess is right more often than not (less than one bit)
    mean           bits, and the shares with 3 or more, and with enough for `canary`
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.plan import draw_again, make_canaries
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.canaries.source import TestFile
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.patch.canaries.files import FILE_BYTES, SOURCES, TEXT_BYTES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

AT_ONCE, SOME_BITS = 3, 3


class Place(NamedTuple):
    """A test function: its file and, behind its classes, its name."""

    path: str
    names: tuple[str, ...]

    @property
    def id(self) -> str:
        """As pytest names it."""
        return "::".join((self.path, *self.names))


def read(archive: Path) -> dict[str, str]:
    """What a reader finds in an archive, sources first, as far as it reads in a box."""
    with tarfile.open(archive) as packed:
        members = [one for one in packed.getmembers() if one.isfile() and one.name.endswith((*SOURCES, *TEXTS))]
        members.sort(key=lambda one: (not one.name.endswith(SOURCES), one.name))
        found, left = dict[str, str](), TEXT_BYTES
        for one in members:
            file = packed.extractfile(one)
            data = b"" if file is None else file.read(min(FILE_BYTES, left))
            left -= len(data)
            found[str(PurePosixPath(*PurePosixPath(one.name).parts[1:]))] = data.decode(errors="replace")
    return found


def places_in(sources: Mapping[str, str]) -> list[Place]:
    """The test functions that may be negated by what their files look like."""
    found = []
    for path, text in sources.items():
        name = PurePosixPath(path).name
        if not ((name.startswith("test_") and name.endswith(".py")) or name.endswith("_test.py")):
            continue
        try:
            file, names = TestFile(text), list(_names(ast.parse(text)))
        except (CannotRewriteError, SyntaxError, RecursionError):
            continue
        found += [Place(path, one) for one in names if not isinstance(file.find(one[:-1], one[-1]), str)]
    return found


def _names(node: ast.AST) -> Iterator[tuple[str, ...]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from ((child.name, *names) for names in _names(child))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.startswith("test"):
            yield (child.name,)


def bits_of(places: Sequence[Place], sources: Mapping[str, str], rng: random.Random) -> list[float]:
    """What is to be guessed of each of some functions that are new at once."""
    keys = defaultdict[str, list[tuple[tuple[str, ...], str]]](list)
    for place in places:
        keys[place.path].append((place.names[:-1], place.names[-1]))
    base = {path: TestFile(sources[path]).without(inside) for path, inside in keys.items()}
    contents = Contents("\n".join(text for path, text in sources.items() if path not in base), base)
    files, ids = {path: sources[path] for path in base}, [place.id for place in places]
    plan = draw_again(lambda: make_canaries(files, ids, runner="pytest", rng=rng, preferred=ids, contents=contents))
    bits = dict.fromkeys(((place.path, *place.names) for place in places), 0.0)
    for one in plan.watched:
        bits[one.name] += one.window.bits
    return list(bits.values())


def row(archive: Path, functions: int, rng: random.Random) -> str:
    """The row of an archive in a table."""
    sources = read(archive)
    places = places_in(sources)
    drawn = rng.sample(places, min(functions, len(places)))
    bits = [
        found
        for first in range(0, len(drawn), AT_ONCE)
        for found in bits_of(drawn[first : first + AT_ONCE], sources, rng)
    ]
    cells = (archive.name.removesuffix(".tar.gz"), str(len(places)), str(len(bits)), *_shares(bits))
    return f"| {' | '.join(cells)} |"


def _shares(bits: Sequence[float]) -> Iterable[str]:
    count = max(1, len(bits))
    yield f"{sum(one == 0 for one in bits) / count:.0%}"
    yield f"{sum(one < 1 for one in bits) / count:.0%}"
    yield f"{sum(bits) / count:.1f}"
    yield f"{sum(one >= SOME_BITS for one in bits) / count:.0%}"
    yield f"{sum(one >= ENOUGH_BITS for one in bits) / count:.0%}"


def main() -> None:
    """Print a row for each archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="+", type=Path)
    parser.add_argument("--functions", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("| suite | test functions | drawn | nothing | even | mean | 3 bits | enough |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for archive in asked.archives:
        print(row(archive, asked.functions, random.Random(asked.seed)), flush=True)


if __name__ == "__main__":
    main()
