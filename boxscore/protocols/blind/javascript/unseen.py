"""Where a test of JavaScript keeps an error of old code, or what that lacks, from being seen.

It may hand an error to a function (`.catch`, the second of `.then`, a callback's first argument) or to nobody
(`Promise.allSettled`), or ask first whether there is something to call (`?.`, `typeof`, `in`, a condition, a default).
What old code gives after that may be right once it has what it lacks, so all of these are reported when they happen.
"""

from __future__ import annotations

import re
import sys
from itertools import islice
from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript.files import ALIAS
from boxscore.protocols.blind.javascript.modules import LISTS, MEMBERS, Modules, names_in
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from boxscore.protocols.blind.javascript.edits import Edits
    from boxscore.protocols.blind.javascript.sections import Sections

MARKED = frozenset(["is", "equal", "weak", "like", "part", "size", "later", "throws", "refuses"])
ASSERTION = re.compile(r"(?:await\s+)?(?:\w+\.)?(?:assert|expect|should)\b")
_ERRORS = re.compile(r"_?(?:err(?:or)?|er|ex)\d*", re.IGNORECASE)
_EXPECTING = frozenset(["throws", "rejects", "throwsAsync"])
_THROWING = re.compile(r"(?:to)?[tT]hrow\w*|rejects|rejected\w*")
_SETTLING = frozenset(["Promise.allSettled", "Promise.any", "Promise.race"])
_MOST_OF_CALLBACK = 3  # parameters: functions of four are given errors that servers expect
_EQUALITIES = frozenset(["==", "!=", "===", "!=="])
_LOGICAL = frozenset(["&&", "||", "??"])
_NOTHING = frozenset(["null", "undefined", "void 0"])
_HAS = re.compile(r"(?:.*\.)?hasOwnProperty(?:\.call)?|Object\.hasOwn|Reflect\.has", re.DOTALL)
_ORDERS = frozenset(["<", "<=", ">", ">="])
_LACKING = frozenset(["-1", "0"])  # what an index, or a number of parts, is compared with
_PATTERNS = frozenset(["object_pattern", "array_pattern", "pair_pattern", "object_assignment_pattern"])
_BODIES = frozenset(["program", "statement_block", "switch_case", "switch_default"])
_CALLS = frozenset(["call_expression", "new_expression"])
_COMPUTED = _CALLS | MEMBERS | {"identifier"}
_WRAPPERS = frozenset(["parenthesized_expression", "non_null_expression"])
_STATEMENTS = ("_statement", "_declaration")


