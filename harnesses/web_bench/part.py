"""Parts of the benchmark: `web-bench@calculator`, `web-bench@react+vue`, `web-bench@standard`."""

from __future__ import annotations

import boxscore

from .classes import FRAMEWORKS, PROJECTS, STANDARDS, Kind

HALVES = {Kind.STANDARD: STANDARDS, Kind.FRAMEWORK: FRAMEWORKS}


def projects_of(text: str) -> tuple[str, ...]:
    """The projects that a part names, sorted. Raises UsageError for an unknown name."""
    chosen: set[str] = set()
    for word in text.split("+"):
        if word in tuple(Kind):
            chosen.update(HALVES[Kind(word)])
        elif word in PROJECTS:
            chosen.add(word)
        else:
            raise boxscore.UsageError(
                f"web-bench@{text}: {word!r} is neither {' nor '.join(Kind)} nor a project; several are joined by `+`. "
                f"Projects: {', '.join(PROJECTS)}"
            )
    return tuple(sorted(chosen))
