"""Effective poms: what is read from them, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.pom import read_effective_pom
from boxscore.protocols.migration.test_settings import test_settings as settings_of
from tests.protocols.migration.effective_poms import ROOT, compiler, effective, project, surefire

BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))


def test_a_project_is_read() -> None:
    """Names, folders relative to the tree, dependencies with Maven's defaults, plugins with their executions."""
    model = read_effective_pom(effective(project()), root=f"{ROOT}/")

    found = model.projects[0]
    assert (found.folder, found.name, found.packaging) == ("", "toy:calc", "jar")
    assert (found.source_directory, found.build_directory) == ("src/main/java", "target")
    assert [(one.name, one.scope, one.type) for one in found.dependencies] == [("junit:junit", "compile", "jar")]
    assert found.plugins[0].name == "org.apache.maven.plugins:maven-compiler-plugin"
    assert found.plugins[1].executions[0].goals == ("test",)


def test_modules_are_told_by_where_they_stand() -> None:
    """Each project of a build has its folder, "" being the root."""
    model = read_effective_pom(effective(project(packaging="pom"), project("a"), project("b/c")), root=ROOT)

    assert model.folders == ("", "a", "b/c")
    found = model.at("b/c")
    assert found is not None
    assert found.test_source_directory == "b/c/src/test/java"


def test_directories_outside_the_tree_stay_absolute() -> None:
    """They are told apart from those inside by their first character."""
    model = read_effective_pom(effective(project(tests="../elsewhere/x")), root=ROOT)

    assert model.projects[0].test_source_directory == "/elsewhere/x"


def test_encodings_of_one_byte_are_read() -> None:
    """Maven writes the encoding that the project's pom declares."""
    text = effective(project(more="<name>Grüße</name>")).decode().replace("UTF-8", "ISO-8859-1")

    assert read_effective_pom(text.encode("latin-1"), root=ROOT).projects[0].artifact == "calc"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken"),
        (b"<html/>", "not an effective pom"),
        (b"<projects/>", "not an effective pom"),
        (effective(project(), project()), "two projects in one folder"),
        (effective(project()).replace(ROOT.encode(), b"/elsewhere"), "outside the tree"),
        (f"<!DOCTYPE p [<!ENTITY e0 'x'>{BOMB}]><project>&e19;</project>".encode(), "declares a document type"),
        (b'<!DOCTYPE p SYSTEM "file:///etc/passwd"><project/>', "declares a document type"),
        (b"<project>" + b"<a>" * 300 + b"</a>" * 300 + b"</project>", "levels"),
        (b"<project>\xff</project>", "neither UTF-8"),
        (b"<project>" + b" " * (64 << 20) + b"</project>", "bytes, more than"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_effective_pom_is_refused(data: bytes, reason: str) -> None:
    """Broken documents, bombs of entities, files of the machine, and what is beyond the limits."""
    with pytest.raises(ProtocolError, match=reason):
        read_effective_pom(data, root=ROOT)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_change_of_bytes_breaks_the_reader(data: st.DataObject) -> None:
    """Whatever a document is changed into, it is read or refused."""
    broken = bytearray(effective(project(packaging="pom"), project("a")))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=5))

    try:
        model = read_effective_pom(bytes(broken), root=ROOT)
    except ProtocolError:
        return

    assert len(set(model.folders)) == len(model.folders)


def test_the_grader_takes_over_harmless_arguments_alone() -> None:
    """Opened packages and the project's own properties, but no agent of the tree and nothing that steers the runner."""
    line = (
        "@{argLine} --add-opens java.base/java.util=ALL-UNNAMED -Xmx64m -javaagent:/tree/a.jar -Dlocale=de "
        "-Djunit.platform.x=1 -javaagent:/opt/r/mockito.jar -Djava.security.manager=allow -Djdk.attach.allowAttachSelf"
    )
    variables = "<systemPropertyVariables><port>80</port><java.class.path>x</java.class.path></systemPropertyVariables>"
    plugins = compiler() + surefire(f"<argLine>{line}</argLine>{variables}")
    model = read_effective_pom(effective(project(plugins=plugins)), root=ROOT)

    found = settings_of(model.projects[0], ("/opt/r",))

    assert found.arguments == (
        "--add-opens=java.base/java.util=ALL-UNNAMED",
        "-Xmx64m",
        "-Dlocale=de",
        "-javaagent:/opt/r/mockito.jar",
        "-Djava.security.manager=allow",
        "-Djdk.attach.allowAttachSelf",
    )
    assert found.properties == {"port": "80"}
