"""The nodes of a box whose times every candidate may set, and the next one may read.

To set the times of a file to now takes the right to write to it, which everybody has for devices and symbolic links.
Where they are on a read-only mount (in a local box) the kernel refuses it; elsewhere they are set back here.
"""

from __future__ import annotations

import os

FOLDER = "/dev"
_EPOCH = (0, 0)


def resettable(shared: list[str]) -> list[str]:
    """Set the times of /dev, its nodes and the folders that candidates share to the epoch; list those that allow it.

    Files in shared folders are not among them: they are removed after each candidate.
    """
    found = [FOLDER, *shared]
    for inner, folders, names in os.walk(FOLDER):
        if inner in shared:
            folders.clear()
            continue
        found += (os.path.join(inner, name) for name in (*folders, *names))
    return [path for path in dict.fromkeys(found) if _reset(path)]


def reset(paths: list[str]) -> None:
    """Set the times of nodes to the epoch. Raises OSError when one of them refuses."""
    for path in paths:
        os.utime(path, ns=_EPOCH, follow_symlinks=False)


def _reset(path: str) -> bool:
    try:
        reset([path])
    except OSError:
        return False
    return True
