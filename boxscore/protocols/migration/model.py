"""What an effective pom says, as plain values: the projects of a build, their dependencies, plugins and folders.

`pom.read_effective_pom` makes them out of what Maven printed about a candidate's poms, so each text in them is hostile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator


class Element(Struct, frozen=True):
    """An XML element without its namespace; `text` is what stands between its tags, children left out, stripped."""

    tag: str
    text: str = ""
    children: tuple[Element, ...] = ()

    def all(self, *path: str) -> Iterator[Element]:
        """Each element below this one that is reached by these tags, one a level."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.tag == path[0]:
                yield from child.all(*path[1:])

    def get(self, *path: str) -> str:
        """The text of the last element that these tags reach, as Maven does where there are several; "" if none."""
        return next((found.text for found in reversed(tuple(self.all(*path)))), "")

    def walk(self) -> Iterator[Element]:
        """This element and all below it, each before its children."""
        pending = [self]
        while pending:
            element = pending.pop()
            yield element
            pending.extend(reversed(element.children))


NOTHING = Element("configuration")
"""A configuration that says nothing."""


class Dependency(Struct, frozen=True, kw_only=True):
    """A dependency as it is declared, with what Maven worked out for it."""

    group: str
    artifact: str
    version: str = ""
    type: str = "jar"
    classifier: str = ""
    scope: str = "compile"
    system_path: str = ""

    @property
    def name(self) -> str:
        """`group:artifact`."""
        return f"{self.group}:{self.artifact}"


class Execution(Struct, frozen=True, kw_only=True):
    """One use of a plugin in a build."""

    id: str = "default"
    phase: str = ""
    goals: tuple[str, ...] = ()
    configuration: Element = NOTHING


class Plugin(Struct, frozen=True, kw_only=True):
    """A plugin of a build; `extensions` if it may change Maven itself."""

    group: str = "org.apache.maven.plugins"
    artifact: str
    version: str = ""
    extensions: bool = False
    configuration: Element = NOTHING
    executions: tuple[Execution, ...] = ()
    dependencies: tuple[Dependency, ...] = ()

    @property
    def name(self) -> str:
        """`group:artifact`."""
        return f"{self.group}:{self.artifact}"


class Project(Struct, frozen=True, kw_only=True):
    """One module as Maven sees it. Directories are relative to the tree where they are in it, else absolute.

    `folder` is where its pom stands, "" for the root. `managed_plugins` say how plugins are used. `repositories` are
    URLs of those for artefacts and plugins.
    """

    folder: str
    group: str
    artifact: str
    version: str
    packaging: str = "jar"
    modules: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    dependencies: tuple[Dependency, ...] = ()
    managed: tuple[Dependency, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    managed_plugins: tuple[Plugin, ...] = ()
    extensions: tuple[Dependency, ...] = ()
    repositories: tuple[str, ...] = ()
    build_directory: str = ""
    source_directory: str = ""
    test_source_directory: str = ""
    output_directory: str = ""
    test_output_directory: str = ""
    resources: tuple[str, ...] = ()
    test_resources: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`group:artifact`."""
        return f"{self.group}:{self.artifact}"

    def plugin(self, artifact: str, group: str = "org.apache.maven.plugins") -> Plugin | None:
        """The plugin of this name, None if the build has none."""
        return next((one for one in self.plugins if (one.group, one.artifact) == (group, artifact)), None)


class EffectiveModel(Struct, frozen=True):
    """All projects of a build, in Maven's order."""

    projects: tuple[Project, ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """Where the poms stand, in Maven's order; "" is the root."""
        return tuple(project.folder for project in self.projects)

    def at(self, folder: str) -> Project | None:
        """The project whose pom stands there."""
        return next((project for project in self.projects if project.folder == folder), None)
