"""What verdicts of tests in a JVM hang on: our own sources, for the protocols that run some to hash."""

from __future__ import annotations

from boxscore.protocols.versions import modules

JVM = (
    *modules("protocols/jvm", "own_limits protection run verdict wire"),
    *modules("protocols/patch", "verdict"),
    *modules("protocols/unittest", "verdict"),
    *modules("protocols", "judged losses retry statuses trusted"),
)
