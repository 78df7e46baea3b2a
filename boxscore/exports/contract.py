"""What a format is: an object that writes a run to a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from boxscore.exports.place import Destination
    from boxscore.exports.source import ExportedRun


class Written(Struct, frozen=True, kw_only=True):
    """What an export came to: `what` was written, what of the run was `left_out`, and what to do `then`."""

    what: str
    left_out: tuple[str, ...] = ()
    then: str = ""


class Format(Protocol):
    """A format that a run can be written in."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write a run. Raises UsageError where the run or the place does not do, InputError, StoreError."""
