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

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping, Sequence
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


_CHARS = 300
_CODE = re.compile(r"returned a non-zero code: (\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SPEAKS = re.compile(
    r"(?i)error\b|\b(?:fatal|not found|no such|denied|failed|unsatisfiable|cannot|could not|unable|no space left)\b"
)
_REMARK = re.compile(r"(?i)^(?:note|hint):|^\^?$")
_QUOTE_END = "[end of output]"  # of another program, in what pip prints


def cause_of(error: str, lines: Sequence[str]) -> str:
    """Say why a build failed, by the error of the engine and the last lines that were printed.

    An instruction that the engine quotes in its error is left out: it may fill a screen.
    """
    printed = [clean for line in lines if (clean := plain(line).strip()) and not clean.startswith("Step ")]
    if _QUOTE_END in printed:
        printed = printed[: printed.index(_QUOTE_END)]
    code = _CODE.search(error)
    return _cut(error if code is None else f"{_last_error(printed)} (exit code {code[1]})")


def _last_error(lines: Sequence[str]) -> str:
    """The last line that speaks of an error, or else the last one."""
    lines = [line for line in lines if not _REMARK.search(line)]
    last = lines[-1] if lines else "an instruction failed without a word"
    return next((line for line in reversed(lines) if _SPEAKS.search(line)), last)


def plain(text: str) -> str:
    """Text without colours."""
    return _COLOUR.sub("", text)


def _cut(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _CHARS else f"{one[: _CHARS - 1]}…"
