"""What protects verdicts of tests in a JVM: values that never enter a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.jvm.layer import Judged, Known, Look, Runs, Suite, judged_plainly

if TYPE_CHECKING:
    from pathlib import Path


class Protection:
    """Learns of suites with their references, and keeps what it learned in `cache`, for one `environment` of boxes."""

    def __init__(self, cache: Path, environment: str) -> None:
        self._cache, self._environment = cache, environment

    def known(self, suite: Suite, known: Known) -> ProtectedTests:  # noqa: ARG002
        """See `ProtectiveLayer.known`."""
        return ProtectedTests(suite)


class ProtectedTests:
    """See `ProtectedSuite`."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite

    def look(self, runs: Runs) -> Look | None:  # noqa: ARG002
        """See `ProtectedSuite.look`."""
        return None

    def judge(self, look: Look | None, runs: Runs, *, samples: int) -> Judged:  # noqa: ARG002
        """See `ProtectedSuite.judge`."""
        return judged_plainly(self._suite, runs.plain(self._suite.files, self._suite.required))
