"""Keep an image's files in the page cache of the machine, all of them, before tests run that hide something.

Which pages are in it stays from one box to the next, and can be told by how long reading takes. Nobody in a box can
drop any (`boxes.seccomp`), but whoever reads a page that was not there leaves a mark. Where all are there, there is
none to leave. They are read in a box of their own: pages that a candidate's box brought in would count as its memory,
and could be driven out by it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore import resources
from boxscore.boxes.contract import engine_of
from boxscore.errors import BoxError
from boxscore.protocols.trusted import ending_of, run_trusted
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.task import PatchTask

LIMITS = Limits(
    cpu_s=1200.0, wall_s=3600.0, memory_bytes=1 << 40, processes=8, disk_bytes=1 << 20, output_bytes=1 << 16
)  # what is cached counts as memory until the box has ended, and is taken from nobody
TAKEN_BACK = ("pgsteal_kswapd", "pgsteal_direct", "pgsteal_khugepaged", "pgsteal_proactive", "drop_pagecache")


class PageCache:
    """The images whose files are cached, as far as is known here."""

    def __init__(self, backend: Backend) -> None:
        self._is_ours = engine_of(backend) is None
        self._filled: dict[str, int] = {}

    def fill(self, boxes: Boxes, task: PatchTask) -> None:
        """See that all files of a task's image are cached. Raises what a box raises."""
        image, before = boxes.find_image(task.image), self._taken_back()
        if before is not None and self._filled.get(image) == before:
            return
        with boxes.open_apart(task, LIMITS) as box:
            done = run_trusted(box, _program(), {"do": "fill"}, LIMITS)
        if done.exit_code != 0:
            raise BoxError(f"an image's files could not be read: {ending_of(done)}")
        if before is not None:
            self._filled[image] = before

    def _taken_back(self) -> int | None:
        """Count the pages that the kernel has taken back from files; None where that is another machine's."""
        if not self._is_ours:
            return None
        try:
            lines = Path("/proc/vmstat").read_text(encoding="utf-8").splitlines()
        except OSError:
            return None
        return sum(int(count) for name, _, count in (line.partition(" ") for line in lines) if name in TAKEN_BACK)


def _program() -> str:
    return (resources.folder("sandbox") / "page_cache.py").read_text(encoding="utf-8")
