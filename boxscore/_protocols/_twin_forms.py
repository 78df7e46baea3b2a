"""The text of one form of a test function: the original or a negated twin, by edits of the function's own text."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore._protocols._twin_sites import Invert, Sites, Wrap, own_returns, sites
from boxscore._protocols._twin_values import RUNTIME, Edit, around, changed, insert, replace

if TYPE_CHECKING:
    import random

    from boxscore._protocols._twin_text import Text


class Kind(enum.StrEnum):
    """How a form is made to fail, if it is."""

    ORIGINAL = "original"
    PERTURB = "perturb"  # another literal than the expected one
    REPLACE = "replace"  # another value than the expected one, made at run time
    INVERT = "invert"  # the opposite comparison
    END = "end"  # all runs, then it fails


class Runtime(Struct, frozen=True):
    """The function put into one test file: its name, and the keys that it takes for `ORIGINAL`, `REPLACE` and `END`."""

    name: str
    modulus: int
    neutral: int
    site: int
    end: int

    @property
    def source(self) -> str:
        """Return its definition."""
        return RUNTIME.format(name=self.name, modulus=self.modulus, neutral=self.neutral, site=self.site)

    def key(self, kind: Kind, rng: random.Random) -> int:
        """Return a fresh key by which a form of this kind acts as it should."""
        residue = {Kind.REPLACE: self.site, Kind.END: self.end}.get(kind, self.neutral)
        return rng.randrange(10**3, 10**6) * self.modulus + residue


def new_runtime(rng: random.Random) -> Runtime:
    """Return a function with fresh names and keys."""
    modulus = rng.choice((9941, 9949, 9967, 9973))
    neutral, site, end = rng.sample(range(1, modulus), 3)
    return Runtime(fresh_name("_", rng), modulus, neutral, site, end)


def fresh_name(prefix: str, rng: random.Random) -> str:
    """Return a name that nobody can guess."""
    return (
        prefix
        + rng.choice("abcdefghijklmnopqrstuvwxyz")
        + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9))
    )


class Former:
    """Makes the forms of one test function; they share all but what makes them fail."""

    def __init__(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, text: Text, runtime: Runtime, rng: random.Random
    ) -> None:
        self._function, self._text, self._runtime, self._rng = function, text, runtime, rng
        self._sites: Sites = sites(function)
        self._wrap: Wrap | None = rng.choice(self._sites.wraps) if self._sites.wraps else None
        self._state, self._number = fresh_name("_", rng), rng.randrange(100, 10**6)

    def kinds(self) -> list[Kind]:
        """Return the ways in which this function can be negated, those first that catch most."""
        return [
            *([Kind.PERTURB] if self._sites.literals else []),
            *([Kind.REPLACE] if self._wrap else []),
            *([Kind.INVERT] if self._sites.inverts else []),
            Kind.END,
        ]

    def form(self, kind: Kind, name: str) -> bytes:
        """Return the function's text, decorators included, as a form of this kind called `name`."""
        before, after = self._around(kind)
        edits = [*self._rename(name), *self._begin(kind), *before, *after, *self._finish()]
        if kind is Kind.PERTURB:
            literal = self._rng.choice(self._sites.literals)
            edits.append(replace(literal.node, changed(literal.node, self._rng, wide=literal.wide)))
        return self._text.edited(self._function, edits)

    def _rename(self, name: str) -> list[Edit]:
        start = (self._function.lineno, self._function.col_offset)
        found = self._text.find(rb"def\s+(\w+)", start, self._text.start_of_body(self._function))
        return [Edit(*found, name)]

    def _begin(self, kind: Kind) -> list[Edit]:
        """Bind the state; in place of the docstring, which would be part of unittest's report."""
        first, line = self._function.body[0], f"{self._state} = [{self._runtime.key(kind, self._rng)}]"
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return [replace(first.value, line)]
        start = self._text.start_of_body(self._function)
        joint = "; " if self._text.is_inline(self._function) else "\n" + self._text.indent(self._function)
        return [insert(start, line + joint)]

    def _check(self) -> str:
        return f"assert {self._runtime.name}({self._number}, {self._state}, 3) == {self._number}"

    def _finish(self) -> list[Edit]:
        """Let each way out of the function pass the check at its end."""
        returns = [node for node in own_returns(self._function) if isinstance(node, ast.Return)]
        edits = [insert((node.lineno, node.col_offset), self._check() + "; ") for node in returns]
        last = self._function.body[-1]
        if not isinstance(last, ast.Return):
            end = (last.end_lineno or 0, last.end_col_offset or 0)
            if self._text.is_inline(self._function):
                edits.append(insert(end, "; " + self._check()))
            else:
                after = self._text.end_of_line(end)
                edits.append(insert(after, "\n" + self._text.indent(self._function) + self._check()))
        return edits

    def _around(self, kind: Kind) -> tuple[list[Edit], list[Edit]]:
        """Return edits before and after expressions; those of the outer one first, and last."""
        before: list[Edit] = []
        after: list[Edit] = []
        if self._wrap is not None:
            arguments = f", {self._state}, {self._wrap.mode})"
            first, last = around(self._wrap.node, f"{self._runtime.name}(", arguments)
            before, after = [first], [last]
        if kind is Kind.INVERT:
            invert = self._rng.choice(self._sites.inverts)
            if invert.old:
                return [*before, self._operator(invert)], after
            first, last = around(invert.node, invert.before, invert.after)
            return [first, *before], [*after, last]
        return before, after

    def _operator(self, invert: Invert) -> Edit:
        start = (invert.node.end_lineno or 0, invert.node.end_col_offset or 0)
        until = invert.until
        stop = (until.lineno, until.col_offset) if until is not None else self._text.end_of_line(start)
        return Edit(*self._text.find(rf"({invert.old})".encode(), start, stop), invert.new)
