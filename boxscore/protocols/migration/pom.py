"""Read the effective pom of a candidate's project: hostile XML in, plain values out."""

from __future__ import annotations

import posixpath
import re

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.model import (
    NOTHING,
    Dependency,
    EffectiveModel,
    Element,
    Execution,
    Plugin,
    Project,
)
from boxscore.protocols.xml_reader import read_xml

PROJECTS = 2000
"""More modules than any build has that is graded; an effective pom with more is refused."""

SCRIPTS = "/src/main/scripts"

DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")

ONE_BYTE = frozenset({"iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1252"})


def read_effective_pom(data: bytes, *, root: str) -> EffectiveModel:
    """Read what `help:effective-pom` wrote: one `project`, or `projects` with each module of the build.

    `root` is the absolute path of the tree where Maven ran; folders are told relative to it. Raises ProtocolError for
    what is no such document, has a document type, or is beyond the limits of `xml_reader`, and for two projects of one
    folder.
    """
    document = read_elements(as_utf8(data))
    found = [document] if document.tag == "project" else list(document.all("project"))
    if document.tag not in ("project", "projects") or not found or len(found) > PROJECTS:
        raise ProtocolError(f"not an effective pom: {document.tag[:100]!r} with {len(found)} projects")
    projects = tuple(_project(element, posixpath.normpath(root)) for element in found)
    folders = [project.folder for project in projects]
    if len(set(folders)) < len(folders):
        raise ProtocolError("an effective pom has two projects in one folder")
    return EffectiveModel(projects)


def as_utf8(data: bytes) -> bytes:
    """Give a document in UTF-8 that may be declared in an encoding of one byte a character."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        declared = DECLARED.match(data)
        name = declared[1].decode().lower() if declared else ""
        if name not in ONE_BYTE:
            raise ProtocolError(f"an XML document is neither UTF-8 nor of a known encoding: {name!r}") from error
        return data.decode(name, "replace").encode()
    return data


def read_elements(data: bytes) -> Element:
    """Read a whole document as elements, without attributes and namespaces. Raises what `read_xml` raises."""
    top: list[Element] = []
    children: list[list[Element]] = [top]
    texts: list[list[str]] = [[]]

    def opened(_tag: str, _attributes: dict[str, str]) -> None:
        children.append([])
        texts.append([])

    def closed(tag: str) -> None:
        inside, text = tuple(children.pop()), "".join(texts.pop()).strip()
        children[-1].append(Element(tag.rpartition(":")[2], text, inside))

    def read(text: str) -> None:
        texts[-1].append(text)

    read_xml(data, opened=opened, closed=closed, text=read)
    return top[0]


def _project(element: Element, root: str) -> Project:
    folder = _folder(element, root)
    build = next(iter(element.all("build")), Element("build"))

    def below(path: str) -> str:
        return _relative(path, posixpath.join(root, folder), root)

    return Project(
        folder=folder,
        group=element.get("groupId") or element.get("parent", "groupId"),
        artifact=element.get("artifactId"),
        version=element.get("version") or element.get("parent", "version"),
        packaging=element.get("packaging") or "jar",
        modules=_texts(element, "modules", "module"),
        properties={one.tag: one.text for group in element.all("properties") for one in group.children},
        dependencies=_dependencies(element, "dependencies", "dependency"),
        managed=_dependencies(element, "dependencyManagement", "dependencies", "dependency"),
        plugins=tuple(_plugin(one) for one in build.all("plugins", "plugin")),
        managed_plugins=tuple(_plugin(one) for one in build.all("pluginManagement", "plugins", "plugin")),
        extensions=_dependencies(build, "extensions", "extension"),
        repositories=(
            *_texts(element, "repositories", "repository", "url"),
            *_texts(element, "pluginRepositories", "pluginRepository", "url"),
        ),
        build_directory=below(build.get("directory")),
        source_directory=below(build.get("sourceDirectory")),
        test_source_directory=below(build.get("testSourceDirectory")),
        output_directory=below(build.get("outputDirectory")),
        test_output_directory=below(build.get("testOutputDirectory")),
        resources=tuple(below(path) for path in _texts(build, "resources", "resource", "directory")),
        test_resources=tuple(below(path) for path in _texts(build, "testResources", "testResource", "directory")),
    )


def _folder(element: Element, root: str) -> str:
    """Work out where a pom stands from the directories that Maven puts below it."""
    scripts, target = element.get("build", "scriptSourceDirectory"), element.get("build", "directory")
    where = scripts.removesuffix(SCRIPTS) if scripts.endswith(SCRIPTS) else posixpath.dirname(target)
    folder = _relative(where, root, root) if where else root
    if posixpath.isabs(folder):
        name = element.get("artifactId")
        raise ProtocolError(f"an effective pom has a project outside the tree: {name[:100]!r} in {where[:200]!r}")
    return folder


def _relative(path: str, here: str, root: str) -> str:
    """Give a path relative to the tree, "" for the tree itself; an absolute one if it is outside."""
    if not path:
        return ""
    path = posixpath.normpath(posixpath.join(here, path))
    if path == root:
        return ""
    return path.removeprefix(f"{root}/")


def _texts(element: Element, *path: str) -> tuple[str, ...]:
    return tuple(found.text for found in element.all(*path))


def _dependencies(element: Element, *path: str) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(
            group=one.get("groupId"),
            artifact=one.get("artifactId"),
            version=one.get("version"),
            type=one.get("type") or "jar",
            classifier=one.get("classifier"),
            scope=one.get("scope") or "compile",
            system_path=one.get("systemPath"),
        )
        for one in element.all(*path)
    )


def _plugin(element: Element) -> Plugin:
    return Plugin(
        group=element.get("groupId") or "org.apache.maven.plugins",
        artifact=element.get("artifactId"),
        version=element.get("version"),
        extensions=element.get("extensions").lower() == "true",
        configuration=_configuration(element),
        executions=tuple(
            Execution(
                id=one.get("id") or "default",
                phase=one.get("phase"),
                goals=_texts(one, "goals", "goal"),
                configuration=_configuration(one),
            )
            for one in element.all("executions", "execution")
        ),
        dependencies=_dependencies(element, "dependencies", "dependency"),
    )


def _configuration(element: Element) -> Element:
    return next(iter(element.all("configuration")), NOTHING)
