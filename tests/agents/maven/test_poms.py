"""Changes of poms that need no model."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from boxscore.agents.maven.poms import with_release, with_versions

NS = "{http://maven.apache.org/POM/4.0.0}"
COMPILER = "<artifactId>maven-compiler-plugin</artifactId>"
HEAD = '<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">\n'


def pom(body: str) -> bytes:
    """A pom with a body."""
    return f"{HEAD}{body}</project>\n".encode()


def texts(data: bytes, path: str) -> list[str | None]:
    """The texts of all elements at a path."""
    root = ET.fromstring(data)
    return [one.text for one in root.findall("/".join(NS + name for name in path.split("/")))]


def test_properties_of_the_compiler_are_set_and_added() -> None:
    """Properties of the compiler are set and added."""
    done = with_release(pom("<properties><maven.compiler.source>1.8</maven.compiler.source></properties>"), 17)
    for name in ("source", "target", "release"):
        assert texts(done, f"properties/maven.compiler.{name}") == ["17"]
    assert texts(with_release(pom("<artifactId>a</artifactId>"), 21), "properties/maven.compiler.release") == ["21"]


def test_other_properties_are_changed_only_where_they_are() -> None:
    """Other properties are changed only where they are."""
    done = with_release(pom("<properties><java.version>8</java.version></properties>"), 17)
    assert texts(done, "properties/java.version") == ["17"]
    assert b"jdk.version" not in done


@pytest.mark.parametrize(
    "build",
    [
        "",
        "<build/>",
        "<build><plugins/></build>",
        f"<build><plugins><plugin>{COMPILER}</plugin></plugins></build>",
        f"<build><plugins><plugin>{COMPILER}<configuration/></plugin></plugins></build>",
        f"<build><plugins><plugin>{COMPILER}<configuration><source>8</source></configuration></plugin></plugins></build>",
    ],
)
def test_the_compiler_plugin_is_configured_wherever_it_stands(build: str) -> None:
    """The compiler plugin is configured wherever it stands."""
    done = with_release(pom(build), 17)
    for name in ("source", "target", "release"):
        assert texts(done, f"build/plugins/plugin/configuration/{name}") == ["17"]


def test_nothing_else_of_a_pom_changes() -> None:
    """Nothing else of a pom changes."""
    body = "<!-- a  comment --><name  attribute='>'>&amp; ü</name>\n"
    done = with_release(pom(body), 17).decode()
    assert done.startswith(HEAD + body)
    assert with_release(done.encode(), 17).decode() == done


def test_dependencies_are_raised_to_a_table_and_never_lowered() -> None:
    """Dependencies are raised to a table and never lowered."""
    body = (
        "<properties><v>1.0</v></properties><dependencies>"
        "<dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency>"
        "<dependency><groupId>g</groupId><artifactId>b</artifactId><version>9.0.1.RELEASE</version></dependency>"
        "<dependency><groupId>g</groupId><artifactId>c</artifactId></dependency></dependencies>"
    )
    done = with_versions(pom(body), {"g:a": "2.5", "g:b": "3.0", "g:c": "1.0"})
    assert texts(done, "dependencies/dependency/version") == ["2.5", "9.0.1.RELEASE"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<html/>",
        b"<project><a></project>",
        b'<!DOCTYPE p [<!ENTITY a "aaaa">]><project>&a;</project>',
        "<project/>".encode("utf-16"),
        b"<project>" + b"<a>" * 200_000,
    ],
)
def test_what_is_no_pom_is_refused(data: bytes) -> None:
    """What is no pom is refused."""
    with pytest.raises(ValueError, match="it "):
        with_release(data, 17)


def test_versions_that_stand_for_themselves_end() -> None:
    """Versions that stand for themselves end."""
    body = (
        "<properties><v>${v}</v></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>"
    )
    data = pom(body + "<version>${v}</version></dependency></dependencies>")
    assert with_versions(data, {"g:a": "2"}) == data
