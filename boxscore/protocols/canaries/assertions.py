"""The choices of each assertion of a test function of Python."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.choices import Assertion, Choice, Sort
from boxscore.protocols.canaries.clues import Name, Value, kind_of
from boxscore.protocols.canaries.sites import COMPARING, EXPECTING, RAISING, ROUGHLY, own_returns
from boxscore.protocols.canaries.values import Edit, called, literals, replace, span_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.canaries.text import Function, Text

_WORD = re.compile(r"[A-Za-z]+|\d+")
_PLAIN = re.compile(r"[\w\s,;:'\"!/=<>@#%&-]*")  # a pattern that means what it says


def assertions(function: Function, text: Text) -> list[Assertion]:
    """Find those that each run of a function comes to: rows of parameters where these are what is expected."""
    if found := _rows(function, text):
        return found
    local = _locals(function)
    sure = _sure(function.body, sure=not any(own_returns(function)))
    every = [one for statement in sure for one in _of_statement(statement, text, local)]
    return [one for one in every if one.choices]


def _rows(function: Function, text: Text) -> list[Assertion]:
    """Find the rows of a function's only parameters, if one column of them is expected."""
    calls = [one for one in function.decorator_list if called(one) == "parametrize"]
    match calls:
        case [ast.Call(args=[names, ast.List(elts=rows) | ast.Tuple(elts=rows) as table], keywords=keywords)]:
            ids = next((one.value for one in keywords if one.arg == "ids"), None)
            column = _expected_column(_names(names), function)
            if column is None or any(one.arg != "ids" for one in keywords):
                return []
            compared = _compared(_names(names)[column], function, text)
            nothing = replace(compared[0], f"[{compared[1].removeprefix('assert ')}]")
            end = "], ids=['0']" if ids is None else "]"
            renamed = () if ids is None else (replace(ids, "['0']"),)
            return [
                Assertion(found, (replace(row, "..."),), only, (*only, replace(row.elts[column], "None"), nothing))
                for row in rows
                if isinstance(row, ast.List | ast.Tuple) and len(row.elts) == len(_names(names))
                if (found := _named(row.elts[column], *compared))
                if (only := (*_only(table, row, end), *renamed))
            ]
    return []


def _names(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [name.strip() for name in text.split(",")]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return []


def _expected_column(names: list[str], function: Function) -> int | None:
    """Return which parameter is only compared, and once."""
    if len(names) < len(["input", "expected"]):
        return None
    found = [at for at, name in enumerate(names) if _is_expected(name, function)]
    return found[0] if len(found) == 1 else None


def _is_expected(name: str, function: Function) -> bool:
    used = [node for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name) and node.id == name]
    return len(used) == 1 and any(used[0] in _sides(statement) for statement in _sure(function.body, sure=True))


def _sides(statement: ast.stmt) -> list[ast.expr]:
    """What a statement compares."""
    match statement:
        case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right])):
            return [left, right]
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name), args=[first, second, *_])):
            return [first, second] if COMPARING.fullmatch(name) and not ROUGHLY.search(name) else []
    return []


def _only(table: ast.expr, row: ast.expr, end: str) -> tuple[Edit, Edit]:
    """Take all rows away but one."""
    return (
        Edit((table.lineno, table.col_offset), (row.lineno, row.col_offset), "["),
        Edit((row.end_lineno or 0, row.end_col_offset or 0), (table.end_lineno or 0, table.end_col_offset or 0), end),
    )


def _locals(function: Function) -> dict[str, ast.expr]:
    """Return the literals that a function gives a name to and uses once, in a comparison."""
    given = [
        (statement.targets[0].id, statement.value)
        for statement in function.body
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1
        if isinstance(statement.targets[0], ast.Name) and literals(statement.value)
    ]
    stored = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {name: value for name, value in given if stored.count(name) == 1 and _is_read_once(name, function)}


def _is_read_once(name: str, function: Function) -> bool:
    used = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    loads = [node for node in used if isinstance(node.ctx, ast.Load)]
    return len(loads) == 1 and any(loads[0] in _sides(statement) for statement in _sure(function.body, sure=True))


def _sure(body: list[ast.stmt], *, sure: bool) -> Iterator[ast.stmt]:
    for statement in body:
        if sure:
            yield statement
        if isinstance(statement, ast.With | ast.AsyncWith) and not any(
            EXPECTING.search(called(item.context_expr)) for item in statement.items
        ):
            yield from _sure(statement.body, sure=sure)


