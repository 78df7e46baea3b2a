"""The test files of a canary run: read from a tree in a box, and written back with twins in them.

Read are only files that the instance has or that its test patch makes, so nothing here is a candidate's.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from boxscore._errors import BoxError
from boxscore._protocols._tree import ORIGINAL, PYTHON, Laid
from boxscore._records import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore._box import Box
    from boxscore._patch_task import PatchTask
    from boxscore._protocols._tree import Staged

FILE_BYTES, MAX_FILES = 4 << 20, 4000
LIMITS = Limits(cpu_s=60.0, wall_s=120.0, memory_bytes=1 << 30, output_bytes=64 << 20)

READ = """
import json, os, sys
request = json.load(sys.stdin.buffer)
found = {}
for path in request["paths"]:
    place = os.path.join(request["tree"], path)
    known = path in request["tests"] or os.path.isfile(os.path.join(request["original"], path))
    if known and os.path.isfile(place) and not os.path.islink(place) and os.path.getsize(place) <= request["most"]:
        with open(place, encoding="utf-8", errors="surrogateescape", newline="") as file:
            found[path] = file.read()
print(json.dumps(found))
""".strip()
WRITE = """
import json, os, sys
request = json.load(sys.stdin.buffer)
os.umask(0o022)
for path, text in request["files"]:
    place = os.path.join(request["tree"], path)
    os.unlink(place)
    with open(place, "x", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
""".strip()


def read_tests(box: Box, task: PatchTask, staged: Staged) -> dict[str, str]:
    """Read the files that required tests may stand in, of a tree in which no candidate's process is alive."""
    request = {"tree": task.image.tree, "original": ORIGINAL, "tests": staged.tests, "most": FILE_BYTES}
    done = _trusted(box, READ, {**request, "paths": _test_files(task, staged)})
    try:
        return msgspec.json.decode(done, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"test files could not be read in a box: {error}") from error


def write_tests(box: Box, task: PatchTask, files: Sequence[tuple[str, str]], laid: Laid) -> Laid:
    """Put test files in the place of those that were laid; return what is laid now."""
    _trusted(box, WRITE, {"tree": task.image.tree, "files": files})
    return structs.replace(
        laid, files=tuple({**dict(laid.files), **{path: _digest(text) for path, text in files}}.items())
    )


def _digest(text: str) -> str:
    """As `digest` of sandbox/tree_files.py has it of a file that cannot be executed."""
    data = text.encode(errors="surrogateescape")
    return f"file:0:{len(data)}:{hashlib.sha256(data).hexdigest()}"


def _test_files(task: PatchTask, staged: Staged) -> tuple[str, ...]:
    """Where required tests may stand: the files of the test patch, and those that the ids name."""
    found = dict.fromkeys(path for path in staged.tests if path.endswith(".py"))
    for test_id in (*task.fail_to_pass, *task.pass_to_pass):
        path, colons, _ = test_id.partition("::")
        dotted = test_id.rpartition("(")[2].rstrip(")").split(".")
        found |= dict.fromkeys([path] if colons else _module_paths(dotted))
    return tuple(found)[:MAX_FILES]


def _module_paths(dotted: Sequence[str]) -> list[str]:
    stems = ["/".join(dotted[:cut]) for cut in range(len(dotted) - 1, 0, -1)]
    return [f"{root}{stem}{end}" for stem in stems for root in ("", "tests/") for end in (".py", "/__init__.py")]


def _trusted(box: Box, program: str, request: Mapping[str, object]) -> bytes:
    done = box.run([PYTHON, "-I", "-S", "-B", "-c", program], stdin=msgspec.json.encode(request), limits=LIMITS)
    if done.exit_code != 0:
        raise BoxError(f"test files could not be handled in a box: {done.stderr[-400:].decode(errors='replace')}")
    return done.stdout
