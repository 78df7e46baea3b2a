"""The nodes of a box whose times every candidate may set, and the next one may read.

To set the times of a file to now takes the right to write to it, which everybody has for devices and symbolic links.
Where they are on a read-only mount (in a local box) the kernel refuses it; elsewhere they are set back here.
"""

from __future__ import annotations

import os

FOLDER = "/dev"
_EPOCH = (0, 0)


def resettable(folder: str = FOLDER) -> list[str]:
    """Set the times of a folder and all its nodes to the epoch; list those with which it can be done."""
    below = [os.path.join(inner, name) for inner, folders, names in os.walk(folder) for name in (*folders, *names)]
    return [path for path in (folder, *below) if _reset(path)]


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
