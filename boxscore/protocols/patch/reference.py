"""Which watched files the tests themselves change, learned from a run of the reference patch.

Some suites write beside their sources or make an environment in the tree. That is not tampering if it leaves the same
path in the same state as the reference does. So nothing can replace an interpreter or a test file by taking the name of
one that the reference changes.

Only a run in which the reference resolved its instance is kept: another one may have ended early, and every sample that
got further would then look like a forger. Where a limit ended it again and again, what the tests change is not known,
and no sample is blamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from boxscore.cache import read_record, write_cached
from boxscore.errors import HarnessError
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.tree import UNKNOWN
from boxscore.protocols.versions import protocol_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask

    RunReference = Callable[[], SuiteRun | None]

RUNS = 2  # of a reference that does not resolve, before what it changed is taken as it is
Changed = tuple[tuple[str, str], ...]


class References:
    """Runs of reference patches, each once for an instance and only when somebody's run has changed something.

    What they changed is kept in `cache`, in this object alone if there is none.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache and cache / "references"
        self._known: dict[str, Changed] = {}

    def unlike(self, task: PatchTask, changed: Changed, *, image: str, run: RunReference) -> Changed:
        """Leave out of `changed` what a run of the reference leaves in the same state.

        `run` is such a run, None where the reference cannot be applied. Raises HarnessError where limits ended it,
        BoxError.
        """
        if not changed or task.reference is None:
            return changed
        key = fingerprint(image, task, protocol_version(""))
        touched = self._known[key] if key in self._known else self._read(key)
        if touched is None:
            touched = self._learned(task, key, run)
        return tuple(one for one in changed if one not in touched or one[1] == UNKNOWN)

    def _read(self, key: str) -> Changed | None:
        return None if self._cache is None else read_record(self._cache / f"{key}.json", Changed)

    def _learned(self, task: PatchTask, key: str, run: RunReference) -> Changed:
        """What a run of the reference changes: kept where it resolved its instance, else of this once alone."""
        ran = None
        for _ in range(RUNS):
            ran = run()
            if ran is not None and ran.limit is None and judge(task, ran.statuses, ran.log).resolved:
                self._known[key] = ran.changed
                if self._cache is not None:
                    write_cached(self._cache / f"{key}.json", msgspec.json.encode(ran.changed))
                return ran.changed
        if ran is not None and ran.limit is not None:
            raise HarnessError(
                f"{task.image.name}: it is not known what its tests change: the {ran.limit} limit ended them on "
                "the reference"
            )
        return () if ran is None else ran.changed
