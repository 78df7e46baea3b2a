"""Find flags in the files of a patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.flags import python
from boxscore.flags.rules import all_rules, compiled, is_test_file, language_of
from boxscore.records import PatchFlag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boxscore.flags.rules import Rule

    Line = tuple[int, str, bool]  # its number in the file as the patch leaves it, its text, and whether it was added
    Hunks = Sequence[Sequence[Line]]

MOST_FLAGS = 50  # of a patch
MOST_READ_CHARS = 500_000  # of a patch's sources, tests aside
MOST_LINE_CHARS = 2000  # of a line that patterns read
MOST_TEXT_CHARS = 200
MOST_PATH_CHARS = 512
UNREAD = "unread"
BINARY = "\0"  # stands for the lines of a file that a patch has in binary form
_COMMENTS = {"ruby": re.compile(r"\s*#"), "xml": re.compile(r"(?!)")}  # by how a line begins: none of XML's
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SLASHES = re.compile(r"\s*(//|/?\*(?!\w))")


def flags_of(files: Mapping[str, Hunks], reference: Mapping[str, Hunks] | None = None) -> tuple[PatchFlag, ...]:
    """Flag added lines outside of tests, but for what the reference patch adds too: at most `MOST_FLAGS`."""
    known = {(rule, what) for _, rule, _, what in _found(reference or {})}
    flags: dict[tuple[str, int, str], PatchFlag] = {}
    for path, rule, (number, text), what in _found(files):
        if (rule, what) not in known:
            shown = PatchFlag(path=path[:MOST_PATH_CHARS], line=number, rule=rule, text=text.strip()[:MOST_TEXT_CHARS])
            flags.setdefault((path, number, rule), shown)
    return tuple(sorted(flags.values(), key=lambda flag: (flag.path, flag.line, flag.rule))[:MOST_FLAGS])


def flags_of_sources(sources: Mapping[str, str], *known: Mapping[str, str]) -> tuple[PatchFlag, ...]:
    """Flag lines of whole files, but for what files of the same paths in `known` have too: at most `MOST_FLAGS`.

    Files that differ from all known ones are read up to `MOST_READ_CHARS` together; the next is flagged as unread.
    """
    flags: list[PatchFlag] = []
    left = MOST_READ_CHARS
    for path, text in sources.items():
        texts = [files[path] for files in known if path in files]
        if text in texts or is_test_file(path):
            continue
        left -= len(text) if language_of(path) is not None else 0
        if left < 0:
            why = f"the files have more than {MOST_READ_CHARS} characters"
            flags.append(PatchFlag(path=path[:MOST_PATH_CHARS], line=1, rule=UNREAD, text=why))
            break
        flags += flags_of({path: [_lines(text)]}, {path: [_lines(one) for one in texts]})
    return tuple(flags[:MOST_FLAGS])


def _lines(text: str) -> list[Line]:
    """The lines of a file as compilers count them: a form feed, or another sign that `splitlines` knows, ends none."""
    return [(number, line, True) for number, line in enumerate(_NEWLINE.split(text), 1)]


def _found(files: Mapping[str, Hunks]) -> Iterator[tuple[str, str, tuple[int, str], str]]:
    """Yield path, rule, line and what was found there. Sources that are not read are flagged for that."""
    left = MOST_READ_CHARS
    for path, hunks in files.items():
        texts = {number: text for hunk in hunks for number, text, added in hunk if added}
        if is_test_file(path) or not texts:
            continue
        for rule in all_rules():
            if rule.is_for(path, "path") and compiled(rule.pattern).search(path):
                yield path, rule.id, (1, path), path
        language = language_of(path)
        if language is None:
            continue
        if BINARY in texts.values():
            yield path, UNREAD, (1, "the patch has it in binary form"), path
            continue
        left -= sum(len(text) for hunk in hunks for _, text, _ in hunk)
        if left < 0:
            yield path, UNREAD, (min(texts), f"the patch has more than {MOST_READ_CHARS} characters"), path
            return
        rules = [rule for rule in all_rules() if rule.is_for(path, language)]
        hits = python.find(rules, hunks) if language == "python" else _by_pattern(rules, texts, language)
        yield from ((path, rule.id, (number, texts[number]), what) for rule, (number, what) in hits)


def _by_pattern(
    rules: Iterable[Rule], texts: Mapping[int, str], language: str
) -> Iterator[tuple[Rule, tuple[int, str]]]:
    comment = _COMMENTS.get(language, _SLASHES)
    for number, text in texts.items():
        if comment.match(text) is None:
            for rule in rules:
                match = compiled(rule.pattern).search(text[:MOST_LINE_CHARS])
                if match is not None:
                    yield rule, (number, match.group())
