"""Where a run keeps what its agents did: one file of ATIF for each sample, below `trajectories/`."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from boxscore.cache import replace_file
from boxscore.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.agents.trajectory import Trajectory

FOLDER = "trajectories"
_STRANGE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 100


def trajectory_path(run: Path, instance_id: str, sample_id: str) -> Path:
    """The file of a sample in a run's directory. Other names have other files, on every file system."""
    return run / FOLDER / f"{_safe(instance_id)}.{_safe(sample_id)}.json"


def write_trajectory(path: Path, trajectory: Trajectory) -> None:
    """Write a trajectory as it stands; readers see all of it or what was there before. Raises StoreError."""
    data = msgspec.json.format(msgspec.json.encode(trajectory.as_atif()), indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data + b"\n")
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def _safe(name: str) -> str:
    """A name as part of a file's name: as it is, or cleaned and with a hash where that is not possible."""
    clean = _STRANGE.sub("_", name)[:_LONGEST].lstrip(".") or "_"
    if clean == name and name == name.lower():
        return name
    return f"{clean}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
