"""The doctor's last check: a box of each backend that seems to work grades the control, as every box of a run does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.doctor.finding import CheckStatus, Finding
from boxscore.errors import BoxscoreError, ImageMissing
from boxscore.protocols.function.control import prove
from boxscore.protocols.warm import open_warm_box
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


def control(backend: Backend, image: str | None) -> Finding:
    """Open a box, have it grade a program that is right and one that is wrong, and say what came of it."""
    name, limits = f"{backend.name} control", Limits()
    try:
        with open_warm_box(backend, image, limits) as warm:
            prove(warm, limits)
    except ImageMissing as error:
        return Finding(name=name, status=CheckStatus.WARN, detail="could not be tried: no image", remedy=str(error))
    except (BoxscoreError, TimeoutError) as error:
        remedy = "nothing can be graded with it until this is fixed"
        return Finding(name=name, status=CheckStatus.MISSING, detail=str(error), remedy=remedy)
    detail = "a box passes a program that is right and fails one that is wrong"
    return Finding(name=name, status=CheckStatus.OK, detail=detail)
