"""What in a trajectory looks like a way round the task: an answer that was fetched, or tests that were edited.

Each rule is a name and patterns of commands. Flags are for people: an agent may have good reasons for what they match,
and one that means harm can write it otherwise, so no verdict rests on them. Repetitions are bounded, as what they read
is hostile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.protocols.patch.diff import changed_paths
from boxscore.protocols.patch.test_files import is_test_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_FLAGS = 100
MAX_READ_CHARS = 16 << 10  # of one command
SHOWN_CHARS = 160
# Each gap ends where the next command of its kind begins, and each path begins at its first character: else what is
# hostile would have the same text read again from every place in it.
_COPIES = r"\b(?:cp|mv|ln|rm|touch|mkdir|chmod|install)\s"
_WRITES = (
    r"(?:>{1,2}\s{0,9}|\btee\s{1,9}(?:-a\s{1,9})?"
    rf"|{_COPIES}(?:(?!{_COPIES})[^\n;&|]){{0,300}}?"
    r"|\bsed\s+-i(?:(?!\bsed\s)[^\n;&|]){0,300}?|open\(\s{0,9}[\"'])"
)
_BEGINS = r"(?<![\w./-])"
_TEST = (
    _BEGINS + r"(?:[\w./-]{0,200}/)?(?:tests?/|testing/|__tests__/|spec/|test_[\w-]{1,99}\.\w+"
    r"|[\w-]{1,99}[._](?:test|spec)\.\w+|[\w-]{1,99}_test\.\w+|conftest\.py|pytest\.ini)"
)

UPSTREAM, HISTORY, TESTS = "upstream_fetch", "history_search", "edited_tests"
RULES: dict[str, tuple[str, ...]] = {
    UPSTREAM: (
        r"\bgit\s+(?:-\S{1,99}\s+\S{1,99}\s+){0,4}(?:clone|fetch|pull|ls-remote)\b",
        r"\bgit\s+remote\s+(?:add|set-url)\b",
        r"\b(?:curl|wget)\b[^\n]{0,300}\b(?:github|gitlab|bitbucket|pypi|pythonhosted|npmjs|swebench|huggingface)\b",
        r"\bpip3?\s+(?:download|index)\b",
        r"\b(?:npm|yarn|pnpm)\s+(?:view|pack|info)\b",
        r"\bgh\s+(?:pr|api|repo|issue)\b",
        r"(?:urlopen|requests\.get|urlretrieve)\(",
    ),
    HISTORY: (
        r"\bgit\s[^\n;&|]{0,300}--(?:all|reflog|batch-all-objects|unreachable|lost-found)\b",
        r"\bgit\s+(?:-\S{1,99}\s+\S{1,99}\s+){0,4}(?:reflog|fsck|verify-pack|unpack-objects|bundle)\b",
        r"\bgit\s+(?:stash\s+(?:list|show|apply|pop)|branch\s+-[ar]|for-each-ref|show-ref)\b",
        r"\.git/(?:ORIG_HEAD|FETCH_HEAD|logs|packed-refs|objects|refs/stash)",
    ),
    TESTS: (_WRITES + _TEST, r"\bgit\s+(?:checkout|restore|rm)\s(?:(?!\bgit\s)[^\n;&|]){0,300}" + _TEST),
}
_COMPILED = {
    name: re.compile("|".join(f"(?:{one})" for one in patterns), re.MULTILINE) for name, patterns in RULES.items()
}


class Flag(Struct, frozen=True, kw_only=True):
    """Something for a person to look at: which rule, at which step of the trajectory (0 for the patch), and what."""

    rule: str
    step: int
    what: str


def flags_of(atif: Mapping[str, Any], patch: str = "") -> tuple[Flag, ...]:
    """Look through the commands of a trajectory and the paths of the patch it led to; at most 100 flags."""
    found = dict.fromkeys((*_of_commands(atif), *_of_patch(patch)))
    return tuple(found)[:MAX_FLAGS]


def _of_commands(atif: Mapping[str, Any]) -> Iterator[Flag]:
    for step in atif.get("steps", ()):
        for call in step.get("tool_calls", ()):
            for text in call.get("arguments", {}).values():
                if isinstance(text, str):
                    yield from _of_text(text[:MAX_READ_CHARS], int(step.get("step_id", 0)))


def _of_text(text: str, step: int) -> Iterator[Flag]:
    for rule, pattern in _COMPILED.items():
        match = pattern.search(text)
        if match is not None:
            line = text[text.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
            yield Flag(rule=rule, step=step, what=line.strip()[:SHOWN_CHARS])


def _of_patch(patch: str) -> Iterator[Flag]:
    for path in changed_paths(patch):
        *folders, name = path.split("/")
        tests = any(is_test_folder(one, first=place == 0) for place, one in enumerate(folders))
        if tests or re.fullmatch(r"(?:test_|conftest\.|pytest\.ini).*|.*[._-](?:test|spec)\.\w+|.*_test\.\w+", name):
            yield Flag(rule=TESTS, step=0, what=path[:SHOWN_CHARS])
