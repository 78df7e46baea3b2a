"""Find the program in an answer: as EvalPlus' sanitizer does, without losing code that works.

The longest run of lines that is Python is taken, and of it the imports and whatever the wanted names reach at its top
level. Where that sanitizer would drop working code we keep it: decorated definitions, functions without a `return`,
second assignments, `if`, `try` and loops that bind a name that is reached, answers of one line. A run of lines
that defines a wanted name goes before a longer one that does not. Of two functions of one name the first that
returns something is taken, as there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax
from boxscore.protocols.syntax_trees import walk
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tree_sitter import Node

    from boxscore.records import Sample


MAX_TEXT = 1 << 20
MAX_PARSED = 16 << 20  # characters given to the parser for one answer
LEAST_REGION = 16 << 10  # that a run of lines counts as: a few of them with open brackets take as long as many

_ANSI = re.compile(r"\x1B(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_BEGINS = re.compile(r"[@#\w\"'(\[{*]")
_OPENS = re.compile(r"^(?:@|(?:async|class|def|for|from|if|import|match|try|while|with)\b)|[(\[{\\]|\"\"\"|'''")
_COMPOUND = ("if_statement", "try_statement", "for_statement", "while_statement", "with_statement", "match_statement")
_IMPORTS = ("import_statement", "import_from_statement", "future_import_statement")


def program(sample: Sample, *, prompt: str, names: Collection[str]) -> str | None:
    """Turn a sample into a whole program: a completion goes after the prompt, an answer is searched for code.

    None where it holds no code. `names` are those that the program is to define.
    """
    if not sample.text.strip():
        return None
    if sample.kind is SampleKind.COMPLETION:
        return prompt + sample.text
    if sample.kind is SampleKind.SOLUTION:
        return sample.text
    return extract_code(sample.text, names)


def extract_code(text: str, names: Collection[str]) -> str | None:
    """Find the program that defines `names` in a chat answer; None where it holds no Python at all.

    At most the first MiB of an answer is searched.
    """
    lines = _ANSI.sub("", text[:MAX_TEXT]).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    region = _best_region(lines, names)
    if region is None:
        return None
    return _reachable(region, names) or region


class _Budget:
    """How much may still be given to the parser: an answer that is made to be slow is given up, not waited for."""

    def __init__(self) -> None:
        self.left = MAX_PARSED

    def error_line(self, source: str, *, least: int = 0) -> int | None:
        """The line (from 1) that ends what can be Python; None if all of it is. It counts as `least` characters."""
        self.left -= max(len(source), least)
        if self.left < 0:
            return 1
        try:
            syntax.parse(source)
        except SyntaxError as error:
            return max(error.lineno or 1, 1)
        except (ValueError, MemoryError, RecursionError):
            return 1
        return None


def _best_region(lines: Sequence[str], names: Collection[str]) -> str | None:
    budget = _Budget()
    best, best_rank = None, (False, 0)
    for segment in _segments(lines):
        for region in _regions(segment, budget):
            size = sum(1 for line in region if line.strip())
            rank = _defines(region, names), size
            if rank > best_rank:
                best, best_rank = "\n".join(region), rank
    return best


def _segments(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut at the fences of code blocks; all of it comes too, for code that itself holds fences in its texts."""
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    inside = False
    for start, end in zip([-1, *fences], [*fences, len(lines)], strict=True):
        segment = lines[start + 1 : end]
        yield _dedent(segment) if inside else segment
        inside = not inside
    if fences:
        yield lines


def _dedent(lines: Sequence[str]) -> Sequence[str]:
    import textwrap  # noqa: PLC0415 - for answers only

    return textwrap.dedent("\n".join(lines)).split("\n")


def _regions(lines: Sequence[str], budget: _Budget) -> Iterator[Sequence[str]]:
    """The runs of lines that are Python, each as long as can be from where it starts.

    A line at which the parser fails ends every run that starts before it at the same level, so that each line is
    parsed a few times only.
    """
    start = 0
    while start < len(lines) and budget.left > 0:
        if not _BEGINS.match(lines[start]) or not _may_begin(lines[start], budget):
            start += 1
            continue
        end = len(lines)
        while end > start:
            error = budget.error_line("\n".join(lines[start:end]), least=LEAST_REGION)
            if error is None:
                break
            end = min(end - 1, start + error - 1)
        if end > start:
            yield lines[start:end]
        start = max(end, start + 1)


