"""What verdicts hang on besides task, code and box: which of our own sources, and a hash of them for each protocol.

A result is reused only under an equal hash. A protocol's is made of all files of its folder, of what all protocols
share, and of other folders that it uses. `tests/protocols/test_versions.py` follows its imports and finds what is in
none.
Python is hashed without comments, docstrings and layout: rewording a sentence throws no result away.
"""

from __future__ import annotations

import ast
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxscore import syntax
from boxscore.boxes.registry import installed_version
from boxscore.cache import cache_folder, read_cached, write_cached
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable


def modules(folder: str, names: str) -> tuple[str, ...]:
    """Name files of the package: those of a folder."""
    return tuple(f"{folder}/{name}.py" for name in names.split())


def folder(name: str) -> tuple[str, ...]:
    """Name all Python files of a folder of the package, and of those within it."""
    here = Path(__file__).parents[1]
    return tuple(sorted(path.relative_to(here).as_posix() for path in (here / name).rglob("*.py")))


SHARED = tuple(sorted(f"protocols/{path.name}" for path in Path(__file__).parent.glob("*.py")))  # by all protocols
BACKENDS = {  # what lays out a box, bounds it, and says how a program in it ended
    "docker": (*modules("boxes", "counts folders networks process"), *folder("boxes/docker")),
    "local": (*modules("boxes", "cgroup counts folders networks process seccomp"), *folder("boxes/local")),
}
NOT_HASHED = {  # imported by the above, and why no verdict hangs on it
    "boxes/folders.py": "carries files",
    "boxes/registry.py": "names backends",
    "boxes/seccomp.py": "assembles filters, whose programs are hashed where they are in force",
    "images/records.py": "declarations",
    "protocols/project/detail.py": "shows the errors of compilers, also those of a migration",
    "boxes/labels.py": "says whose a box is",
    "boxes/syscalls.py": "numbers of calls, which are in the programs that are hashed",
    "boxes/contract.py": "declarations",
    "resources.py": "finds files",
    "images/recipes.py": "names images by their content; those in use are in the conditions",
    "syntax.py": "lets one thread parse at a time",
    "cache.py": "keeps what can be made again",
    "checks.py": "words for people",
    "invisible.py": "cleans words for people",
    "child.py": "runs a program to its end",
    "images/watch.py": "tells of builds",
    "errors.py": "our own errors",
    "log.py": "tells what happens",
    "boxes/inherited.py": "refuses a machine, or words of errors that are ours",
    "maven/mirror.py": "fetches what is checked by its digest, or fails",
    "maven/source.py": "as above, and keeps it",
    "boxes/stoppable.py": "waits, and ends boxes when a run is stopped",
    "records.py": "declarations; limits are in the key",
}


@cache
def boxes_version(backend: str) -> tuple[str, str]:
    """A backend and a hash of what makes its boxes; those of other packages count by their package's version."""
    if (installed := installed_version(backend)) is not None:
        return backend, installed
    return backend, sources_version(files(BACKENDS.get(backend, ())))


def files(names: Iterable[str]) -> tuple[Path, ...]:
    """The paths of files of the package."""
    here = Path(__file__).parents[1]
    return tuple(here / name for name in names)


def protocol_version(backend: str, *sources: Path) -> str:
    """Hash what decides verdicts of a protocol whose code is in these files, in boxes of a backend."""
    return fingerprint(boxes_version(backend), sources_version(sources))


def sources_version(paths: Iterable[Path]) -> str:
    """Hash what Python files do."""
    return texts_version(tuple((path.name, path.read_text("utf-8")) for path in paths))


def texts_version(sources: tuple[tuple[str, str], ...]) -> str:
    """Hash what Python sources do, given with their names.

    Taking them apart costs 0.1 s, so the hash is kept in the cache folder under that of their whole text.
    """
    kept = cache_folder() / "versions" / fingerprint(_FORM, sources)
    known = (read_cached(kept) or b"").decode("ascii", "replace")
    if re.fullmatch("[0-9a-f]{32}", known):
        return known
    version = fingerprint([(name, _code(text)) for name, text in sources])
    write_cached(kept, version.encode())
    return version


_FORM = 1  # of `_take_apart`: another form is another hash
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _code(text: str) -> str:
    parts: list[str] = []
    _take_apart(syntax.parse(text), parts)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _take_apart(node: object, parts: list[str]) -> None:
    """Add the tree of a program as texts: equal for equal code, whichever Python parses it."""
    if isinstance(node, ast.AST):
        parts.append(type(node).__name__)
        for name in node._fields:
            value: Any = getattr(node, name, None)
            if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                value = value[1:]
            if value is None or value == [] or isinstance(value, ast.expr_context):
                continue  # absent where an older Python knows no such field
            parts.append(name)
            _take_apart(value, parts)
        parts.append(")")
    elif isinstance(node, list):
        for one in node:
            _take_apart(one, parts)
        parts.append("]")
    else:
        parts.append(repr(node))
