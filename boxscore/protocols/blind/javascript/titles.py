"""Which test a part of a file belongs to, and which test of a file an id of a runner names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript.literals import value_of
from boxscore.protocols.blind.javascript.source import arguments_of, parse
from boxscore.protocols.blind.language import WHOLE
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tree_sitter import Node

_TESTS = frozenset(["it", "test", "specify", "fit", "xit", "xtest", "t.test", "QUnit.test", "tap.test"])
_NO_TESTS = frozenset(  # what stands behind `test.` or `it.` and makes a group, a hook or a part of a test
    ["describe", "suite", "group", "step", "before", "beforeAll", "beforeEach", "after", "afterAll", "afterEach"]
)
_BLANKS = re.compile(r"\s+")
_HOLE = re.compile(r"\$\{[^}]*\}|%[sdifjopO#$c%]|\$#?[A-Za-z_][\w.]*")
_TIME = re.compile(r"\s*\((?:\d+(?:\.\d+)? ?m?s)\)\s*\Z")
MAX_PATTERNS = 400
LEAST_FIXED = 4  # characters of a title with holes, by which it is known


def title_of(node: Node) -> str | None:
    """The title of the test that a node stands in, as it is written; None for what is in none."""
    for one in ancestors(node):
        if (found := _title(one)) is not None:
            return found
    return None


def titles_of(root: Node) -> tuple[str, ...]:
    """The titles of all tests of a file, as they are written."""
    found = (_title(one) for one in walk(root) if one.type == "call_expression")
    return tuple(dict.fromkeys(one for one in found if one is not None))


def is_test(call: Node) -> bool:
    """Whether a call makes a test, of a title and of what is done."""
    if call.type != "call_expression":
        return False
    called = field(call, "function")
    while called is not None and called.type == "call_expression":  # `it.each(table)(title, …)`
        called = field(called, "function")
    name = text_of(called)
    base = name.partition(".")[0]
    if _NO_TESTS & {*name.split(".")[1:]}:
        return False
    is_named = name in _TESTS or name.endswith(".test") or (base in {"it", "test", "specify"} and "." in name)
    return is_named and len(arguments_of(call)) > 1


def parameters_of(root: Node) -> frozenset[str]:
    """The names of the first parameters of tests, which in some libraries hold the assertions."""
    found = set[str]()
    for call in walk(root):
        if not is_test(call):
            continue
        for one in arguments_of(call)[1:]:
            single, listed = field(one, "parameter"), field(one, "parameters")
            first = single or (listed.named_children[0] if listed is not None and listed.named_children else None)
            found.add(text_of(field(first, "pattern") or first))
    return frozenset(name for name in found if name.isidentifier())


def is_expected_to_fail(node: Node) -> bool:
    """Whether a node stands in a test that is expected to fail."""
    return any(
        one.type == "call_expression" and re.search(r"\.(?:failing|fails)\b", text_of(field(one, "function"))[:200])
        for one in ancestors(node)
    )


def _title(call: Node) -> str | None:
    """The title that a call gives to a test, as far as it is written; None for other calls."""
    return _written(arguments_of(call)[0]) if is_test(call) else None


def _written(node: Node) -> str | None:
    if node.type == "template_string":
        return _BLANKS.sub(" ", text_of(node)[1:-1]).strip()
    value = value_of(node)
    return _BLANKS.sub(" ", value).strip() if isinstance(value, str) else None


def places(tests: Iterable[str], titles: Mapping[str, Collection[str]]) -> dict[str, tuple[str, str] | None]:
    """Find out which test each id names, by the `titles` in each file: the id ends with its title."""
    of_title: dict[str, list[str]] = {}
    for path, found in titles.items():
        for title in found:
            of_title.setdefault(title, []).append(path)
    with_holes = [title for title in of_title if _HOLE.search(title) and len(_HOLE.sub("", title)) >= LEAST_FIXED]
    patterns = [(_HOLE.split(title), title) for title in with_holes[:MAX_PATTERNS]]
    return {test: _place(test, of_title, patterns, titles) for test in tests}


def _place(
    test: str,
    of_title: Mapping[str, Collection[str]],
    patterns: Collection[tuple[Sequence[str], str]],
    files: Collection[str],
) -> tuple[str, str] | None:
    """The test that an id names: of the titles that it ends with the longest, whichever suite has it.

    So `clock is late`, the test `late` of a suite `clock is`, is taken for a test `is late` where there is one. That
    only makes fewer values count: those of the test that is meant belong to no id, and those of the other must be sent
    with it.
    """
    shown = _TIME.sub("", _BLANKS.sub(" ", test)).strip()
    for path in files:
        if shown == path or (shown.endswith(f"/{path}") or path.endswith(f"/{shown}")):
            return path, WHOLE
    starts = [0, *(at for at in range(1, len(shown)) if not shown[at - 1].isalnum() or not shown[at].isalnum())]
    title = next((shown[at:] for at in starts if shown[at:] in of_title), None)
    if title is None:
        title = next((one for parts, one in patterns if _fits(parts, shown)), None)
    if title is None:
        return None
    paths = list(of_title[title])
    named = [path for path in paths if path in shown]
    if len(named) == 1 or len(paths) == 1:
        return (named or paths)[0], title
    return "", title


def _fits(parts: Sequence[str], shown: str) -> bool:
    """Whether an id ends with a title, of which these are the parts between holes."""
    if not shown.endswith(parts[-1]):
        return False
    at = len(shown) - len(parts[-1])
    for part in reversed(parts[:-1]):
        at = shown.rfind(part, 0, at)
        if at < 0:
            return False
    return at == 0 or not shown[at - 1].isalnum() or not shown[at].isalnum()


def titles_of_files(files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The titles of the tests of some files; none of one that cannot be read."""
    found = {}
    for path, source in files.items():
        try:
            found[path] = titles_of(parse(path, source.encode()))
        except CannotRewriteError:
            found[path] = ()
    return found
