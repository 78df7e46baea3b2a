"""Attacks on the *project* protocol: templates that are made into samples of one task.

A template holds members of a class, Java that is put into each class that a sample gives: into the reference whose
methods do nothing, or into the reference itself. Behind a line `#> PATH` comes a further file of the sample, or one
that stands in the place of its own; behind `#> +PATH` what is added to a file.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from boxscore.protocols.attacks import attacks_for, render
from boxscore.protocols.contract import Trial
from boxscore.protocols.java_source import edited, package_of, parse_java, walk
from boxscore.protocols.project.task import decode_files, encode_files
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.project.task import ProjectTask

_FILE = re.compile(r"^#> (.+)\n", re.MULTILINE)
_PLACEHOLDER = re.compile(r"__(?:REQUIRED|CLASS|FILE|SOURCES|RESOURCES|TEST|TEST_BESIDE|TEST_FILE)__")

NOTHING = {
    "void_type": b"{ }",
    "boolean_type": b"{ return false; }",
    "integral_type": b"{ return 0; }",
    "floating_point_type": b"{ return 0; }",
}


def why_not(task: ProjectTask) -> str:
    """Say why there are no attacks on a task, "" if there are."""
    if task.reference is None:
        return "it has no reference to make honest controls of"
    return "" if _class_of(decode_files(task.reference).files)[0] else "its reference gives no class"


def trials(task: ProjectTask, chosen: Iterable[Attack] | None = None) -> Sequence[Trial]:
    """Make samples of templates, all of those for projects unless some are chosen.

    Those that bring a class named like a test are left out if no required test is in the package that they bring it
    to: in another package it collides with nothing.
    """
    every = attacks_for("project") if chosen is None else chosen
    tested = bool(_test_beside(task, _class_of(decode_files(task.reference or "").files)[1]))
    return tuple(
        Trial(attack=one, code=sample_of(one, task)) for one in every if tested or "__TEST_BESIDE__" not in one.source
    )


def sample_of(attack: Attack, task: ProjectTask) -> str:
    """Turn a template into a sample of a task that has a reference."""
    given = decode_files(task.reference or "").files
    file, name = _class_of(given)
    test = task.required[0].partition("#")[0].partition("$")[0]
    texts = {
        "__REQUIRED__": ", ".join(map(json.dumps, task.required)),
        "__CLASS__": name,
        "__FILE__": file,
        "__TEST_BESIDE__": _test_beside(task, name).rpartition(".")[2],
        "__TEST__": test.rpartition(".")[2],
        "__TEST_FILE__": f"{task.test_sources}/{test.replace('.', '/')}.java",
        "__SOURCES__": task.sources,
        "__RESOURCES__": next((path for path in task.resources if "test" not in path), "src/main/resources"),
    }
    source = _PLACEHOLDER.sub(lambda found: texts[found[0]], render(attack, entry="", reference=""))
    members, *rest = _FILE.split(source)
    files = {path: _attacked(text, members, whole=attack.on_reference) for path, text in given.items()}
    for path, text in zip(rest[::2], rest[1::2], strict=True):
        added = path.startswith("+")
        files[path.removeprefix("+")] = f"{files[path[1:]]}\n{text}" if added else text
    return encode_files(files)


def _test_beside(task: ProjectTask, name: str) -> str:
    """The class of the first required test in the package of a class, "" where there is none."""
    tests = (test.partition("#")[0].partition("$")[0] for test in task.required)
    return next((test for test in tests if test.rpartition(".")[0] == name.rpartition(".")[0]), "")


def _attacked(text: str, members: str, *, whole: bool) -> str:
    left = text if whole else emptied(text)
    return with_members(left, members) if members.strip() else left


def _class_of(files: Mapping[str, str]) -> tuple[str, str]:
    """The file and the name of the first class of a sample, both "" where there is none."""
    for path, text in sorted(files.items()):
        if not path.endswith(".java"):
            continue
        try:
            root = parse_java(text.encode())
        except ValueError:
            continue
        for one in root.children:
            if one.type == "class_declaration":
                return path, f"{package_of(root)}{text_of(one.child_by_field_name('name'))}"
    return "", ""


def emptied(source: str) -> str:
    """A source whose methods give nothing; what is no Java is left as it is. Constructors do what they did."""
    data = source.encode()
    root = _root_of(data)
    if root is None:
        return source
    edits: dict[int, tuple[int, bytes]] = {}
    end = 0
    for node in walk(root):
        body = node.child_by_field_name("body")
        if node.type == "method_declaration" and body is not None and node.start_byte >= end:
            kind = node.child_by_field_name("type")
            array = node.child_by_field_name("dimensions") is not None
            edits[body.start_byte] = body.end_byte, _nothing(None if array else kind)
            end = node.end_byte
    return edited(data, edits).decode()


def _nothing(kind: Node | None) -> bytes:
    return NOTHING.get("" if kind is None else kind.type, b"{ return null; }")


def with_members(source: str, members: str) -> str:
    """A source whose outermost classes begin with further members; as it is where there is no class."""
    data = source.encode()
    root = _root_of(data)
    found = () if root is None else tuple(one for one in root.children if one.type == "class_declaration")
    bodies = (one.child_by_field_name("body") for one in found)
    places = [one.start_byte + 1 for one in bodies if one is not None]
    return edited(data, {at: (at, f"\n{members}\n".encode()) for at in places}).decode()


def _root_of(data: bytes) -> Node | None:
    try:
        root = parse_java(data)
    except ValueError:
        return None
    return None if root.has_error else root
