"""Take what an agent has changed in its work tree as data, and write it as a patch in another box.

Programs for two boxes, with `tree_files` before them. `changes` runs in the agent's box, when nothing
of it runs any more, and neither starts git nor reads what the agent left in `.git`. `patch` runs in a fresh box of the
same image, where git knows nothing but what the image has: no settings, hooks, filters, attributes or diff programs of
the agent's.
"""

from __future__ import annotations

import base64
import os
import subprocess
from typing import Any

from tree_files import Pair, read, walk

GIT = ".git"
# Nobody means these to be part of a change, and a repository may have no .gitignore that says so.
CACHES = """__pycache__/
*.py[cod]
.pytest_cache/
.mypy_cache/
.ruff_cache/
.hypothesis/
.tox/
.nox/
.coverage
node_modules/.cache/
"""
BINARY_LOOK = 8000  # as git does
DIFF = [
    "diff-index",
    "--cached",
    "-p",
    "--binary",
    "--full-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "HEAD",
]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    return {"changes": changes, "patch": patch}[request["do"]](request)


def changes(request: dict[str, Any]) -> dict[str, Any]:
    original, tree = request["original"], request["tree"]
    skip = {GIT, *request["links"]}
    pair = Pair(original, tree, walk(original, skip), walk(tree, skip), stamped=False)
    found: list[dict[str, Any]] = []
    left_out: list[tuple[str, str]] = []
    room = request["most_bytes"]
    for path in sorted({*pair.before, *pair.after}):
        if len(found) + len(left_out) > request["most_files"]:
            left_out.append(("…", "there are more changes than are taken"))
            break
        old, new = pair.before.get(path), pair.after.get(path)
        if (new is None or new.kind == "folder") and (old is None or old.kind == "folder"):
            continue
        if new is not None and new.kind == "file" and new.size > min(room, request["most_file_bytes"]):
            if old is None or old.size != new.size or pair.differs(path):
                left_out.append((_text(path), "it is too large"))
            continue
        if not pair.differs(path):
            continue
        why = _unusable(path, new)
        if why:
            left_out.append((_text(path), why))
            continue
        data = _content(tree, path, new)
        why = _no_text(old, new, data)
        if why:
            left_out.append((path, why))
            continue
        room -= len(data)
        kind = new.kind if new is not None and new.kind != "folder" else ""
        found.append(
            {
                "path": path,
                "kind": kind,
                "executable": bool(new is not None and new.executable),
                "added": old is None or old.kind == "folder",
                "data": base64.b64encode(data).decode(),
            }
        )
    return {"changes": found, "left_out": left_out[: request["most_listed"]]}


def _unusable(path: str, new: Any) -> str:
    if any(part.lower() == GIT for part in path.split("/")):
        return "it is of a repository inside the repository"
    if new is not None and new.kind == "other":
        return "it is neither a file nor a link"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    return "" if path.isprintable() else "its name has characters that cannot be shown"


def _no_text(old: Any, new: Any, data: bytes) -> str:
    """Say why what stands at a path cannot be part of a patch, which is text; files that were there may be binary."""
    if new is None or new.kind == "folder" or _is_text(data):
        return ""
    if new.kind == "link":
        return "its target is not UTF-8"
    return "" if old is not None and old.kind == "file" else "it is new and binary"


def _is_text(data: bytes) -> bool:
    """Tell whether content can stand in a patch as it is, which is UTF-8 and what git takes for text."""
    if b"\0" in data[:BINARY_LOOK]:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _content(tree: str, path: str, new: Any) -> bytes:
    if new is None or new.kind == "folder":
        return b""
    return os.fsencode(new.target) if new.kind == "link" else read(tree, path)


