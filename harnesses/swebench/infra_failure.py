"""Signs in a log that not the patch but the environment failed, by the names that SWE-bench 5 has for them.

They are advice for people who look at a run; no verdict comes of them.
"""

from __future__ import annotations

import re

from msgspec import Struct

_ENVIRONMENT = {
    "browser_launch_failed": r"Failed to launch|Failed to connect to the bus",
    "display_unavailable": r"cannot open display|Missing X server|unable to open X display",
    "out_of_memory": r"Cannot allocate memory|OutOfMemoryError|^Killed$",
    "container_unavailable": r"Error response from daemon|Cannot connect to the Docker daemon",
    "network_unreachable": r"Could not resolve host|Temporary failure in name resolution",
}
_AMBIGUOUS = {
    "missing_module": r"Cannot find module|MODULE_NOT_FOUND|ModuleNotFoundError",
    "no_tests_collected": r"no tests ran|collected 0 items",
    "tests_timed_out": r"Timeout error: \d+ seconds exceeded",
}


class InfraFailure(Struct, frozen=True, kw_only=True):
    """A reason by name, and whether it can only be the environment's."""

    reason: str
    environment: bool


def classify(log: str) -> InfraFailure | None:
    """The first reason, in a fixed order, that a log shows a sign of; None if it shows none."""
    for signs, environment in ((_ENVIRONMENT, True), (_AMBIGUOUS, False)):
        for reason, pattern in signs.items():
            if re.search(pattern, log, re.MULTILINE):
                return InfraFailure(reason=reason, environment=environment)
    return None
