"""Changes of poms that need no model: the Java to build for, and the versions of dependencies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from boxscore.maven.pom_text import PomText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORCED = ("maven.compiler.source", "maven.compiler.target", "maven.compiler.release")
IF_THERE = ("java.version", "jdk.version", "javaVersion", "jdkversion", "java.testversion")
SETTINGS = ("source", "target", "release")
COMPILER = "maven-compiler-plugin"
_PROPERTY = re.compile(r"\$\{([^}]+)\}")


def with_release(data: bytes, release: int) -> bytes:
    """A pom that builds for a Java release, as SD-Feedback's seed changes make it. Raises ValueError for no pom."""
    pom = PomText(data)
    _set_properties(pom, str(release))
    _set_compiler(pom, str(release))
    return pom.done()


def with_versions(data: bytes, versions: Mapping[str, str]) -> bytes:
    """A pom whose dependencies have at least the versions of a table, by `group:artifact`. Raises ValueError."""
    pom = PomText(data)
    properties = pom.root.child("properties")
    known = {one.name: pom.text(one) for one in (properties.children if properties else ())}
    for one in pom.root.walk():
        if one.name != "dependency":
            continue
        name = f"{pom.text(one.child('groupId'))}:{pom.text(one.child('artifactId'))}"
        version = one.child("version")
        if version is not None and name in versions and _is_older(_resolved(pom.text(version), known), versions[name]):
            pom.set_text(version, versions[name])
    return pom.done()


def _set_properties(pom: PomText, release: str) -> None:
    properties = pom.root.child("properties")
    there = {one.name: one for one in properties.children} if properties is not None else {}
    for name in (*FORCED, *IF_THERE):
        if name in there:
            pom.set_text(there[name], release)
    lines = "".join(f"    <{name}>{release}</{name}>\n" for name in FORCED if name not in there)
    if properties is None:
        pom.add(pom.root, f"\n  <properties>\n{lines}  </properties>\n")
    elif lines:
        pom.add(properties, f"\n{lines}  ")


def _set_compiler(pom: PomText, release: str) -> None:
    plugins = [one for one in pom.root.walk() if one.name == "plugin" and pom.text(one.child("artifactId")) == COMPILER]
    for plugin in plugins:
        configuration = plugin.child("configuration")
        if configuration is None:
            pom.add(plugin, _configuration(SETTINGS, release))
            continue
        for name in SETTINGS:
            one = configuration.child(name)
            if one is not None:
                pom.set_text(one, release)
        missing = [name for name in SETTINGS if configuration.child(name) is None]
        if missing:
            pom.add(configuration, "".join(f"<{name}>{release}</{name}>" for name in missing))
    if not plugins:
        _add_compiler(pom, release)


def _add_compiler(pom: PomText, release: str) -> None:
    text = (
        f"\n<plugin><groupId>org.apache.maven.plugins</groupId><artifactId>{COMPILER}</artifactId>"
        f"{_configuration(SETTINGS, release)}</plugin>\n"
    )
    build = pom.root.child("build")
    plugins = build.child("plugins") if build is not None else None
    if plugins is not None:
        pom.add(plugins, text)
    elif build is not None:
        pom.add(build, f"\n<plugins>{text}</plugins>\n")
    else:
        pom.add(pom.root, f"\n<build><plugins>{text}</plugins></build>\n")


def _configuration(names: Iterable[str], release: str) -> str:
    return f"<configuration>{''.join(f'<{name}>{release}</{name}>' for name in names)}</configuration>"


def _resolved(version: str, known: Mapping[str, str]) -> str:
    for _ in range(10):  # properties may stand for others, and for themselves
        match = _PROPERTY.fullmatch(version)
        if match is None:
            return version
        version = known.get(match[1], "")
    return ""


def _is_older(old: str, new: str) -> bool:
    """Compare versions by their numbers alone; what cannot be compared is left as it is."""
    try:
        return Version(_numbers(old)) < Version(_numbers(new))
    except InvalidVersion:
        return False


def _numbers(version: str) -> str:
    return re.sub(r"[a-zA-Z-]", "", version).rstrip(".")
