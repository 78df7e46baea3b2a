"""A user's repository is read whole and never touched, whatever its settings say."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import UsageError
from boxscore.instances.repository import Repository
from tests.instances.conftest import AFTER, BEFORE, commit, git

if TYPE_CHECKING:
    from pathlib import Path


def names(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: entry for entry in tar}


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("deadbeef", r"no commit 'deadbeef'.*shallow"),
        ("", "is not a commit"),
        ("--all", "is not a commit"),
        ("main\nmain", "is not a commit"),
    ],
)
def test_names_that_are_no_commit(repository: Repository, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        repository.commit(name)


def test_a_folder_whose_name_is_not_utf_8(clone: Path, tmp_path: Path) -> None:
    odd = clone.rename(clone.with_name(os.fsdecode(b"caf\xe9")))

    assert Repository(odd, tmp_path / "scratch").commit("main")


def test_nothing_is_touched(clone: Path, repository: Repository) -> None:
    before = state(clone)
    base = repository.commit("main~2")
    files = repository.files(base)
    repository.archive(files)
    repository.difference(base, repository.commit("main~1"))
    repository.why_not_applied(
        base, b"diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"
    )
    repository.later_objects(base)

    assert state(clone) == before


def test_settings_of_the_repository_run_nothing(clone: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    commit(clone, {".gitattributes": "* filter=evil diff=evil\n"}, "Attributes")
    for setting in (
        *("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "diff.evil.command", "diff.external"),
        *("core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "core.alternateRefsCommand"),
    ):
        git(clone, "config", setting, str(program))
    git(clone, "config", "log.showSignature", "true")
    scratch = tmp_path / "empty"
    scratch.mkdir()
    repository = Repository(clone, scratch)
    base, head = repository.commit("main~3"), repository.commit("main")
    repository.archive(repository.files(head))
    repository.difference(base, head)
    repository.messages(base, head)
    repository.date(head)
    repository.last_tag(head)
    repository.name()
    repository.why_not_applied(base, repository.difference(base, head))

    assert not mark.exists()


def test_an_archive_has_the_files_as_committed(clone: Path, repository: Repository) -> None:
    link = clone / "link"
    link.symlink_to("sum.py")
    (clone / "run").write_text("#!/bin/sh\n")
    (clone / "run").chmod(0o755)
    head = commit(clone, {".gitattributes": "tests/ export-ignore\nsum.py export-subst\n"}, "Attributes")
    archive = repository.archive(repository.files(head))

    found = names(archive)
    assert set(found) == {*BEFORE, ".gitattributes", "link", "run"}
    assert found["link"].linkname == "sum.py"
    assert found["run"].mode == 0o755
    assert found["run"].mtime >= 315532800, "a wheel cannot hold files from before 1980"
    assert archive == repository.archive(repository.files(head))


def test_untracked_files_and_credentials_stay_out(clone: Path, repository: Repository) -> None:
    (clone / ".env").write_text("TOKEN=secret")
    git(clone, "remote", "add", "origin", "https://user:secret@example.org/owner/sums.git")
    archive = repository.archive(repository.files(repository.commit("main")))

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        texts = [tar.extractfile(entry).read() for entry in tar if entry.isfile()]  # type: ignore[union-attr]
    assert not any(b"secret" in text for text in texts)
    assert repository.name() == "owner/sums"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git@example.org:owner/lib.git", "owner/lib"),
        ("ssh://git@example.org/group/sub/lib", "sub/lib"),
        ("https://token@example.org/owner/lib/", "owner/lib"),
        ("/some/where/lib", "local/sums"),
        ("https://example.org/a b?token=c", "local/sums"),
    ],
)
def test_names_of_repositories(clone: Path, repository: Repository, url: str, name: str) -> None:
    git(clone, "remote", "add", "origin", url)

    assert repository.name() == name


def test_later_objects(clone: Path, repository: Repository) -> None:
    """They are what commits after the base have, dangling ones too; nothing of the base is among them."""
    base = repository.commit("main~2")
    (clone / "lost").write_text("on no branch")
    lost = git(clone, "hash-object", "-w", "lost")
    later = repository.later_objects(base)

    assert lost in later
    assert git(clone, "rev-parse", "main~1:sum.py") in later
    assert git(clone, "rev-parse", "main") in later
    assert not later & {blob.name for blob in repository.files(base).values()}


def test_a_worktree_is_read_at_its_own_head(clone: Path, tmp_path: Path) -> None:
    linked, scratch = tmp_path / "linked", tmp_path / "empty"
    scratch.mkdir()
    git(clone, "worktree", "add", "-q", "--detach", str(linked), "main~1")
    repository = Repository(linked, scratch)
    head = repository.commit("HEAD")

    assert head == git(clone, "rev-parse", "main~1")
    assert (
        repository.contents(repository.files(head).values())[git(clone, "rev-parse", "main~1:sum.py")]
        == AFTER["sum.py"].encode()
    )


def test_patches_that_do_not_apply(repository: Repository) -> None:
    base, head = repository.commit("main~2"), repository.commit("main~1")
    patch = repository.difference(base, head)

    assert repository.why_not_applied(base, patch) == ""
    assert "sum.py" in repository.why_not_applied(head, patch)


def test_trees_that_no_folder_can_be(clone: Path, repository: Repository) -> None:
    blob = git(clone, "rev-parse", "main:sum.py")
    made = clone.parent / "tree"
    made.write_bytes(b"100644 ..\0" + bytes.fromhex(blob))
    tree = git(clone, "hash-object", "-t", "tree", "-w", "--literally", str(made))
    bad = git(clone, "commit-tree", "-m", "bad", tree)

    with pytest.raises(UsageError, match="a path that cannot be checked out"):
        repository.files(bad)


def test_gits_variables_of_the_caller_mean_nothing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", os.devnull)
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", os.devnull)

    assert len(repository.commit("main")) == 40
