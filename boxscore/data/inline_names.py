"""Tell whose the names are that assert statements use and do not define: the program's, or the standard library's.

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
from boxscore.protocols.function.contest import public_home
from boxscore.protocols.function.source import free_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LIBRARY = (  # where names are looked for that tests use without an import; of equal names the last holds
    *("string", "hashlib", "base64", "textwrap", "dataclasses", "contextlib", "urllib.parse", "ipaddress", "pathlib"),
    *("uuid", "fractions", "decimal", "enum", "datetime", "heapq", "typing", "itertools", "functools", "collections"),
    "math",
)
OTHER_MODULES = {"np": "import numpy as np\n", "numpy": "import numpy\n"}


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
