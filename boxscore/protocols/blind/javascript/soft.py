"""Test files of JavaScript in which each statement goes on after an error, so that old code answers what it can."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript.edits import Edits
from boxscore.protocols.blind.javascript.files import ALIAS
from boxscore.protocols.blind.javascript.sections import Sections
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of, parse
from boxscore.protocols.blind.javascript.unseen import (
    ASSERTION,
    MARKED,
    Unseen,
    expects_error,
    is_simple,
    own_functions,
    own_kinds,
)
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

ASSIGNING = frozenset(["assignment_expression", "augmented_assignment_expression", "update_expression"])
PATTERNS = frozenset(["object_pattern", "array_pattern"])
TRIED = frozenset(
    [
        *("expression_statement", "return_statement", "for_in_statement", "for_statement", "if_statement"),
        *("while_statement", "do_statement", "switch_statement"),
    ]
)
_OF_ERRORS = re.compile(r"ifError|doesNotThrow|doesNotReject|[tT]hrow|resolves|rejects|fulfilled|rejected")
HOISTED = ("jest.", "vi.", "using ", "await using ")
_STUBS = re.compile(r"(?:jest|vi|vitest)\.(?:mock|hoisted)")  # which run before the file does
SUSPENDING = frozenset(["yield_expression"])  # cannot move into another function


def soft(source: str) -> str:
    """Let the statements of a file go on after an error. Raises CannotRewriteError for one that cannot be read."""
    data = source.encode()
    try:
        root = parse(".tsx", data)
    except CannotRewriteError:
        root = parse(".ts", data)
    edits, sections = Edits(), Sections(root)
    unseen = Unseen(root, sections, edits)
    sections.mark(edits)
    for node in _own(root):
        _try(node, ALIAS if sections.leaves(node) else sections.owner(node), edits)
        unseen.mark(node)
    _mark(root, sections, edits)
    return edits.apply(data)


def _mark(root: Node, sections: Sections, edits: Edits) -> None:
    """Say that a comparison is reached, before what it compares may end in an error: the number comes first.

    It is not said where more than one call is compared: the first of them may end in an error, and not the last. Nor of
    a value that is compared at several places before all of them are reached. And each comparison says which section it
    is in, as what follows an error may be its consequence.
    """
    numbers: list[tuple[Node, bool]] = []
    own = own_functions(root)
    for node in walk(root):
        owner = field(node, "object") if node.type == "member_expression" else None
        if owner is not None and text_of(owner) == ALIAS:
            edits.insert(owner.end_byte, sections.owner(owner).removeprefix(ALIAS))
        name = text_of(field(node, "function")) if node.type == "call_expression" else ""
        given = arguments_of(node) if name.removeprefix(f"{ALIAS}.") in MARKED else []
        number = next((one for one in given if one.type in {"number", "identifier", "member_expression"}), None)
        if name.startswith(f"{ALIAS}.") and number is not None:
            numbers.append((number, is_simple(name, given, own)))
            if name in {f"{ALIAS}.throws", f"{ALIAS}.refuses"} and not numbers[-1][1]:
                edits.insert(given[-1].end_byte, ", true")
    places = Counter(text_of(one) for one, _ in numbers if one.type == "number")
    at: Counter[str] = Counter()
    for number, simple in numbers:
        text = text_of(number)
        at[text] += 1
        if simple:
            end = f", {at[text]}, {places[text]})" if places[text] > 1 else ")"
            edits.around(number, f"{sections.owner(number)}.reached(", end)


def _own(root: Node) -> Iterator[Node]:
    """Walk a file without what is ours, and without functions whose errors are what a test looks at."""
    looked_at = _looked_at(root)
    pending = [root]
    while pending:
        one = pending.pop()
        if _is_ours(one) or _is_stub(one) or (_is_function(one) and _name(one) in looked_at):
            continue
        yield one
        pending.extend(reversed(one.children))


def _is_function(node: Node) -> bool:
    """Whether a function is declared, by itself or as the value of a variable or of a part of an object."""
    value = field(node, "value") if node.type in {"variable_declarator", "pair"} else node
    return value is not None and value.type in FUNCTIONS


def _name(function: Node) -> str:
    return text_of(field(function, "name") or field(function, "key"))


def _looked_at(root: Node) -> frozenset[str]:
    """The names in what is called to see its error: functions of these names are left as they are."""
    calls = (one for one in walk(root) if _is_ours(one) and one.type == "call_expression")
    names = (one for call in calls for one in walk(call) if one.type in {"identifier", "property_identifier"})
    return frozenset(map(text_of, names)) - {ALIAS}


def _is_ours(node: Node) -> bool:
    """Whether a node is of ours, or calls something to see its error."""
    if node.type == "variable_declarator":
        return text_of(field(node, "name")) == ALIAS
    return node.type == "call_expression" and expects_error(node)


def _is_stub(node: Node) -> bool:
    """Whether a node is a call that runs before the file does, so that it may name nothing of ours."""
    return node.type == "call_expression" and _STUBS.fullmatch(text_of(field(node, "function"))) is not None


def _try(node: Node, owner: str, edits: Edits) -> None:
    """Let a node go on after an error, which `owner` records."""
    if node.type == "import_statement":
        _import(node, edits)
    elif node.type in TRIED:
        if node.parent is not None and node.parent.type in {"program", "statement_block"} and not _is_fixed(node):
            end = "" if text_of(node).endswith(";") else ";"
            leave = " break;" if _is_repeated(node) else ""
            noted = "unasserted(error)" if _only_asserts(node) else "failed()"
            edits.around(node, "try { ", f"{end} }} catch (error) {{ {owner}.{noted};{leave} }}")
    elif node.type == "catch_clause" and (body := field(node, "body")) is not None:
        # What a test catches itself is an error all the same.
        edits.insert(body.start_byte + 1, f" {owner}.failed();")
    elif node.type == "variable_declarator":
        _declare(node, owner, edits)


def _only_asserts(statement: Node) -> bool:
    """Whether a statement is an assertion that gives nothing to what follows, and is not about an error."""
    text = text_of(statement)
    if not ASSERTION.match(text) or _OF_ERRORS.search(text):
        return False
    return not any(one.type in FUNCTIONS or one.type in ASSIGNING for one in walk(statement))


def _is_repeated(node: Node) -> bool:
    """Whether a statement is repeated until something is so, which an error may keep from ever being."""
    for one in ancestors(node):
        if one.type in FUNCTIONS or one.type == "switch_statement":
            return False
        if one.type in {"for_statement", "while_statement", "do_statement"}:
            return True
    return False


def _is_fixed(node: Node) -> bool:
    """Whether a statement has to stand where it does: a directive, or what replaces a module before it is imported."""
    if text_of(node).startswith(HOISTED):
        return True
    return node.named_child_count == 1 and node.named_children[0].type == "string"


def _declare(node: Node, owner: str, edits: Edits) -> None:
    """Leave a variable undefined, or empty, whose value cannot be computed."""
    value, name = field(node, "value"), field(node, "name")
    if value is None or name is None or value.type in FUNCTIONS or value.type == "class":  # which have names by it
        return
    kinds = set(own_kinds(value))
    if kinds & SUSPENDING or _is_stub(value) or any(map(_is_stub, value.named_children)):
        return
    later = "await_expression" in kinds
    start = f"(await {owner}.attemptLater(async () => (" if later else f"({owner}.attempt(() => ("
    edits.around(value, start, ")) || [])" if name.type in PATTERNS else ")))")


def _import(node: Node, edits: Edits) -> None:
    """Import all of a file of the repository, so that a name that it lacks is no error."""
    source, clause = field(node, "source"), next((one for one in node.children if one.type == "import_clause"), None)
    names = [] if clause is None else [one for one in clause.named_children if one.type == "named_imports"]
    path = text_of(source)[1:-1]
    if not path.startswith(".") or len(names) != 1 or clause is None or text_of(node).startswith("import type"):
        return
    whole = f"{ALIAS}Of{node.start_byte}"
    parts = []
    for one in names[0].named_children:
        if one.type != "import_specifier" or text_of(one).startswith("type "):
            continue
        name, alias = text_of(field(one, "name")), text_of(field(one, "alias"))
        parts.append(f"{name}: {alias}" if alias else name)
    default = [text_of(one) for one in clause.named_children if one.type == "identifier"]
    parts += [f"default: {one}" for one in default]
    if any(part.startswith(("'", '"')) for part in parts):
        return
    text = f"import * as {whole} from {text_of(source)}; const {{ {', '.join(parts)} }} = {whole};"
    edits.replace(node.start_byte, node.end_byte, text)
