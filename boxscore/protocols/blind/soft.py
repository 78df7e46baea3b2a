"""Test files of Python in which each statement goes on after an error, so that old code answers what it can."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from boxscore import syntax
from boxscore.protocols.blind.branches import NO_ARGUMENTS, follow_branches
from boxscore.protocols.blind.comparisons import Kind
from boxscore.protocols.blind.files import ALIAS, RUNTIME_STATEMENTS, must_be_first
from boxscore.protocols.blind.literals import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    Function = ast.FunctionDef | ast.AsyncFunctionDef
    Definition = Function | ast.ClassDef

BEFORE_EACH = frozenset(["setUp", "asyncSetUp", "setup", "setup_method", "setup_function"])
BEFORE_ALL = frozenset(["setUpClass", "setUpTestData", "setUpModule", "setup_class", "setup_module"])
_ERRORS = frozenset({Kind.RAISING, Kind.WARNING})  # what is said by an error
_RAISES = frozenset(
    [
        *("raises", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assertRaisesMessage", "assert_raises"),
        *("assertRaisesWithContext", "assert_raises_regex", "assert_raises_regexp", "assert_raise_message"),
    ]
)
_OF_FRAMES = frozenset({"super", "locals", "globals", "vars", "dir", "eval", "exec"})
_OWN = frozenset({"self", "cls"})


def soft(source: str, *, marked: bool = False) -> str:
    """Return a test file in which each statement of a function goes on after an error: what old code can answer.

    Where it is `marked`, the file is a blinded one, and says which comparisons it came to, and by which branches (see
    `sandbox/blind.py`); errors that a test looks at, or has functions of its own raise, are left to it then.
    """
    tree = syntax.parse(source)
    tree = follow_branches(_Soft(marked=True).visit(_Marks(tree).visit(tree))) if marked else _Soft().visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


class _Soft(ast.NodeTransformer):
    def __init__(self, *, marked: bool = False) -> None:
        self._marked = marked
        self._classes: list[str] = []

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        first = sum(map(must_be_first, node.body)) + RUNTIME_STATEMENTS
        node.body = [one for statement in node.body for one in self._defined(statement)]
        if self._marked:
            node.body.insert(first, _said("loading"))
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()
        node.body = [one for statement in node.body for one in self._defined(statement)]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = self._body(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.body = self._body(node)
        return node

    def _body(self, node: Function, *, inner: bool = False) -> list[ast.stmt]:
        """Guard the statements of a function; that of a test, or of a hook before each, says that it begins.

        Others may be there to raise errors for code that they are given to, and are left as they are.
        """
        if not self._marked:
            return self._guarded(node.body)
        part = "" if inner else _part(node)
        if part:
            body = ast.Try(self._guarded(node.body), [], [], [_said("ended", ast.Constant(part))])
            return [_said("within", ast.Constant(part), ast.Constant(".".join((*self._classes, node.name)))), body]
        return self._guarded(node.body) if _compares(node) else node.body

    def _defined(self, statement: ast.stmt) -> list[ast.stmt]:
        """Let a module or class go on after what it cannot have: old code may lack what only some of its tests need.

        Each name is imported by itself, and a function or class is there without what decorates it, if that is an
        error.
        """
        if must_be_first(statement):
            return [statement]
        match statement:
            case ast.Import() | ast.ImportFrom():
                return self._imported(statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return [self._caught(statement, _bare(statement), by="undefined")]
        return [self._caught(statement, by="undefined")]

    def _imported(self, statement: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        found = [copy.copy(statement) for _ in statement.names]
        for part, name in zip(found, statement.names, strict=True):
            part.names = [name]
        return [self._caught(part) for part in found]

    def _guarded(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [one for statement in body for one in self._guard(statement)]

    def _guard(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.Global | ast.Nonlocal | ast.Break | ast.Continue):
            return [statement]
        if self._marked and isinstance(statement, ast.Import | ast.ImportFrom):
            return self._imported(statement)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            statement.body = self._body(statement, inner=True)
            return [self._caught(statement)]
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, None)
            if isinstance(inner, list) and not (field == "body" and self._is_left(statement)):
                setattr(statement, field, self._guarded(inner))
        for handler in getattr(statement, "handlers", ()):
            handler.body = self._guarded(handler.body) if self._marked else handler.body
        return [self._caught(statement)]

    def _is_left(self, statement: ast.stmt) -> bool:
        """Whether what is in a statement is left as it is: it goes on after no error, or looks at errors itself."""
        return isinstance(statement, ast.ClassDef) or (self._marked and _looks_at_errors(statement))

    def _caught(self, statement: ast.stmt, instead: ast.stmt | None = None, by: str = "failed") -> ast.stmt:
        # Runners end tests with errors of their own, such as for an exception that was expected and did not come.
        body = [instead or ast.Pass()]
        name = None
        if self._marked:
            name = f"{ALIAS}_error"
            names = map(ast.Constant, _imported_names(statement))
            body.insert(0, _said(by, ast.Name(name, ast.Load()), ast.Constant(_goes_on(statement)), *names))
        handler = ast.ExceptHandler(type=ast.Name("BaseException", ast.Load()), name=name, body=body)
        return ast.Try(body=[statement], handlers=[handler], orelse=[], finalbody=[])


def _part(node: Function) -> str:
    """The part of a run that begins with a function, "" if none does.

    An error in what is there for all tests, or in a fixture, may spoil any of them.
    """
    if node.name in BEFORE_ALL or any("fixture" in ast.unparse(one) for one in node.decorator_list):
        return "file"
    return "test" if node.name.startswith("test") else "hook" if node.name in BEFORE_EACH else ""


def _compares(node: Function) -> bool:
    """Whether a function makes comparisons with hidden values."""
    return any(isinstance(part, ast.Name) and part.id == ALIAS for part in ast.walk(node))


def _bare(statement: Definition) -> Definition | None:
    """A function or class without its decorators and bases; None if it has none."""
    if not (statement.decorator_list or (isinstance(statement, ast.ClassDef) and statement.bases)):
        return None
    bare = copy.copy(statement)
    bare.decorator_list = []
    if isinstance(bare, ast.ClassDef):
        bare.bases = []
    return bare


def _said(name: str, *arguments: ast.expr) -> ast.Expr:
    return ast.Expr(_ours(name, *arguments))


def _ours(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name(ALIAS, ast.Load()), name, ast.Load()), list(arguments), [])


def _goes_on(statement: ast.stmt) -> bool:
    """Whether nothing hangs on a statement that does not hold, or was not even begun: it is not there to bind names."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        return _looks_at_errors(statement)
    return isinstance(statement, ast.Assert | ast.Expr | ast.Import | ast.ImportFrom)


