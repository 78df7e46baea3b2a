"""Attacks on the *web* protocol: templates that are made into finished projects of one task.

A template is `instances/attacks/web/<class>/<name>.template`; `docs/attacks.md` says what may stand in it. It is added
to the reference, or to what is left of it without its scripts: pages that look right and do nothing.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.protocols.attacks import PARTS, attacks_for, sections_of
from boxscore.protocols.contract import Trial
from boxscore.protocols.web.admitted import finished_reference
from boxscore.protocols.web.detail import encode_state
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.web.task import WebTask

    Tree = dict[str, bytes]

PAGES, BUILT, SERVER, OTHER = "pages", "built", "server", "other"
"""How a project is served: its files as they are, what a tool built of them, or by a program of its own."""

_PLACEHOLDER = re.compile(r"__(TEXTS|SPECS|REFERENCE_FILES|FIRST_SPEC|SCRIPT|PAGE|SERVER|PORT)__")
_BASE64 = " base64"
_SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte")
_PAGES = (".html", ".htm")
_ELEMENT = re.compile(rb"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_HEAD = re.compile(rb"<head\b[^>]*>|<!doctype[^>]*>", re.IGNORECASE)
_LITERAL = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`")


class NotSuited(Exception):  # noqa: N818 - what it says of an attack
    """An attack cannot be made on this project."""


def why_not(task: WebTask) -> str:
    """Say why there are no attacks on a task, "" if there are."""
    return "" if task.reference is not None else "it has no reference to make honest controls of"


def kind_of(task: WebTask) -> str:
    """How a task's project is served: one of `pages`, `built`, `server` and `other`."""
    if task.build is not None:
        return BUILT
    argv = task.serve.argv
    if argv[0] == "node" and _server_of(task):
        return SERVER
    return PAGES if "serve" in argv[:2] else OTHER


def trials(task: WebTask, chosen: Iterable[Attack] | None = None) -> Sequence[Trial]:
    """Make samples of the templates that suit a task: of all for web projects, unless some are chosen."""
    made = []
    for attack in attacks_for("web") if chosen is None else chosen:
        with suppress(NotSuited):
            made.append(Trial(attack=attack, code=sample_of(attack, task)))
    return tuple(made)


def sample_of(attack: Attack, task: WebTask) -> str:
    """Make a finished project of a template. Raises NotSuited if the task does not allow that."""
    if attack.runner not in {None, kind_of(task)}:
        raise NotSuited
    reference = reference_files(task)
    tree: Tree = dict(reference) if attack.on_reference else _without_scripts(reference)
    source = _filled(_with_parts(attack.source), task, reference)
    for kind, argument, text in sections_of(attack, source):
        _change(tree, kind, argument, text, task)
    return encode_state(tree)


def reference_files(task: WebTask) -> Tree:
    """The files of a task's reference. Raises UsageError where it is no finished project."""
    files = finished_reference(task)
    if files is None:
        raise UsageError("attacks are made of a reference that is a finished project")
    return files


def _without_scripts(files: Mapping[str, bytes]) -> Tree:
    """What is left of a project without its scripts: pages that look right and do nothing."""
    left = {path: data for path, data in files.items() if not path.endswith(_SCRIPTS)}
    return {path: _ELEMENT.sub(b"", data) if path.endswith(_PAGES) else data for path, data in left.items()}


def _with_parts(source: str) -> str:
    """Put the text of `parts/NAME` in the place of each line `#+ NAME`."""
    root = folder("instances") / "attacks" / "web" / PARTS
    return re.sub(r"^#\+ (\S+)\n", lambda found: (root / found[1]).read_text("utf-8"), source, flags=re.MULTILINE)


def _change(tree: Tree, kind: str, argument: str, text: str, task: WebTask) -> None:
    """Make one of the changes that `docs/attacks.md` lists."""
    if kind == ">" and argument.endswith(_BASE64):
        tree[argument.removesuffix(_BASE64)] = base64.b64decode(text)
    elif kind == ">":
        tree[argument] = text.encode("utf-8", "surrogatepass")
    elif argument == "head":
        _put_in_heads(tree, text.encode())
    elif argument == "server":
        path = _server_of(task)
        tree[path] = text.encode() + tree.get(path, b"")
    else:
        raise UsageError(f"there is no change {argument!r} of a project; known are head, server")


def _put_in_heads(tree: Tree, text: bytes) -> None:
    pages = [path for path in tree if path.endswith(_PAGES)]
    if not pages:
        raise NotSuited
    for path in pages:
        head = _HEAD.search(tree[path])
        tree[path] = text if head is None else tree[path][: head.end()] + b"\n" + text + tree[path][head.end() :]


def _server_of(task: WebTask) -> str:
    """The candidate's file that the server's command names, "" if it names none."""
    found = [word.removeprefix("{root}/") for word in task.serve.argv if word.startswith("{root}/")]
    return found[0] if found else ""


def _filled(source: str, task: WebTask, reference: Mapping[str, bytes]) -> str:
    specs = {path: data.decode("utf-8", "replace") for path, data in task.specs if "node_modules/" not in path}
    values = {
        "TEXTS": lambda: json.dumps(_texts(specs, task)),
        "SPECS": lambda: json.dumps(specs),
        "REFERENCE_FILES": lambda: json.dumps({path: data.decode("latin-1") for path, data in reference.items()}),
        "FIRST_SPEC": lambda: task.steps[0].specs[0],
        "SCRIPT": lambda: _first(reference, _SCRIPTS),
        "PAGE": lambda: _first(reference, _PAGES),
        "SERVER": lambda: _server_of(task) or _unsuited(),
        "PORT": lambda: str(task.port),
    }
    return _PLACEHOLDER.sub(lambda found: values[found[1]](), source)


def _first(files: Mapping[str, bytes], suffixes: tuple[str, ...]) -> str:
    found = sorted((path for path in files if path.endswith(suffixes)), key=lambda path: (path.count("/"), path))
    return found[0] if found else _unsuited()


def _unsuited() -> str:
    raise NotSuited


def _texts(specs: Mapping[str, str], task: WebTask) -> list[str]:
    """All string literals in the specs of a task: what they type, and what they look for."""
    wanted = {spec for step in task.steps for spec in step.specs}
    text = "\n".join(specs[path] for path in specs if path in wanted)
    return sorted({one or two or three for one, two, three in _LITERAL.findall(text)} - {""})
