"""Faults of poms: single steps that make a build say what a migration did not do, and what honest migrations do."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.raw_poms import raw_faults
from tests.protocols.migration.effective_poms import (
    JUNIT,
    TARGET_17,
    compiler,
    effective,
    faults,
    project,
    surefire,
)

OLD = effective(project(properties=TARGET_17.replace("17", "1.8")))
ANTRUN = (
    "<plugin><artifactId>maven-antrun-plugin</artifactId><executions><execution><goals><goal>run</goal></goals>"
    "<configuration><{0}><echo/></{0}></configuration></execution></executions></plugin>"
)
CHEATS = {
    "skipTests": (project(properties=f"{TARGET_17}<skipTests>true</skipTests>"), "skipTests"),
    "maven.test.skip": (project(properties=f"{TARGET_17}<maven.test.skip> TRUE </maven.test.skip>"), "maven.test.skip"),
    "configured skip": (project(plugins=compiler() + surefire("<skip>true</skip>")), "skip"),
    "failures ignored": (
        project(plugins=compiler() + surefire("<testFailureIgnore>true</testFailureIgnore>")),
        "testFailureIgnore",
    ),
    "excludes": (
        project(plugins=compiler() + surefire("<excludes><exclude>**/*</exclude></excludes>")),
        "excludes",
    ),
    "phase": (project(plugins=compiler() + surefire(phase="none")), "no longer runs"),
    "test sources": (project(tests="src/other"), "src/other"),
    "agent": (
        project(plugins=compiler() + surefire("<argLine>-javaagent:/tree/lib/agent.jar -da</argLine>")),
        "-javaagent:/tree/lib/agent.jar",
    ),
    "agent above the repository": (
        project(plugins=compiler() + surefire("<argLine>-javaagent:/opt/maven-repository/../a.jar</argLine>")),
        "-javaagent",
    ),
    "boot class path": (
        project(properties=f"{TARGET_17}<argLine>-Xbootclasspath/a:x.jar</argLine>"),
        "-Xbootclasspath",
    ),
    "no assertions": (
        project(plugins=compiler() + surefire("<enableAssertions>false</enableAssertions>")),
        "without assertions",
    ),
    "another JVM": (project(plugins=compiler() + surefire("<jvm>/tree/bin/java</jvm>")), "/tree/bin/java"),
    "another compiler": (
        project(plugins=compiler("<fork>true</fork><executable>/tree/javac</executable>") + surefire()),
        "/tree/javac",
    ),
    "compiler's own class path": (
        project(plugins=compiler("<compilerArgs><arg>--patch-module</arg></compilerArgs>") + surefire()),
        "--patch-module",
    ),
    "sources left out": (
        project(plugins=compiler("<excludes><exclude>a/**</exclude></excludes>") + surefire()),
        "excludes",
    ),
    "errors ignored": (project(plugins=compiler("<failOnError>false</failOnError>") + surefire()), "failOnError"),
    "script": (project(plugins=compiler() + surefire() + ANTRUN.format("target")), "maven-antrun-plugin"),
    "extension": (
        project(build="<extensions><extension><groupId>e</groupId><artifactId>x</artifactId></extension></extensions>"),
        "e:x",
    ),
    "repository of files": (
        project(more="<repositories><repository><url>file:///tree/lib</url></repository></repositories>"),
        "file:///tree/lib",
    ),
    "jar by its path": (
        project(dependencies=f"{JUNIT}<dependency><groupId>a</groupId><artifactId>b</artifactId><version>1</version>"
                "<scope>system</scope><systemPath>/tree/b.jar</systemPath></dependency>"),
        "/tree/b.jar",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_single_step_is_told_with_its_reason(name: str) -> None:
    """Whatever keeps tests from running, or has others run or compile, is a fault of the poms."""
    now, reason = CHEATS[name]

    found = faults(effective(now), base=OLD)

    assert {"poms"} == {check for check, _ in found}
    assert reason in found[0][1]


@pytest.mark.parametrize("name", CHEATS)
def test_what_was_there_before_is_no_fault(name: str) -> None:
    """A project that always said it may go on saying it."""
    now = effective(CHEATS[name][0])

    assert faults(now, base=now) == ()


HONEST = {
    "opened packages": project(
        plugins=compiler()
        + surefire(
            "<argLine>@{argLine} --add-opens java.base/java.lang=ALL-UNNAMED -Xmx1g -Dfile.encoding=UTF-8</argLine>"
        )
    ),
    "agent of the repository": project(
        plugins=compiler() + surefire("<argLine>-javaagent:/opt/maven-repository/net/bytebuddy/a/1/a-1.jar=x</argLine>")
    ),
    "release": project(plugins=compiler("<release>17</release>", "3.13.0") + surefire(), properties=""),
    "parameters": project(
        plugins=compiler(
            "<compilerArgs><arg>-parameters</arg><arg>--add-exports</arg><arg>a/b=ALL</arg></compilerArgs>"
        )
        + surefire()
    ),
    "a processor by its coordinates": project(
        plugins=compiler(
            "<annotationProcessorPaths><path><groupId>org.projectlombok</groupId><artifactId>lombok</artifactId>"
            "<version>1.18.30</version></path></annotationProcessorPaths>"
        )
        + surefire()
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_steps_are_no_faults(name: str) -> None:
    """What real migrations to 17 write into poms is let through."""
    assert faults(effective(HONEST[name]), base=OLD) == ()


def test_a_script_may_be_written_anew_for_a_newer_plugin() -> None:
    """The element `tasks` of the antrun plugin is called `target` since its version 3."""
    base = effective(project(plugins=compiler() + surefire() + ANTRUN.format("tasks")))
    now = effective(project(plugins=compiler() + surefire() + ANTRUN.format("target")))

    assert faults(now, base=base) == ()


def test_a_module_that_is_gone_is_told() -> None:
    """The build may not have fewer modules, nor one of another packaging."""
    base = effective(project(packaging="pom"), project("a"), project("b"))
    now = effective(project(packaging="pom"), project("b", packaging="pom", artifact="b"))

    found = faults(now, base=base)

    assert [check for check, _ in found] == ["modules", "modules"]
    assert "module a is no longer" in found[0][1]
    assert "packaging 'pom'" in found[1][1]


def test_a_module_that_takes_the_place_of_a_library_is_told() -> None:
    """Maven takes a module of the build before the artefact of the same name."""
    shadow = project("junit").replace("<groupId>toy</groupId>", "<groupId>junit</groupId>")

    found = faults(effective(project(), shadow), base=OLD)

    assert ("modules", "the build makes junit:junit itself, which the project took from a repository") in found


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (project(properties=TARGET_17.replace("17", "1.8")), "Java 8"),
        (project(properties=""), "no release that can be told"),
        (project(plugins=compiler("<release>11</release>") + surefire()), "Java 11"),
        (project(plugins=compiler("<target>8</target>") + surefire()), "Java 8"),
        (project(plugins=compiler("<release>17</release>", "3.5") + surefire(), properties=""), "no release"),
        (project(plugins=compiler("<target>${x}</target>") + surefire()), "no release"),
    ],
)
def test_the_release_is_the_one_that_the_compiler_is_given(now: str, told: str) -> None:
    """A configuration counts before a property, and `release` before `target` where the plugin knows it."""
    found = faults(effective(now), base=OLD)

    assert [check for check, _ in found] == ["release"]
    assert told in found[0][1]


@pytest.mark.parametrize(
    "path",
    [
        "src/main/resources/META-INF/services/javax.annotation.processing.Processor",
        "a/src/test/resources/META-INF/services/org.junit.platform.launcher.TestExecutionListener",
        "src/test/resources/junit-platform.properties",
    ],
)
def test_services_of_compilers_and_runners_are_told(path: str) -> None:
    """Files that have code run without being named anywhere may not be added."""
    found = faults(effective(project()), base=OLD, added=frozenset((path,)))

    assert [("poms", f"{path} has code run in the compiler or in what runs the tests")] == list(found)


@pytest.mark.parametrize("where", ["plugins", "pluginManagement"])
def test_the_plugins_that_the_grader_asks_are_not_configured(where: str) -> None:
    """What is excluded from the tree of dependencies would not be seen in it."""
    plugin = (
        "<plugin><artifactId>maven-dependency-plugin</artifactId>"
        "<configuration><excludes>junit:junit</excludes></configuration></plugin>"
    )
    managed = f"<pluginManagement><plugins>{plugin}</plugins></pluginManagement>"
    now = project(plugins=compiler() + surefire() + plugin) if where == "plugins" else project(build=managed)

    found = faults(effective(now), base=OLD)

    assert [check for check, _ in found] == ["poms"]
    assert "is given excludes = 'junit:junit'" in found[0][1]


def test_the_resources_of_tests_stay_where_they_are() -> None:
    """Files that tests compare with are those of the project as it was."""
    resources = "<testResources><testResource><directory>/tree/{}</directory></testResource></testResources>"
    base = effective(project(build=resources.format("src/test/resources")))
    now = effective(project(build=resources.format("src/test/other")))

    assert "resources of its tests" in faults(now, base=base)[0][1]


PROFILE = "<project><profiles><profile><id>a</id><activation>{}</activation></profile></profiles></project>"


@pytest.mark.parametrize(
    ("activation", "told"),
    [
        ("<property><name>!outputType</name></property>", "by a property"),
        ("<file><exists>/scratch/x</exists></file>", "by a file"),
        ("<jdk>[17,)</jdk>", ""),
        ("<activeByDefault>true</activeByDefault>", ""),
    ],
)
def test_profiles_that_tell_steps_apart_are_told(activation: str, told: str) -> None:
    """A new one may look at the Java that runs Maven, which is the same in each step, and at nothing else."""
    now = {"a/pom.xml": PROFILE.format(activation).encode()}

    found = list(raw_faults({"a/pom.xml": b"<project/>"}, now))

    assert [told in one for one in found] == ([True] if told else [])
    assert list(raw_faults(now, now)) == []


def test_a_pom_that_cannot_be_read_is_told() -> None:
    """Maven may read more than the grader sees."""
    now = {"pom.xml": b'<!DOCTYPE p [<!ENTITY x "y">]><project>&x;</project>'}

    assert ["document type" in one for one in raw_faults({"pom.xml": b"<project/>"}, now)] == [True]
