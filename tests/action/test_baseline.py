"""Which runs are taken for a baseline, and which never are."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from boxscore.action.baseline import find_baseline, unpack
from boxscore.action.github import GitHub, GitHubError
from boxscore.action.inputs import Inputs, JobPaths
from boxscore.errors import InputError
from tests.action.github_server import FORK_ID, FakeGitHub, zipped, zipped_folder
from tests.compare.runs import write_run

NAME = "accepted"


def place(tmp_path: Path) -> JobPaths:
    return JobPaths(tmp_path / "use")


def runs(tmp_path: Path, words: str = "+ - +", benchmark: str = "bench") -> bytes:
    folder = tmp_path / f"made-{len(list(tmp_path.iterdir()))}"
    write_run(folder / benchmark, words, benchmark=benchmark)
    return zipped_folder(folder)


def found(tmp_path: Path, github: FakeGitHub, baseline: str = f"artifact:{NAME}") -> tuple[str, str]:
    one = find_baseline(Inputs(name="boxscore", baseline=baseline), place(tmp_path), github.environ())
    return one.note, one.run


def test_the_newest_good_run_of_the_default_branch(tmp_path: Path, github: FakeGitHub) -> None:
    github.page = 2
    for day in range(1, 8):
        github.add_run(day, conclusion="success" if day < 7 else "failure")
        github.add_artifact(NAME, runs(tmp_path), run_id=day, created=f"2026-11-0{day}T00:00:00Z")

    note, one = found(tmp_path, github)

    assert "run 6 (2026-11-06T00:00:00Z)" in note
    assert (Path(one) / "run.json").is_file()


@pytest.mark.parametrize(
    ("run", "artifact"),
    [
        ({}, {"branch": "feature"}),
        ({"event": "pull_request"}, {"head": FORK_ID}),
        ({"event": "pull_request"}, {}),
        ({"event": "pull_request_target"}, {}),
        ({"event": "workflow_run"}, {}),
        ({"conclusion": "failure"}, {}),
        ({"conclusion": None}, {}),
        ({}, {"expired": True}),
    ],
)
def test_what_others_have_uploaded_is_none(
    tmp_path: Path, github: FakeGitHub, run: dict[str, str], artifact: dict[str, object]
) -> None:
    github.add_run(1, **run)
    github.add_artifact(NAME, runs(tmp_path), run_id=1, **artifact)  # type: ignore[arg-type]

    note, one = found(tmp_path, github)

    assert one == ""
    assert "there is no baseline" in note


def test_a_busy_github_is_asked_again(tmp_path: Path, github: FakeGitHub) -> None:
    api = GitHub(repository="owner/models", token="job-token", api_url=github.api_url, pause_s=0.001)
    github.busy = 3

    assert api.repository().id == 1

    github.busy = 4
    with pytest.raises(GitHubError, match="503"):
        api.repository()
    api.close()
    refused = GitHub(repository="owner/models", token="another", api_url=github.api_url, pause_s=0.001)
    with pytest.raises(GitHubError, match="401"):
        refused.repository()
    refused.close()


def test_another_archive_than_was_uploaded(tmp_path: Path, github: FakeGitHub) -> None:
    github.add_run(1)
    github.add_artifact(NAME, runs(tmp_path), run_id=1, digest=f"sha256:{'0' * 64}")

    with pytest.raises(GitHubError, match="is not what was uploaded"):
        found(tmp_path, github)


def test_an_archive_that_is_too_large(tmp_path: Path, github: FakeGitHub) -> None:
    number = github.add_artifact(NAME, b"0" * 5000, run_id=1)
    api = GitHub(repository="owner/models", token="job-token", api_url=github.api_url)

    with pytest.raises(GitHubError, match="more than 4,096 bytes"):
        api.download_artifact(next(api.artifacts(NAME)), tmp_path / "archive", most_bytes=4096)
    api.close()
    assert number == 1


@pytest.mark.parametrize(
    "name", ["../out", "/etc/out", "a/../../out", "..\\out", "C:\\out", "a\x00b", "a\nb", "\u202egpj.exe"]
)
def test_entries_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped({name: b"x"}))

    try:
        unpack(archive, tmp_path / "in")
    except InputError:
        pass
    else:  # zipfile itself cuts a name at its NUL
        assert name == "a\x00b"

    outside = [one for one in tmp_path.rglob("*") if one.is_file() and not one.is_relative_to(tmp_path / "in")]
    assert outside == [archive]


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as packed:
            entry = zipfile.ZipInfo("run.json")
            entry.external_attr = (kind | 0o777) << 16
            packed.writestr(entry, "/etc/passwd")
        (tmp_path / "a.zip").write_bytes(data.getvalue())

        with pytest.raises(InputError, match="no file of its own"):
            unpack(tmp_path / "a.zip", tmp_path / "in")


def test_bombs_are_refused(tmp_path: Path) -> None:
    archive, folder = tmp_path / "a.zip", tmp_path / "in"
    archive.write_bytes(zipped({"zeros": b"\0" * 10_000_000}))
    with pytest.raises(InputError, match="more than 1,000,000 bytes"):
        unpack(archive, folder, most_bytes=1_000_000)
    assert (folder / "zeros").stat().st_size <= 1_000_000

    archive.write_bytes(zipped({f"f{n}": b"" for n in range(20)}))
    with pytest.raises(InputError, match="20 files"):
        unpack(archive, tmp_path / "in2", most_files=10)

    archive.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpack(archive, tmp_path / "in3")
