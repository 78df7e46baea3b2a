"""Results that are there and do not count, because their samples are to be graded under other conditions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.records import Conditions


class Superseded(Struct, frozen=True, kw_only=True):
    """So many samples have a result of another version of the grading, or of other settings; `settings` says which."""

    by_version: int = 0
    by_settings: int = 0
    settings: str = ""

    def lines(self) -> Iterator[str]:
        """Say for people what is graded again."""
        if self.by_version:
            what, are = counted(self.by_version, "result"), "is" if self.by_version == 1 else "are"
            yield f"{what} {are} from another version of the grading and {are} graded again"
        if self.by_settings:
            what, are = counted(self.by_settings, "result"), "is" if self.by_settings == 1 else "are"
            yield f"{what} {are} of other settings ({self.settings}) and {are} graded again"


def superseded_by(now: Mapping[tuple[str, str], Conditions], then: Mapping[tuple[str, str], Conditions]) -> Superseded:
    """Compare how samples are graded now with how their last results came about; each backend has its own version."""
    settings = {name: told for name, before in then.items() if (told := _difference(before, now[name]))}
    by_version = sum(
        name not in settings and before.version != now[name].version
        for name, before in then.items()
        if before.backend == now[name].backend
    )
    most = Counter(settings.values()).most_common(1)
    return Superseded(by_version=by_version, by_settings=len(settings), settings=most[0][0] if most else "")


def _difference(then: Conditions, now: Conditions) -> str:
    """What was set otherwise, in words; "" where nothing was."""
    if then.backend != now.backend:
        return f"{then.backend} boxes, now {now.backend}"
    pairs = (
        ("runtime", then.runtime, now.runtime),
        ("boxes for several samples", "no" if then.strict else "yes", "no" if now.strict else "yes"),
        ("cpu limit", f"{then.limits.cpu_s:g} s", f"{now.limits.cpu_s:g} s"),
        ("memory limit", f"{then.limits.memory_bytes >> 20} MiB", f"{now.limits.memory_bytes >> 20} MiB"),
        ("least trust", then.least_trust, now.least_trust),
        ("reference gate", "on" if then.gate else "off", "on" if now.gate else "off"),
    )
    found = [f"{what} {old or 'none'}, now {new or 'none'}" for what, old, new in pairs if old != new]
    if (then.image, then.image_digest) != (now.image, now.image_digest):
        found.append("another image")
    if not found and then.limits != now.limits:
        found = ["other limits"]
    return "; ".join(found)
