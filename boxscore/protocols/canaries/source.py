"""One test file, rewritten: chosen test functions stand there in several forms, all other tests are gone."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.assertions import assertions
from boxscore.protocols.canaries.clues import text_of, words
from boxscore.protocols.canaries.forms import Former, fresh_name, new_runtime
from boxscore.protocols.canaries.helpers import FileHelpers
from boxscore.protocols.canaries.sites import own_returns
from boxscore.protocols.canaries.text import CannotRewriteError, FoundFunction, Function, Text, functions
from boxscore.protocols.canaries.values import Edit, spelled

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Mapping, Sequence

    from boxscore.protocols.canaries.choices import Assertion
    from boxscore.protocols.canaries.forms import Form
    from boxscore.protocols.canaries.windows import Window

    Draw = Callable[[Former], list[Form]]

Key = tuple[tuple[str, ...], str]  # the classes a function stands in, and its name


class PythonTest(Struct, frozen=True):
    """One test function, and the text of the file it stands in; see `SearchedTest`."""

    name: tuple[str, ...]
    function: Function
    text: Text
    before: tuple[object, ...] = ()

    def assertions(self) -> list[Assertion]:
        """See `SearchedTest.assertions`, and so with the others."""
        return assertions(self.function, self.text)

    def shown(self, edits: Sequence[Edit]) -> str:
        """Its lines, with the decorators."""
        return self.text.edited(self.function, edits).decode()

    def spelled(self, value: object, *, like: str) -> str:
        """As all forms are written."""
        return spelled(value, like=like)


class TestFile:
    """A test file's functions, found by class and name, and what becomes of the file when some get negated tests."""

    __test__ = False

    def __init__(self, source: str) -> None:
        """Raise CannotRewriteError if the file cannot be read."""
        self._text = Text(source)
        self._found: dict[Key, list[FoundFunction]] = {}
        try:
            for found in functions(self._text.tree):
                self._found.setdefault((found.scope, found.node.name), []).append(found)
        except RecursionError:
            raise CannotRewriteError("is nested too deeply") from None
        self._classes = {n.name: n for n in self._text.tree.body if isinstance(n, ast.ClassDef)}
        self._mentioned = _mentioned(self._text.tree)
        self._helpers = FileHelpers(self._text.tree)

    def find(self, scope: tuple[str, ...], name: str) -> Key | str:
        """Return where a test's function stands, or why it cannot have negated tests."""
        key = self._resolve(scope, name)
        if key is None:
            return "no function of that name is in the file (generated, or inherited from another file)"
        if len(self._found[key]) > 1:
            return "it is defined more than once"
        node = self._found[key][0].node
        try:
            if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_returns(node)):
                return "it is a generator"
        except RecursionError:
            return "it is nested too deeply"
        if _is_fixture(node):
            return "it is a fixture"
        return key

    def _resolve(self, scope: tuple[str, ...], name: str) -> Key | None:
        """Find a method where it is defined: in the class, or in a base class at the top level of this file."""
        if (scope, name) in self._found:
            return scope, name
        if len(scope) != 1:
            return None
        seen, waiting = set(scope), list(scope)
        while waiting:
            node = self._classes.get(waiting.pop(0))
            bases = [b.id for b in node.bases if isinstance(b, ast.Name) and b.id not in seen] if node else []
            for base in bases:
                if ((base,), name) in self._found:
                    return (base,), name
            seen.update(bases)
            waiting += bases
        return None

    def rewrite(
        self, chosen: Mapping[Key, Draw], rng: random.Random, windows: Mapping[Key, Sequence[Window]] | None = None
    ) -> tuple[str, dict[Key, list[tuple[str, Form]]]]:
        """Return the file with the forms drawn, and the new names of each function's forms.

        Raises CannotRewriteError.
        """
        runtime, names = new_runtime(rng), {}
        pieces: list[tuple[int, int, bytes]] = []
        starts = []
        for key, draw in chosen.items():
            found = self._found[key][0]
            former = Former(found.node, self._text, runtime, rng, (windows or {}).get(key, ()), self._helpers)
            forms = [(fresh_name(_stem(key[1]), rng), form) for form in draw(former)]
            names[key] = forms
            data = self._text.lines("\n").join(former.text(form, name) for name, form in forms)
            first, last = self._text.first_line(found.node), found.node.end_lineno or 0
            keep = key[1] in self._mentioned
            pieces.append((last + 1, last, self._text.lines("\n") + data) if keep else (first, last, data))
            starts.append(self._text.first_line(found.top))
        pieces += self._removed(chosen)
        pieces.append((min(starts), min(starts) - 1, self._text.lines(runtime.source + "\n\n")))
        return self._text.spliced(pieces), names

    def place(self, path: str, key: Key, before: str) -> PythonTest:
        """Return a function with its file's text, to find windows for; `before` is the file before the test patch."""
        return PythonTest((path, *key[0], key[1]), self._found[key][0].node, self._text, _constants(before, key))

    def catches(self, key: Key) -> bool:
        """Whether a function may come to its end in spite of an error that it met."""
        return any(map(_catches, ast.walk(self._found[key][0].node)))

    def without(self, keys: Collection[Key]) -> str:
        """Return the file's text without these functions."""
        pieces = list[tuple[int, int, bytes]]()
        for key in keys:
            node = self._found[key][0].node
            pieces.append((self._text.first_line(node), node.end_lineno or 0, self._text.replacement(node)))
        return self._text.spliced(pieces)

    def named(self, names: Collection[str]) -> list[Key]:
        """Return where the functions of these names stand."""
        return [key for key in self._found if key[1] in names]

    def _removed(self, chosen: Mapping[Key, object]) -> list[tuple[int, int, bytes]]:
        return [
            (self._text.first_line(found.node), found.node.end_lineno or 0, self._text.replacement(found.node))
            for key, all_found in self._found.items()
            if key not in chosen and key[1].startswith("test") and key[1] not in self._mentioned
            for found in all_found
            if not _is_fixture(found.node)
        ]

    def problem(self, key: Key, rng: random.Random) -> str:
        """Return why a function cannot be negated, "" if it can be."""
        try:
            former = Former(self._found[key][0].node, self._text, new_runtime(rng), rng, helpers=self._helpers)
            for form in former.every():
                former.text(form, key[1])
        except CannotRewriteError as error:
            return str(error)
        except RecursionError:
            return "it is nested too deeply"
        return ""


