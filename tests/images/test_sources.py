"""Where an instance's code and image come from: clones of the user's, and digests of published images."""

from __future__ import annotations

import http.server
import io
import json
import subprocess
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from boxscore import DataError, UsageError
from boxscore.cli.app import app
from boxscore.images.digests import pinned_image, resolve_digest
from boxscore.images.repositories import repository_file, repository_tar
from harnesses.swebench.environment import python_environment
from harnesses.swebench.specs import RepoSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = f"sha256:{'a' * 64}"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder as nobody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of two commits, the first of them tagged."""
    folder = tmp_path / "made"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "dev.txt").write_text("-r base.txt\n-e .\ntypes-pkg_resources==1\ntox\n")
    (folder / "requirements" / "base.txt").write_text("attrs\n")
    (folder / "a.txt").write_text("old")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "tag", "1.0")
    (folder / "a.txt").write_text("new")
    git(folder, "commit", "-q", "-a", "-m", "second")
    return folder


@pytest.fixture(params=["bare", "tree", "tar"])
def repositories(request: pytest.FixtureRequest, clone: Path, tmp_path: Path) -> Path:
    """A folder of clones, in each form that it may have."""
    folder = tmp_path / "repositories"
    folder.mkdir()
    if request.param == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(clone), str(folder / "org__lib.git"))
    elif request.param == "tree":
        git(tmp_path, "clone", "-q", str(clone), str(folder / "org__lib"))
    else:
        with tarfile.open(folder / "org__lib.tar.gz", "w:gz") as archive:
            archive.add(clone, "lib")
    return folder


def contents(packed: bytes) -> dict[str, bytes]:
    """The files of a tar."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}  # type: ignore[union-attr]


def test_tree_of_a_commit(repositories: Path, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tar has one commit's tree and the last tag before it, and nothing of what came later."""
    monkeypatch.setenv("BOXSCORE_REPOS", str(repositories))

    found = contents(repository_tar("org/lib", git(clone, "rev-parse", "HEAD~1")))

    assert found["a.txt"] == b"old"
    assert found[".boxscore-tag"] == b"1.0\n"
    assert not any(name.startswith(".git/") for name in found)


def test_no_such_commit(clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A clone that lacks the commit is named; nothing that is not a commit gets to git."""
    (tmp_path / "r").mkdir()
    clone.rename(tmp_path / "r" / "org__lib")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "r"))

    with pytest.raises(DataError, match="org__lib cannot give commit 0123456789"):
        repository_tar("org/lib", "0123456789")
    with pytest.raises(DataError, match="not a commit"):
        repository_tar("org/lib", "--output=/tmp/x")


@pytest.mark.parametrize("name", ["org/other", "../org__lib", "org/../lib", "/etc"])
def test_repository_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Where the folder does not have it, the image clones it itself."""
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path))

    assert repository_tar(name, "0123456789") == b""


def test_requirements_of_a_clone(clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Requirements are read from the clone with the files they name, cleaned as the benchmark does."""
    (tmp_path / "r").mkdir()
    commit = git(clone, "rev-parse", "HEAD")
    clone.rename(tmp_path / "r" / "org__lib")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "r"))
    spec = RepoSpec(packages="requirements.txt", paths=("none.txt", "requirements/dev.txt"))

    text = python_environment("org/lib", commit, spec, environment_yml=None)

    assert "\\nattrs\\ntypes-setuptools\\ntox\\n" in text
    assert "curl" not in text
    assert repository_file("org/lib", commit, "none.txt") is None


def test_requirements_without_a_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else they are fetched when the image is built."""
    monkeypatch.delenv("BOXSCORE_REPOS", raising=False)
    spec = RepoSpec(packages="requirements.txt", paths=("dev.txt",))

    text = python_environment("org/lib", "0123", spec, environment_yml=None)

    assert "https://raw.githubusercontent.com/org/lib/0123/$1" in text


class Registry(http.server.BaseHTTPRequestHandler):
    """A registry that knows one tag."""

    def do_HEAD(self) -> None:
        """Tell the digest of the tag."""
        known = self.path == "/v2/org/image/manifests/latest"
        self.send_response(200 if known else 404)
        if known:
            self.send_header("Docker-Content-Digest", DIGEST)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    """Its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_digest_of_a_tag(registry: str) -> None:
    """A registry tells which image a tag names now."""
    assert resolve_digest("org/image:latest", registry=registry) == DIGEST


def test_tag_that_is_not_there(registry: str) -> None:
    """A tag without an image is an error that names it."""
    with pytest.raises(DataError, match="org/image:gone"):
        resolve_digest("org/image:gone", registry=registry)


def test_digests_of_a_benchmark(registry: str, tmp_path: Path) -> None:
    """The command prints what the tags of the instances asked for name, and what cannot be told."""
    rows = [
        {
            "instance_id": f"org__lib-{number}",
            "repo": "org/lib",
            "base_commit": "0123",
            "test_cmds": ["pytest"],
            "FAIL_TO_PASS": ["t.py::a"],
            "PASS_TO_PASS": [],
            "docker_image": image,
        }
        for number, image in enumerate(("org/image", "org/image:latest", "org/gone"))
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    words = ["images", "digests", "swe-bench-live", "--data", str(data), "--mirror", registry]

    done, fewer = (CliRunner().invoke(app, [*words, *more]) for more in ([], ["--limit", "2"]))

    assert (done.exit_code, json.loads(done.stdout)) == (1, {"org/image:latest": DIGEST})
    assert (fewer.exit_code, json.loads(fewer.stdout)) == (0, {"org/image:latest": DIGEST})


def test_digests_of_what_is_not_published() -> None:
    """A benchmark without published images says so."""
    done = CliRunner().invoke(app, ["images", "digests", "tiny-patches", "--limit", "1"])

    assert isinstance(done.exception, UsageError)


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("org/image:latest", f"org/image@{DIGEST}"),
        ("org/image", f"org/image@{DIGEST}"),
        ("host:5000/image", f"host:5000/image@{DIGEST}"),
    ],
)
def test_image_by_digest(image: str, reference: str) -> None:
    """The tag goes, the registry's port stays."""
    assert pinned_image(image, DIGEST) == reference
