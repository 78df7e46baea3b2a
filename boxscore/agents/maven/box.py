"""The project in an agent's sealed box: its files, and builds by our Maven in a copy of it.

A copy, so that nothing that a build leaves behind becomes part of the patch. Artefacts that the image lacks are brought
by the relay, as they are when the patch is graded.
"""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from boxscore.agents.box import in_thread
from boxscore.agents.maven.project import Built
from boxscore.errors import BoxError
from boxscore.maven.command import maven
from boxscore.maven.mirror import configured_source, mirror_url
from boxscore.maven.relay import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from boxscore.agents.blocking import SyncAgentBox
    from boxscore.agents.seal import SealedBox
    from boxscore.boxes.contract import Stream
    from boxscore.maven.relay import Relay
    from boxscore.maven.source import ArtefactSource
    from boxscore.protocols.roles import MavenGoal

COPY = "/scratch/build"
MOST_FILE_BYTES, MOST_LOG_BYTES, MOST_POMS = 4 << 20, 8 << 20, 2000
ASIDE_S = 300.0


@asynccontextmanager
async def open_project(box: SealedBox, source: ArtefactSource | None = None) -> AsyncIterator[BoxProject]:
    """Let the project of a sealed box be built, with artefacts of `source`, or of the configured mirror.

    Raises BoxError, and at the end MirrorUnavailable where an artefact could not be had for no fault of the model.
    """
    goal = box.place.maven
    if goal is None or box.place.tree is None:
        raise BoxError("there is no project to be migrated in this box")
    box.allow((urlsplit(mirror_url()).hostname or "",))
    with ExitStack() as stack:
        opened = serve(Programs(box.blocking), source=source or configured_source())
        relay = await in_thread(lambda: stack.enter_context(opened), "boxscore-relay")
        try:
            yield BoxProject(box, box.place.tree, goal, relay)
        finally:
            await in_thread(stack.close, "boxscore-relay-end")


class Programs:
    """Opens programs in an agent's box, as `boxscore.maven.relay` wants it."""

    def __init__(self, box: SyncAgentBox) -> None:
        self._box = box

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        """Start a program that goes on. Raises BoxLost."""
        return self._box.start(argv, cwd="/", env=env)


class BoxProject:
    """See `Project`."""

    def __init__(self, box: SealedBox, tree: str, goal: MavenGoal, relay: Relay) -> None:
        self.tree, self.release = tree, goal.release
        self.versions: Mapping[str, str] = dict(goal.versions)
        self._box, self._relay = box, relay

    async def poms(self) -> tuple[str, ...]:
        """See `Project`, and so with the others."""
        words = ["find", ".", "-name", "pom.xml", "-not", "-path", "*/target/*", "-type", "f", "-print0"]
        done = await self._box.exec(words, cwd=self.tree, timeout_s=ASIDE_S)
        if done.exit_code != 0:
            raise BoxError(f"the poms of an agent's box could not be listed: it ended with {done.returncode}")
        found = [name.removeprefix("./") for name in done.stdout.decode(errors="replace").split("\0") if name]
        return tuple(sorted(found, key=lambda path: (path.count("/"), path))[:MOST_POMS])

    async def read(self, path: str) -> str | None:
        """Read a file that is text."""
        try:
            return (await self._box.get(f"{self.tree}/{path}", max_bytes=MOST_FILE_BYTES)).decode()
        except (OSError, UnicodeDecodeError):
            return None

    async def write(self, path: str, text: str) -> None:
        """Write a file."""
        try:
            await self._box.put(f"{self.tree}/{path}", text.encode())
        except OSError as error:
            raise BoxError(f"a file of an agent's project cannot be written: {error.strerror}") from error

    async def build(self, timeout_s: float) -> Built:
        """Copy the project and build it there, as when it is graded, but without options of `.mvn/jvm.config`."""
        copied = await self._box.exec(
            ["sh", "-c", f"rm -rf {COPY} && cp -a {self.tree} {COPY}"], cwd="/", timeout_s=ASIDE_S
        )
        if copied.exit_code != 0:
            said = ascii(copied.stderr[-300:].decode(errors="replace").strip())
            raise BoxError(f"an agent's project could not be copied to be built: {said}")
        java = cast("Literal[17, 21]", self.release)
        call = maven(("clean", "verify"), java=java, tree=COPY, relay=self._relay)
        done = await self._box.exec(
            list(call.argv), env=call.env, cwd=call.cwd, timeout_s=timeout_s, output_bytes=MOST_LOG_BYTES
        )
        log = done.stdout.decode(errors="replace").replace(COPY, self.tree)
        return Built(passed=done.exit_code == 0, log=log, timed_out=done.timed_out)