class Unseen:
    """Makes a file report what it would not show; `root` is all of it."""

    def __init__(self, root: Node, sections: Sections, edits: Edits) -> None:
        self._sections, self._edits = sections, edits
        self._bound, self._declared = frozenset(_bound(root)), frozenset(_declared(root))
        self._modules, self._own = Modules(root), own_functions(root)
        self._variadic = frozenset(_variadic(root))
        self._listed = frozenset(_listed(root))
        self._reported = set[tuple[str, int]]()
        self._calls: dict[int, int] = {}

    def mark(self, node: Node) -> None:
        """Make the edits of one node, none of which are of another's."""
        match node.type:
            case "call_expression":
                self._call(node)
            case "binary_expression":
                self._compared(node)
            case "if_statement" | "ternary_expression":
                self._asked(field(node, "condition"))
            case "object_assignment_pattern" | "assignment_pattern":
                self._default(node)
            case "augmented_assignment_expression" if text_of(field(node, "operator")) in {"??=", "||="}:
                self._taken(field(node, "right"))
            case "unary_expression":
                self._turned(node)
            case "switch_statement":
                self._chosen(node)
            case "lexical_declaration" | "variable_declaration":
                self._parts(node)
        self._read(node)
        if node.type in FUNCTIONS:
            self._called_back(node)

    def _read(self, node: Node) -> None:
        """Report what a node reads that may not be there: of what has a `?.` behind it, or of a module."""
        if any(one.type == "optional_chain" for one in node.children) and self._is_of_file(node):
            self._report("there", field(node, "object"))
        for one in self._modules.searched(node):
            self._taken(one)
        if not self._modules.is_read(node):
            return
        if node.type == "shorthand_property_identifier":
            self._edits.insert(node.start_byte, f"{text_of(node)}: ")
        self._report("there", node)

    def _report(self, how: str, node: Node | None) -> None:
        """Hand a value through a function that reports it; not in a comparison of which it is all there is."""
        if node is None or text_of(node) == "super" or (how, node.id) in self._reported or self._is_compared(node):
            return
        self._reported.add((how, node.id))
        self._edits.around(node, f"{self._sections.owner(node)}.{how}(", ")")

    def _is_compared(self, node: Node) -> bool:
        """Whether a node is what an assertion asks about, and no part of how that is made."""
        is_made_of = False
        for one in ancestors(node):
            if one.type in FUNCTIONS:
                return False
            name = text_of(field(one, "function")) if one.type == "call_expression" else ""
            if name.startswith(f"{ALIAS}.") and name.removeprefix(f"{ALIAS}.") in MARKED:
                return not is_made_of and self._calls_for(one, name) <= _calls_in(node)
            is_made_of = is_made_of or (one.type in _CALLS and ASSERTION.match(text_of(one)) is None)
            if one.type.endswith(_STATEMENTS):
                is_assertion = one.type == "expression_statement" and ASSERTION.match(text_of(one)) is not None
                return is_assertion and not is_made_of
        return False

    def _calls_for(self, comparison: Node, name: str) -> int:
        """How many calls are made for what is compared, more than any node has where they are not simple."""
        if comparison.id not in self._calls:
            given = arguments_of(comparison)
            made = sum(map(_calls_in, given)) if is_simple(name, given, self._own) else sys.maxsize
            self._calls[comparison.id] = made
        return self._calls[comparison.id]

    def _call(self, call: Node) -> None:
        called, given = field(call, "function"), arguments_of(call)
        name, owner = text_of(field(called, "property")), self._sections.owner(call)
        handler = given[0] if name == "catch" and len(given) == 1 else None
        if name == "then" and len(given) > 1:
            handler = given[1]
        if handler is not None and handler.type != "spread_element":
            self._edits.around(handler, f"{owner}.caught(", ")")
        if len(given) > 1 and given[0].type == "string" and text_of(given[0])[1:-1] == "error":
            self._handlers(given[1:], owner)
        if text_of(called) in _SETTLING and len(given) == 1:
            self._edits.around(given[0], f"{owner}.watched(", ")")
        if text_of(called) == "Boolean":
            self._asked(next(iter(given), None))
        if any(one.type == "?." for one in call.children) and self._is_of_file(called):
            self._method(call, called)

    def _handlers(self, given: Sequence[Node], owner: str) -> None:
        """Report what is called for an event that is an error."""
        for one in given:
            if one.type in FUNCTIONS:
                self._edits.around(one, f"{owner}.caught(", ")")

    def _method(self, call: Node, called: Node | None) -> None:
        """Report that there is no method, else call it as one."""
        if called is None or called.type not in MEMBERS:
            self._report("there", called)
            return
        owner, name = field(called, "object"), field(called, "property") or field(called, "index")
        if owner is None or name is None or text_of(owner) == "super" or self._is_compared(call):
            return
        if name.type == "private_property_identifier":
            return
        self._edits.insert(called.start_byte, f"{self._sections.owner(call)}.method(")
        if called.type == "member_expression":
            self._edits.replace(owner.end_byte, called.end_byte, f', "{text_of(name)}")')
        else:
            self._edits.replace(owner.end_byte, name.start_byte, ", ")
            self._edits.replace(name.end_byte, called.end_byte, ")")

    def _called_back(self, function: Node) -> None:
        """Report an error that a callback is given."""
        single, listed = field(function, "parameter"), field(function, "parameters")
        parameters = [one for one in listed.named_children if one.type != "comment"] if listed is not None else []
        first, body = single or (parameters[0] if parameters else None), field(function, "body")
        is_handed = function.parent is not None and function.parent.type == "arguments"
        if body is None or len(parameters) > _MOST_OF_CALLBACK:
            return
        owner = self._sections.owner(body)
        reports = [f"{owner}.{how}({what})" for how, what in self._errors_of(first, function, is_handed=is_handed)]
        if reports and body.type == "statement_block":
            self._edits.insert(body.start_byte + 1, f" {'; '.join(reports)};")
        elif reports:
            self._edits.around(body, f"({', '.join(reports)}, ", ")")

    def _errors_of(self, first: Node | None, function: Node, *, is_handed: bool) -> Iterator[tuple[str, str]]:
        """How to report what the first parameter of a function may be, and as what expression."""
        if first is None:
            yield from [("given", "arguments[0]")] if is_handed and function.id in self._variadic else []
            return
        pattern = field(first, "pattern") or first
        name = text_of(pattern)
        if pattern.type == "rest_pattern":
            yield from [("given", f"{text_of(pattern.named_children[0])}[0]")] if is_handed else []
        elif pattern.type in _PATTERNS:
            yield from (("erred", one) for one in _errors_among(pattern))
        elif _ERRORS.fullmatch(name):
            yield "erred", name
        elif name.isidentifier() and (is_handed or name == "e"):
            yield "given", name

    def _parts(self, declaration: Node) -> None:
        """Report an error that a test takes out of what a call gives."""
        if declaration.parent is None or declaration.parent.type not in _BODIES:
            return
        reports = ""
        for one in declaration.named_children:
            name, value = field(one, "name"), field(one, "value")
            if name is not None and name.type in _PATTERNS and value is not None and _CALLS & {*own_kinds(value)}:
                reports += "".join(f" {self._sections.owner(one)}.erred({error});" for error in _errors_among(name))
        if reports:
            end = "" if text_of(declaration).endswith(";") else ";"
            self._edits.insert(declaration.end_byte, f"{end}{reports}")

    def _compared(self, node: Node) -> None:
        """What compares a value's type, or with nothing, or asks whether an object has something."""
        left, right, sign = field(node, "left"), field(node, "right"), text_of(field(node, "operator"))
        if sign in _LOGICAL:
            self._asked(left)
        elif sign == "in":
            self._report("held", node)
        elif sign == "instanceof":
            self._report("there", left if self._is_looked_up(left) else None)
        elif sign in _EQUALITIES | _ORDERS:
            for one, other in ((left, right), (right, left)):
                if text_of(other) in _NOTHING:
                    self._report("there", one if self._may_be_nothing(one) else None)
                elif text_of(other) in _LACKING and one is not None and self._is_listed(one):
                    self._report("among", one)

    def _turned(self, node: Node) -> None:
        """What asks for a value's type, or whether there is none."""
        sign, value = text_of(field(node, "operator")), field(node, "argument")
        if sign == "typeof":
            self._report("kind", node if self._is_looked_up(value) else None)
        elif sign == "!":
            self._asked(value)

    def _chosen(self, node: Node) -> None:
        """What is chosen by, where nothing is one of the choices."""
        values = (field(one, "value") for one in walk(node) if one.type == "switch_case")
        if any(text_of(one) in _NOTHING for one in values):
            self._asked(field(node, "value"))

    def _asked(self, node: Node | None) -> None:
        """Report that what a condition asks for is not there; of `a && b` this is `b`, as `a` is asked by itself."""
        node = _unwrapped(node)
        while node is not None and text_of(field(node, "operator")) in _LOGICAL:
            node = _unwrapped(field(node, "right"))
        if node is None:
            return
        is_had = node.type == "call_expression" and _HAS.fullmatch(text_of(field(node, "function"))) is not None
        if is_had or (node.type != "binary_expression" and self._is_listed(node)):
            self._report("held", node)
        elif self._may_be_nothing(node):
            self._report("there", node)

    def _is_listed(self, node: Node) -> bool:
        """Whether an expression looks for something among all that an object has."""
        return any(
            text_of(field(one, "function")) in LISTS or (one.type == "identifier" and text_of(one) in self._listed)
            for one in own_nodes(node)
        )

    def _may_be_nothing(self, node: Node | None) -> bool:
        """Whether an expression is looked up, or called for, so that old code may give nothing for it."""
        return self._is_looked_up(node) or (node is not None and node.type in {"call_expression", "await_expression"})

    def _is_looked_up(self, node: Node | None) -> bool:
        """Whether old code may lack what an expression says: a part of an object, or a name that is bound to one."""
        if node is None:
            return False
        if node.type == "identifier":
            return text_of(node) in self._bound
        return node.type in MEMBERS and self._is_of_file(node)

    def _is_of_file(self, node: Node | None) -> bool:
        """Whether an expression begins with something of the file: what the machine has or not is the same for all."""
        while node is not None and node.type in MEMBERS:
            node = field(node, "object")
        if node is None or node.type in {"this", "meta_property"}:
            return False
        return node.type != "identifier" or text_of(node) in self._declared

    def _default(self, node: Node) -> None:
        """Report that a variable takes a default; those of parameters are for who leaves an argument out."""
        outer = next((one for one in ancestors(node) if one.type not in _PATTERNS), None)
        if outer is not None and outer.type == "variable_declarator":
            self._taken(field(node, "right"))

    def _taken(self, value: Node | None) -> None:
        """Report that a value is computed at all."""
        if value is not None:
            self._edits.around(value, f"({self._sections.owner(value)}.failed(), ", ")")


