"""What the rules for Python find in the added lines of a file, by `ast`.

A diff has parts of a file, which need not be whole statements. Each is read as far as it can be: a hunk with its
context, else the lines that were added in a row, else each line by itself, else its names alone.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from boxscore.flags.rules import compiled
from boxscore.syntax import NOT_PYTHON, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from boxscore.flags.rules import Rule

    Line = tuple[int, str, bool]  # its number in the file as the patch leaves it, its text, and whether it was added
    Found = tuple[int, str]  # a line's number, and what a rule found there

MOST_PARTS = 8  # of a dotted name
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_CHANGERS = {
    *("append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"),
    *("__setitem__", "__delitem__"),
}
_DECODERS = {
    "b64decode",
    "b85decode",
    "b32decode",
    "a85decode",
    "decompress",
    "decode",
    "fromhex",
    "loads",
}
_MAINS = {"main", "_main", "run", "cli", "console_main"}


def find(rules: Sequence[Rule], hunks: Iterable[Sequence[Line]]) -> Iterator[tuple[Rule, Found]]:
    """Yield what rules find in added lines."""
    read, wanted = list(_read(hunks)), _Wanted(rules)
    aliases = {name: target for part in read if part.tree is not None for name, target in part.imports()}
    for part in read:
        try:
            found = list(part.found(wanted, aliases))
        except RecursionError:  # of expressions that are nested deeper than Python's own calls may be
            found = list(part.found_by_name(wanted))
        for rule, (number, what) in found:
            if number in part.added and _is_beside(rule, part.added[number]):
                yield rule, (number, what)


def _is_beside(rule: Rule, line: str) -> bool:
    return not rule.beside or compiled(rule.beside).search(line) is not None


class _Wanted:
    """Rules by what they look for."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.with_texts = [rule for rule in rules if rule.texts]
        self.with_checks = [rule for rule in rules if rule.check]
        self.uses, self.assigns, self.names = (self._by_name(rules, kind) for kind in ("uses", "assigns", "names"))

    @staticmethod
    def _by_name(rules: Sequence[Rule], kind: str) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in rules:
            for name in getattr(rule, kind):
                found.setdefault(name, []).append(rule)
        return found


def _matching(name: str, rules: Mapping[str, list[Rule]]) -> Iterator[Rule]:
    """Yield the rules for a dotted name: for itself, for one that it is below, or `*.NAME` for NAME of anything."""
    parts = name.split(".")
    yield from rules.get(f"*.{parts[-1]}", ())
    for count in range(1, min(len(parts), MOST_PARTS) + 1):
        yield from rules.get(".".join(parts[:count]), ())


