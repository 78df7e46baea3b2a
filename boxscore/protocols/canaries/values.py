"""Values that are surely not the expected one: of literals here, of the rest by a function put into the test file."""

from __future__ import annotations

import ast
import string
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import random

LARGE = 100_000  # from here on a small step may be within a test's relative tolerance
SPAN = 10  # characters that may stand in the place of one, at most


class Edit(Struct, frozen=True):
    """Replace the bytes from `start` up to `end` of a file by `text`."""

    start: tuple[int, int]  # line from 1, byte column from 0, as ast has them
    end: tuple[int, int]
    text: str


def span_of(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where an expression begins and ends."""
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def replace(node: ast.expr, text: str) -> Edit:
    """Replace an expression."""
    return Edit(*span_of(node), text)


def insert(at: tuple[int, int], text: str) -> Edit:
    """Put text somewhere."""
    return Edit(at, at, text)


def spelled(value: object, *, like: str) -> str:
    """Write a value as a literal, a text in the quotes of `like`; all forms of a test are written by this alone."""
    if not isinstance(value, str | bytes) or type(value).__name__ == "Name":
        return str(value) if isinstance(value, str) else repr(value)
    text = value if isinstance(value, str) else value.decode("latin-1")
    quote = next((mark for mark in like if mark in "'\""), '"')
    body = text.encode("unicode_escape").decode() if not text.isprintable() else text.replace("\\", "\\\\")
    return f"{'b' if isinstance(value, bytes) else ''}{quote}{body.replace(quote, chr(92) + quote)}{quote}"


def around(node: ast.expr, before: str, after: str) -> tuple[Edit, Edit]:
    """Put text around an expression."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return insert(start, before), insert(end, after)


def literals(node: ast.expr) -> list[ast.expr]:
    """Return the literals of which changing any one changes the value of `node`; none where it is no literal.

    Looked for in lists, tuples, sets, values of dicts and in `approx(…)` without a tolerance of its own.
    """
    match node:
        case ast.Constant(value=value):
            return [] if isinstance(value, complex) or value is ... else [node]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()) as operand):
            return [operand]
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return [node]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            return [found for part in parts for found in literals(part)]
        case ast.Call(args=[ast.Constant(value=int() | float())], keywords=[]) if called(node) == "approx":
            return literals(node.args[0])
    return []


def called(node: ast.expr) -> str:
    """Return the last part of the name of what a call calls, `""` where it has none."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
    return ""


def changed(node: ast.expr, rng: random.Random, *, wide: bool = False) -> str:
    """Return the source of another value for a literal out of `literals`; `wide` ones are not even contained."""
    match node:
        case ast.List():
            return "[None]"
        case ast.Tuple():
            return "(None,)"
        case ast.Dict():
            return "{None: None}"
        case ast.Constant(value=value):
            return repr(_other(value, rng, wide=wide))
    raise TypeError(f"not a literal: {ast.dump(node)}")


def _misspellings(text: str, rng: random.Random) -> list[str]:
    found = _place(text, rng)
    if found is None:
        return []
    at, kind = found
    others = rng.sample(kind.replace(text[at], ""), k=min(SPAN, len(kind)) - 1)
    return [text[:at] + other + text[at + 1 :] for other in others]


def _place(text: str, rng: random.Random) -> tuple[int, str] | None:
    """Choose a character that another of its kind can stand for; a digit if there is one, as any is as likely."""
    kinds = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    places = [(at, kind) for at, character in enumerate(text) for kind in kinds if character in kind]
    return rng.choice([place for place in places if place[1] is string.digits] or places) if places else None


def _other(value: object, rng: random.Random, *, wide: bool) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            step = rng.randint(1, 9) + (rng.randint(10**9, 10**10) if wide else 0)
            return value + step if abs(value) < LARGE else 2 * value + step
        case str():
            return _misspelt(value, rng, wide=wide)
        case bytes():
            return _misspelt(value.decode("latin-1"), rng, wide=wide).encode("latin-1")
    return rng.choice((True, False))


def _misspelt(text: str, rng: random.Random, *, wide: bool) -> str:
    if wide:
        return text + "".join(rng.choices(string.ascii_lowercase, k=10))
    others = _misspellings(text, rng)
    return rng.choice(others) if others else text + rng.choice(string.ascii_lowercase)


RUNTIME = """\
def {name}(value, state, mode):
    key = state[0] % {modulus}
    if mode == 3:
        return value if key == {neutral} or key == {site} and len(state) > 1 else value + {neutral} + 1
    kinds = [v for v in (value if type(value) is tuple else (value,)) if isinstance(v, type)]
    if key != {site} or any(issubclass(v, BaseException) and not issubclass(v, Exception) for v in kinds):
        return value
    state.append(mode)
    def other(value):
        if isinstance(value, type) or type(value) is tuple and value and all(isinstance(v, type) for v in value):
            return type("C", (Warning,), {{}})
        if value is None or type(value) is bool:
            return 0 if value is None else not value
        if type(value) in (int, float):
            new = value * 2 + (1 if value >= 0 else -1)
            return new if new == new and new != value else 0
        if type(value) in (str, bytes):
            return value + (b"~" if type(value) is bytes else "~")
        if type(value) in (list, tuple):
            return value[:-1] + type(value)([other(value[-1]) if value else 0])
        if type(value) in (set, frozenset):
            return value | {{object()}}
        if type(value) is dict:
            return dict(list(value.items())[:-1] + [(k, other(value[k])) for k in list(value)[-1:]] or [(0, 0)])
        return object()
    return object() if mode == 1 else not value if mode == 2 else other(value)
"""
"""What a test file gets: `value` itself under a neutral key, else another one.

`mode` 0 gives one that differs, 1 one that equals nothing and is nowhere contained, 2 the opposite truth, 3 (at the
end of a test) fails the test if its key says so, or if it should have failed at a place that was never reached.
"""
