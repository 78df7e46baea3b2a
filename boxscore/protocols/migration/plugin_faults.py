"""What plugins of a migrated build may not do that those of the project as it was did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.migration.model import EffectiveModel, Element, Execution, Plugin, Project

SCRIPTS = frozenset(
    (
        *("maven-antrun-plugin", "exec-maven-plugin", "groovy-maven-plugin", "gmaven-plugin", "gmavenplus-plugin"),
        *("maven-scripting-plugin", "beanshell-maven-plugin", "maven-invoker-plugin", "jruby-maven-plugin"),
        *("download-maven-plugin", "wagon-maven-plugin", "truezip-maven-plugin", "copy-rename-maven-plugin"),
        *("properties-maven-plugin", "nar-maven-plugin", "maven-toolchains-plugin", "jython-compile-maven-plugin"),
    )
)
"""Plugins that run commands or scripts, fetch files or choose the JDK: what they do is as it was, or not at all."""

COPIES = frozenset(("unpack", "unpack-dependencies", "copy", "copy-dependencies", "get"))
"""Goals of maven-dependency-plugin that put files into a build."""

OF_THE_COMPILER = frozenset(
    (
        *("executable", "jdkToolchain", "compilerId", "skip", "skipMain", "excludes", "includes", "testExcludes"),
        *(
            "testIncludes",
            "fileExtensions",
            "implicit",
            "outputFileName",
            "generatedSourcesDirectory",
            "forceJavacCompilerUse",
        ),
        *("compileSourceRoots", "classesDirectory", "outputDirectory", "debugFileName", "forceLegacyJavacApi"),
    )
)
"""What a configuration of the compiler's plugin has no reason to say for the first time."""

VALUES = {"failOnError": "false", "proc": "only", "multiReleaseOutput": "true"}
"""Settings of the compiler's plugin that only these values make a fault."""

HARMLESS_ARGUMENTS = (
    *("-parameters", "-Xlint", "-Xdoclint", "-Werror", "-A", "-g", "-nowarn", "-deprecation", "-verbose", "-proc:none"),
    *("--add-exports", "--add-opens", "--add-modules", "--add-reads", "-J--add-exports", "-J--add-opens", "-J-X"),
    *("-Xmax", "-XD", "-encoding", "--release", "-source", "-target", "--enable-preview", "-Xpkginfo", "-proc:full"),
)
"""How an argument of the compiler begins that changes nothing about where it is or what it reads."""

OF_THE_GRADER = ("org.apache.maven.plugins:maven-help-plugin", "org.apache.maven.plugins:maven-dependency-plugin")
"""Plugins that the grader asks what poms come to; a configuration of theirs would change what they say."""

SAME = {"tasks": "target"}
"""Elements that later versions of a plugin know by another name."""

PROPERTIES = frozenset(
    (
        *("maven.compiler.executable", "maven.compiler.compilerId", "maven.compiler.failOnError", "maven.main.skip"),
        "maven.resources.skip",
    )
)
"""Properties that plugins read where their configuration does not say it."""


def plugin_faults(base: EffectiveModel, now: EffectiveModel) -> Iterator[str]:
    """Tell what plugins do for the first time that a migration has no reason for."""
    before = _Before(base)
    made = {project.name for project in now.projects}
    for project in now.projects:
        where = project.folder or "the root module"
        for extension in project.extensions:
            if extension.name not in before.extensions:
                yield f"{where} extends Maven by {extension.name[:200]}"
        for reason in dict.fromkeys(_observer_faults(project, before)):
            yield f"{where}: {reason}"
        for plugin in project.plugins:
            for reason in _faults_of(plugin, before, made):
                yield f"{where}: {reason}"
        for name, value in project.properties.items():
            usual = ("", "false" if name.endswith("skip") else "true")
            if name in PROPERTIES and value not in usual and (name, value) not in before.properties:
                yield f"{where} has the property {name} = {value[:100]!r}"