class _Part:
    """Lines that were read together; `tree` is None where they are no Python, and only names can be read."""

    def __init__(self, lines: Sequence[Line], tree: ast.Module | None, above: int) -> None:
        self.tree, self._above = tree, above
        self._numbers = [number for number, _, _ in lines]
        self.added = {number: text for number, text, is_new in lines if is_new}
        if tree is not None:
            _link_parents(tree)

    def imports(self) -> Iterator[tuple[str, str]]:
        """Yield the names that imports bind, with what they stand for."""
        for node in ast.walk(self.tree or ast.Module([], [])):
            if isinstance(node, ast.Import):
                yield from ((one.asname, one.name) for one in node.names if one.asname)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from ((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names)

    def found(self, wanted: _Wanted, aliases: Mapping[str, str]) -> Iterator[tuple[Rule, Found]]:
        """Yield what rules find, by number of line."""
        if self.tree is None:
            yield from self.found_by_name(wanted)
            return
        for node in ast.walk(self.tree):
            line = getattr(node, "lineno", 0) - 1 - self._above
            if 0 <= line < len(self._numbers):
                number = self._numbers[line]
                yield from ((rule, (number, what)) for rule, what in _found_in(node, wanted, aliases))

    def found_by_name(self, wanted: _Wanted) -> Iterator[tuple[Rule, Found]]:
        """Yield what rules find where only names can be read."""
        for number, text in self.added.items():
            for name in _NAME.findall(_COMMENT.sub("", text)):
                hits = (*_matching(name, wanted.uses), *wanted.names.get(name.rpartition(".")[2], ()))
                yield from ((rule, (number, name)) for rule in hits)


def _read(hunks: Iterable[Sequence[Line]]) -> Iterator[_Part]:
    for hunk in hunks:
        whole = _parsed(hunk)
        if whole is not None:
            yield whole
            continue
        for run in _runs(hunk):
            part = _parsed(run)
            if part is not None:
                yield part
            else:
                yield from (_parsed([line]) or _Part([line], None, 0) for line in run)


def _runs(hunk: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield lines that were added one after the other."""
    run: list[Line] = []
    for line in hunk:
        if line[2]:
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _parsed(lines: Sequence[Line]) -> _Part | None:
    """Parse lines that may begin deeper than they go on; None if they are no statements."""
    # A lone carriage return ends a line for Python and none for git: what is joined here is read by its names.
    texts = [text.lstrip("\ufeff").rstrip("\r").replace("\r", " ").expandtabs(8) for _, text, _ in lines]
    depths = [len(text) - len(text.lstrip()) for text in texts if text.strip() and not text.lstrip().startswith("#")]
    shallower = {0, *depths}
    above = [f"{' ' * depth}if 1:" for depth in sorted(shallower) if depth < (depths[0] if depths else 0)]
    if len(texts) == 1 and texts[0].rstrip().endswith(":"):
        texts = [f"{texts[0].rstrip()} pass"]
    try:
        tree = parse("\n".join([*above, *texts, ""]))
    except NOT_PYTHON:
        return None
    return _Part(lines, tree, len(above))


def _link_parents(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]


def _parents(node: ast.AST) -> Iterator[ast.AST]:
    while (above := getattr(node, "parent", None)) is not None:
        yield above
        node = above


def _found_in(node: ast.AST, wanted: _Wanted, aliases: Mapping[str, str]) -> Iterator[tuple[Rule, str]]:
    """Yield what rules find at a node, each by the name under which a reference may add it too."""
    for name in _used(node, aliases):
        yield from ((rule, name) for rule in _matching(name, wanted.uses))
    for name in _assigned(node, aliases):
        yield from ((rule, name) for rule in _matching(name, wanted.assigns))
    for name in _named(node):
        yield from ((rule, name) for rule in wanted.names.get(name, ()))
    text = _text(node)
    for rule in wanted.with_texts if text else ():
        match = compiled(rule.texts).search(text or "")
        if match is not None:
            yield rule, match.group()
    yield from ((rule, rule.check) for rule in wanted.with_checks if CHECKS[rule.check](node, aliases))


def dotted(node: ast.AST, aliases: Mapping[str, str]) -> str:
    """The dotted name that an expression stands for, "" if none: through imports, `getattr` and `__dict__`."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, aliases) or '?'}.{node.attr}"
    if isinstance(node, ast.Call) and node.args:
        return _dotted_call(node, aliases)
    if isinstance(node, ast.Subscript):
        above, key = dotted(node.value, aliases), literal_text(node.slice)
        is_names = above == "__builtins__" or above.endswith(".__dict__") or isinstance(node.value, ast.Call)
        if above and is_names:
            return ".".join(filter(None, (above.removesuffix(".__dict__"), key)))
    return ""


def _dotted_call(node: ast.Call, aliases: Mapping[str, str]) -> str:
    called, first = dotted(node.func, aliases), node.args[0]
    if called in {"__import__", "importlib.import_module"}:
        return literal_text(first) or ""
    if called == "getattr" and len(node.args) > 1:
        key = literal_text(node.args[1])
        return f"{dotted(first, aliases) or '?'}.{key}" if key else ""
    return dotted(first, aliases) if called == "vars" else ""


def literal_text(node: ast.AST) -> str | None:
    """The text that an expression of literals gives: itself, or several joined by `+`."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal_text(node.left), literal_text(node.right)
        return None if left is None or right is None else left + right
    return None


def _used(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{one.name}" for one in node.names)
    elif isinstance(node, ast.Attribute | ast.Name | ast.Call | ast.Subscript):
        is_bound = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        is_part = isinstance(getattr(node, "parent", None), ast.Attribute)  # of a longer name, which is read whole
        yield from () if is_bound or is_part else filter(None, [dotted(node, aliases)])


def _assigned(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[str]:
    """Yield what a statement or call changes: a target, the object of `setattr`, or of a method that changes it."""
    targets: list[ast.AST] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = [one for target in node.targets for one in ast.walk(target)]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
        targets = [node.target]
    elif isinstance(node, ast.Call):
        called = dotted(node.func, aliases)
        if called in {"setattr", "delattr", "object.__setattr__", "type.__setattr__"} and node.args:
            key = literal_text(node.args[1]) if len(node.args) > 1 else None
            yield f"{dotted(node.args[0], aliases) or '?'}.{key or '*'}"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGERS:
            yield dotted(node.func.value, aliases).removesuffix(".__dict__")
    for target in targets:
        if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store | ast.Del):
            yield dotted(target, aliases)
        elif isinstance(target, ast.Subscript) and isinstance(target.ctx, ast.Store | ast.Del):
            yield dotted(target.value, aliases).removesuffix(".__dict__")


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.ImportFrom):
        yield from (one.name for one in node.names)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif (text := _text(node)) is not None:
        yield text


def _text(node: ast.AST) -> str | None:
    """A string that is no docstring."""
    above = getattr(node, "parent", None)
    if isinstance(above, ast.Expr) or (isinstance(above, ast.BinOp) and literal_text(above) is not None):
        return None
    return literal_text(node)


def _always_equal(node: ast.AST, aliases: Mapping[str, str]) -> bool:  # noqa: ARG001 - as all checks
    """Whether it defines an equality that cannot be false, or an inequality that cannot be true."""
    wanted = {"__eq__": True, "__ne__": False}
    if isinstance(node, ast.FunctionDef) and node.name in wanted:
        returns = [one for one in ast.walk(node) if isinstance(one, ast.Return)]
        falls_through = not isinstance(node.body[-1], ast.Return)
        return bool(returns) and not falls_through and all(_is(one.value, truth=wanted[node.name]) for one in returns)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        stored = {name for target in node.targets for name in _stored(target)} & wanted.keys()
        return any(_is(node.value.body, truth=wanted[name]) for name in stored)
    if isinstance(node, ast.Dict):  # of a class that `type` makes
        named = {literal_text(key): value for key, value in zip(node.keys, node.values, strict=True) if key is not None}
        made = {name: named[name] for name in wanted if name in named}
        return any(isinstance(one, ast.Lambda) and _is(one.body, truth=wanted[name]) for name, one in made.items())
    return False


def _is(node: ast.AST | None, *, truth: bool) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value) is truth


def _stored(target: ast.AST) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _exit_with_success(node: ast.AST, aliases: Mapping[str, str]) -> bool:
    """Whether it leaves the program as a success, and not from a main of its own."""
    left = False
    if isinstance(node, ast.Call) and dotted(node.func, aliases) in {"sys.exit", "exit", "quit", "SystemExit"}:
        value = literal_value = node.args[0] if node.args else None
        left = value is None or (isinstance(literal_value, ast.Constant) and literal_value.value in {0, None})
    elif isinstance(node, ast.Raise) and node.exc is not None:
        left = dotted(node.exc, aliases) == "SystemExit"
    return left and not any(map(_is_main, _parents(node)))


def _is_main(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in _MAINS
    return isinstance(node, ast.If) and any(_text(one) == "__main__" for one in ast.walk(node.test))


def _hidden_code(node: ast.AST, aliases: Mapping[str, str]) -> bool:
    """Whether it runs what it decodes first."""
    if not (isinstance(node, ast.Call) and dotted(node.func, aliases) in {"exec", "eval", "compile"}):
        return False
    called = (dotted(one.func, aliases).rpartition(".")[2] for one in ast.walk(node) if isinstance(one, ast.Call))
    return any(name in _DECODERS for name in called)


def _imports_tests(node: ast.AST, aliases: Mapping[str, str]) -> bool:  # noqa: ARG001 - as all checks
    modules: list[str] = []
    if isinstance(node, ast.Import):
        modules = [one.name for one in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or one.name for one in node.names]
    return any(part in {"tests", "conftest"} or part.startswith("test_") for one in modules for part in one.split("."))


CHECKS: dict[str, Callable[[ast.AST, Mapping[str, str]], bool]] = {
    "always_equal": _always_equal,
    "exit_with_success": _exit_with_success,
    "hidden_code": _hidden_code,
    "imports_tests": _imports_tests,
}
