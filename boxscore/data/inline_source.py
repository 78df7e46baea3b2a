"""What can be read from the source of tests before they run: whose their names are, what they do, how they are called.

Where asserts and program are run as one, imports of the program's serve the asserts too, and many lack imports of their
own. A program could then define `isclose` as it likes. So what is a name of the library is imported for the tests,
unless it is what is tested.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, NamedTuple

from boxscore import syntax
from boxscore.errors import UsageError
from boxscore.protocols.function.source import free_names, public_home

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LIBRARY = (  # where names are looked for that tests use without an import; of equal names the last holds
    *("string", "hashlib", "base64", "textwrap", "dataclasses", "contextlib", "urllib.parse", "ipaddress", "pathlib"),
    *("uuid", "fractions", "decimal", "enum", "datetime", "heapq", "typing", "itertools", "functools", "collections"),
    "math",
)
OTHER_MODULES = {"np": "import numpy as np\n", "numpy": "import numpy\n"}
PROGRAM = "solution"
_SETTING_UP = ("setup_method", "setup_class", "teardown_method", "teardown_class", "setUp", "tearDown")
VALUES_ONLY = frozenset(  # modules that work on values alone, so that it does not matter in whose process they do
    {
        *("abc", "array", "bisect", "calendar", "cmath", "collections", "copy", "dataclasses", "datetime", "decimal"),
        *("difflib", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers"),
        *("numpy", "operator", "pytest", "re", "statistics", "string", "textwrap", "typing", "uuid", "zlib", "base64"),
    }
)
ACTS = frozenset(
    {"open", "globals", "locals", "vars", "exec", "eval", "setattr", "delattr", "id", "__import__", "input"}
)
ASKS = frozenset({"raises", "assertRaises", "isinstance", "issubclass"})  # by what they are asked, nothing is decided
_SINGLETONS = (None, True, False, ...)


class Names(NamedTuple):
    """Whose the names of tests are: the program's, first the one that is tested; imports, and the names they bind."""

    program: tuple[str, ...]
    imports: str
    borrowed: tuple[str, ...]


def sort_names(source: str, entry_point: str | None, own: Collection[str], imported: Collection[str]) -> Names:
    """Tell whose names tests use. `own` are names that helpers define, `imported` those that are surely the program's.

    Raises SyntaxError, and UsageError where it cannot be told what is tested.
    """
    known = tuple({*imported, *([entry_point] if entry_point else [])})
    found = [one for one in free_names(source, known=known) if one not in own]
    found += [one for one in imported if one not in found]
    modules = _modules([one for one in found if one not in known], source)
    library = [one for one in found if one not in (*modules, *known) and public_home(one, LIBRARY) is not None]
    program = [one for one in found if one not in (*modules, *library, entry_point)]
    if entry_point is not None:
        program.insert(0, entry_point)
    if not program:
        program = library or modules
        library, modules = [], modules if library else []
    if len(program) > 1 and program[0] not in known and public_home(program[0], LIBRARY):
        raise UsageError(f"tests: which of {', '.join(program)} is the program's? Name it as entry_point")
    return Names(tuple(program), "".join(_imports(modules, library)), (*modules, *library))


def _modules(names: Collection[str], source: str) -> list[str]:
    """Those names that are of modules and used as such alone."""
    known = [one for one in names if one in sys.stdlib_module_names or one in OTHER_MODULES]
    if not known:
        return []
    nodes = list(ast.walk(syntax.parse(source)))
    bases = {id(one.value) for one in nodes if isinstance(one, ast.Attribute)}
    otherwise = {one.id for one in nodes if isinstance(one, ast.Name) and id(one) not in bases}
    return [one for one in known if one not in otherwise]


def _imports(modules: Iterable[str], library: Iterable[str]) -> Iterable[str]:
    yield from (OTHER_MODULES.get(name, f"import {name}\n") for name in modules)
    yield from (f"from {public_home(name, LIBRARY)} import {name}\n" for name in library)


def without_solution(source: str) -> tuple[str, tuple[str, ...]]:
    """Take out `from solution import …`; return the source, line for line, and the names that it imported.

    Raises SyntaxError, and UsageError for what takes no names from it.
    """
    lines, names = source.splitlines(keepends=True), []
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == PROGRAM:
            renamed = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            lines[first] = lines[first][: node.col_offset] + ("; ".join(renamed) or "pass") + "\n"
            lines[first + 1 : last] = ["\n"] * (last - first - 1)
            names += [alias.name for alias in node.names if alias.name != "*"]
    return "".join(lines), tuple(dict.fromkeys(names))


def calls_of_test_functions(source: str) -> str:
    """Calls of what pytest would run and nobody calls: functions named `test_…`, and methods of classes `Test…`.

    Raises SyntaxError, and UsageError for what needs a runner.
    """
    tree = syntax.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node) and node.name not in used:
            _check_runs_alone(node, arguments=0)
            calls.append(f"{node.name}()\n")
        elif isinstance(node, ast.ClassDef) and node.name not in used and any(map(_is_test, node.body)):
            if node.bases or any(isinstance(one, ast.FunctionDef) and one.name in _SETTING_UP for one in node.body):
                raise UsageError(f"tests, line {node.lineno}: {node.name} needs a runner, and there is none")
            for one in node.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(one):
                    _check_runs_alone(one, arguments=1)
                    calls.append(f"{node.name}().{one.name}()\n")
    return "".join(calls)


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _check_runs_alone(node: ast.FunctionDef | ast.AsyncFunctionDef, *, arguments: int) -> None:
    required = len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults)
    if required > arguments:
        raise UsageError(
            f"tests, line {node.lineno}: {node.name} takes fixtures or parameters, of which there are none"
        )
    if isinstance(node, ast.AsyncFunctionDef):
        raise UsageError(f"tests, line {node.lineno}: {node.name} is a coroutine, which nobody awaits")


def acts_on_process(source: str) -> bool:
    """Whether tests do what only works in the program's own process: seed, patch, write files, ask for identity.

    Raises SyntaxError.
    """
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            modules = []
        if any(name.partition(".")[0] not in VALUES_ONLY for name in modules):
            return True
        if isinstance(node, ast.Name) and node.id in ACTS:
            return True
        if isinstance(node, ast.Compare) and any(map(_is_identity, node.ops, node.comparators)):
            return True
    return False


def _is_identity(operator: ast.cmpop, other: ast.expr) -> bool:
    if not isinstance(operator, ast.Is | ast.IsNot):
        return False
    return not (isinstance(other, ast.Constant) and other.value in _SINGLETONS)


def deciding_names(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The program's names, beside the first, that may say what is right, as in `assert f(1) == Decimal("2.5")`.

    Those do not that tests use to catch an error or to ask for a class, or to make what they hand to the first, as in
    `assert size(Node(1, Node(2))) == 2`. Raises SyntaxError.
    """
    if len(names) == 1:
        return ()
    tree = syntax.parse(source)
    harmless = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            harmless |= set(map(id, ast.walk(node.type)))
        elif isinstance(node, ast.Call) and _called(node.func) in (*ASKS, names[0]):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            harmless |= {id(one) for part in given for one in ast.walk(part)}
    used = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and id(one) not in harmless}
    return tuple(name for name in names[1:] if name in used)


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
