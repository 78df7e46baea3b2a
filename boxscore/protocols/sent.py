"""What is sent into warm boxes beside samples and tests, and a hash of all that decides in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.versions import boxes_version, texts_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from boxscore.protocols.warm import Parts


class Sent(Struct, frozen=True, kw_only=True):
    """What goes into a warm box beside samples and their tests: programs by name, filters by processor, rules."""

    programs: tuple[tuple[str, str], ...]
    filters: dict[str, bytes]
    preload: tuple[str, ...]
    readable: tuple[str, ...]
    devices: tuple[str, ...]


def sent(parts: Parts | None = None) -> Sent:
    """What this version sends, into boxes for functions unless other `parts` are named."""
    from boxscore.protocols import warm  # noqa: PLC0415 - only where samples are graded
    from boxscore.protocols.syscall_filter import candidate_filters  # noqa: PLC0415 - as above

    parts = parts or warm.FUNCTION
    return Sent(
        programs=(*warm.sandbox_sources(parts), ("boot", warm.BOOT)),
        filters=candidate_filters(parts.calls, parts.open_files),
        preload=parts.preload,
        readable=parts.readable,
        devices=warm.DEVICES,
    )


def version_of(backend: str, sent: Sent, logic: str) -> str:
    """Hash what decides in warm boxes: the backend's own, what is sent, and a hash of what is done on this side."""
    programs = texts_version(sent.programs)
    return fingerprint(boxes_version(backend), programs, logic, sent.filters, sent.preload, sent.readable, sent.devices)
