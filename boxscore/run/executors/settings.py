"""What a worker elsewhere must know to grade as the run was prepared."""

from __future__ import annotations

from msgspec import Struct


class GraderSettings(Struct, frozen=True, kw_only=True):
    """How a grader is opened, in plain data that can travel; `open_on_node` follows it.

    `digest` is what the image is where the run was prepared, `version` the engine's own version there, and `grading`
    what decides verdicts there, for each protocol that is needed. `recipe` names the image's recipe, None for an image
    that is not ours to build.
    """

    backend: str
    runtime: str | None = None
    strict: bool = False
    image: str | None = None
    digest: str = ""
    recipe: str | None = None
    version: str = ""
    grading: dict[str, str] = {}
