"""What verdicts of tests in a JVM hang on: our own sources, for the protocols that run some to hash."""

from __future__ import annotations

from boxscore.protocols.versions import SHARED, folder, modules

JVM = (
    *folder("protocols/jvm"),
    *modules("protocols/patch", "verdict"),
    *modules("protocols/unittest", "verdict"),
    *SHARED,
)
