"""What the names of a repository stand for: modules, classes with their attributes, and the types of these.

As much as annotations, assignments and calls of classes tell. Nothing of the repository is run.
"""

from __future__ import annotations

import ast
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import boxscore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MOST_STEPS = 8  # from a name to what it stands for, and up a line of base classes
OPTIONAL = ("Optional", "Union", "Final", "ClassVar", "Annotated")


class Module:
    """A file with its name as the rows write it, and the names that it defines or imports."""

    def __init__(self, name: str, tree: ast.Module, *, package: bool = False) -> None:
        self.name, self.tree, self._package = name, tree, package

    @cached_property
    def defined(self) -> dict[str, ast.stmt]:
        """What stands at the top, also below a condition, by name."""
        found: dict[str, ast.stmt] = {}
        for node in top(self.tree.body):
            found.update((name, node) for name in _defines(node))
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """Dotted names of all that a name at the top can stand for; what is defined comes before what is imported."""
        return {**dict(self.imports(self.tree)), **{name: f"{self.name}.{name}" for name in self.defined}}

    def imports(self, tree: ast.AST) -> Iterator[tuple[str, str]]:
        """The names that imports below a node bring, with their dotted names."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    yield (one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from ((one.asname or one.name, f"{base}.{one.name}") for one in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        up = node.level - self._package
        package = self.name.split(".")[: -up if up else None] if node.level else []
        return ".".join((*package, *([node.module] if node.module else [])))


class Member(NamedTuple):
    """An attribute: its class, the statement that gives it, and the method in which that stands, if in one."""

    owner: str
    module: Module
    statement: ast.AST
    method: Function | None = None

    @property
    def annotation(self) -> ast.AST | None:
        """Its annotation; of a property what it returns."""
        if isinstance(self.statement, FUNCTIONS):
            return self.statement.returns if self.is_property else None
        return self.statement.annotation if isinstance(self.statement, ast.AnnAssign) else None

    @property
    def value(self) -> ast.AST | None:
        """What it is set to."""
        return self.statement.value if isinstance(self.statement, (ast.Assign, ast.AnnAssign)) else None

    @property
    def is_property(self) -> bool:
        """Whether it is a function that is read like a value."""
        marked = getattr(self.statement, "decorator_list", ())
        return any(chain_of(one)[-1:] in (("property",), ("cached_property",)) for one in marked)


class Repository:
    """The Python files of a repository, each parsed when it is first asked for."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {path: text for path, text in files.items() if path.endswith(".py")}
        self._modules: dict[str, Module | None] = {}
        self._members: dict[str, dict[str, Member]] = {}

    @cached_property
    def _paths(self) -> dict[str, str]:
        packages = {path.rpartition("/")[0] for path in self._files if path.rpartition("/")[2] == "__init__.py"}
        return {_module_name(path, packages): path for path in sorted(self._files, reverse=True)}

    def module(self, name: str) -> Module | None:
        """The module of a name; None where there is none, or it is no Python."""
        if name not in self._modules:
            path = self._paths.get(name)
            self._modules[name] = None if path is None else _parsed(name, path, self._files[path])
        return self._modules[name]

    def find(self, dotted: str) -> tuple[str, Module, ast.stmt | None] | None:
        """Where a name is defined: its name there, its module, and its statement (None for the module itself)."""
        for _ in range(MOST_STEPS):
            parts = dotted.split(".")
            ends = [end for end in range(len(parts), 0, -1) if self.module(".".join(parts[:end]))]
            if not ends:
                return None
            module = self.module(".".join(parts[: ends[0]]))
            assert module is not None
            rest = parts[ends[0] :]
            if not rest:
                return dotted, module, None
            if rest[0] in module.defined:
                return (dotted, module, module.defined[rest[0]]) if len(rest) == 1 else None
            if rest[0] not in module.names:
                return None
            dotted = ".".join((module.names[rest[0]], *rest[1:]))
        return None

    def class_of(self, dotted: str) -> tuple[str, Module, ast.ClassDef] | None:
        """The class of a name, which may be imported on the way."""
        found = self.find(dotted)
        return (found[0], found[1], found[2]) if found and isinstance(found[2], ast.ClassDef) else None

    def bases(self, dotted: str) -> list[str]:
        """A class and those above it in this repository, the nearest first."""
        line, waiting = list[str](), [dotted]
        while waiting and len(line) < MOST_STEPS:
            found = self.class_of(waiting.pop(0))
            if found is None or found[0] in line:
                continue
            name, module, node = found
            line.append(name)
            waiting += [resolved for base in node.bases if (resolved := self.named(base, module.names))]
        return line

    def member(self, dotted: str, attribute: str) -> Member | None:
        """An attribute of a class, of itself or the nearest above it that has it."""
        for name in self.bases(dotted):
            if name not in self._members:
                found = self.class_of(name)
                self._members[name] = {} if found is None else dict(_members(*found))
            if attribute in self._members[name]:
                return self._members[name][attribute]
        return None

    def named(self, node: ast.AST | None, names: Mapping[str, str]) -> str | None:
        """The dotted name that an expression is."""
        chain = chain_of(node)
        return ".".join((names[chain[0]], *chain[1:])) if chain and chain[0] in names else None

    def annotated(self, node: ast.AST | None, names: Mapping[str, str]) -> str | None:
        """The class that an annotation names, also where that is optional or a text."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = boxscore.parse_source(node.value.strip()).body[0]
            except (SyntaxError, ValueError, IndexError):
                return None
            node = node.value if isinstance(node, ast.Expr) else node
        if isinstance(node, ast.BinOp):
            return self.annotated(node.left, names) or self.annotated(node.right, names)
        if isinstance(node, ast.Subscript):
            chain = chain_of(node.value)
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            tried = (self.annotated(one, names) for one in inner) if chain and chain[-1] in OPTIONAL else iter(())
            return next((one for one in tried if one), None)
        dotted = self.named(node, names)
        found = self.class_of(dotted) if dotted else None
        return found[0] if found else None


def top(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at a file's top, also those that depend on a condition."""
    for node in statements:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            yield from top([one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)])
            yield from (one for handler in getattr(node, "handlers", ()) for one in top(handler.body))


def chain_of(node: ast.AST | None) -> tuple[str, ...]:
    """The names of `a.b.c`; () for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _members(name: str, module: Module, node: ast.ClassDef) -> Iterator[tuple[str, Member]]:
    """Attributes of a class: what its methods first give `self`, then what it defines itself, which counts more."""
    given: dict[str, Member] = {}
    for method in node.body:
        if isinstance(method, FUNCTIONS) and method.args.args:
            for statement in ast.walk(method):
                for target in _targets(statement):
                    chain = chain_of(target)
                    if chain[:1] == (method.args.args[0].arg,) and len(chain) == 2:  # noqa: PLR2004 - `self.name`
                        given.setdefault(chain[1], Member(name, module, statement, method))
    yield from given.items()
    for statement in node.body:
        yield from ((defined, Member(name, module, statement)) for defined in _defines(statement))


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _module_name(path: str, packages: set[str]) -> str:
    folders = path.removesuffix(".py").split("/")
    if folders[-1] == "__init__":
        folders.pop()
    starts = [end for end in range(1, len(folders)) if "/".join(folders[:end]) in packages]
    return ".".join(folders[starts[0] - 1 if starts else len(folders) - 1 :])


@lru_cache(maxsize=256)
def _parsed(name: str, path: str, text: bytes | str) -> Module | None:
    try:
        source = text if isinstance(text, str) else text.decode("utf-8", "replace")
        return Module(name, boxscore.parse_source(source), package=path.endswith("__init__.py"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
