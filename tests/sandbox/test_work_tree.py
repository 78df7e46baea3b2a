"""Patches of what agents leave in their trees: whatever a place and its attributes do, the fix gets through."""

from __future__ import annotations

import base64
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import work_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WAIT_S = 60.0
BASE = {"a.py": b"x = 1\n", ".gitignore": b"*.so\n*.egg-info/\nversion.py\n"}
FIX = {"a.py": b"x = 2\n"}
FIXED = "diff --git a/a.py b/a.py"


def git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false")
    return subprocess.run(
        ["git", *settings, "-C", str(root), *words], capture_output=True, check=True, text=True, timeout=WAIT_S
    )


def write(root: Path, files: Mapping[str, bytes | None]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)


def taken(
    root: Path,
    changed: Mapping[str, bytes | None],
    *,
    more: Mapping[str, bytes] | None = None,
    beside: Mapping[str, bytes] | None = None,
    binary: Sequence[str] | None = None,
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Take the patch of changes to a commit of BASE and `more`, whose tree has `beside` from a build.

    It is checked that it applies to the image's tree.
    """
    original, tree, work = root / "original", root / "tree", root / "work"
    original.mkdir()
    work.mkdir()
    write(original, {**BASE, **(more or {})})
    for words in (("init", "-q"), ("add", "--all"), ("commit", "-qm", "base")):
        git(original, *words)
    write(original, beside or {})
    shutil.copytree(original, tree)
    write(tree, changed)
    bounds = {"most_bytes": 1 << 24, "most_file_bytes": 1 << 22, "most_files": 100, "most_listed": 100}
    found = work_tree.changes({"original": str(original), "tree": str(tree), "links": [], **bounds})
    request = {"original": str(original), "work": str(work), "changes": found["changes"], "binary": binary, **bounds}
    written = work_tree.patch(request)
    patch = root / "patch.diff"
    patch.write_bytes(base64.b64decode(written["patch"]))
    git(original, "apply", "--check", str(patch))
    return patch.read_bytes().decode(), found, written


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("m.so", b"\0\1", b"\0\2"), ("version.py", b"1\n", b"2\n"), ("version.py", b"1\n", None)],
)
def test_what_a_build_has_left_in_the_image_is_no_part_of_a_patch(
    tmp_path: Path, name: str, before: bytes, after: bytes | None
) -> None:
    text, _, written = taken(tmp_path, {**FIX, name: after}, beside={name: before})

    assert text.count("diff --git") == 1
    assert FIXED in text
    assert written["ignored"] == [name]


def test_files_in_other_encodings_are_changed_as_binary_ones(tmp_path: Path) -> None:
    latin = {"l.py": "# é\nx = 1\n".encode("latin-1")}
    changed = {**FIX, "l.py": "# é\nx = 2\n".encode("latin-1"), "log.txt": b"\xe9\n"}

    text, found, _ = taken(tmp_path, changed, more=latin)

    assert FIXED in text
    assert "diff --git a/l.py b/l.py" in text
    assert "GIT binary patch" in text
    assert found["left_out"] == [("log.txt", "it is new and binary")]


def test_a_link_that_leads_to_no_utf_8_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    (tmp_path / "after" / "link").symlink_to("\udcff")
    bounds = {"most_bytes": 99, "most_file_bytes": 99, "most_files": 9, "most_listed": 9}

    found = work_tree.changes({"original": f"{tmp_path}/before", "tree": f"{tmp_path}/after", "links": [], **bounds})

    assert found == {"changes": [], "left_out": [("link", "its target is not UTF-8")]}


def test_binary_files_are_changed_whatever_attributes_say(tmp_path: Path) -> None:
    more = {".gitattributes": b"* text diff\n", "i.png": b"\0\1"}

    text, _, _ = taken(tmp_path, {**FIX, "i.png": b"\0\2"}, more=more)

    assert FIXED in text
    assert "diff --git a/i.png b/i.png" in text