def is_simple(name: str, given: Sequence[Node], own: frozenset[str]) -> bool:
    """Whether no more than one call is made for what is compared, or one step for what is to fail.

    Functions of the file, by their names `own`, make more than one.
    """
    if not given:
        return True
    if name in {f"{ALIAS}.throws", f"{ALIAS}.refuses"}:
        # Nobody knows what a name calls.
        return given[-1].type in FUNCTIONS | _CALLS and sum(_steps(one, own) for one in walk(given[-1])) <= 1
    return _calls_in(given[-1]) <= 1


def own_functions(root: Node) -> frozenset[str]:
    """Names of the functions of a file, and those of methods with a point before them."""
    found = set[str]()
    for node in walk(root):
        function = field(node, "value") if node.type in {"variable_declarator", "pair"} else node
        if function is None or function.type not in FUNCTIONS:
            continue
        if node.type in {"pair", "method_definition"}:
            found.add(f".{text_of(field(node, 'key') or field(node, 'name'))}")
        else:
            found.add(text_of(field(node, "name")))
    return frozenset(found - {""})


def _steps(node: Node, own: frozenset[str]) -> int:
    """How often a node, without those in it, may end in an error of the code under test."""
    if node.type in _CALLS:
        called = field(node, "function")
        name = text_of(field(called, "property"))
        return 2 if (f".{name}" if name else text_of(called)) in own else 1
    if node.type in MEMBERS:
        owner = field(node, "object")
        while owner is not None and owner.type in _WRAPPERS | {"await_expression"}:
            owner = owner.named_children[0]
        is_called = node.parent is not None and node == field(node.parent, "function")
        return int(owner is not None and owner.type in _CALLS and not is_called)
    return int(node.type in {"spread_element", "for_in_statement"})


