"""Tell whose the names are that assert statements use and do not define: the program's, or the standard library's.

Where asserts and program are run as one, imports of the program's serve the asserts too, and many lack imports of their
own. A program could then define `isclose` as it likes. So what is a name of the library is imported for the tests,
unless it is what is tested.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from boxscore import syntax
from boxscore.errors import UsageError
from boxscore.protocols.function.contest import public_home
from boxscore.protocols.function.source import free_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LIBRARY = (  # where else names are looked for that tests use without an import
    *("hashlib", "base64", "textwrap", "dataclasses", "contextlib", "urllib.parse", "ipaddress", "pathlib", "uuid"),
    *("fractions", "decimal", "enum"),
)
OTHER_MODULES = {"np": "import numpy as np\n", "numpy": "import numpy\n"}


def names_and_imports(source: str, entry_point: str | None, own: Collection[str]) -> tuple[tuple[str, ...], str]:
    """The program's names that tests use, first the one that is tested, and imports of the others.

    `own` are names that helpers define. Raises SyntaxError, and UsageError where it cannot be told what is tested.
    """
    found = [one for one in free_names(source, known=(entry_point,) if entry_point else ()) if one not in own]
    modules = _modules([one for one in found if one != entry_point], source)
    library = [one for one in found if one not in (*modules, entry_point) and _home(one) is not None]
    program = [one for one in found if one not in (*modules, *library, entry_point)]
    if entry_point is not None:
        program.insert(0, entry_point)
    if not program:
        program = library or modules
        library, modules = [], modules if library else []
    if len(program) > 1 and program[0] != entry_point and _home(program[0]) is not None:
        raise UsageError(f"tests: which of {', '.join(program)} is the program's? Name it as entry_point")
    return tuple(program), "".join(_imports(modules, library))


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
    yield from (f"from {_home(name)} import {name}\n" for name in library)


def _home(name: str) -> str | None:
    """The module whose public name it is: one of those that contests import, or another; None where none has it."""
    return public_home(name) or public_home(name, LIBRARY)
