"""How Maven is called in a box: the image's own program and settings, whatever the project brings along.

What a project has in `.mvn`, a home folder or the environment is not read: Maven is told that another folder is the
root of the project. Artefacts are taken from the image's read-only repository first, then from the relay, and kept in
a repository of the box's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.maven.relay import Relay

MAVEN = "/opt/maven"
IMAGE_REPOSITORY = "/opt/maven-repository"
BOX_REPOSITORY = "/scratch/.maven/repository"
HOMES: Mapping[int, str] = {8: "/usr/lib/jvm/java-8", 17: "/usr/lib/jvm/java-17", 21: "/usr/lib/jvm/java-21"}
HEAP_MIB = 768
# Maven's own JVM runs for seconds: what takes long to warm up is left out.
JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
_OPTION = re.compile(r"[^\s*?\[\]\\]+")  # Maven's script splits them at blanks, and looks for files they name


class MavenCall(Struct, frozen=True, kw_only=True):
    """A program for `Box.run`: its words, its whole environment, its working folder."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str


def java_home(java: int) -> str:
    """The folder of a JDK in the image. Raises UsageError for one that it has not."""
    if java not in HOMES:
        raise UsageError(f"the image has no Java {java}, but {', '.join(map(str, HOMES))}")
    return HOMES[java]


def maven(
    goals: Sequence[str],
    *,
    java: Literal[8, 17, 21],
    tree: str,
    relay: Relay | None = None,
    jvm_options: Sequence[str] = (),
) -> MavenCall:
    """Call Maven with `goals` (and options, `-Dname=value` or `-pl`, among them) for the project at `tree`.

    Without a `relay` it works offline. `jvm_options` are of Maven's own JVM, beyond ours. Raises UsageError for what
    cannot be passed.
    """
    home = java_home(java)
    if unfit := [option for option in jvm_options if not _OPTION.fullmatch(option)]:
        raise UsageError(f"this cannot be passed to a JVM: {unfit[0]!r}")
    where = ("-o",) if relay is None else (f"-Dboxscore.relay={relay.port}",)
    argv = (
        f"{MAVEN}/bin/mvn",
        *("-B", "-ntp", "-e", *where),
        *("-s", f"{MAVEN}/conf/box.xml", "-gs", f"{MAVEN}/conf/box.xml"),
        *("-t", f"{MAVEN}/conf/toolchains.xml", "-gt", f"{MAVEN}/conf/toolchains.xml"),
        f"-Dmaven.repo.local={BOX_REPOSITORY}",
        f"-Dmaven.repo.local.tail={IMAGE_REPOSITORY}",
        "-Dmaven.repo.local.tail.ignoreAvailability=true",
        f"-Dmaven.multiModuleProjectDirectory={tree}",
        "-Dstyle.color=never",
        *goals,
    )
    options = (*JVM_OPTIONS, f"-Xmx{HEAP_MIB}m", *jvm_options)
    return MavenCall(argv=argv, env=_environment(home, options), cwd=tree)


def _environment(home: str, options: Sequence[str]) -> Mapping[str, str]:
    """All variables that Maven is given: where Java is, options of its JVM, and that nothing of a project says more."""
    return {
        "JAVA_HOME": home,
        "PATH": f"{home}/bin:{MAVEN}/bin:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/scratch",
        "MAVEN_OPTS": " ".join(options),
        "MAVEN_SKIP_RC": "1",
        "MAVEN_BASEDIR": MAVEN,
    }
