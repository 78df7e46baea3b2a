"""What a box may ask for: files of a Maven repository's layout, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxscore.maven.layout import repository_path


@pytest.mark.parametrize(
    ("path", "coordinates"),
    [
        ("/junit/junit/4.13.2/junit-4.13.2.jar", "junit:junit:4.13.2:jar"),
        ("junit/junit/4.13.2/junit-4.13.2.pom", "junit:junit:4.13.2:pom"),
        ("/com/google/guava/guava/31.1-jre/guava-31.1-jre.jar", "com.google.guava:guava:31.1-jre:jar"),
        ("/a/b/c/1.0/c-1.0-linux.x86_64.jar", "a.b:c:1.0:linux.x86_64:jar"),
        ("/a/c/1.0/c-1.0-bin.tar.gz", "a:c:1.0:bin:tar.gz"),
        ("/a/c/1-SNAPSHOT/c-1-20260102.030405-6-tests.jar", "a:c:1-SNAPSHOT:tests:jar"),
    ],
)
def test_artefacts_have_coordinates(path: str, coordinates: str) -> None:
    found = repository_path(path)

    assert found is not None
    assert (found.path, found.coordinates, found.checksum) == (path.removeprefix("/"), coordinates, "")
    assert found.changes == ("SNAPSHOT" in path)


def test_checksums_are_of_a_file() -> None:
    found = repository_path("/a/c/1/c-1.jar.sha256")

    assert found is not None
    assert (found.path, found.checksum) == ("a/c/1/c-1.jar", "sha256")


@pytest.mark.parametrize(
    "path", ["/a/maven-metadata.xml", "/a/b/c/maven-metadata.xml.sha1", "/a/b/1/maven-metadata.xml"]
)
def test_an_index_of_versions_changes(path: str) -> None:
    found = repository_path(path)

    assert found is not None
    assert found.changes
    assert found.coordinates == ""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "/a/b/1/../../../etc/b-1.jar",
        "/../a/b/1/b-1.jar",
        "/a/./b/1/b-1.jar",
        "//a/b/1/b-1.jar",
        "/a//b/1/b-1.jar",
        "/a/b/1/b-1.jar/",
        "/a/b/1/b-1.jar?x=1",
        "/a/b/1/b-1.jar#x",
        "/a/b/1/b-1.jar;x",
        "/a/b/1/%62-1.jar",
        "/a/b/1/b-1.jar%00",
        "/a/b/1/b-1.jar\n",
        "/a/b/1/b-1.jar\r\nHost: x",
        "/a/b/1/b-1.j\u00e4r",
        "/a/b/1/c-1.jar",
        "/a/b/1/b-2.jar",
        "/a/b/1/b-1",
        "/a/b/1/b-1.",
        "/b/1/b-1.jar",
        "/.git/b/1/b-1.jar",
        "/a/b/1/.b-1.jar",
        "/a/b/1..2/b-1..2.jar",
        "http://example.org/a/b/1/b-1.jar",
        "/a/b/1/b-1.jar.sha1.sha1",
        "\\a\\b\\1\\b-1.jar",
        "/a" * 300 + "/b/1/b-1.jar",
        "/" + "a" * 200 + "/b/1/b-1.jar",
        "/a/b/1/maven-metadata-local.xml",
        "/archetype-catalog.xml",
        "/maven-metadata.xml",
    ],
)
def test_everything_else_is_refused(path: str) -> None:
    assert repository_path(path) is None


@given(st.text(alphabet="ab1./-%~\\?\x00", max_size=40))
def test_no_path_leads_out(text: str) -> None:
    found = repository_path(text)

    if found is not None:
        assert all(part and not part.startswith(".") and ".." not in part for part in found.path.split("/"))
        assert not set(found.path) & set("%\\?\x00")
