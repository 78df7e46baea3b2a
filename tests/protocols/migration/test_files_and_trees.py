"""What a migration may bring, what its poms say before any Maven reads them, and what Maven resolved: hostile data."""

from __future__ import annotations

import json

import pytest

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.admitted import config_faults, file_faults
from boxscore.protocols.migration.java_compiler import errors_of
from boxscore.protocols.migration.raw_poms import raw_faults
from boxscore.protocols.migration.resolved import MAX_DEPTH, Artefact, read_dependencies
from boxscore.protocols.migration.workplace import bring
from boxscore.protocols.patch.admission import Change, TreeEntry
from boxscore.records import CompileError

FILE = TreeEntry(kind="file")
PLUGIN = b"<build><plugins><plugin><groupId>g</groupId><artifactId>p</artifactId>%s</plugin></plugins></build>"
POM = b"<project>" + PLUGIN + b"%s</project>"


def faults(path: str, text: bytes = b"", known: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with one file that a patch has left."""
    return list(file_faults([Change(path=path, before=None, after=FILE)], {path: text}, known))


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("lib/a.JAR", b"", "compiled or packed"),
        ("target/classes/A.class", b"", "compiled or packed"),
        (".mvn/extensions.xml", b"", "extended"),
        ("core/.mvn/extensions.xml", b"", "extended"),
        ("src/A.txt", b"x yv66vgAAADQ", "written as text"),
        ("src/A.txt", b"CAFEBABE00000034", "written as text"),
        ("src/test/resources/mockito-extensions/org.mockito.plugins.MockMaker", b"a.Mine", "mock with"),
        ("src/main/java/org/junit/Assert.java", b"// x\npackage org.junit;\nclass Assert {}", "org.junit"),
        ("src/main/java/A.java", b"  package java.util ;", "java.util"),
    ],
)
def test_what_a_migration_may_not_bring(path: str, text: bytes, reason: str) -> None:
    """Each is refused by name."""
    (found,) = faults(path, text)

    assert reason in found
    assert path in found


def test_what_a_migration_may_bring() -> None:
    """Sources and resources, and classes in packages that were the project's before."""
    assert faults("src/main/java/a/B.java", b"package a;") == []
    assert faults("src/main/java/a/B.java", b"package org.junit;", frozenset({"org.junit"})) == []
    assert list(file_faults([Change(path="lib/a.jar", before=FILE, after=None)], {}, frozenset())) == []


def test_a_kind_of_mocks_of_mockitos_own() -> None:
    """Projects need it to mock final classes on a newer Java."""
    assert faults("src/test/resources/mockito-extensions/org.mockito.plugins.MockMaker", b"mock-maker-inline\n") == []


def test_options_of_mavens_own_jvm() -> None:
    """Those that open packages are used, the others are refused unless the project had them before."""
    opens = "--add-opens=java.base/java.lang=ALL-UNNAMED"

    assert config_faults(f"{opens}\n-Xmx1g".encode(), b"") == ((opens, "-Xmx1g"), "")
    assert "-javaagent:a.jar" in config_faults(b"-javaagent:a.jar", b"")[1]
    assert config_faults(b"-javaagent:a.jar", b"-javaagent:a.jar") == ((), "")
    assert "-DskipTests" in config_faults(b"-DskipTests", b"")[1]
    assert "cannot be read" in config_faults(b"'", b"")[1]


@pytest.mark.parametrize(
    ("inside", "beside", "reason"),
    [
        (b"<extensions>true</extensions>", b"", "lets the plugin g:p extend Maven"),
        (b"<extensions>${so}</extensions>", b"", "lets the plugin g:p extend Maven"),
        (b"", b"<build><extensions><extension><artifactId>e</artifactId></extension></extensions></build>", ":e"),
        (b"", b"<profiles><profile><dependency><systemPath>a</systemPath></dependency></profile></profiles>", "a file"),
        (b"", b"<repositories><repository><url>file:///tmp</url></repository></repositories>", "file:///tmp"),
        (b"", b"<pluginRepositories><pluginRepository><url>${u}</url></pluginRepository></pluginRepositories>", "${u}"),
        (b"<!DOCTYPE a>", b"", "cannot be read"),
    ],
)
def test_poms_that_would_have_code_run_while_they_are_read(inside: bytes, beside: bytes, reason: str) -> None:
    """They are refused before any Maven reads them; what was there before is none of the candidate's."""
    pom = POM % (inside, beside)
    now = {"pom.xml": pom + b"\n"}

    (found,) = raw_faults({"pom.xml": POM % (b"", b"")}, now)

    assert reason in found
    assert list(raw_faults({"pom.xml": pom}, now)) == [] or b"DOCTYPE" in inside
    assert list(raw_faults(now, now)) == []


def node(name: str, *children: object, **fields: str) -> dict[str, object]:
    """One node of a tree, as the plugin writes it."""
    return {"groupId": "g", "artifactId": name, "version": "1", "children": children, **fields}


def test_what_maven_resolved() -> None:
    """Each artefact once, where it comes first; tests of other modules are told apart."""
    tree = node("own", node("a", node("c"), scope="compile"), node("b", node("c"), type="test-jar", classifier="tests"))

    found = read_dependencies(json.dumps(tree).encode())

    assert [(one.artifact, one.direct) for one in found] == [("a", True), ("c", False), ("b", True)]
    assert found[2].path == "g/b/1/b-1-tests.jar"


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{",
        b'{"groupId":' + b"[" * (MAX_DEPTH + 1),
        json.dumps(node("own", node("../a"))).encode(),
        json.dumps(node("own", node("a", version="1/../../2"))).encode(),
        json.dumps(node("own", node("a", groupId="g..h"))).encode(),
        json.dumps(node("own", node("a", classifier="/x"))).encode(),
    ],
)
def test_trees_of_dependencies_that_are_none(data: bytes) -> None:
    """No name in one is part of a path unless it is a plain word."""
    with pytest.raises(ProtocolError):
        read_dependencies(data)


def test_jars_that_no_repository_has_are_named() -> None:
    """Others are brought unless the image has them."""
    every = [Artefact(group="g", artifact=name, version="1") for name in "abc"]
    in_image = {every[0].path: "digest"}

    jars, missing = bring(every, in_image, {every[1].path: b"jar"}.get)

    assert missing == ("g:c:1",)
    assert [jars.place(one) for one in every[:2]] == [
        "/opt/maven-repository/g/a/1/a-1.jar",
        "/scratch/artefacts/g/b/1/b-1.jar",
    ]


def test_errors_of_the_compiler() -> None:
    """Those of a file come first, with its line."""
    text = "error: no such option\na/B.java:3: error: cannot find symbol\n  x\na/C.java:4: warning: old\n1 error\n"

    assert errors_of(text) == (
        CompileError(path="a/B.java", line=3, message="cannot find symbol"),
        CompileError(path="", line=0, message="no such option"),
    )