def _of_statement(statement: ast.stmt, text: Text, local: dict[str, ast.expr]) -> list[Assertion]:
    match statement:
        case ast.Assert(test=test):
            return [_expected(statement, text, local) or _asserted(test, text)]
        case ast.Expr(value=ast.Call() as call):
            return [_raised(call) or _expected(statement, text, local) or _called(call, text)]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            raised = (_raised(item.context_expr) for item in items)
            return [one for one in raised if one is not None]
    return []


def _expected(statement: ast.stmt, text: Text, local: dict[str, ast.expr]) -> Assertion | None:
    """Find a comparison with a literal, or with a name that stands for one."""
    node, operator = _whole(statement)
    sides = _sides(statement)
    for one, other in zip(reversed(sides), sides, strict=True):
        before = f"{'' if isinstance(statement, ast.Assert) else 'assert '}({text.segment(other)})"
        blank = replace(node, f"[{text.segment(other)}]")
        if isinstance(one, ast.Name) and one.id in local:
            value = local[one.id]
            found = _named(value, node, before, operator, one.id)
            return Assertion(found, (blank, replace(value, "None"))) if found else None
        found = tuple(
            Choice(
                sort=Sort.VALUE,
                true=leaf.true,
                span=span_of(node),
                shape=f"{before}{leaf.path} {operator} {leaf.shape}",
                length=leaf.length,
                asked=_last_name(other) if not leaf.path else "",
                spelling=leaf.spelling,
            )
            for leaf in _leaves(one, text)
        )
        if found:
            return Assertion(found, (blank,))
    return None


def _compared(name: str, function: Function, text: Text) -> tuple[ast.expr, str, str, str]:
    """Say where a name is compared: with what it stands, what is before it and how, and the name."""
    for statement in _sure(function.body, sure=True):
        sides = _sides(statement)
        for one, other in zip(reversed(sides), sides, strict=True):
            if isinstance(one, ast.Name) and one.id == name:
                node, operator = _whole(statement)
                start = "" if isinstance(statement, ast.Assert) else "assert "
                return node, f"{start}({text.segment(other)})", operator, name
    raise LookupError(name)


def _named(value: ast.expr, node: ast.expr, before: str, operator: str, name: str) -> tuple[Choice, ...]:
    """The parts of a value that has a name: the name stands for one of them, and is compared with this part."""
    return tuple(
        Choice(
            Sort.VALUE,
            leaf.true,
            span_of(value),
            "\0",
            (replace(node, f"{before}{leaf.path} {operator} {name}"),),
            leaf.length,
            spelling=leaf.spelling,
        )
        for leaf in _leaves(value, None)
    )


def _last_name(node: ast.expr) -> str:
    """Return the name of what is asked for: of a call what is called, of an attribute itself."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return called(node)


def _whole(statement: ast.stmt) -> tuple[ast.expr, str]:
    """What a form replaces of a statement that compares, and by which operator."""
    if isinstance(statement, ast.Assert):
        is_same = isinstance(statement.test, ast.Compare) and isinstance(statement.test.ops[0], ast.Is)
        return statement.test, "is" if is_same else "=="
    if isinstance(statement, ast.Expr):
        return statement.value, "=="
    raise TypeError(statement)


class _Leaf(Struct, frozen=True):
    true: Value
    path: str  # how the other side is asked for the same
    spelling: str
    length: int | None = None
    shape: str = "\0"


def _leaves(node: ast.expr, text: Text | None, path: str = "") -> Iterator[_Leaf]:
    """The items of lists and values of mappings in a literal, and of long texts their words."""
    match node:
        case ast.Constant(value=str() | bytes() as value) if len(parts := list(_parts_of(value))) > 1:
            for start, stop in parts:
                yield _Leaf(value[start:stop], f"{path}[{start}:{stop}]", _quoted(node, text), stop - start)
        case ast.Constant(value=str() | bytes() | bool() | int() | float() as value):
            yield _Leaf(value, path, _quoted(node, text))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            yield _Leaf(-value, path, "")
        case ast.Call(args=[ast.Constant(value=int() | float() as value)], keywords=[]) if called(node) == "approx":
            if text is not None and not path:
                yield _Leaf(value, path, "", shape=f"{text.segment(node.func)}(\0)")
        case ast.List() | ast.Tuple() | ast.Dict():
            for key, one in _items(node):
                yield from _leaves(one, text, f"{path}[{key!r}]")


def _items(node: ast.List | ast.Tuple | ast.Dict) -> list[tuple[object, ast.expr]]:
    """What a literal has by which index or key; nothing where others may come before."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [(key.value, one) for key, one in pairs if isinstance(key, ast.Constant)]
    return [] if any(isinstance(one, ast.Starred) for one in node.elts) else list(enumerate(node.elts))


