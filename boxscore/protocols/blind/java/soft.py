"""Test files of Java in which each statement goes on after an error, so that old code answers what it can."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.blind.java.comparisons import STARTS
from boxscore.protocols.blind.java.runtime import START
from boxscore.protocols.blind.java.steps import CALLS, Steps
from boxscore.protocols.blind.java.titles import is_test, part_of
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.java_source import TYPES, modifiers, parse_java, walk
from boxscore.protocols.syntax_trees import ancestors, edited, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    Edit = tuple[int, int, str]

BLOCKS = frozenset(("block", "switch_block_statement_group"))
COMPOUND = frozenset(
    [
        *("for_statement", "enhanced_for_statement", "while_statement", "do_statement", "if_statement"),
        *("switch_expression", "try_statement", "try_with_resources_statement", "synchronized_statement"),
    ]
)
LEAVING = frozenset(("return_statement", "throw_statement", "break_statement", "continue_statement", "yield_statement"))
OPEN = frozenset(("forEach", "assertAll", "assertTimeout", "assertTimeoutPreemptively", "dynamicTest"))
LOOPS = frozenset(("for_statement", "while_statement", "do_statement"))
THROWN = re.compile(r"(?:\w+\.)?assertThrows\w*\(")
NOTHING = {"boolean": "false", "char": "(char) 0", "byte": "(byte) 0", "short": "(short) 0"}
NUMBERS = {"int": "0", "long": "0L", "float": "0f", "double": "0d"}
BOXED = {
    "int": "Integer",
    "long": "Long",
    "float": "Float",
    "double": "Double",
    "boolean": "Boolean",
    "char": "Character",
    "byte": "Byte",
    "short": "Short",
}
SENT = ("equal", "near", "part")
ERROR = "boxscoreError"


def soft(source: str) -> str:
    """Let the statements of a file go on after an error. Raises CannotRewriteError for one that cannot be read."""
    data, root, name = read(source)
    found = _Softener(root, name).edits()
    text = edited(data, found)
    if not any(is_test(one) for one in walk(root)):
        return text
    return text.replace('String OWN = "boxscore.failed"', f'String OWN = "boxscore.failed.{name}"')


def read(source: str) -> tuple[bytes, Node, str]:
    """A source with its tree and the name of the class of ours behind it, "" for none. Raises CannotRewriteError."""
    found = START.search(source)
    data = source.encode()
    try:
        root = parse_java(data)
    except ValueError as error:
        raise CannotRewriteError(str(error)) from None
    return data, root, "" if found is None else found[1]


class _Softener:
    """Finds what to write into a file whose comparisons are made by the class of a `name`."""

    def __init__(self, root: Node, name: str) -> None:
        self._root, self._name = root, name
        self._thrown, self._steps = _thrown(root), Steps(root)
        self._constants = frozenset(_late(root, "field_declaration"))

    def edits(self) -> list[Edit]:
        found = list[tuple[int, int, str]]()
        for node in self._own():
            if node.type == "method_declaration":
                found += self._part(node)
            elif node.type == "field_declaration":
                found += self._field(node)
            elif node.type == "method_invocation":
                found += self._marked(node)
                found += self._early(node)
            elif node.type == "catch_clause":
                found += self._caught(node)
        for node in self._own():
            if node.parent is not None and node.parent.type in BLOCKS and not self._is_closed(node):
                found += self._statement(node)
        return found + [edit for one in self._steps.taken(self._root) for edit in self._taken(one)]

    def _own(self) -> Iterator[Node]:
        """Walk a file without the class that is ours."""
        for part in self._root.children:
            if part.type in TYPES and text_of(part.child_by_field_name("name")) == self._name:
                continue
            yield from walk(part)

    def _part(self, node: Node) -> Iterator[Edit]:
        """Say where a test or a hook begins."""
        part, body = part_of(node), node.child_by_field_name("body")
        if part and body is not None:
            yield body.start_byte + 1, body.start_byte + 1, f' {self._name}.within("{part}");'

    def _caught(self, clause: Node) -> Iterator[Edit]:
        """What a test catches itself is an error all the same, unless it fails where none comes from its one call."""
        tried = clause.parent.child_by_field_name("body") if clause.parent is not None else None
        body = clause.child_by_field_name("body")
        if body is not None and not self._steps.is_one_before_failure(tried):
            yield body.start_byte + 1, body.start_byte + 1, f" {self._name}.failed();"

    def _taken(self, call: Node) -> Iterator[Edit]:
        """What hangs on an error that may be that of another step counts nothing."""
        for one in ancestors(call):
            at = one.start_byte
            if one.type == "field_declaration":
                yield at, at, f"{'static ' * ('static' in modifiers(one))}{{ {self._name}.lost(); }} "
            elif one.parent is not None and one.parent.type in BLOCKS:
                yield at, at, f"{self._name}.failed(); "
            else:
                continue
            return

    def _is_closed(self, statement: Node) -> bool:
        """Whether an error of a statement may be what a test looks at: in a `try` that catches it, or in a function."""
        inner = statement
        for one in ancestors(statement):
            if one.type == "lambda_expression":
                return not _is_open(one)
            if one.type == "class_body":
                return not _has_tests(one)
            catches = one.type.startswith("try_") and any(part.type == "catch_clause" for part in one.children)
            if catches and inner == one.child_by_field_name("body"):
                return True
            inner = one
        return False

    def _statement(self, node: Node) -> Iterator[Edit]:
        if node.type == "local_variable_declaration":
            yield from self._local(node)
        elif node.type == "expression_statement" or node.type in COMPOUND:
            if _assigns_late(node, self._constants) or (node.type != "expression_statement" and _leaves(node)):
                return
            said = "".join(f"{self._name}.{how}({number}); " for how, number in self._numbers_of_chain(node))
            if any(map(self._may_be_of_another, walk(node))):
                said += f"{self._name}.failed(); "
            leave = " break;" if _is_repeated(node) else ""
            yield node.start_byte, node.start_byte, f"try {{ {said}"
            yield node.end_byte, node.end_byte, f" }} catch (Throwable {ERROR}) {{ {self._name}.failed();{leave} }}"

    def _local(self, node: Node) -> Iterator[Edit]:
        """Leave a variable empty whose value cannot be computed."""
        known = declared(node)
        if known is None:
            return
        kind, name, value = known
        if not _may_fail(value) or value.type == "array_initializer":
            return
        yield from self._bound(node, kind, name, value)

    def _bound(self, node: Node, kind: str, name: Node, value: Node) -> Iterator[Edit]:
        nothing, is_thrown = empty(kind), THROWN.match(text_of(value)) is not None
        if not is_thrown and "final" not in modifiers(node) and kind != "var" and not _is_captured(name, node):
            start, end = name.end_byte, node.end_byte
            yield start, value.start_byte, f"; try {{ {text_of(name)} = "
            catch = f"{self._name}.failed(); {text_of(name)} = {nothing};"
            yield end, end, f" }} catch (Throwable {ERROR}) {{ {catch} }}"
        elif not _uses_changed(value, node):
            yield from self._attempted(kind, value, "attempt")

    def _field(self, node: Node) -> Iterator[Edit]:
        known = declared(node)
        if known is not None and _may_fail(known[2]) and known[2].type != "array_initializer":
            yield from self._attempted(known[0], known[2], "attemptField")

    def _attempted(self, kind: str, value: Node, how: str) -> Iterator[Edit]:
        boxed = BOXED.get(kind, kind)
        cast = f"({kind}) " if kind in BOXED else ""
        typed = "" if kind == "var" else f"<{boxed}>"
        is_one = _count(value) <= 2 and not self._steps.are_several(value)  # noqa: PLR2004 - it and one in it
        if how == "attempt" and THROWN.match(text_of(value)) and is_one:
            how = "attemptThrown"
        yield value.start_byte, value.start_byte, f"{self._name}.{typed}{how}(() -> {cast}("
        yield value.end_byte, value.end_byte, f"), {empty(kind)})"

    def _marked(self, call: Node) -> Iterator[Edit]:
        """Say what is reached before what is compared may end in an error: the number comes first.

        Only the text of an error that was expected and did not come is reached: nothing else can be lacking there. What
        does not compile is too (see `uncompiled`), unless more than one call is compared: the first may lack, and not
        the last.
        """
        given = self._sent(call)
        if given is None or _count(given[1]) > 1 or _start_of_chain(call) is not None:
            return
        how = "reached" if self._is_of_thrown(given[1]) else "at"
        yield given[0].start_byte, given[0].start_byte, f"{self._name}.{how}("
        yield given[0].end_byte, given[0].end_byte, ")"

    def _is_of_thrown(self, value: Node) -> bool:
        """Whether a value is a part of an error that `assertThrows` gave to a variable."""
        owner = value.child_by_field_name("object") if value.type == "method_invocation" else None
        return owner is not None and owner.type == "identifier" and text_of(owner) in self._thrown

    def _sent(self, call: Node) -> tuple[Node, Node] | None:
        """The number and the value of a comparison of ours."""
        name, owner = text_of(call.child_by_field_name("name")), text_of(call.child_by_field_name("object"))
        arguments = call.child_by_field_name("arguments")
        if not self._name or owner != self._name or name not in SENT or arguments is None:
            return None
        return arguments.named_children[0], arguments.named_children[1]

    def _numbers_of_chain(self, statement: Node) -> Iterator[tuple[str, int]]:
        """The values that a chain is asked for, whose start makes one call at most."""
        if statement.type != "expression_statement":
            return
        for call in walk(statement):
            sent = self._sent(call) if call.type == "method_invocation" else None
            start = None if sent is None else _start_of_chain(call)
            if sent is None or start is None:
                continue
            given, is_of_error = start.child_by_field_name("arguments"), _is_of_error(start)
            is_one = not self._steps.are_several(start) if is_of_error else given is not None and _count(given) <= 1
            if is_one:
                yield "reached" if is_of_error else "at", int(text_of(sent[0]))

    def _may_be_of_another(self, call: Node) -> bool:
        """Whether a comparison asks for an error that another of several calls may have ended in."""
        sent = self._sent(call) if call.type == "method_invocation" else None
        start = None if sent is None else _start_of_chain(call)
        return start is not None and _is_of_error(start) and self._steps.are_several(start)

    def _early(self, call: Node) -> Iterator[Edit]:
        """Have an error tell what it says before it is asked of what class it is."""
        sent = self._sent(call)
        start = None if sent is None else _start_of_chain(call)
        step = next((one for one in ancestors(call) if one.type == "method_invocation"), None)
        if start is not None and step is not None and _is_of_error(start):
            arguments = text_of(step.child_by_field_name("arguments"))
            yield start.end_byte, start.end_byte, f".satisfies{arguments}"


def _thrown(root: Node) -> frozenset[str]:
    """The variables that hold what `assertThrows` gives."""
    found = (declared(one) for one in walk(root) if one.type == "local_variable_declaration")
    return frozenset(text_of(one[1]) for one in found if one is not None and THROWN.match(text_of(one[2])))


def empty(kind: str) -> str:
    """What a variable of a type holds where there is no value for it."""
    return NUMBERS.get(kind) or NOTHING.get(kind, "null")


def declared(node: Node) -> tuple[str, Node, Node] | None:
    """The type, name and value of a declaration of one variable."""
    kind = node.child_by_field_name("type")
    declared = [one for one in node.named_children if one.type == "variable_declarator"]
    if kind is None or len(declared) != 1:
        return None
    name, value = (declared[0].child_by_field_name(field) for field in ("name", "value"))
    if name is None or value is None or declared[0].child_by_field_name("dimensions") is not None:
        return None
    return text_of(kind), name, value


def _may_fail(value: Node) -> bool:
    return any(one.type in {*CALLS, "array_access", "cast_expression", "field_access"} for one in walk(value))


def _count(value: Node) -> int:
    """How many calls an expression makes."""
    return sum(one.type in CALLS for one in walk(value))


def _is_open(function: Node) -> bool:
    """Whether errors in a function are looked at by nobody but the runner."""
    call = None if function.parent is None else function.parent.parent
    return call is not None and text_of(call.child_by_field_name("name")) in OPEN


def _has_tests(body: Node) -> bool:
    """Whether a class is one of tests or the first of its file; others may be what tests look at."""
    owner = body.parent
    if owner is None or owner.type not in TYPES:
        return False
    return owner.parent is not None and (owner.parent.type == "program" or any(map(is_test, body.children)))


def _is_repeated(node: Node) -> bool:
    """Whether a statement is repeated until something is so, which an error may keep from ever being."""
    for one in ancestors(node):
        if one.type in {"lambda_expression", "method_declaration", "switch_block_statement_group"}:
            return False
        if one.type in LOOPS:
            return True
    return False


def _leaves(node: Node) -> bool:
    return any(one.type in LEAVING for one in walk(node))


def _method(node: Node) -> Node | None:
    kinds = {"method_declaration", "constructor_declaration", "lambda_expression", "static_initializer"}
    return next((one for one in ancestors(node) if one.type in kinds), None)


def _assigns_late(node: Node, constants: frozenset[str]) -> bool:
    """Whether a statement gives a variable or a constant its first value, which has to be seen to have one."""
    assigned = {text_of(one.child_by_field_name("left")) for one in walk(node) if one.type == "assignment_expression"}
    if not assigned:
        return False
    method = _method(node)
    late = constants if method is None else {*constants, *_late(method, "local_variable_declaration")}
    return any(name.removeprefix("this.") in late for name in assigned)


def _late(scope: Node, kind: str) -> Iterator[str]:
    """Names that are declared without a value; of fields those that have one value only."""
    for one in walk(scope):
        if one.type != kind or (kind == "field_declaration" and "final" not in modifiers(one)):
            continue
        for part in one.named_children:
            if part.type == "variable_declarator" and part.child_by_field_name("value") is None:
                yield text_of(part.child_by_field_name("name"))


def _is_captured(name: Node, declaration: Node) -> bool:
    """Whether a function or class within its method reads a variable, which then may have one value only."""
    method = _method(declaration)
    if method is None:
        return True
    return any(
        one.type == "identifier" and text_of(one) == text_of(name) and _method_within(one, method)
        for one in walk(method)
    )


def _method_within(node: Node, method: Node) -> bool:
    for one in ancestors(node):
        if one == method:
            return False
        if one.type in {"lambda_expression", "class_body"}:
            return True
    return False


def _uses_changed(value: Node, declaration: Node) -> bool:
    """Whether an expression reads a variable that has more than one value, which no function may read."""
    names = {text_of(one) for one in walk(value) if one.type == "identifier"}
    method = _method(declaration)
    for one in walk(method) if method is not None else ():
        if one.type == "assignment_expression" and text_of(one.child_by_field_name("left")) in names:
            return True
        if one.type == "update_expression" and any(text_of(part) in names for part in one.named_children):
            return True
    return False


def _start_of_chain(call: Node) -> Node | None:
    """What a chain begins with that a comparison is a step of, such as `assertThat(…)`; None for other comparisons."""
    around = (one for one in ancestors(call) if one.type == "method_invocation")
    at = next((one for one in around if text_of(one.child_by_field_name("name")) == "satisfies"), None)
    while at is not None and text_of(at.child_by_field_name("name")) not in STARTS:
        before = at.child_by_field_name("object")
        at = before if before is not None and before.type in CALLS else None
    return at


def _is_of_error(start: Node) -> bool:
    return text_of(start.child_by_field_name("name")) in {"assertThatThrownBy", "assertThatCode"}