def _calls_in(node: Node) -> int:
    """How many calls an expression makes, without those of functions in it."""
    return sum(kind in _CALLS for kind in own_kinds(node))


def expects_error(call: Node) -> bool:
    """Whether what a call is given is called to see its error."""
    called = field(call, "function")
    name = text_of(field(called, "property") or field(called, "index") or called).strip("'\"`")
    if name in _EXPECTING or text_of(called) == f"{ALIAS}.refuses":
        return True
    at = call.parent if name == "expect" else None
    while at is not None and at.type in {"member_expression", "call_expression"}:
        word = text_of(field(at, "property"))
        if word == "not" or _THROWING.fullmatch(word):
            return word != "not"
        at = at.parent
    return False


def own_kinds(node: Node) -> Iterator[str]:
    """The kinds of nodes in an expression, without those of functions in it."""
    return (one.type for one in own_nodes(node))


def own_nodes(node: Node) -> Iterator[Node]:
    """The nodes in an expression, without those of functions in it."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        if one.type not in FUNCTIONS:
            pending += one.children


def _unwrapped(node: Node | None) -> Node | None:
    """An expression without parentheses around it."""
    while node is not None and node.type in _WRAPPERS and node.named_children:
        node = node.named_children[0]
    return node


def _bound(root: Node) -> Iterator[str]:
    """Names of imports, and of variables that begin with what is computed."""
    for node in walk(root):
        if node.type == "import_clause":
            yield from names_in(node)
        elif node.type == "variable_declarator" and text_of(field(node, "name")) != ALIAS:
            name, value = field(node, "name"), field(node, "value")
            is_nothing = value is None or text_of(value) in _NOTHING
            if name is not None and value is not None and not is_nothing and _COMPUTED & {*own_kinds(value)}:
                yield from names_in(name)


def _listed(root: Node) -> Iterator[str]:
    """Names of variables that hold what an object has."""
    for node in walk(root):
        name, value = field(node, "name"), field(node, "value")
        if node.type != "variable_declarator" or name is None or value is None:
            continue
        if any(text_of(field(one, "function")) in LISTS for one in own_nodes(value)):
            yield from names_in(name)


def _declared(root: Node) -> Iterator[str]:
    """Names of imports, variables, functions and their parameters."""
    for node in walk(root):
        named = node if node.type in {"import_clause", "formal_parameters"} else None
        if node.type == "variable_declarator" or node.type.endswith("_declaration"):
            named = field(node, "name")
        if node.type in FUNCTIONS:
            named = field(node, "parameter") or named
        if named is not None:
            yield from names_in(named)


def _errors_among(pattern: Node) -> Iterator[str]:
    """Names in a pattern that are those of errors, or of what is called an error."""
    for one in walk(pattern):
        key, value = field(one, "key"), field(one, "value")
        if one.type == "pair_pattern" and value is not None and value.type == "identifier":
            yield from [text_of(value)] if _ERRORS.fullmatch(text_of(key)) else []
        elif one.type.startswith(("identifier", "shorthand")) and _ERRORS.fullmatch(text_of(one)):
            yield text_of(one)


def _variadic(root: Node) -> Iterator[int]:
    """Functions that read what they are given by `arguments`."""
    for node in walk(root):
        if node.type == "identifier" and text_of(node) == "arguments":
            around = (one.id for one in ancestors(node) if one.type in FUNCTIONS and one.type != "arrow_function")
            yield from islice(around, 1)
