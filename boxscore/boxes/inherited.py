"""Resource limits that this process, or a container, inherited and that are lower than what a box needs.

Grading under a lower limit than the record says would call honest code wrong, so such a machine is refused.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from boxscore.errors import SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAGS = {"NPROC": "u", "DATA": "d", "AS": "v", "NOFILE": "n", "FSIZE": "f", "CPU": "t", "STACK": "s"}
_KIBIBYTES = {"DATA", "AS", "STACK"}  # as `ulimit` counts them


def low_limit(name: str, value: int, needed: int) -> str:
    """Say in one sentence which limit is too low, what is needed and how to raise it."""
    least = -(-needed // 1024) if name in _KIBIBYTES or name == "FSIZE" else needed
    flag = _FLAGS.get(name, "a")
    return (
        f"the hard limit RLIMIT_{name} is {value} and a box needs {needed}, so nothing can be graded as promised: "
        f"raise it (`ulimit -H{flag} {least}` as root, /etc/security/limits.conf, the service's own limits; for "
        f"containers `default-ulimits` in /etc/docker/daemon.json)"
    )


def require_limits(needed: Mapping[str, int]) -> None:
    """Raise hard limits of this process that are lower than `needed`, where it may (soft ones stay as they are).

    Raises SandboxUnavailable for one that it may not raise.
    """
    for name, least in needed.items():
        which = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(which)
        if hard == resource.RLIM_INFINITY or hard >= least:
            continue
        try:
            resource.setrlimit(which, (soft, resource.RLIM_INFINITY if name != "NOFILE" else least))
        except (ValueError, OSError) as error:
            raise SandboxUnavailable(low_limit(name, hard, least)) from error
