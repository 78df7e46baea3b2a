"""Read a user's repository without touching it: not its files, its index, its refs or its settings.

Objects are read through an empty repository of ours that borrows them, so that no setting, hook, filter or attribute
of the user's repository takes part, and what git writes goes into ours. Nothing is ever fetched.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import tarfile
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.child import run_child
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_TREE_BYTES = 512 << 20
MAX_TEXT_BYTES = 1 << 20
MAX_FILES = 200_000  # what the grader can watch
EPOCH_S = 946684800  # 2000-01-01, as in images whose history is stripped; wheels cannot hold files from before 1980
SUBMODULE, LINK = "160000", "120000"

_TIMEOUT_S = 300.0
_ALONE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
    "TZ": "UTC",
}
_SETTINGS = (
    "-c",
    "core.quotePath=false",
    "-c",
    "safe.directory=*",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
)
_ORIGIN = re.compile(r"[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?\Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_WORD = re.compile(r"[^\w.-]+", re.ASCII)


class Blob(Struct, frozen=True):
    """A file of a commit: its mode, the id of its content and its size."""

    mode: str
    name: str
    size: int


class Repository:
    """A repository at `path`, read by way of `scratch`, an empty folder. Raises UsageError where there is none."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self._theirs = self._find()
        self._ours = scratch / "objects.git"
        form = self._their_git("rev-parse", "--show-object-format").decode().strip()
        objects = self._theirs / "objects"
        if "\n" in str(objects):
            raise UsageError(f"{path!r} has a line end in its name, which git cannot read objects from")
        run_git(("init", "--quiet", "--bare", "--template=", f"--object-format={form}", str(self._ours)))
        (self._ours / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")

    def _find(self) -> Path:
        try:
            found = run_git(("-C", str(self.path), "rev-parse", "--path-format=absolute", "--git-common-dir"))
        except UsageError as error:
            raise UsageError(f"{self.path} is not a git repository: name one with --repo") from error
        return self.path.__class__(os.fsdecode(found.rstrip(b"\n")))

    def _their_git(self, *words: str, allowed: tuple[int, ...] = (0,)) -> bytes:
        return run_git((f"--git-dir={self._theirs}", *words), allowed=allowed)

    def _git(self, *words: str, data: bytes | None = None, index: Path | None = None) -> bytes:
        return run_git((f"--git-dir={self._ours}", *words), data=data, index=index)

    def commit(self, name: str) -> str:
        """The full id of a commit, by any name that git takes. Raises UsageError where there is none."""
        if not name or name.startswith("-") or "\n" in name:
            raise UsageError(f"{name!r} is not a commit")
        found = self._in_worktree("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if not _HEX.fullmatch(found):
            raise UsageError(
                f"{self.path} has no commit {name!r}: `git log` lists those that are there, and a shallow clone has "
                "few (`git fetch --unshallow`)"
            )
        return found

    def _in_worktree(self, *words: str) -> str:
        """Ask where HEAD is the one of the worktree that was named, not of the repository it belongs to."""
        return run_git(("-C", str(self.path), *words), allowed=(0, 1, 128)).decode(errors="replace").strip()

    def name(self) -> str:
        """The `owner/name` of the remote called origin, or `local/` and the folder's name. Nothing else is taken."""
        url = self._their_git("config", "--get", "remote.origin.url", allowed=(0, 1)).decode(errors="replace").strip()
        found = _ORIGIN.search(url) if "://" in url or "@" in url else None
        if found:
            return f"{found[1]}/{found[2]}"
        return f"local/{_WORD.sub('-', self.path.resolve().name).strip('-.') or 'repository'}"

    def date(self, commit: str) -> str:
        """When a commit was made, as ISO 8601 in UTC."""
        words = ("show", "--no-patch", "--no-show-signature", "--date=format-local:%Y-%m-%dT%H:%M:%SZ")
        return self._git(*words, "--format=%cd", commit).decode().strip()

    def messages(self, base: str, head: str) -> str:
        """What the commits after `base` up to `head` say, the oldest first."""
        words = ("log", "--no-show-signature", "--no-merges", "--reverse", "--format=%B%x00")
        found = self._git(*words, f"{base}..{head}").decode(errors="replace")
        return "\n\n".join(filter(None, (one.strip() for one in found.split("\0"))))

    def is_ancestor(self, base: str, head: str) -> bool:
        """Whether `head` came after `base`."""
        return not self._git("rev-list", "--max-count=1", base, "--not", head).strip()

    def last_tag(self, commit: str) -> str:
        """The last tag before a commit, "" if there is none."""
        words = ("describe", "--tags", "--abbrev=0", commit)
        return self._their_git(*words, allowed=(0, 128)).decode(errors="replace").strip()

    def difference(self, base: str, head: str) -> bytes:
        """What changed between two commits, as a patch that `git apply` takes."""
        words = ("diff-tree", "-r", "-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv")
        return self._git(*words, "--src-prefix=a/", "--dst-prefix=b/", base, head)

    def files(self, commit: str) -> dict[str, Blob]:
        """Every file of a commit by its path. Raises UsageError for a tree that is too large or cannot be a folder."""
        found: dict[str, Blob] = {}
        for entry in self._git("ls-tree", "-r", "-z", "--long", "--full-tree", commit).split(b"\0")[:-1]:
            head, _, raw = entry.partition(b"\t")
            mode, _, name, size = head.decode().split()
            path = os.fsdecode(raw)
            parts = path.split("/")
            if path in found or not {"", ".", ".."}.isdisjoint(parts) or ".git" in map(str.lower, parts):
                raise UsageError(f"{commit[:12]} has a path that cannot be checked out: {path!r}")
            found[path] = Blob(mode, name, 0 if size == "-" else int(size))
        total = sum(one.size for one in found.values())
        if len(found) > MAX_FILES or total > MAX_TREE_BYTES:
            raise UsageError(
                f"{commit[:12]} has {len(found)} files of {total >> 20} MiB; at most {MAX_FILES} of "
                f"{MAX_TREE_BYTES >> 20} MiB can be graded"
            )
        return found

    def contents(self, blobs: Iterable[Blob]) -> dict[str, bytes]:
        """The content of blobs by their id."""
        names = list(dict.fromkeys(one.name for one in blobs if one.mode != SUBMODULE))
        if not names:
            return {}
        stream = io.BytesIO(self._git("cat-file", "--batch", data="".join(f"{name}\n" for name in names).encode()))
        found = {}
        for name in names:
            words = stream.readline().split()
            if len(words) != 3:  # noqa: PLR2004 - id, type, size
                raise UsageError(f"{self.path} lacks the object {name}: is it a partial clone? (`git fetch --refetch`)")
            found[name] = stream.read(int(words[2]))
            stream.read(1)
        return found

    def archive(self, files: Mapping[str, Blob]) -> bytes:
        """A compressed tar of files as they are in the commit; equal files give equal bytes.

        It is not git's own, which leaves out or changes what attributes of the repository say.
        """
        contents = self.contents(files.values())
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path, blob in sorted(files.items()):
                if blob.mode != SUBMODULE:
                    _add(tar, path, blob, contents[blob.name])
        return gzip.compress(packed.getvalue(), mtime=0)

    def why_not_applied(self, commit: str, patch: bytes) -> str:
        """Say why a patch does not apply to a commit, "" if it does."""
        index, file = self._ours / "index", self._ours / "patch"
        file.write_bytes(patch)
        self._git("read-tree", commit, index=index)
        try:
            self._git("apply", "--cached", "--check", str(file), index=index)
        except UsageError as error:
            return str(error)
        return ""

    def later_objects(self, commit: str) -> set[str]:
        """The ids of all objects of the repository that are not of this commit or of what came before it."""
        every = self._git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered")
        known = self._git("rev-list", "--objects", "--no-object-names", commit)
        return set(every.decode().split()) - set(known.decode().split())


def _add(tar: tarfile.TarFile, path: str, blob: Blob, content: bytes) -> None:
    entry = tarfile.TarInfo(path)
    entry.mode = 0o755 if blob.mode == "100755" else 0o644
    entry.mtime = EPOCH_S
    if blob.mode == LINK:
        entry.type, entry.linkname = tarfile.SYMTYPE, os.fsdecode(content)
        tar.addfile(entry)
    else:
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))


def run_git(
    words: Iterable[str],
    *,
    data: bytes | None = None,
    index: Path | None = None,
    alone: str | None = None,
    allowed: tuple[int, ...] = (0,),
) -> bytes:
    """Run git and return what it printed; in or below the folder `alone` no repository is looked for further up.

    Raises UsageError with its first words if it fails.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ALONE
    environ |= {name: value for name, value in (("GIT_CEILING_DIRECTORIES", alone),) if value is not None}
    if index is not None:
        environ["GIT_INDEX_FILE"] = str(index)
    try:
        done = run_child(["git", "--no-pager", *_SETTINGS, *words], timeout_s=_TIMEOUT_S, env=environ, data=data)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git cannot be run: {error}") from error
    if done.returncode not in allowed:
        raise UsageError(" ".join(done.stderr.decode(errors="replace").split())[:300] or "git failed")
    return done.stdout
