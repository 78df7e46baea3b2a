"""Logs of builds: each is read to its end and kept whole in a file; the cause of a failure goes into the error.

The file is also what keeps a second build of the same image waiting, of this process or another: whoever comes later
finds the image and builds nothing.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from boxscore.cache import cache_folder, locked
from boxscore.errors import SandboxUnavailable
from boxscore.images.cause import cause_of

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_TAIL_LINES = 60  # in which the cause is looked for
_CHATTER = re.compile(r" ---> |Removing intermediate container")


class BuildLog:
    """The log of one build. That it cannot be written is no reason to fail."""

    def __init__(self, path: Path, file: io.FileIO | None) -> None:
        self._path, self._file = path, file

    def follow(self, events: Iterable[Mapping[str, Any]], what: str) -> None:
        """Read the engine's progress to its end. Raises SandboxUnavailable with the cause, then the log's path."""
        try:
            follow(self._kept(events), what)
        except SandboxUnavailable as error:
            where = f"; the whole log: {self._path}" if self._file is not None else ""
            raise type(error)(f"{error}{where}") from error

    def _kept(self, events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Write what a build says to the file, and leave out what the builder says of itself."""
        with suppress(OSError):
            if self._file is not None:
                self._file.truncate(0)
        for event in events:
            text = str(event.get("stream") or event.get("error") or "")
            with suppress(OSError):
                if self._file is not None:
                    self._file.write(text.encode(errors="replace"))
            if not _CHATTER.match(text):
                yield event


@contextmanager
def build_log(reference: str) -> Iterator[BuildLog]:
    """Wait until nobody else on this machine builds an image, and keep others waiting meanwhile."""
    path = cache_folder() / "builds" / f"{reference.replace('/', '-').replace(':', '-')}.log"
    with locked(path), ExitStack() as stack:
        file = None
        with suppress(OSError):
            file = stack.enter_context(path.open("ab", buffering=0))
        yield BuildLog(path, file)


def follow(events: Iterable[Mapping[str, Any]], what: str) -> None:
    """Read the engine's progress to its end. Raises SandboxUnavailable, in one line, when it reports an error."""
    tail: list[str] = []
    errors: list[str] = []
    for event in events:  # to the end even after an error, or the engine's connection stays open
        tail = [*tail, *str(event.get("stream", "")).splitlines()][-_TAIL_LINES:]
        errors += [str(event["error"]).strip()] if "error" in event else []
    if errors:
        raise SandboxUnavailable(f"{cause_of(errors[0], tail)}; {what} failed")
