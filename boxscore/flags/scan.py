"""Find flags in the files of a patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.flags import python
from boxscore.flags.rules import all_rules, compiled, is_test_file, language_of
from boxscore.records import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boxscore.flags.rules import Rule

    Line = tuple[int, str, bool]  # its number in the file as the patch leaves it, its text, and whether it was added
    Hunks = Sequence[Sequence[Line]]

MOST_FLAGS = 50  # of a patch
MOST_LINE_CHARS = 2000  # of a line that patterns read
MOST_TEXT_CHARS = 200
MOST_PATH_CHARS = 512
_COMMENTS = {"ruby": re.compile(r"\s*#")}
_SLASHES = re.compile(r"\s*(//|/?\*(?!\w))")


def flags_of(files: Mapping[str, Hunks], reference: Mapping[str, Hunks] | None = None) -> tuple[Flag, ...]:
    """Flag added lines outside of tests, but for what the reference patch adds too: at most `MOST_FLAGS`, in order."""
    known = {(rule.id, what) for _, rule, _, what in _found(reference or {})}
    flags: dict[tuple[str, int, str], Flag] = {}
    for path, rule, (number, text), what in _found(files):
        if (rule.id, what) not in known:
            shown = Flag(
                path=path[:MOST_PATH_CHARS], line=number, rule=rule.id, text=text.strip()[:MOST_TEXT_CHARS]
            )
            flags.setdefault((path, number, rule.id), shown)
    return tuple(sorted(flags.values(), key=lambda flag: (flag.path, flag.line, flag.rule))[:MOST_FLAGS])


def _found(files: Mapping[str, Hunks]) -> Iterator[tuple[str, Rule, tuple[int, str], str]]:
    for path, hunks in files.items():
        if is_test_file(path):
            continue
        if any(added for hunk in hunks for _, _, added in hunk):
            yield from ((path, rule, (1, path), path) for rule in _by_path(path))
        language = language_of(path)
        if language is None:
            continue
        texts = {number: text for hunk in hunks for number, text, added in hunk if added}
        rules = [rule for rule in all_rules() if rule.is_for(path, language)]
        hits = python.find(rules, hunks) if language == "python" else _by_pattern(rules, texts, language)
        yield from ((path, rule, (number, texts[number]), what) for rule, (number, what) in hits)


def _by_path(path: str) -> Iterator[Rule]:
    return (rule for rule in all_rules() if rule.is_for(path, "path") and compiled(rule.pattern).search(path))


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