def _text(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def patch(request: dict[str, Any]) -> dict[str, Any]:
    """Write changes as a patch against the image's commit, without those that its rules and theirs ignore.

    What is no text on both sides is written as a binary change, and all else as text, whatever attributes say.
    """
    git = Git(request["original"], request["work"])
    git.run("read-tree", "HEAD")
    ignored = git.ignored({one["path"]: one for one in request["changes"]})
    kept = [one for one in request["changes"] if one["path"] not in ignored]
    texts: list[dict[str, Any]] = []
    binary: list[dict[str, Any]] = []
    refused: list[str] = []
    allowed = request["binary"]  # the paths that may have binary data in a patch that is graded; null for all
    for one in kept:
        if _was_and_is_text(request["original"], one):
            texts.append(one)
        elif allowed is None or one["path"] in allowed:
            binary.append(one)
        else:
            refused.append(one["path"])
    text = git.patch(texts, "--text") + (git.patch(binary) if binary else b"")
    listed = request["most_listed"]
    return {
        "patch": base64.b64encode(text).decode(),
        "ignored": sorted(ignored)[:listed],
        "refused": sorted(refused)[:listed],
    }


def _was_and_is_text(original: str, one: dict[str, Any]) -> bool:
    path = os.path.join(original, one["path"])
    was_file = not one["added"] and os.path.isfile(path) and not os.path.islink(path)
    return _is_text(base64.b64decode(one["data"])) and (not was_file or _is_text(read(original, one["path"])))


class Git:
    """Git on the image's commit, with an index, objects, settings and an empty work tree of its own."""

    def __init__(self, original: str, work: str) -> None:
        self.files, self.objects = os.path.join(work, "files"), os.path.join(work, "objects")
        self.excludes = os.path.join(work, "excludes")
        for folder in (self.files, self.objects):
            os.mkdir(folder)
        self.attributes = os.path.join(work, "attributes")
        for path, text in ((self.excludes, CACHES), (self.attributes, "* -diff\n")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.env = {
            "PATH": "/boxscore/bin:/usr/bin:/bin:/usr/local/bin",
            "HOME": work,
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_DIR": os.path.join(original, GIT),
            "GIT_WORK_TREE": self.files,
            "GIT_INDEX_FILE": os.path.join(work, "index"),
            "GIT_OBJECT_DIRECTORY": self.objects,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(original, GIT, "objects"),
        }
        self.words = ["git"]
        for setting in (
            "safe.directory=*",
            "core.fsmonitor=",
            "core.hooksPath=/dev/null",
            f"core.attributesFile={self.attributes}",
            f"core.excludesFile={self.excludes}",
            "core.quotePath=false",
            "core.protectNTFS=false",
            "core.protectHFS=false",
            "diff.noprefix=false",
            "diff.mnemonicPrefix=false",
        ):
            self.words += ["-c", setting]

    def run(self, *words: str, data: bytes = b"", fine: tuple[int, ...] = (0,)) -> bytes:
        done = subprocess.run(  # noqa: S603 - no shell reads it
            [*self.words, *words], cwd=self.files, env=self.env, input=data, check=False, capture_output=True
        )
        if done.returncode not in fine:
            raise SystemExit(f"git {words[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def patch(self, changes: list[dict[str, Any]], *options: str) -> bytes:
        self.run("read-tree", "HEAD")
        lines = ["0 %s\t%s" % ("0" * 40, one["path"]) for one in changes if not one["kind"]]  # noqa: UP031 - as the next
        for one in changes:
            if one["kind"]:
                data = base64.b64decode(one["data"])
                name = self.run("hash-object", "-w", "--no-filters", "--stdin", data=data).decode().strip()
                mode = "120000" if one["kind"] == "link" else "100755" if one["executable"] else "100644"
                lines.append("%s %s\t%s" % (mode, name, one["path"]))  # noqa: UP031 - reads best
        data = "".join(f"{line}\0" for line in lines).encode()
        self.run("update-index", "--add", "--replace", "-z", "--index-info", data=data)
        return self.run(*DIFF[:-1], *options, DIFF[-1])

    def ignored(self, changed: dict[str, Any]) -> set[str]:
        """Name the paths that the tree's rules ignore: the commit's, and those that were changed after it.

        What the image has beside its commit, as a build leaves it there, was ignored when that was made.
        """
        known = set(self.run("ls-files", "-z").decode(errors="surrogateescape").split("\0"))
        beside = {path for path, one in changed.items() if not one["added"] and path not in known}
        return beside | self._by_rules(changed)

    def _by_rules(self, changed: dict[str, Any]) -> set[str]:
        listed = self.run("ls-files", "-z", "--", ":(glob)**/.gitignore").decode().split("\0")
        for path in filter(None, listed):
            if path not in changed:
                self._write(path, self.run("cat-file", "blob", f":{path}"))
        for path, one in changed.items():
            if path.rpartition("/")[2] == ".gitignore" and one["kind"] == "file":
                self._write(path, base64.b64decode(one["data"]))
        added = [path for path, one in changed.items() if one["added"]]
        if not added:
            return set()
        data = "".join(f"{path}\0" for path in added).encode()
        return set(
            filter(
                None,
                self.run("check-ignore", "--no-index", "-z", "--stdin", data=data, fine=(0, 1)).decode().split("\0"),
            )
        )

    def _write(self, path: str, data: bytes) -> None:
        full = os.path.join(self.files, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)