class _Before:
    """What the plugins of the project as it was did, in any module."""

    def __init__(self, base: EffectiveModel) -> None:
        plugins = [plugin for project in base.projects for plugin in project.plugins]
        managed = [plugin for project in base.projects for plugin in project.managed_plugins]
        self.extensions = {one.name for project in base.projects for one in project.extensions}
        self.extensions |= {plugin.name for plugin in plugins if plugin.extensions}
        self.properties = {pair for project in base.projects for pair in project.properties.items()}
        self.uses = {(plugin.name, _use(one)) for plugin in plugins for one in plugin.executions}
        self.names = {plugin.name for plugin in plugins}
        self.settings = {
            (plugin.name, one.tag, _text(one)) for plugin in (*plugins, *managed) for one in _settings(plugin)
        }


def _observer_faults(project: Project, before: _Before) -> Iterator[str]:
    """Tell what is configured of the grader's own plugins, for whoever calls them."""
    for plugin in (*project.plugins, *project.managed_plugins):
        if plugin.name not in OF_THE_GRADER:
            continue
        called = [one.configuration for one in plugin.executions if one.id == "default-cli"]
        for setting in (one for found in (plugin.configuration, *called) for one in found.children):
            if (plugin.name, setting.tag, _text(setting)) not in before.settings:
                yield f"the plugin {plugin.name} is given {setting.tag} = {_text(setting)[:200]!r}"


def _faults_of(plugin: Plugin, before: _Before, made: set[str]) -> Iterator[str]:
    if plugin.extensions and plugin.name not in before.extensions:
        yield f"the plugin {plugin.name} extends Maven"
    if plugin.name in made and plugin.name not in before.names:
        yield f"the build uses its own module {plugin.name} as a plugin"
    for one in plugin.dependencies:
        if one.name in made or one.scope == "system":
            yield f"the plugin {plugin.name} depends on {one.name}, which the tree makes"
    for execution in plugin.executions:
        copies = plugin.artifact == "maven-dependency-plugin" and COPIES.intersection(execution.goals)
        if (copies or plugin.artifact in SCRIPTS) and (plugin.name, _use(execution)) not in before.uses:
            yield f"the plugin {plugin.name} does what it did not do before: {', '.join(execution.goals)[:200]}"
    if plugin.artifact == "maven-compiler-plugin":
        yield from _compiler_faults(plugin, before, made)


def _compiler_faults(plugin: Plugin, before: _Before, made: set[str]) -> Iterator[str]:
    told = set()
    for setting in _settings(plugin):
        text = _text(setting)
        if (plugin.name, setting.tag, text) in before.settings or (setting.tag, text) in told:
            continue
        told.add((setting.tag, text))
        if (setting.tag in OF_THE_COMPILER and text not in ("", "false")) or VALUES.get(
            setting.tag, "-"
        ) == setting.text:
            yield f"the compiler is given {setting.tag} = {text[:200]!r}"
        elif setting.tag in ("compilerArgs", "compilerArgument", "compilerArguments"):
            yield from _argument_faults(setting)
        elif setting.tag == "annotationProcessorPaths":
            names = (f"{one.get('groupId')}:{one.get('artifactId')}" for one in setting.children)
            yield from (
                f"the compiler runs the processor {name}, which the tree makes" for name in names if name in made
            )


def _argument_faults(setting: Element) -> Iterator[str]:
    """Arguments are the texts of the elements within, or for `compilerArguments` their names."""
    named = setting.tag == "compilerArguments"
    words = [f"-{one.tag}" if named else one.text for one in setting.children] or setting.text.split()
    values = False
    for word in words:
        if values or word.startswith(HARMLESS_ARGUMENTS):
            values = word in ("--add-exports", "--add-opens", "--add-modules", "--add-reads", "-encoding", "--release")
        elif word:
            yield f"the compiler is given the argument {word[:200]!r}"


def _settings(plugin: Plugin) -> Iterator[Element]:
    yield from plugin.configuration.children
    for execution in plugin.executions:
        yield from execution.configuration.children


def _use(execution: Execution) -> tuple[object, ...]:
    return (execution.goals, _text(execution.configuration))


def _text(element: Element) -> str:
    """Write an element and all below it, by its newest name."""
    return (
        " ".join(f"{SAME.get(one.tag, one.tag)} {one.text}" for one in element.walk())
        if element.children
        else element.text
    )
