"""Test files of Java without what does not compile with old code: each such part is one that ends in an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.blind.java.comparisons import STARTS
from boxscore.protocols.blind.java.soft import BLOCKS, ERROR, declared, empty, read
from boxscore.protocols.blind.java.steps import CALLS
from boxscore.protocols.java_source import TYPES, modifiers, walk
from boxscore.protocols.syntax_trees import ancestors, edited, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tree_sitter import Node

MEMBERS = frozenset(("field_declaration", "method_declaration", "import_declaration", "constructor_declaration"))
REWRITTEN = re.compile(
    r"\w+\.(?:failed|lost|reached|at)\(\d*\);|\w+\.lacks\(\d+, \"\w+\"\);|return(?: (?:null|false|\(\w+\) 0|0[Lfd]?))?;"
)
MARK = re.compile(r"\w+\.(?:at|reached)\((\d+)\)")
FAILED = 'System.setProperty("boxscore.failed", "1");'  # in files that have no class of ours


def without(source: str, lines: Collection[int]) -> str:
    """Take the statements, fields, methods and imports on these lines for such that end in an error."""
    data, root, name = read(source)
    units = {(one[0].start_byte, one[-1].end_byte): one for line in lines for one in _units(root, line - 1)}
    outer = [one for one in units if not any(o != one and o[0] <= one[0] and one[1] <= o[1] for o in units)]
    return edited(data, [(start, end, _lost(units[start, end], name)) for start, end in outer])


def _units(root: Node, row: int) -> Iterator[tuple[Node, ...]]:
    """The smallest parts on a line, each with what was written around it to let it go on after an error."""
    held = [one for one in walk(root) if _is_part(one) and one.start_point[0] <= row <= one.end_point[0]]
    for one in held:
        if any(
            other != one and one.start_byte <= other.start_byte and other.end_byte <= one.end_byte for other in held
        ):
            continue
        tried = next(
            (each for each in (one, *ancestors(one)) if each.type == "try_statement" or each.type in MEMBERS), one
        )
        if not _is_ours(tried):
            after = one.next_named_sibling
            yield (one, after) if after is not None and _is_ours(after) and _has_no_value(one) else (one,)
            continue
        before = tried.prev_named_sibling
        yield (before, tried) if before is not None and _has_no_value(before) else (tried,)


def _is_part(node: Node) -> bool:
    if node.type in MEMBERS or node.type in TYPES:
        return True
    is_statement = node.parent is not None and node.parent.type in BLOCKS and node.is_named
    return is_statement and REWRITTEN.fullmatch(text_of(node)) is None


def _is_ours(node: Node) -> bool:
    return node.type == "try_statement" and any(
        one.type == "catch_clause" and ERROR in text_of(one.child(2)) for one in node.children
    )


def _has_no_value(node: Node) -> bool:
    """Whether a variable is declared that is given its value by what follows."""
    return node.type == "local_variable_declaration" and declared(node) is None


def _lost(unit: tuple[Node, ...], name: str) -> str:
    """What stands for a part that does not compile."""
    first = unit[0]
    failed = f"{name}.failed();" if name else FAILED
    if first.type == "field_declaration":
        return _absent(first, f"{name}.lost();" if name else FAILED)
    if first.parent is None or first.parent.type not in BLOCKS:
        return ""
    if first.type == "local_variable_declaration":
        return _absent(first, failed)
    lacking = (f'{name}.lacks({number}, "{called}");' for one in unit for number, called in _lacking(one))
    if first.type == "return_statement":
        return f"{failed} {_returned(first)}"
    return " ".join((*dict.fromkeys(lacking), failed))


def _lacking(unit: Node) -> Iterator[tuple[str, str]]:
    """The comparisons in a part, by their numbers, with the name of the one call that each makes."""
    for call in walk(unit):
        found = MARK.fullmatch(text_of(call)) if call.type == "method_invocation" else None
        given = call.parent
        if found is None or given is None:
            continue
        value = given.named_children[-1] if given.type == "argument_list" else _start(unit)
        calls = [] if value is None else [one for one in walk(value) if one.type in CALLS and one != call]
        if len(calls) == 1 and not _asks_for_more(calls[0]):
            called = calls[0].child_by_field_name("name") or calls[0].child_by_field_name("type")
            yield found[1], re.split(r"\W", text_of(called))[0]


def _asks_for_more(call: Node) -> bool:
    """Whether a call is given what may be lacking in its place: anything but literals and variables of the file."""
    given = call.child_by_field_name("arguments")
    named = [one for one in walk(given) if one.type in {"identifier", "field_access"}] if given is not None else []
    if not named:
        return False
    root = [call, *ancestors(call)][-1]
    bound = (
        one.child_by_field_name("name")
        for one in walk(root)
        if one.type in {"variable_declarator", "formal_parameter", "resource", "enhanced_for_statement"}
    )
    variables = {text_of(one) for one in bound}
    return any(one.type == "field_access" or text_of(one) not in variables for one in named)


def _start(unit: Node) -> Node | None:
    """What is given to what a chain in a part begins with."""
    calls = (one for one in walk(unit) if one.type == "method_invocation")
    found = next((one for one in calls if text_of(one.child_by_field_name("name")) in STARTS), None)
    return None if found is None else found.child_by_field_name("arguments")


def _absent(node: Node, failed: str) -> str:
    """A variable without a value, once; nothing the second time, as then its type is not known."""
    kind = text_of(node.child_by_field_name("type"))
    names = [
        text_of(one.child_by_field_name("name")) for one in node.named_children if one.type == "variable_declarator"
    ]
    words = " ".join(modifiers(node))
    is_field = node.type == "field_declaration"
    block = f"{'static ' * ('static' in words)}{{ {failed} }}" if is_field else failed
    if kind == "var" or "/* absent */" in text_of(node):
        return block
    return f"{words} {kind} {', '.join(f'{one} = {empty(kind)} /* absent */' for one in names)}; {block}"


def _returned(statement: Node) -> str:
    """Return nothing of the kind that a method returns."""
    method = next(
        (one for one in ancestors(statement) if one.type in {"method_declaration", "lambda_expression"}), None
    )
    kind = None if method is None else method.child_by_field_name("type")
    return "return;" if kind is None or kind.type == "void_type" else f"return {empty(text_of(kind))};"
