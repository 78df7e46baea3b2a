"""Arguments of a JVM or compiler in a candidate's pom: which are harmless, told word by word."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CHARACTERS = 20_000

OPENING = ("--add-opens", "--add-exports", "--add-modules", "--add-reads")
"""What lets old libraries reach into the JDK, with a value in the same word or the next."""

HARMLESS = re.compile(
    r"""
    (?:--add-(?:opens|exports|modules|reads)=\S+
    |--illegal-access=\w+|--enable-native-access=\S+
    |-X(?:mx|ms|ss|mn)\d+[kKmMgG]?
    |-XX:(?:Max|Initial)?(?:PermSize|MetaspaceSize|RAMPercentage|HeapSize|DirectMemorySize|NewSize)=[\w.]+
    |-XX:(?:MaxPermSize|MaxMetaspaceSize|MaxDirectMemorySize|MaxRAMPercentage|ReservedCodeCacheSize)=[\w.]+
    |-XX:[+-](?:Use\w+|HeapDumpOnOutOfMemoryError|TieredCompilation|EnableDynamicAgentLoading|OmitStackTraceInFastThrow
        |CMSClassUnloadingEnabled|StartAttachListener|IgnoreUnrecognizedVMOptions|AllowRedefinitionToAddDeleteMethods)
    |-XX:TieredStopAtLevel=\d|-Xshare:\w+|-Xverify:none|-noverify|-server|-client|-ea|-esa|-enableassertions
    |[@$]\{[\w.-]+\})
    """,
    re.VERBOSE,
)

PROPERTY = re.compile(r"-D([\w.:-]+)(?:=(.*))?\Z", re.DOTALL)

OF_THE_JVM = re.compile(
    r"""
    (?:java\.(?:class\.path|ext\.dirs|endorsed\.dirs|home|system\.class\.loader|library\.path)
    |java\.security\.(?:manager(?!=allow\Z)|policy|properties)
    |java\.nio\.file\.spi\.|java\.(?:protocol|content)\.handler\.pkgs
    |jdk\.(?!attach\.|xml\.|net\.|http)|sun\.boot|sun\.misc\.URLClassPath
    |junit\.|org\.junit\.|testng\.|surefire\.|basedir(?:=|\Z)|boxscore)
    """,
    re.VERBOSE,
)
"""Properties that steer the JVM or what runs the tests, which a project has no say in."""

AGENT = re.compile(r"-javaagent:([^=]+)(?:=.*)?\Z", re.DOTALL)


OF_A_DEPENDENCY = re.compile(r"[@$]\{[\w.-]+:[\w.-]+:jar(?::[\w.-]+)?\}")
"""The path of a dependency, which a goal of the dependency plugin fills in while it builds."""


def split_arguments(text: str) -> tuple[str, ...]:
    """Split a line of arguments into words. Raises ValueError for quotes that are not closed, and for a long line."""
    if len(text) > CHARACTERS:
        raise ValueError(f"it has {len(text)} characters, more than {CHARACTERS}")
    words: list[str] = []
    for word in shlex.split(text):
        if words and words[-1] in OPENING:
            words[-1] += f"={word}"
        else:
            words.append(word)
    return tuple(words)


def is_harmless(word: str, repositories: Sequence[str]) -> bool:
    """Whether the JVM of tests may be given this: open packages, memory, properties of the project's own.

    An agent is harmless if its jar is in one of the local repositories that only the grader fills, or if it is the jar
    of a dependency, as Mockito has it from Java 21 on; without `repositories` none is.
    """
    if HARMLESS.fullmatch(word):
        return True
    found = PROPERTY.match(word)
    if found:
        return OF_THE_JVM.match(word.removeprefix("-D")) is None
    agent = AGENT.match(word)
    if agent is None:
        return False
    if repositories and OF_A_DEPENDENCY.fullmatch(agent[1]):
        return True
    path = posixpath.normpath(agent[1])
    return any(path.startswith(f"{repository}/") for repository in repositories)