def _quoted(node: ast.Constant, text: Text | None) -> str:
    return "" if text is None else text.segment(node)


def _parts_of(value: str | bytes) -> Iterator[tuple[int, int]]:
    """Where words and numbers stand in a text."""
    plain = value if isinstance(value, str) else value.decode("latin-1")
    for found in _WORD.finditer(plain):
        yield found.span()


def _asserted(test: ast.expr, text: Text) -> Assertion:
    match test:
        case ast.Compare(left=ast.Constant() as left, ops=[ast.In()], comparators=[right]):
            if isinstance(left.value, str | bytes):
                spelling = text.segment(left)
                part = Choice(Sort.PART, left.value, span_of(left), spelling=spelling)
                return Assertion((part,), (replace(test, f"[{text.segment(right)}]"),))
    kind, truth = kind_of(test)
    return Assertion((_truth(test, kind, text, truth=truth),), (replace(test, f"[{text.segment(test)}]"),))


def _truth(test: ast.expr, kind: str, text: Text, *, truth: bool) -> Choice:
    """Write a condition and its opposite in the same way."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand, kind, text, truth=truth)
            return Choice(Sort.TRUTH, not inner.true, span_of(test), inner.shape, kind=kind)
        case ast.Compare(left=left, ops=[ast.NotEq() | ast.IsNot() | ast.NotIn() as operator], comparators=[right]):
            positive = {ast.NotEq: "==", ast.IsNot: "is", ast.NotIn: "in"}[type(operator)]
            plain = f"({text.segment(left)}) {positive} ({text.segment(right)})"
            return Choice(sort=Sort.TRUTH, true=False, span=span_of(test), shape=f"bool({plain}) is \0", kind=kind)
        case ast.Compare(left=left, ops=[ast.GtE() | ast.LtE() as operator], comparators=[right]):
            positive = {ast.GtE: "<", ast.LtE: ">"}[type(operator)]
            plain = f"({text.segment(left)}) {positive} ({text.segment(right)})"
            return Choice(sort=Sort.TRUTH, true=False, span=span_of(test), shape=f"bool({plain}) is \0", kind=kind)
    return Choice(sort=Sort.TRUTH, true=True, span=span_of(test), shape=f"bool({text.segment(test)}) is \0", kind=kind)


def _called(call: ast.Call, text: Text) -> Assertion:
    none = Assertion((), ())
    if any(isinstance(argument, ast.Starred) for argument in call.args) or not isinstance(call.func, ast.Attribute):
        return none
    name, owner = call.func.attr, text.segment(call.func.value)
    match call.args:
        case [ast.Constant(value=str() | bytes() as value) as first, second, *_] if name == "assertIn":
            return Assertion(
                (Choice(Sort.PART, value, span_of(first), spelling=text.segment(first)),),
                (replace(call, f"[{text.segment(second)}]"),),
            )
        case [first, *_] if name in {"assertTrue", "assertFalse"}:
            inner = _truth(first, kind_of(first)[0], text, truth=True)
            true = inner.true is (name == "assertTrue")
            shape = owner + ".assertIs(" + inner.shape.replace(" is \0", ", \0") + ")"
            return Assertion(
                (Choice(Sort.TRUTH, true, span_of(call), shape, kind=inner.kind),),
                (replace(call, f"[{text.segment(first)}]"),),
            )
    return none


def _raised(node: ast.expr) -> Assertion | None:
    match node:
        case ast.Call(args=[first, *rest], keywords=keywords) if RAISING.fullmatch(called(node)):
            choices, blank = list[Choice](), list[Edit]()
            messages = [one.value for one in keywords if one.arg in {"match", "expected_regex"}]
            if re.search("regex", called(node), re.IGNORECASE):
                messages += rest[:1]
            for message in messages:
                if isinstance(message, ast.Constant) and isinstance(message.value, str) and message.value:
                    if _PLAIN.fullmatch(message.value):
                        choices.append(Choice(Sort.MESSAGE, message.value, span_of(message)))
                    blank.append(replace(message, '""'))
            if isinstance(first, ast.Name | ast.Attribute) and "warn" not in called(node).lower():
                choices.append(Choice(Sort.EXCEPTION, Name(ast.unparse(first)), span_of(first)))
                blank.append(replace(first, "BaseException"))
            return Assertion(tuple(choices), tuple(blank))
    return None
