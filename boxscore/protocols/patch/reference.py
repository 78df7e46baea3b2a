"""What the tests themselves change of what is watched: learned from a run of the reference patch.

There are suites that write beside their sources or make an environment in the tree. What they do there is no tampering
as long as it is exactly that: the same path in the same state as the reference leaves it. So nothing can take the
place of an interpreter or a test file by being called as one that the reference changes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from boxscore.cache import read_cached, write_cached
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.run import run_staged
from boxscore.protocols.patch.tree import UNKNOWN, stage
from boxscore.protocols.patch.version import version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask

    OpenBox = Callable[[], AbstractContextManager[Box]]

Changed = tuple[tuple[str, str], ...]


class References:
    """Runs of reference patches, each once for an instance and only when somebody's run has changed something.

    What they changed is kept in `cache`, in this object alone if there is none.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache and cache / "references"
        self._known: dict[str, Changed] = {}

    def unlike(self, task: PatchTask, changed: Changed, *, image: str, open_box: OpenBox) -> Changed:
        """Leave out of `changed` what a run of the reference leaves in the same state. Raises BoxError."""
        if not changed or task.reference is None:
            return changed
        key = fingerprint(image, task, version(""))
        if key not in self._known:
            touched = self._read(key)
            self._known[key] = self._run(task, task.reference, key, open_box) if touched is None else touched
        touched = self._known[key]
        return tuple(one for one in changed if one not in touched or one[1] == UNKNOWN)

    def _read(self, key: str) -> Changed | None:
        data = None if self._cache is None else read_cached(self._cache / f"{key}.json")
        with suppress(msgspec.MsgspecError):
            return None if data is None else msgspec.json.decode(data, type=Changed)
        return None

    def _run(self, task: PatchTask, reference: str, key: str, open_box: OpenBox) -> Changed:
        with open_box() as box:
            staged = stage(box, task, reference)
            ran = None if isinstance(staged, Refused) else run_staged(box, task, staged)
        if ran is None or ran.limit is not None:  # it has not come to its end
            return ()
        if self._cache is not None:
            write_cached(self._cache / f"{key}.json", msgspec.json.encode(ran.changed))
        return ran.changed