def _constants(source: str, key: Key) -> tuple[object, ...]:
    """Return the literals of a function of another version of a file, () where it has none of that name."""
    try:
        found = [one.node for one in functions(Text(source).tree) if (one.scope, one.node.name) == key]
    except (CannotRewriteError, RecursionError):
        return ()
    whole = [inner.value for node in found for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
    texts = [text_of(value) for value in whole if isinstance(value, str | bytes)]
    return (*whole, *(word for text in texts for word in words(text)))


def _catches(node: ast.AST) -> bool:
    """Whether a node is a `try` with handlers, or a call of `contextlib.suppress`, by whatever name ends so."""
    if isinstance(node, ast.Call):
        return re.search(r"\bsuppress$", ast.unparse(node.func)) is not None
    return isinstance(node, ast.Try | ast.TryStar) and bool(node.handlers)


def _stem(name: str) -> str:
    return name if name.endswith("_") else name + "_"


def _is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(re.search(r"\bfixture\b", ast.unparse(decorator)) for decorator in node.decorator_list)


def _mentioned(tree: ast.Module) -> set[str]:
    """Return all names that the file uses, also in strings: a function that something refers to must stay."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                names.add(name)
            case ast.Constant(value=str(text)):
                names.update(re.findall(r"\w+", text))
    return names
