"""The files that required tests stand in, read from a box, to have negated tests made of them.

Read are only files that the instance has or that its test patch makes, so nothing here is a candidate's. What is no
UTF-8 is left out: its tests have no canaries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import BoxError
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import run_trusted, trusted_limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged

FILE_BYTES, READ_BYTES, MAX_TEST_FILES = 4 << 20, 124 << 20, 4000
TEXT_BYTES = 12 << 20  # of a repository, that are read for the words in it; JSON has at most six for each
WRITTEN_BYTES = 8 << 20  # of what a test patch writes beside them
ROOM = 1 << 10  # for what JSON has around texts
SOURCES = (".py",)
WORD = re.compile(r"[\w./@+-]+")
TEXTS = (
    *(".md", ".rst", ".txt", ".cfg", ".toml", ".json", ".html", ".ini", ".yml", ".yaml", ".xml", ".svg", ".csv"),
    *(".tsv", ".css", ".scss", ".less", ".snap", ".vue", ".svelte", ".graphql", ".gql", ".po", ".ndjson", ".jsonl"),
    ".out",
)

READ = """
import json, os, sys
request = json.load(sys.stdin.buffer)
left = request["most_of_all"]
found = {}
for path in request["paths"]:
    place = os.path.join(request["tree"], path)
    known = path in request["tests"] or os.path.isfile(os.path.join(request["original"], path))
    if known and os.path.isfile(place) and not os.path.islink(place) and os.path.getsize(place) <= request["most"]:
        try:
            with open(place, encoding="utf-8", newline="") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        left -= len(json.dumps({path: text}))
        if left < 0:
            break
        found[path] = text
print(json.dumps(found))
""".strip()


BOX = """
import json, os, re, sys
request = json.load(sys.stdin.buffer)
root, tree, left = request["original"], request["tree"], request["most_written"]
def first(file):
    global left
    found = file.read(min(request["most"], left))
    left -= len(found)
    return found
def decoded(data):
    if data[:2] in (b"\\xff\\xfe", b"\\xfe\\xff"):
        return data.decode("utf-16", "replace")
    if b"\\0" in data:
        runs = re.findall(rb"(?:[\\t -~]\\0?){4,}", data)
        data = b"\\n".join(runs).replace(b"\\0", b"")
    return data.decode("utf-8", "replace")
def text(path):
    with open(path, "rb") as file:
        return decoded(first(file))
def unpacked(path):
    try:
        import gzip, zipfile
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    with packed.open(name) as file:
                        yield decoded(first(file))
        else:
            with gzip.open(path) as file:
                yield decoded(first(file))
    except Exception:  # no archive, a damaged one, or one that this Python has no library for
        pass
written = []
for path in request["written"]:
    path = os.path.join(tree, path)
    if os.path.isfile(path) and not os.path.islink(path):
        written += [text(path), *unpacked(path)]
left = request["most_of_all"]
base = {p: text(os.path.join(root, p)) for p in request["paths"] if os.path.isfile(os.path.join(root, p))}
found = []
for folder, folders, names in os.walk(root):
    folders[:] = [name for name in folders if name not in (".git", "node_modules")]
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith(tuple(request["ends"])) and os.path.relpath(path, root) not in base:
            found.append((not name.endswith(tuple(request["sources"])), path))
texts = []
for _, path in sorted(found):
    if left > 0 and os.path.isfile(path) and not os.path.islink(path):
        texts.append(text(path))
print(json.dumps({"text": "\\n".join(texts), "base": base, "written": written}))
""".strip()


class _Read(Struct, frozen=True):
    text: str
    base: dict[str, str]
    written: tuple[str, ...] = ()


def read_box(
    box: Box, task: PatchTask, paths: Sequence[str], sources: Sequence[str] = SOURCES, *, staged: Staged | None = None
) -> Contents:
    """Read what a reader of tests has: the repository, test files as they were, and what models are told.

    Of a tree that is `staged`, and restored, what the test patch writes beside the files of these `paths` is a part of
    it, whatever it is: of what is no text its runs of letters are read, of a large file the beginning, and zip and
    gzip files unpacked. Files that end as `sources` do are read before others.
    """
    written = () if staged is None else [path for path in staged.tests if path not in paths]
    places = {"original": ORIGINAL, "tree": task.image.tree, "paths": paths, "written": written}
    bounds = {"most": FILE_BYTES, "most_of_all": TEXT_BYTES, "most_written": WRITTEN_BYTES}
    request = {**places, **bounds, "ends": (*sources, *TEXTS), "sources": sources}
    done = run_trusted(box, BOX, request, trusted_limits(task.limits, output_bytes=READ_BYTES))
    try:
        read = msgspec.json.decode(done.stdout, type=_Read)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"the repository could not be read in a box: {done.stderr[-300:]!r}") from error
    return Contents(read.text, read.base, task.statement, read.written)


def read_tests(box: Box, task: PatchTask, staged: Staged) -> dict[str, str]:
    """Read the files that required tests may stand in, of a tree in which no candidate's process is alive."""
    return read_files(box, task, staged, test_files(task, staged.tests))


def read_files(box: Box, task: PatchTask, staged: Staged, paths: Sequence[str]) -> dict[str, str]:
    """Read those of some files that are the instance's or its test patch's, as `read_tests` does."""
    places = {"tree": task.image.tree, "original": ORIGINAL, "tests": staged.tests, "paths": paths}
    request = {**places, "most": FILE_BYTES, "most_of_all": READ_BYTES - ROOM}
    done = run_trusted(box, READ, request, trusted_limits(task.limits, output_bytes=READ_BYTES))
    if done.exit_code != 0:
        raise BoxError(f"test files could not be read in a box: {done.stderr[-400:].decode(errors='replace')}")
    try:
        return msgspec.json.decode(done.stdout, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"test files could not be read in a box: {error}") from error


def named_files(task: PatchTask, staged: Staged, ends: tuple[str, ...]) -> tuple[str, ...]:
    """The files with such suffixes that the test patch makes, or that commands or ids of required tests name."""
    words = WORD.findall("\n".join((*task.commands, *task.fail_to_pass, *task.pass_to_pass)))
    named = dict.fromkeys((*staged.tests, *(word.removeprefix("./") for word in words)))
    return tuple(path for path in named if path.endswith(ends) and not path.startswith(("/", "..")))


def test_files(task: PatchTask, written: Iterable[str]) -> tuple[str, ...]:
    """Where required tests of Python may stand: the files that the test patch has `written`, and those ids name."""
    found = dict.fromkeys(path for path in written if path.endswith(".py"))
    for test_id in (*task.fail_to_pass, *task.pass_to_pass):
        path, colons, _ = test_id.partition("::")
        dotted = test_id.rpartition("(")[2].rstrip(")").split(".")
        found |= dict.fromkeys([path] if colons else _module_paths(dotted))
    return tuple(found)[:MAX_TEST_FILES]


def _module_paths(dotted: Sequence[str]) -> list[str]:
    stems = ["/".join(dotted[:cut]) for cut in range(len(dotted) - 1, 0, -1)]
    return [f"{root}{stem}{end}" for stem in stems for root in ("", "tests/") for end in (".py", "/__init__.py")]
