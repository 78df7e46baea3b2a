"""The files that required tests stand in, read from a box, and what stands in the repository beside them.

Read are only files that the instance has or that its test patch makes, so nothing here is a candidate's. What is no
UTF-8 is left out: its tests are run as they are.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import BoxError
from boxscore.protocols.blind import words as reading
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import run_trusted, trusted_limits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged

FILE_BYTES, READ_BYTES, MAX_TEST_FILES = 4 << 20, 124 << 20, 4000
SEARCHED_FILE_BYTES, SEARCHED_BYTES = 64 << 20, 2 << 30
ROOM = 1 << 10  # for what JSON has around texts
WORD = re.compile(r"[\w./@+-]+")

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


STANDING = """
import json, os, sys
request = json.load(sys.stdin.buffer)
exec(request["reading"])
sought = {word: word.encode("latin-1") for word in request["words"]}
found, left = set(), request["most_of_all"]
named = []
def paths():
    for folder, folders, names in os.walk(request["original"]):
        if os.path.basename(folder) == ".git":
            folders[:] = [name for name in folders if name != "objects"]
        for name in folders + names:
            place = os.path.join(folder, name)
            named.append(os.path.relpath(place, request["original"]))
            if os.path.islink(place):
                named.append(os.readlink(place))
        yield from (os.path.join(folder, name) for name in names)
    yield from (os.path.join(request["tree"], path) for path in request["written"])
whole = True
def look(text):
    text = readable_in(text)
    found.update(word for word, data in sought.items() if word not in found and data in text)
for path in paths():
    if not os.path.isfile(path) or os.path.islink(path):
        continue
    size = os.path.getsize(path)
    left -= size
    if size > request["most"] or left < 0:
        whole = False
        continue
    with open(path, "rb") as file:
        look(file.read().decode("utf-8", "replace"))
look("\\n".join(named + request["written"]))
print(json.dumps([sorted(found), whole]))
""".strip()


def standing_in_box(
    box: Box, task: PatchTask, staged: Staged, paths: Collection[str], words: Sequence[bytes]
) -> set[bytes]:
    """Pick those words that stand in the repository, or in what the test patch writes beside `paths`.

    Names of files and targets of links count as text. Where not all files can be read, all words do. What is
    packed or encrypted is not unpacked.
    """
    request = {
        "original": ORIGINAL,
        "tree": task.image.tree,
        "written": [path for path in staged.tests if path not in paths],
        "words": [word.decode("latin-1") for word in words],
        "reading": inspect.getsource(reading),
        "most": SEARCHED_FILE_BYTES,
        "most_of_all": SEARCHED_BYTES,
    }
    done = run_trusted(box, STANDING, request, trusted_limits(task.limits, output_bytes=READ_BYTES))
    if done.limit is not None:
        return set(words)
    try:
        found, whole = msgspec.json.decode(done.stdout, type=tuple[list[str], bool])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"the repository could not be searched in a box: {done.stderr[-300:]!r}") from error
    return {word.encode("latin-1") for word in found} if whole else set(words)


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
