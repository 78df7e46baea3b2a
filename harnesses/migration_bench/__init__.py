"""MigrationBench: whole Maven projects that are to move from Java 8 to 17 (Apache-2.0 licence).

A record names a repository and a commit that JDK 8 builds. A patch migrates it if the build then succeeds on the newer
Java with all tests as they were, and, at the level `maximal`, if direct dependencies have come to their newest major
versions as well.

Liu et al., 2025.
"""

from __future__ import annotations

from .harness import MigrationBench
from .row import load_rows

__all__ = ["HARNESS", "MigrationBench", "load_rows"]

HARNESS = MigrationBench()
