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

from boxscore import _bundled
from boxscore._cache import cache_folder, read_cached, write_cached
from boxscore._patch_task import PatchTask
from boxscore._records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore._harness import Task

FUNCTION = ("_protocols/_function.py", "_protocols/_truth.py", "_protocols/_warm.py", "_protocols/_wire.py")
PATCH = (
    *("_protocols/_admission.py", "_protocols/_canary_files.py", "_protocols/_patch.py"),
    *("_protocols/_patch_attempts.py", "_protocols/_patch_boxes.py", "_protocols/_patch_canary.py"),
    *("_protocols/_patch_run.py", "_protocols/_patch_text.py", "_protocols/_patch_verdict.py"),
    *("_protocols/_test_paths.py", "_protocols/_tree.py", "_protocols/_trusted.py", "_protocols/_twin_choice.py"),
    *("_protocols/_twin_forms.py", "_protocols/_twin_ids.py", "_protocols/_twin_sites.py"),
    *("_protocols/_twin_source.py", "_protocols/_twin_text.py", "_protocols/_twin_values.py", "_protocols/_twins.py"),
    *("_logs/__init__.py", "_logs/_browser.py", "_logs/_cases.py", "_logs/_compiled.py", "_logs/_django.py"),
    *("_logs/_java.py", "_logs/_javascript.py", "_logs/_judge.py", "_logs/_junit_report.py", "_logs/_lines.py"),
    *("_logs/_markers.py", "_logs/_mocha.py", "_logs/_p5js.py", "_logs/_pytest.py", "_logs/_registry.py"),
    *("_logs/_repositories.py", "_logs/_ruby.py", "_logs/_unittest.py", "_logs/_xml.py"),
)
BACKENDS = {  # what lays out a box, bounds it, and says how a program in it ended
    "docker": (
        *("_backends/_docker.py", "_backends/_docker_box.py", "_backends/_docker_config.py"),
        *("_backends/_docker_counters.py", "_backends/_docker_ending.py", "_backends/_docker_keeper.py"),
        *("_backends/_docker_launch.py", "_backends/_docker_run.py", "_backends/_docker_seccomp.py"),
        *("_backends/_docker_stream.py", "_backends/_process.py"),
    ),
    "local": (
        *("_backends/_bounds.py", "_backends/_bwrap.py", "_backends/_cgroup.py", "_backends/_holder.py"),
        *("_backends/_local.py", "_backends/_process.py", "_backends/_program.py", "_backends/_scratch.py"),
        *("_backends/_launcher.py", "_backends/_seccomp.py"),
    ),
}
BESIDE = {  # imported by the above, and why no verdict hangs on it
    "_backends/_docker_errors.py": "words of errors that are ours",
    "_backends/_docker_socket.py": "carries bytes",
    "_backends/_labels.py": "says whose a box is",
    "_backends/_link.py": "carries bytes",
    "_backends/_seccomp.py": "assembles filters, whose programs are hashed where they are in force",
    "_box.py": "declarations",
    "_bundled.py": "finds files",
    "_cache.py": "keeps what can be made again",
    "_errors.py": "our own errors",
    "_grading.py": "declarations",
    "_harness.py": "declarations; their values are in the task, which is in the key",
    "_patch_task.py": "declarations; their values are in the task, which is in the key",
    "_protocols/_candidate_filter.py": "assembles the candidate's filter, whose programs are hashed",
    "_protocols/_versions.py": "these lists; what they come to is the hash",
    "_records.py": "declarations; limits are in the key",
}


def version_of(task: Task, backend: str) -> str:
    """Hash all of our own that decides verdicts of a task's protocol in boxes of a backend."""
    return version_of_protocol("patch" if isinstance(task, PatchTask) else "function", backend)


@cache
def version_of_protocol(protocol: str, backend: str) -> str:
    """See `version_of`; `protocol` is `function` or `patch`. Other backends than our own count by their name alone."""
    boxes = (backend, sources_version(_package(BACKENDS.get(backend, ()))))
    if protocol == "patch":
        trees = sorted(_bundled.folder("sandbox").glob("tree*.py"))
        return fingerprint(boxes, sources_version((*_package(PATCH), *trees)))
    from boxscore._protocols import _warm  # noqa: PLC0415 - only where functions are graded
    from boxscore._protocols._candidate_filter import candidate_filters  # noqa: PLC0415 - as above

    sent = tuple((name + ".py", text) for name, text in (*_warm.sandbox_sources(), ("boot", _warm.BOOT)))
    filters = sorted(candidate_filters().items())
    rules = _warm.PRELOAD, _warm.READABLE, _warm.DEVICES
    return fingerprint(boxes, texts_version(sent), sources_version(_package(FUNCTION)), filters, rules)


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
