"""Maven in the boxes of migrations: the grader's own, with what the image lacks brought by a relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.boxes.contract import Completed  # noqa: TC001 - a field of a record
from boxscore.errors import BoxError, HarnessError
from boxscore.maven.command import maven
from boxscore.maven.layout import repository_path
from boxscore.maven.relay import serve
from boxscore.maven.source import TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from boxscore.boxes.contract import Box
    from boxscore.maven.source import ArtefactSource
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.retry import During

    Java = Literal[8, 17, 21]


class MavenRun(Struct, frozen=True, kw_only=True):
    """What a run of Maven came to, and the artefacts that it was brought, each with its SHA-256.

    `refused` says what it was not brought though it asked for it, since that was over a limit; "" for nothing.
    """

    done: Completed
    fetched: tuple[tuple[str, str], ...] = ()
    refused: str = ""


class MavenBox:
    """Runs Maven in boxes; artefacts come from `source`."""

    def __init__(self, source: ArtefactSource) -> None:
        self._source = source

    def run(  # noqa: PLR0913 - what a run of Maven depends on
        self,
        box: Box,
        goals: Sequence[str],
        *,
        task: MigrationTask,
        java: Java,
        during: During,
        options: Sequence[str] = (),
    ) -> MavenRun:
        """Run goals in the tree of a task; `options` are of Maven's JVM. Code that Maven runs does so `during`.

        Raises BoxError, MirrorUnavailable for artefacts that the mirror may have and does not give.
        """
        limits = structs.replace(task.limits, wall_s=min(task.limits.wall_s, task.command_s))
        with serve(box, source=self._source) as relay:
            call = maven(goals, java=java, tree=task.image.tree, relay=relay, jvm_options=options)
            with during():
                done = box.run(call.argv, env=call.env, cwd=call.cwd, limits=limits)
                if done.exit_code != 0 and done.limit is None and relay.ended:
                    raise BoxError(f"what brings artefacts into the box ended: {relay.ended}")
        return MavenRun(done=done, fetched=relay.fetched, refused=relay.refused)

    def fetch(self, path: str) -> bytes | None:
        """A file by its path in a repository, None where there is none, or it is too large.

        Raises MirrorUnavailable, HarnessError for what is no such path.
        """
        wanted = repository_path(path)
        if wanted is None:
            raise HarnessError(f"no path of a repository: {path[:200]!a}")
        try:
            return self._source.get(wanted)
        except TooLarge:
            return None
