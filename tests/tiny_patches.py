"""The rows and samples of tiny-patches, and samples of published packages that are made when they are needed."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxscore import Sample, SampleKind
from boxscore.protocols.attacks import difference
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from boxscore import Instance
    from boxscore.protocols.patch.task import PatchTask

ROOT = folder("instances") / "tiny_patches"
PREFIX = "tiny-patches/"
ANYTHING_ELSE = "fail"


def read(name: str) -> list[dict[str, Any]]:
    """Read the rows of a bundled file."""
    return [json.loads(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]


ROWS = {row["instance_id"].removeprefix(PREFIX): row for row in read("instances.jsonl")}
SAMPLES = read("samples.jsonl")
OURS = [name for name, row in ROWS.items() if "releases" not in row]
RELEASED = [name for name in ROWS if name not in OURS]
QUICK = [name for name, row in ROWS.items() if row.get("quick")]

# Code of ours that goes to the end of a file of the fixed package, and breaks a test that must keep passing.
REGRESSIONS = {
    "pathspec": ("pathspec/pathspec.py", "PathSpec.match_files = lambda self, *args, **kwargs: iter(())\n"),
    "markupsafe": ("src/markupsafe/_native.py", "def _escape_inner(s, /):\n    return s\n"),
    "semver": ("semver.py", "def compare(one, other):\n    return 0\n"),
    "parse": ("parse.py", "def parse(*args, **kwargs):\n    return None\n"),
    "sqlparse": ("sqlparse/__init__.py", "def split(sql, *args, **kwargs):\n    return [sql]\n"),
}
# Which hunks of the fix are enough for a part of the tests, where there is more than one test to fix.
PARTIAL = {"semver": {0, 1}, "parse": {0, 1}, "sqlparse": {12, 13, 14}}


def samples_of(name: str) -> dict[str, dict[str, Any]]:
    """The recorded samples of an instance, by name."""
    return {row["sample_id"]: row for row in SAMPLES if row["instance_id"] == PREFIX + name}


def derived(name: str, instance: Instance, task: PatchTask) -> dict[str, str]:
    """Patches of a published package by name: the fix, part of it, and the fix with something broken."""
    fix = str(instance.reference)
    path, code = REGRESSIONS[name]
    before = _released(task, path)
    after = f"{_mended(before, fix, path)}\n\n{code}"
    others = "".join(part for part in _files(fix) if not part.startswith(f"diff --git a/{path} "))
    patches = {"gold": fix, "regression": others + difference(path, before, after)}
    return patches | ({"partial": chosen(fix, PARTIAL[name])} if name in PARTIAL else {})


def to_grade(name: str, instance: Instance, task: PatchTask) -> list[tuple[Sample, str]]:
    """All samples of an instance and what is expected of each."""
    found = []
    for sample_id, row in samples_of(name).items():
        kind = "answer" if "answer" in row else "solution"
        found.append((sample(name, sample_id, row[kind], kind), row["expect"]))
    if name in RELEASED:
        for sample_id, patch in derived(name, instance, task).items():
            found.append((sample(name, sample_id, patch), "passed" if sample_id == "gold" else "wrong"))
    return found


def sample(name: str, sample_id: str, text: str, kind: str = "solution") -> Sample:
    """A sample of an instance."""
    return Sample(instance_id=PREFIX + name, sample_id=sample_id, text=text, kind=SampleKind(kind))


def chosen(patch: str, wanted: Iterable[int]) -> str:
    """A patch with some of its hunks, counted over all files."""
    number, kept = 0, []
    for part in _files(patch):
        head, *hunks = part.split("\n@@ ")
        mine = ["@@ " + hunk.rstrip("\n") for place, hunk in enumerate(hunks, number) if place in wanted]
        number += len(hunks)
        kept += ["\n".join([head, *mine]) + "\n"] if mine else []
    return "".join(kept)


def pack(top: str, files: Mapping[str, bytes]) -> bytes:
    """Pack files as a source distribution."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _files(patch: str) -> list[str]:
    parts = f"\n{patch}".split("\ndiff --git ")[1:]
    return [f"diff --git {part}" if part.endswith("\n") else f"diff --git {part}\n" for part in parts]


def _released(task: PatchTask, path: str) -> str:
    """A file of the older release."""
    (packed,) = (data for name, data in task.image.files if name == "release.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.name.partition("/")[2] == path else None
            if file is not None:
                return file.read().decode()
    raise FileNotFoundError(path)


def _mended(before: str, patch: str, path: str) -> str:
    """A file after a patch."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(before.encode())
        git = ["git", "-c", "init.defaultBranch=main"]
        subprocess.run([*git, "init", "-q", "."], cwd=folder, check=True)
        apply = [*git, "apply", "--whitespace=nowarn", f"--include={path}"]
        subprocess.run(apply, cwd=folder, input=patch.encode(), check=True)
        return file.read_bytes().decode()
