"""What verdicts on functions hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.versions import boxes_version, files, modules, sources_version, texts_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from boxscore.protocols.function.warm import Parts

FUNCTION = (
    *modules("protocols/function", "contest control grader reference source warm wire"),
    *modules("protocols", "losses supervised"),
)


class Sent(Struct, frozen=True, kw_only=True):
    """What goes into a warm box beside samples and their tests: programs by name, filters by processor, rules."""

    programs: tuple[tuple[str, str], ...]
    filters: dict[str, bytes]
    preload: tuple[str, ...]
    readable: tuple[str, ...]
    devices: tuple[str, ...]


def sent(parts: Parts | None = None) -> Sent:
    """What this version sends, into boxes for functions unless other `parts` are named."""
    from boxscore.protocols.function import warm  # noqa: PLC0415 - only where functions are graded
    from boxscore.protocols.function.syscall_filter import candidate_filters  # noqa: PLC0415 - as above

    parts = parts or warm.FUNCTION
    return Sent(
        programs=(*warm.sandbox_sources(parts), ("boot", warm.BOOT)),
        filters=candidate_filters(parts.calls),
        preload=parts.preload,
        readable=parts.readable,
        devices=warm.DEVICES,
    )


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of functions in boxes of a backend."""
    return version_with(backend, sent())


def version_with(backend: str, sent: Sent) -> str:
    """Hash what decides verdicts of functions, with what is sent into boxes."""
    return version_of(backend, sent, sources_version(files(FUNCTION)))


def version_of(backend: str, sent: Sent, logic: str) -> str:
    """Hash what decides in warm boxes: the backend's own, what is sent, and a hash of what is done on this side."""
    programs = texts_version(sent.programs)
    return fingerprint(boxes_version(backend), programs, logic, sent.filters, sent.preload, sent.readable, sent.devices)
