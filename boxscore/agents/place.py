"""Where an agent works, as far as others must know: what its boxes are made of, and nothing of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.blocking import AGENT_LIMITS

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.protocols.roles import MavenGoal
    from boxscore.records import Limits


class Place(Struct, frozen=True, kw_only=True):
    """Where an agent works: of which image boxes are made, and where its repository is, None where there is none.

    `maven` is what the repository is to be migrated to, None where that is not the task.
    """

    backend: Backend
    image: str | None
    tree: str | None
    links: tuple[str, ...] = ()
    limits: Limits = AGENT_LIMITS
    env: tuple[tuple[str, str], ...] = ()
    maven: MavenGoal | None = None
