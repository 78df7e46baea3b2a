"""The standard streams of a warm box: the host has the true ones, and tests have ones that lead nowhere.

Tests print what a candidate answered, which may be the very bytes of a verdict. So the stream to the host moves to
numbers that nobody has by name, and 0, 1 and 2 of whoever runs tests are /dev/null: whatever they print, by whatever
name, is dropped, and what they read ends at once.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

HIGH = 64  # a number above those that a candidate's descriptors get, and below those that it closes
_NAMES = ("stdin", "stdout", "stderr")


class Host:
    """The descriptors that lead to the host: frames in, frames out, and last words."""

    def __init__(self, incoming: int = 0, outgoing: int = 1, words: int = 2) -> None:
        self.incoming, self.outgoing, self.words = incoming, outgoing, words

    def withdraw(self) -> None:
        """Move the frames' descriptors to high numbers; 0 and 1 are /dev/null from here on."""
        self.incoming, self.outgoing = _moved(self.incoming), _moved(self.outgoing)

    def has_gone(self) -> bool:
        """Whether nobody holds the other end of what comes in: the host has ended, in whatever way."""
        incoming = select.poll()
        incoming.register(self.incoming, 0)
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in incoming.poll(0))

    def withdraw_words(self) -> None:
        """Do the same with standard error, in a process that runs tests."""
        self.words = _moved(self.words)


class Nowhere:
    """What tests have for `sys.stdin`, `sys.stdout` and `sys.stderr`; they may replace, close or break them."""

    def __init__(self) -> None:
        self.streams = _opened()

    def renew(self) -> None:
        """Put them in place, and undo what the tests of the sample before did to them."""
        try:
            usable = not any(stream.closed for stream in self.streams)
        except ValueError:  # one was detached
            usable = False
        if not usable:
            self.streams = _opened()
        for name, stream in zip(_NAMES, self.streams, strict=True):
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _opened() -> tuple[TextIO, ...]:
    """Open 0, 1 and 2 once more, as streams that take any text and leave the descriptors open."""
    read = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as the process lives
    return (read, *(open(one, "w", encoding="utf-8", errors="backslashreplace", closefd=False) for one in (1, 2)))


def _moved(descriptor: int) -> int:
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, descriptor)
    os.close(null)
    return copy
