"""The text of one form of a test function: the original or a negated test, by edits of the function's own text.

Forms of a test that must not be told apart by reading them differ in one assertion alone, and say there the rows of a
window, the true one among them; all other assertions are blank. See `windows`.
"""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.assertions import assertions
from boxscore.protocols.canaries.sites import Invert, Literal, Sites, Wrap, asserting, own_returns, sites
from boxscore.protocols.canaries.values import RUNTIME, Edit, around, changed, insert, replace

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from boxscore.protocols.canaries.helpers import FileHelpers
    from boxscore.protocols.canaries.text import Text
    from boxscore.protocols.canaries.windows import Window


class Kind(enum.StrEnum):
    """How a form is made to fail, if it is."""

    ORIGINAL = "original"
    PERTURB = "perturb"  # another literal than the expected one
    REPLACE = "replace"  # another value than the expected one, made at run time
    INVERT = "invert"  # the opposite comparison
    END = "end"  # all runs, then it fails
    WINDOW = "window"  # one assertion says one of several things, the others nothing


MOST_LITERALS = 6  # of one test, that are tried on the reference


class Form(Struct, frozen=True):
    """What one form is: of what kind, and which literal of `Former.literals` is replaced by which text, if one is.

    One of a window says a row of it. `assertion` names what fails the form, "" where that is not known before it is
    written, or is the check at its end.
    """

    kind: Kind
    literal: int = 0
    text: str | None = None
    window: Window | None = None
    row: int = 0
    blank: bool = False  # all assertions that windows know of are
    alone: bool = False  # the test is run with one row of its parameters
    shared: bool = False  # a right program that is not the reference may pass it, though it is negated
    assertion: str = ""

    @property
    def passes(self) -> bool:
        """Whether right code passes it."""
        return self.row == 0 if self.window is not None else self.kind is Kind.ORIGINAL


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


def _rank(literal: Literal) -> int:
    """Rank literals by how little a likeness of them stands out: numbers, texts, truths, all others."""
    value = literal.node.value if isinstance(literal.node, ast.Constant) else ...
    if literal.wide or value is ... or value in ("", b""):
        return 3
    if isinstance(value, bool) or value is None:
        return 2
    return 1 if isinstance(value, str | bytes) else 0


class Former:
    """Makes the forms of one test function; they share all but what makes them fail."""

    def __init__(  # noqa: PLR0913, PLR0917 - each is something else that its forms are made of
        self,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
        text: Text,
        runtime: Runtime,
        rng: random.Random,
        windows: Sequence[Window] = (),
        helpers: FileHelpers | None = None,
    ) -> None:
        """`helpers` are those of the file that the text is of: without them none is known."""
        self._function, self._text, self._runtime, self._rng = function, text, runtime, rng
        self._sites: Sites = sites(function, helpers)
        self._wrap: Wrap | None = rng.choice(self._sites.wraps) if self._sites.wraps else None
        self._windows, self._assertions = windows, assertions(function, text) if windows else []
        self._state, self._number = fresh_name("_", rng), rng.randrange(100, 10**6)

    @property
    def literals(self) -> list[Literal]:
        """The literals that may be replaced: those of the kind that gives a reader least to go by."""
        ranked = [(_rank(literal), literal) for literal in self._sites.literals]
        best = min((rank for rank, _ in ranked), default=0)
        return [literal for rank, literal in ranked if rank == best][:MOST_LITERALS]

    def every(self) -> list[Form]:
        """Return two originals, one form for each way to negate this function, and all that its windows have."""
        perturbed = [self._perturbed(number) for number in range(len(self.literals))]
        plain = [Form(Kind.ORIGINAL), *perturbed, *map(self._form, self._others()), Form(Kind.ORIGINAL)]
        return [*plain, *(self._blank(4) if self._windows else []), *self._rows()]

    def draw(self, count: int) -> list[Form]:
        """Draw forms of which some, not all, are negated: the first in the way that catches most, others in any way."""
        vector = self._rng.randrange(1, 2**count - 1)
        ways = [*([Kind.PERTURB] if self.literals else []), *self._others()]
        negated = count - vector.bit_count()
        kinds = [ways[0], *(self._rng.choice([ways[0], *ways]) for _ in range(negated - 1))]
        drawn = [Kind.ORIGINAL if vector >> number & 1 else kinds.pop() for number in range(count)]
        return [self._perturbed() if kind is Kind.PERTURB else self._form(kind) for kind in drawn]

    def even(self, count: int) -> list[Form]:
        """Draw forms that do not tell which are negated: all of each window, any forms where there is none."""
        forms = self._rows() or (self._blank(count) if self._windows else [])
        forms *= max(1, count // max(1, len(forms)))  # of no use to a reader, but hard on whoever guesses blindly
        self._rng.shuffle(forms)
        return forms or self.draw(count)

    def _blank(self, count: int) -> list[Form]:
        """Forms that say nothing, half of which fail: what they hide another test's window hides, too."""
        half = max(1, count // 2)
        alone = bool(self._assertions[0].alone)
        return half * [Form(kind, blank=True, alone=alone) for kind in (Kind.ORIGINAL, Kind.END)]

    def _rows(self) -> list[Form]:
        rows = [(one, row) for one in self._windows for row in range(len(one.texts))]
        return [Form(Kind.WINDOW, window=one, row=row, alone=one.alone, shared=one.shared) for one, row in rows]

    def _perturbed(self, number: int | None = None) -> Form:
        number = self._rng.randrange(len(self.literals)) if number is None else number
        literal = self.literals[number]
        text = changed(literal.node, self._rng, wide=literal.wide)
        return Form(Kind.PERTURB, number, text, shared=literal.wide, assertion=asserting(self._function, literal.node))

    def _form(self, kind: Kind) -> Form:
        wrap = self._wrap if kind is Kind.REPLACE else None
        return Form(kind, assertion=asserting(self._function, wrap.node) if wrap is not None else "")

    def _others(self) -> list[Kind]:
        """The ways without a literal, those first that catch most."""
        wrapped, inverted = bool(self._wrap), bool(self._sites.inverts)
        return [*([Kind.REPLACE] if wrapped else []), *([Kind.INVERT] if inverted else []), Kind.END]

    def text(self, form: Form, name: str) -> bytes:
        """Return the function's text, decorators included, as a form called `name`."""
        if form.window is not None:
            return self._text.edited(self._function, [*self._rename(name), *self._told(form.window, form.row)])
        if form.blank:
            every = {one.assertion for one in self._windows}
            edits = [edit for number in every for edit in self._assertions[number].blank]
            if form.alone:
                edits = list(self._assertions[0].empty)
            begin = [*self._rename(name), *self._begin(form.kind)]
            return self._text.edited(self._function, [*begin, *edits, *self._finish()])
        before, after = self._around(form.kind)
        edits = [*self._rename(name), *self._begin(form.kind), *before, *after, *self._finish()]
        if form.text is not None:
            edits.append(replace(self.literals[form.literal].node, form.text))
        return self._text.edited(self._function, edits)

    def _told(self, window: Window, row: int) -> list[Edit]:
        """Say a row of one window, all others blank; without the docstring, which unittest would report."""
        others = {one.assertion for one in self._windows} - {window.assertion}
        blank = others if not window.alone else ()
        edits = [edit for number in blank for edit in self._assertions[number].blank]
        edits += self._assertions[window.assertion].alone
        edits += self._assertions[window.assertion].choices[window.choice].written(window.texts[row])
        first = self._function.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            edits.append(replace(first.value, "..."))
        return edits

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