def _imported_names(statement: ast.stmt) -> list[str]:
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return []
    return [(one.asname or one.name).partition(".")[0] for one in statement.names]


def _looks_at_errors(statement: ast.stmt) -> bool:
    """Whether a statement looks at the errors of what is in it, which then may not be caught there."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        calls = [part.func for item in statement.items for part in ast.walk(item) if isinstance(part, ast.Call)]
        return any(dotted(part).rpartition(".")[2] in _RAISES or _kind(part) in _ERRORS for part in calls)
    return isinstance(statement, ast.Try) and bool(statement.handlers)


def _kind(function: ast.expr) -> Kind | None:
    """The kind of comparison that a function of a blinded file is, if it is one."""
    match function:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == ALIAS and attribute in set(Kind):
            return Kind(attribute)
    return None


class _Marks(ast.NodeTransformer):
    """Says at each comparison that it is reached, before what it compares may end in an error, and what tests catch.

    What is called to be compared is called without what it does not take, as a forger's adaptation of it may be.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._steps = _Steps(tree)
        self._asserted = {id(one) for node in ast.walk(tree) for one in _asserted(node)}

    def visit_With(self, node: ast.With) -> ast.With:
        self._block(node)
        return node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AsyncWith:
        self._block(node)
        return node

    def _block(self, node: ast.With | ast.AsyncWith) -> None:
        several = self._steps.are_several(node.body)  # of the test's own: our marks are calls too
        self.generic_visit(node)
        if several and _expects_error(node):
            node.body = [_of_several(node)]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        node.type = node.type or ast.Name("BaseException", ast.Load())
        node.name = node.name or f"{ALIAS}_caught"
        node.body.insert(0, _said("caught", ast.Name(node.name, ast.Load())))
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        several = [number for number, one in enumerate(node.args) if self._steps.makes_several(one)]
        self.generic_visit(node)
        if name := _asks_first(node):
            if id(node) not in self._asserted:
                node.func = _ours(f"old_{name}").func
            return node
        kind = _kind(node.func.func if isinstance(node.func, ast.Call) else node.func)
        if kind is None or kind.is_operator is isinstance(node.func, ast.Call):
            return node
        if kind is Kind.RAISING:
            for number in several:
                node.args[number] = _ours("of_several", node.args[number])
        sides = [*node.args[:2], *(one.value for one in node.keywords if one.arg == "match")]
        hidden = [one for one in sides if _is_hidden(one)] or [one for one in sides if _is_carrier(one)]
        others = [one for one in sides if one not in hidden]
        last = None if kind in _ERRORS else _last_name(others[0]) if len(others) == 1 else ""
        if last and isinstance(others[0], ast.Call):
            others[0].args.insert(0, others[0].func)
            others[0].func = ast.Attribute(ast.Name(ALIAS, ast.Load()), "adapted", ast.Load())
        looked = (ast.Lambda(NO_ARGUMENTS, one) for one in hidden)
        return ast.Subscript(
            ast.Tuple([_ours("reached", ast.Constant(last), *looked), node], ast.Load()), ast.Constant(1), ast.Load()
        )


