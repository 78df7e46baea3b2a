"""Open files: what so many boxes need of this process, and what it may have."""

from __future__ import annotations

import resource

from boxscore.errors import UsageError

_BASE_FILES, _FILES_OF_A_WORKER = 40, 16  # more than was counted: see tests/cli/test_standard_streams.py


def need_files(workers: int) -> None:
    """Let this process have the open files that so many workers need. Raises UsageError where it may not."""
    needed = _BASE_FILES + _FILES_OF_A_WORKER * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        fit = max(0, (hard - _BASE_FILES) // _FILES_OF_A_WORKER)
        lower = f" or use at most {fit} workers" if fit else ""
        raise UsageError(
            f"{workers} workers need up to {needed} open files and this process may have {hard}: "
            f"raise the limit (`ulimit -n {needed}`){lower}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
