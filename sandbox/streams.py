"""The standard streams of a warm box: the host has the true ones, and tests have ones that lead nowhere.

Tests print what a candidate answered, which may be the very bytes of a verdict. So the stream to the host moves to
numbers that nobody has by name, and 0, 1 and 2 of whoever runs tests are /dev/null: whatever they print, by whatever
name, is dropped, and what they read ends at once.

Tests may be code of a stranger, who finds those numbers. So each grader has a turn, with a key that its predecessors
cannot know (`Turns`): the host is shown the key, sends nothing of the next instance before, and the grader drops all
that comes before the host has sent the key back. What an earlier grader wrote, or left unread, is so nobody's.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import select
import sys
from typing import TYPE_CHECKING

import frames

if TYPE_CHECKING:
    from typing import TextIO

OWN = 128  # a number from which on graders close all, and below those that candidates close
HIGH = 64  # a number above those that a candidate's descriptors get, and below those that it closes
KEY_BYTES = 16
_NAMES = ("stdin", "stdout", "stderr")


class Turns:
    """The keys of the turns to come, as the host has sent them: in memory that no child of this process gets."""

    def __init__(self, incoming: int, count: int) -> None:
        self._keys, self._at = mmap.mmap(-1, KEY_BYTES * count, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), 0
        self._keys.madvise(mmap.MADV_DONTFORK)
        with memoryview(self._keys) as view:
            have = 0
            while have < len(view):
                with view[have:] as rest:
                    read = os.readv(incoming, [rest])
                if not read:
                    raise SystemExit("no keys came from the host")
                have += read

    def next_key(self) -> bytes:
        """Take the next key; to be called once all processes of the grader before have ended."""
        key = self._keys[self._at : self._at + KEY_BYTES]
        if len(key) < KEY_BYTES:
            raise frames.BoxFailure("start", "this box has had as many graders as it may have")
        self._at += KEY_BYTES
        return key


class Host:
    """The descriptors that lead to the host: frames in, frames out, and last words."""

    def __init__(self, incoming: int = 0, outgoing: int = 1, words: int = 2) -> None:
        self.incoming, self.outgoing, self.words = incoming, outgoing, words
        self.modes = (0, 0)  # of the first two, as they were when they came
        self.key = b""  # of the turn; none where nobody asks for it

    def offer_turn(self, key: bytes) -> None:
        """Show the host whose turn it is, in the supervisor, while nobody else has these pipes."""
        fcntl.fcntl(self.incoming, fcntl.F_SETFL, self.modes[0])
        fcntl.fcntl(self.outgoing, fcntl.F_SETFL, self.modes[1])
        self.key = key
        frames.reply(self.outgoing, {"turn": key.hex()})

    def begin_turn(self) -> None:
        """Drop what comes before the host has answered with the key: an earlier grader left it unread."""
        seen = os.read(self.incoming, KEY_BYTES)  # as a rule that is all
        while seen != self.key:
            begun = next(size for size in range(KEY_BYTES - 1, -1, -1) if seen.endswith(self.key[:size]))
            part = os.read(self.incoming, KEY_BYTES - begun)
            if not part:
                return  # as whoever reads next will find
            seen = self.key[:begun] + part

    def withdraw(self) -> None:
        """Move the frames' descriptors to high numbers; 0 and 1 are /dev/null from here on."""
        self.incoming, self.outgoing = _moved(self.incoming), _moved(self.outgoing)
        self.modes = fcntl.fcntl(self.incoming, fcntl.F_GETFL), fcntl.fcntl(self.outgoing, fcntl.F_GETFL)

    def has_gone(self) -> bool:
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


def owned(descriptor: int) -> int:
    """Move a descriptor to where no grader keeps it."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, OWN)
    os.close(descriptor)
    return copy


def _moved(descriptor: int) -> int:
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, descriptor)
    os.close(null)
    return copy
