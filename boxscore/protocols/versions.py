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

from msgspec import Struct

from boxscore import resources
from boxscore.cache import cache_folder, read_cached, write_cached
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore.harness import Task


def _modules(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}.py" for name in names.split())


FUNCTION = (*_modules("protocols/function", "control grader truth warm wire"), *_modules("protocols", "losses"))
PATCH = (
    *_modules("protocols/patch", "admission boxes diff grader run test_files tree verdict"),
    *_modules("protocols/patch/canaries", "choice files forms ids plan run sites source text values"),
    *_modules("protocols", "losses retry trusted"),
    *_modules("protocols/patch/logs", "__init__ browser compiled java javascript judge junit lines"),
    *_modules("protocols/patch/logs", "python registry ruby"),
    *_modules("swebench", "log_formats"),
)
BACKENDS = {  # what lays out a box, bounds it, and says how a program in it ended
    "docker": (
        *_modules("boxes", "counts process"),
        *_modules("boxes/docker", "backend box container counters ending exec keeper launch seccomp stream"),
    ),
    "local": (
        *_modules("boxes/local", "backend bounds bwrap holder launcher program scratch"),
        *_modules("boxes", "cgroup counts process seccomp"),
    ),
}
BESIDE = {  # imported by the above, and why no verdict hangs on it
    "boxes/docker/errors.py": "words of errors that are ours",
    "boxes/docker/socket.py": "carries bytes",
    "boxes/labels.py": "says whose a box is",
    "boxes/local/link.py": "carries bytes",
    "boxes/seccomp.py": "assembles filters, whose programs are hashed where they are in force",
    "boxes/contract.py": "declarations",
    "resources.py": "finds files",
    "cache.py": "keeps what can be made again",
    "errors.py": "our own errors",
    "protocols/contract.py": "declarations",
    "log.py": "tells what happens",
    "boxes/inherited.py": "refuses a machine, or words of errors that are ours",
    "harness.py": "declarations, in the task; the limits in force are in the conditions: both are in the key",
    "protocols/patch/task.py": "declarations; their values are in the task, which is in the key",
    "protocols/function/syscall_filter.py": "assembles the candidate's filter, whose programs are hashed",
    "protocols/versions.py": "these lists; what they come to is the hash",
    "boxes/stoppable.py": "waits, and ends boxes when a run is stopped",
    "records.py": "declarations; limits are in the key",
}


def version_of(task: Task, backend: str) -> str:
    """Hash all of our own that decides verdicts of a task's protocol in boxes of a backend."""
    return version_of_protocol("patch" if isinstance(task, PatchTask) else "function", backend)


@cache
def version_of_protocol(protocol: str, backend: str) -> str:
    """See `version_of`; `protocol` is `function` or `patch`. Other backends than our own count by their name alone."""
    if protocol == "function":
        return function_version(backend, sent())
    trees = sorted(resources.folder("sandbox").glob("tree*.py"))
    return fingerprint(_boxes(backend), sources_version((*_package(PATCH), *trees)))


class Sent(Struct, frozen=True, kw_only=True):
    """What goes into a warm box beside samples and their tests: programs by name, filters by processor, rules."""

    programs: tuple[tuple[str, str], ...]
    filters: dict[str, bytes]
    preload: tuple[str, ...]
    readable: tuple[str, ...]
    devices: tuple[str, ...]


def sent() -> Sent:
    """What this version sends."""
    from boxscore.protocols.function import warm  # noqa: PLC0415 - only where functions are graded
    from boxscore.protocols.function.syscall_filter import candidate_filters  # noqa: PLC0415 - as above

    return Sent(
        programs=(*warm.sandbox_sources(), ("boot", warm.BOOT)),
        filters=candidate_filters(),
        preload=warm.PRELOAD,
        readable=warm.READABLE,
        devices=warm.DEVICES,
    )


def function_version(backend: str, sent: Sent) -> str:
    """Hash what decides verdicts of functions, with what is sent into boxes."""
    programs = texts_version(sent.programs)
    logic = sources_version(_package(FUNCTION))
    return fingerprint(_boxes(backend), programs, logic, sent.filters, sent.preload, sent.readable, sent.devices)


def _boxes(backend: str) -> tuple[str, str]:
    return backend, sources_version(_package(BACKENDS.get(backend, ())))


def _package(names: Iterable[str]) -> tuple[Path, ...]:
    here = Path(__file__).parents[1]
    return tuple(here / name for name in names)


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
    _take_apart(ast.parse(text), parts)
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
