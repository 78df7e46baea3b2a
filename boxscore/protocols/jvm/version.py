"""What verdicts of tests in a JVM hang on: our own sources, for the protocols that run some to hash."""

from __future__ import annotations

from functools import cache

from boxscore.protocols.versions import files, modules, sources_version

JVM = (
    *modules("protocols/jvm", "blind canary layer names negated_file own_limits protection run verdict wire"),
    *modules("protocols/blind/java", "comparisons decisive files literals"),
    *modules("protocols/blind", "evidence literals nearness observations secrecy"),
    *modules("protocols/canaries", "clues pools reader text"),
    *modules("protocols/patch", "verdict"),
    *modules("protocols/unittest", "verdict"),
    *modules("protocols", "java_source judged losses retry statuses syntax_trees trusted"),
)


@cache
def layer_version() -> str:
    """Hash all that decides what is learned of a suite."""
    return sources_version(files(JVM))
