"""Tests of a canary run that ended otherwise than they must, once more, each in a process of its own.

Right code may keep state in its process: it warns once, counts, or computes once for an argument. Then of several forms
of a test the first one passes alone, or a negated one in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.canaries.ids import ParsedId, locate
from boxscore.protocols.canaries.plan import judge_canaries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.canaries.plan import CanaryPlan
    from boxscore.protocols.statuses import Status

MOST_APART = 96  # where more went wrong it is not state


def functions_apart(plan: CanaryPlan, statuses: Mapping[str, Status], *, runner: str) -> tuple[str, ...]:
    """Return how a runner is told to run each form of a test in which an original went wrong, and it alone.

    None where a negated test passed and no original of its own failed, which no state explains; where nothing was
    reported; where they are too many, or one cannot be run by itself.
    """
    judged = judge_canaries(plan, statuses)
    wrong, passed = {*judged.broken, *judged.missing}, {*judged.failed_canaries} - {*plan.shared}
    groups = [forms for forms in plan.forms.values() if not wrong.isdisjoint(forms)]
    explained = {form for forms in groups for form in forms}
    if not judged.reported or not passed <= explained:
        return ()
    paths = [path for path, _ in plan.files]
    places = [locate(form, runner=runner, paths=paths) for form in sorted(explained)]
    words = tuple(dict.fromkeys(_word(place, runner) for place in places if isinstance(place, ParsedId)))
    whole = len(words) <= MOST_APART and all(isinstance(place, ParsedId) for place in places)
    return words if whole else ()


def _word(place: ParsedId, runner: str) -> str:
    if runner == "pytest":
        return "::".join((place.path, *place.scope, place.name))
    module = place.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return ".".join((module, *place.scope, place.name))
