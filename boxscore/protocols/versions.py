"""What verdicts hang on besides task, code and box: which of our own sources, and a hash of them for each protocol.

A result is reused only under an equal hash, so whatever may change a verdict belongs in the lists below, and nothing
else does: `tests/protocols/test_versions.py` follows the imports of each protocol and finds what is in no list.
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


BACKENDS = {  # what lays out a box, bounds it, and says how a program in it ended
    "docker": (
        *modules("boxes", "counts folders networks process"),
        *modules("boxes/docker", "backend box container counters ending exec first_program hosts init_process launch"),
        *modules("boxes/docker", "network stream"),
    ),
    "local": (
        *modules("boxes/local", "backend bwrap init_process launcher network program scratch"),
        *modules("boxes", "cgroup counts folders networks process seccomp"),
    ),
}
PROTECTION = (  # of verdicts where tests of Python run beside the candidate
    *modules("protocols/blind", "hiding learn literals observations words"),
    *modules("protocols", "python_source"),
)
NOT_HASHED = {  # imported by the above, and why no verdict hangs on it
    "boxes/docker/errors.py": "words of errors that are ours",
    "boxes/folders.py": "carries files",
    "boxes/labels.py": "says whose a box is",
    "boxes/seccomp.py": "assembles filters, whose programs are hashed where they are in force",
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
    "protocols/contract.py": "declarations",
    "log.py": "tells what happens",
    "boxes/inherited.py": "refuses a machine, or words of errors that are ours",
    "protocols/recycling.py": "replaces a box by a like one between two batches",
    "protocols/function/task.py": "declarations; limits in force are in the conditions: both are in the key",
    "protocols/fingerprint.py": "names a task in the key",
    "protocols/function/version.py": "a list; what it comes to is the hash",
    "protocols/patch/version.py": "as above",
    "protocols/migration/version.py": "as above",
    "protocols/program/version.py": "as above",
    "protocols/jvm/version.py": "as above",
    "protocols/project/version.py": "as above",
    "protocols/unittest/version.py": "as above",
    "protocols/web/version.py": "as above",
    "protocols/web/task.py": "declarations; their values are in the task, which is in the key",
    "protocols/migration/task.py": "declarations; their values are in the task, which is in the key",
    "maven/mirror.py": "fetches what is checked by its digest, or fails",
    "maven/source.py": "as above, and keeps it",
    "protocols/patch/task.py": "declarations; their values are in the task, which is in the key",
    "protocols/learned.py": "keeps what is learned, by the cache",
    "protocols/places.py": "tells boxes apart, for speed",
    "protocols/syscall_filter.py": "assembles the candidate's filter, whose programs are hashed",
    "protocols/migration/detail.py": "what results say beyond their verdicts, and how it is shown",
    "protocols/patch/detail.py": "what results say beyond their verdicts, and how it is shown",
    "protocols/program/detail.py": "what results say beyond their verdicts, and how it is shown",
    "protocols/project/detail.py": "what results say beyond their verdicts, and how it is shown",
    "protocols/unittest/detail.py": "what results say beyond their verdicts, and how it is shown",
    "protocols/web/detail.py": "what results say beyond their verdicts, and how it is shown",
    "protocols/versions.py": "these lists; what they come to is the hash",
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
