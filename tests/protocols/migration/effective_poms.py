"""Effective poms as Maven writes them, put together from the parts that a test is about."""

from __future__ import annotations

from boxscore.protocols.migration.pom import read_effective_pom
from boxscore.protocols.migration.pom_faults import Surroundings, pom_faults

ROOT = "/tree"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- Effective POM -->\n'
TARGET_17 = "<maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>"
JUNIT = "<dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version></dependency>"


def surefire(configuration: str = "", phase: str = "test") -> str:
    """The plugin that runs tests, as the life cycle binds it, its configuration merged into the execution."""
    inside = f"<configuration>{configuration}</configuration>"
    return (
        "<plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version><executions><execution>"
        f"<id>default-test</id><phase>{phase}</phase><goals><goal>test</goal></goals>{inside}</execution></executions>"
        f"{inside}</plugin>"
    )


def compiler(configuration: str = "", version: str = "3.11.0") -> str:
    """The compiler's plugin with an execution for the sources."""
    inside = f"<configuration>{configuration}</configuration>"
    return (
        f"<plugin><artifactId>maven-compiler-plugin</artifactId><version>{version}</version><executions><execution>"
        f"<id>default-compile</id><phase>compile</phase><goals><goal>compile</goal></goals>{inside}</execution>"
        f"</executions>{inside}</plugin>"
    )


def project(  # noqa: PLR0913 - each a part that some test is about
    folder: str = "",
    *,
    packaging: str = "jar",
    properties: str = TARGET_17,
    dependencies: str = JUNIT,
    plugins: str = compiler() + surefire(),
    build: str = "",
    more: str = "",
    tests: str = "src/test/java",
    artifact: str = "",
) -> str:
    """One module of an effective pom."""
    here = f"{ROOT}/{folder}".rstrip("/")
    return f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>toy</groupId><artifactId>{artifact or folder or "calc"}</artifactId><version>1</version>
  <packaging>{packaging}</packaging><properties>{properties}</properties>
  <dependencies>{dependencies}</dependencies>{more}
  <build>
    <sourceDirectory>{here}/src/main/java</sourceDirectory>
    <scriptSourceDirectory>{here}/src/main/scripts</scriptSourceDirectory>
    <testSourceDirectory>{here}/{tests}</testSourceDirectory>
    <outputDirectory>{here}/target/classes</outputDirectory>
    <testOutputDirectory>{here}/target/test-classes</testOutputDirectory>
    <resources><resource><directory>{here}/src/main/resources</directory></resource></resources>
    <directory>{here}/target</directory>{build}<plugins>{plugins}</plugins>
  </build>
</project>"""


def effective(*projects: str) -> bytes:
    """The document of a build of these modules."""
    if len(projects) == 1:
        return f"{HEAD}{projects[0]}".encode()
    return f"{HEAD}<projects>{''.join(projects)}</projects>".encode()


def faults(
    now: bytes, *, base: bytes | None = None, added: frozenset[str] = frozenset()
) -> tuple[tuple[str, str], ...]:
    """What is wrong with an effective pom beside one of the project as it was, for Java 17."""
    before = read_effective_pom(effective(project()) if base is None else base, root=ROOT)
    after = read_effective_pom(now, root=ROOT)
    files = frozenset(f"{folder}/pom.xml".lstrip("/") for folder in (*before.folders, *after.folders))
    around = Surroundings(
        release=17, tree_paths=files | added, base_paths=files, repositories=("/opt/maven-repository",)
    )
    return pom_faults(before, after, around)