def _asks_first(node: ast.Call) -> str:
    """The function by which a test asks whether something is there before it goes on; "" if it is none."""
    match node:
        case ast.Call(func=ast.Name(id="hasattr" as name), args=[_, _]):
            return name
        case ast.Call(func=ast.Name(id="getattr" as name), args=[_, _, _]):
            return name
    return ""


def _asserted(node: ast.AST) -> list[ast.expr]:
    """What is asserted as it is: that something is there is a part of the test then, and decides nothing in it."""
    match node:
        case ast.Assert(test=ast.UnaryOp(operand=test)) | ast.Assert(test=test):
            return [test]
        case ast.Call(func=function) if dotted(function).rpartition(".")[2].startswith("assert"):
            return node.args
    return []


class _Steps:
    """Counts what may end in an error of the code under test: calls, operators, items and attributes of objects."""

    def __init__(self, tree: ast.Module) -> None:
        every = list(ast.walk(tree))
        self._functions = {one.name for one in every if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        imports = [one for one in every if isinstance(one, ast.Import | ast.ImportFrom)]
        self._plain = {*_OWN, *(name for one in imports for name in _imported_names(one))}

    def are_several(self, body: Sequence[ast.AST]) -> bool:
        """Whether some code makes more than one step: an error may come out of any of them."""
        every = [part for one in body for part in ast.walk(one)]
        called = {id(part.func) for part in every if isinstance(part, ast.Call)}
        return sum(self._step(part) for part in every if id(part) not in called) > 1

    def makes_several(self, function: ast.expr) -> bool:
        """Whether a function that is handed on does so: one of the file, or a lambda."""
        return (isinstance(function, ast.Lambda) and self.are_several([function.body])) or self._is_own(function)

    def _step(self, node: ast.AST) -> int:
        match node:
            case ast.Call(func=function):
                return 1 + self._is_own(function)
            case ast.Attribute(value=ast.Name(id=name)):
                return name not in self._plain
            case ast.UnaryOp(operand=ast.Constant()):
                return 0
        steps = (
            ast.Attribute,
            ast.Subscript,
            ast.BinOp,
            ast.UnaryOp,
            ast.Compare,
            ast.AugAssign,
            ast.For,
            ast.AsyncFor,
        )
        return isinstance(node, (*steps, ast.With, ast.AsyncWith, ast.comprehension))

    def _is_own(self, function: ast.expr) -> bool:
        match function:
            case ast.Name(id=name):
                return name in self._functions
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in _OWN:
                return name in self._functions
        return False


def _expects_error(node: ast.With | ast.AsyncWith) -> bool:
    """Whether what is within a block must end in an error; to expect a warning is not to expect one."""
    calls = [part.func for item in node.items for part in ast.walk(item) if isinstance(part, ast.Call)]
    return any(dotted(part).rpartition(".")[2] in _RAISES or _kind(part) is Kind.RAISING for part in calls)


def _of_several(node: ast.With | ast.AsyncWith) -> ast.Try:
    """Make a block that expects an error report that the one it gets may be another.

    Where the test looks at the error later, or binds names in the block, that spoils what follows too.
    """
    names = [part for one in node.body for part in ast.walk(one) if isinstance(part, ast.Name | ast.NamedExpr)]
    binds = any(item.optional_vars is not None for item in node.items)
    binds = binds or any(isinstance(one, ast.NamedExpr) or isinstance(one.ctx, ast.Store) for one in names)
    name = f"{ALIAS}_expected"
    said = _said("caught" if binds else "expected", ast.Name(name, ast.Load()))
    handler = ast.ExceptHandler(type=ast.Name("BaseException", ast.Load()), name=name, body=[said, ast.Raise()])
    return ast.Try(body=node.body, handlers=[handler], orelse=[], finalbody=[])


def _is_hidden(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == f"{ALIAS}.hidden"


def _is_carrier(node: ast.expr) -> bool:
    """Whether what stands here may have been given a hidden value elsewhere."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id in _OWN
    return isinstance(node, ast.Name)


def _last_name(node: ast.expr) -> str:
    """What gives the value of an expression: a function or an attribute; "" where another may take part in it.

    So it is with a function that looks at who calls it.
    """
    if isinstance(node, ast.Call):
        if any(isinstance(part, ast.Call) for part in ast.walk(node) if part is not node):
            return ""
        node = node.func
    name = dotted(node)
    return "" if name in _OF_FRAMES else name.rpartition(".")[2]