def _may_begin(line: str, budget: _Budget) -> bool:
    """Whether code may start here: prose, which seldom parses, is told from it without parsing the rest."""
    return bool(_OPENS.search(line)) or budget.error_line(line) is None


def _defines(region: Sequence[str], names: Collection[str]) -> bool:
    wanted = "|".join(map(re.escape, names)) or r"\w+"
    pattern = re.compile(rf"^\s*(?:(?:async\s+)?def|class)\s+(?:{wanted})\b|^(?:{wanted})\s*[:=]")
    return any(pattern.match(line) for line in region)


class _Piece(Struct, frozen=True):
    """A statement at the top level: its bytes, the names it binds and those it mentions."""

    start: int
    end: int
    binds: frozenset[str]
    mentions: frozenset[str]
    kind: str


def _reachable(region: str, names: Collection[str]) -> str:
    """Keep the imports and what `names` reach. "" where none of them is there."""
    data = region.encode("utf-8", "surrogatepass")
    pieces = _first_functions(list(_pieces(data)), data)
    reached, waiting = set(names), list(names)
    if not any(piece.binds & reached for piece in pieces if piece.kind != "import"):
        return ""
    by_name: dict[str, set[str]] = {}
    for piece in pieces:
        for name in piece.binds:
            by_name.setdefault(name, set()).update(piece.mentions)
    while waiting:
        new = by_name.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    kept = [data[one.start : one.end] for one in pieces if one.kind == "import" or one.binds & reached]
    return b"\n".join(kept).decode("utf-8", "surrogatepass") + "\n"


def _pieces(data: bytes) -> Iterator[_Piece]:
    import tree_sitter_python  # noqa: PLC0415 - for answers only
    from tree_sitter import Language, Parser  # noqa: PLC0415 - for answers only

    tree = Parser(Language(tree_sitter_python.language())).parse(data)
    for node in tree.root_node.children:
        inner = node
        if node.type == "decorated_definition":
            inner = node.child_by_field_name("definition") or node
        if node.type == "expression_statement" and node.children:
            inner = node.children[0]
        binds, kind = _binding(inner)
        if kind:
            yield _Piece(node.start_byte, node.end_byte, binds, frozenset(_identifiers(node)), kind)


def _binding(node: Node) -> tuple[frozenset[str], str]:
    """The names a statement binds, and its kind; "" for one that is left out."""
    if node.type in _IMPORTS:
        return frozenset(_identifiers(node)), "import"
    if node.type in ("function_definition", "class_definition"):
        return _name_of(node), "function" if node.type == "function_definition" else "class"
    if node.type in ("assignment", "augmented_assignment"):
        left = node.child_by_field_name("left")
        return frozenset(_identifiers(left)) if left is not None else frozenset(), "assignment"
    if node.type in _COMPOUND and "__name__" not in _identifiers(node.child_by_field_name("condition")):
        bound, holds_import = set[str](), False
        for one in walk(node):
            inside, kind = _binding(one) if one.type not in _COMPOUND else (frozenset[str](), "")
            bound |= inside
            holds_import |= kind == "import"
        return frozenset(bound), "import" if holds_import else "compound"
    return frozenset(), ""


def _first_functions(pieces: list[_Piece], data: bytes) -> list[_Piece]:
    """Of functions of one name keep the first that returns something, else the last."""
    chosen: dict[frozenset[str], _Piece] = {}
    for piece in pieces:
        if piece.kind == "function":
            before = chosen.get(piece.binds)
            if before is None or not _returns(data[before.start : before.end]):
                chosen[piece.binds] = piece
    return [piece for piece in pieces if piece.kind != "function" or chosen[piece.binds] is piece]


def _returns(source: bytes) -> bool:
    return re.search(rb"\b(?:return|yield)\b", source) is not None


def _name_of(node: Node) -> frozenset[str]:
    name = node.child_by_field_name("name")
    return frozenset(_identifiers(name)) if name is not None else frozenset()


def _identifiers(node: Node | None) -> set[str]:
    if node is None:
        return set()
    return {(one.text or b"").decode("utf-8", "replace") for one in walk(node) if one.type == "identifier" and one.text}


def web_sample_of(sample: Sample) -> str | None:
    """A sample as it is; of a chat answer, what is from its first brace to its last; None if there is nothing."""
    if sample.kind is not SampleKind.ANSWER:
        return sample.text if sample.text.strip() else None
    begin, end = sample.text.find("{"), sample.text.rfind("}")
    return sample.text[begin : end + 1] if 0 <= begin < end else None
