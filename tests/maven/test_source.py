"""The cache before a mirror: what is kept, what is not, and what becomes of a cache that somebody wrote to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.errors import MirrorUnavailable
from boxscore.maven.layout import RepositoryPath, repository_path
from boxscore.maven.source import CachedSource
from tests.maven.fake_source import FakeSource

if TYPE_CHECKING:
    from pathlib import Path

JAR, INDEX = "a/b/1/b-1.jar", "a/b/maven-metadata.xml"


def wanted(path: str) -> RepositoryPath:
    found = repository_path(path)
    assert found is not None
    return found


def cached(source: FakeSource, folder: Path, name: str = "mirror") -> CachedSource:
    return CachedSource(source, name=name, folder=folder)


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_fetched_once_from_each_mirror(tmp_path: Path) -> None:
    """No name of a box's is a path of the cache."""
    source = FakeSource({JAR: b"jar"})

    found = [cached(source, tmp_path).get(wanted(JAR)) for _ in range(2)]

    assert found == [b"jar", b"jar"]
    assert source.asked == [JAR]
    (file,) = kept(tmp_path)
    assert [len(part) for part in file.relative_to(tmp_path).parts] == [16, 2, 64]
    assert cached(FakeSource({JAR: b"two"}), tmp_path, "two").get(wanted(JAR)) == b"two"


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"poison"])
def test_a_cache_that_was_written_to_is_not_believed(tmp_path: Path, damage: bytes) -> None:
    source = FakeSource({JAR: b"jar"})
    cached(source, tmp_path).get(wanted(JAR))
    (file,) = kept(tmp_path)
    file.write_bytes(file.read_bytes()[: len(damage)] + damage)

    assert cached(source, tmp_path).get(wanted(JAR)) == b"jar"
    assert cached(source, tmp_path).get(wanted(JAR)) == b"jar"
    assert source.asked == [JAR, JAR]


def test_one_file_in_the_place_of_another_is_not_believed(tmp_path: Path) -> None:
    other = "a/c/1/c-1.jar"
    source = FakeSource({JAR: b"jar", other: b"other"})
    cached(source, tmp_path).get(wanted(other))
    (theirs,) = kept(tmp_path)
    cached(source, tmp_path).get(wanted(JAR))
    (ours,) = set(kept(tmp_path)) - {theirs}
    ours.unlink()
    ours.symlink_to(theirs)

    assert cached(source, tmp_path).get(wanted(JAR)) == b"jar"
    assert not ours.is_symlink()
    assert cached(source, tmp_path).get(wanted(other)) == b"other"


def test_what_may_change_is_kept_for_a_run_alone(tmp_path: Path) -> None:
    source = FakeSource({INDEX: b"index"})
    run = cached(source, tmp_path)

    assert [run.get(wanted(INDEX)) for _ in range(2)] == [b"index"] * 2
    cached(source, tmp_path).get(wanted(INDEX))

    assert source.asked == [INDEX, INDEX]
    assert kept(tmp_path) == []


def test_what_is_not_there_is_remembered_for_a_run(tmp_path: Path) -> None:
    source = FakeSource({})
    run = cached(source, tmp_path)

    assert [run.get(wanted(JAR)) for _ in range(2)] == [None, None]
    assert source.asked == [JAR]
    assert cached(FakeSource({JAR: b"jar"}), tmp_path).get(wanted(JAR)) == b"jar"


def test_trouble_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(MirrorUnavailable):
        cached(FakeSource({}, error=MirrorUnavailable("down")), tmp_path).get(wanted(JAR))

    assert cached(FakeSource({JAR: b"jar"}), tmp_path).get(wanted(JAR)) == b"jar"
