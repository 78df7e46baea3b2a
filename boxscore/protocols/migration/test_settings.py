"""How a pom has tests run: what it may not leave out, and what the grader's own run takes over from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.migration.arguments import is_harmless, split_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.protocols.migration.model import EffectiveModel, Element, Plugin, Project

RUNNERS = ("maven-surefire-plugin", "maven-failsafe-plugin")

LEAVES_OUT = frozenset(
    (
        *(
            "skip",
            "skipTests",
            "skipExec",
            "skipITs",
            "testFailureIgnore",
            "excludes",
            "excludesFile",
            "excludedGroups",
        ),
        *("groups", "includes", "includesFile", "test", "suiteXmlFiles", "rerunFailingTestsCount"),
        *("skipAfterFailureCount", "excludedEnvironmentVariables", "excludeJUnit5Engines", "includeJUnit5Engines"),
    )
)
"""What has a runner leave out tests or what they say."""

STEERS = frozenset(
    (
        *("jvm", "jdkToolchain", "junitArtifactName", "testNGArtifactName", "objectFactory", "testSourceDirectory"),
        *("testClassesDirectory", "classesDirectory", "additionalClasspathElements", "additionalClasspathDependencies"),
        *(
            "classpathDependencyExcludes",
            "classpathDependencyScopeExclude",
            "dependenciesToScan",
            "systemPropertiesFile",
        ),
        *("debugForkedProcess", "statelessTestsetReporter", "consoleOutputReporter", "statelessTestsetInfoReporter"),
        *("forkNode", "properties", "reportsDirectory", "disableXmlReport", "workingDirectory"),
    )
)
"""What decides which JVM and classes a runner takes."""

PROPERTIES = frozenset(
    (
        *(
            "skipTests",
            "skipITs",
            "maven.test.skip",
            "maven.test.skip.exec",
            "maven.test.failure.ignore",
            "test",
            "it.test",
        ),
        *("groups", "excludedGroups", "surefire.includes", "surefire.excludes", "surefire.includesFile", "jvm"),
        *("surefire.excludesFile", "surefire.rerunFailingTestsCount", "failsafe.rerunFailingTestsCount"),
        *(
            "surefire.skipAfterFailureCount",
            "failsafe.skipAfterFailureCount",
            "surefire.suiteXmlFiles",
            "dependenciesToScan",
        ),
        *(
            "maven.test.additionalClasspath",
            "maven.test.dependency.excludes",
            "maven.surefire.debug",
            "skip.surefire.tests",
        ),
        *("surefire.includeJUnit5Engines", "surefire.excludeJUnit5Engines", "failsafe.includes", "failsafe.excludes"),
    )
)
"""Properties that the runners read where their configuration does not say it."""

HARMLESS_VALUES = ("", "false", "0")


class TestSettings(Struct, frozen=True):
    """What a module's tests are run with: harmless arguments of the JVM, and the properties that tests read."""

    arguments: tuple[str, ...] = ()
    properties: dict[str, str] = {}


def test_settings(project: Project, repositories: Sequence[str]) -> TestSettings:
    """Give what the grader's own run of a module's tests takes over from its pom; what is not harmless is left out."""
    words: list[str] = []
    properties: dict[str, str] = {}
    for plugin in _runners(project)[:1]:
        for configuration in _configurations(plugin):
            words += _words(configuration.get("argLine") or project.properties.get("argLine", ""))
            for tag in ("systemProperties", "systemPropertyVariables"):
                properties |= {one.tag: one.text for found in configuration.all(tag) for one in found.children}
    kept = [word for word in words if is_harmless(word, repositories) and word[0] not in "@$"]
    return TestSettings(
        tuple(dict.fromkeys(kept)),
        {name: value for name, value in properties.items() if is_harmless(f"-D{name}={value}", repositories)},
    )


def test_faults(base: EffectiveModel, now: EffectiveModel, repositories: Sequence[str]) -> Iterator[str]:
    """Tell what leaves out tests, changes who runs them, or gives their JVM arguments that are not harmless."""
    known = {(one.tag, _text(one)) for project in base.projects for one in _all_settings(project)}
    properties = {pair for project in base.projects for pair in project.properties.items()}
    for project in now.projects:
        where = project.folder or "the root module"
        for one in dict.fromkeys(_all_settings(project)):
            if (one.tag, _text(one)) not in known:
                yield from (f"{where}: {reason}" for reason in _setting_faults(one, repositories))
        for name, value in project.properties.items():
            if (name, value) in properties:
                continue
            if name in PROPERTIES and value.strip().lower() not in HARMLESS_VALUES:
                yield f"{where} has the property {name} = {value[:100]!r}"
            if name == "argLine":
                yield from (f"{where}: {reason}" for reason in argument_faults(value, repositories))
            if name == "enableAssertions" and value.strip().lower() != "true":
                yield f"{where} switches assertions off"
        yield from _phase_faults(project, base)


def _setting_faults(setting: Element, repositories: Sequence[str]) -> Iterator[str]:
    text = _text(setting)
    if setting.tag in LEAVES_OUT | STEERS and text.strip().lower() not in HARMLESS_VALUES:
        yield f"tests are run with {setting.tag} = {text[:200]!r}"
    elif setting.tag == "enableAssertions" and text.lower() != "true":
        yield "tests are run without assertions"
    elif setting.tag == "argLine":
        yield from argument_faults(setting.text, repositories)
    elif setting.tag in ("environmentVariables", "systemProperties", "systemPropertyVariables"):
        for one in setting.children:
            if one.tag in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "LD_PRELOAD"):
                yield f"tests are run with the environment variable {one.tag}"


def argument_faults(text: str, repositories: Sequence[str]) -> Iterator[str]:
    """Tell which arguments of the tests' JVM are not harmless."""
    try:
        words = split_arguments(text)
    except ValueError as error:
        yield f"the arguments of the tests' JVM cannot be read: {error}"
        return
    for word in words:
        if not is_harmless(word, repositories):
            yield f"the tests' JVM is given {word[:200]!r}"


def _phase_faults(project: Project, base: EffectiveModel) -> Iterator[str]:
    before = base.at(project.folder)
    if before is None:
        return
    for artifact, goal in zip(RUNNERS, ("test", "integration-test"), strict=True):
        if _runs(before, artifact, goal) and not _runs(project, artifact, goal):
            yield f"{project.folder or 'the root module'} no longer runs {artifact}:{goal}"


def _runs(project: Project, artifact: str, goal: str) -> bool:
    plugin = project.plugin(artifact)
    return plugin is not None and any(goal in one.goals and one.phase != "none" for one in plugin.executions)


def _runners(project: Project) -> list[Plugin]:
    return [plugin for artifact in RUNNERS if (plugin := project.plugin(artifact)) is not None]


def _configurations(plugin: Plugin) -> Iterator[Element]:
    yield plugin.configuration
    for execution in plugin.executions:
        yield execution.configuration


def _all_settings(project: Project) -> Iterator[Element]:
    for plugin in _runners(project):
        for configuration in _configurations(plugin):
            yield from configuration.children


def _words(text: str) -> tuple[str, ...]:
    try:
        return split_arguments(text)
    except ValueError:
        return ()


def _text(element: Element) -> str:
    return " ".join(one.text for one in element.walk() if one.text)
