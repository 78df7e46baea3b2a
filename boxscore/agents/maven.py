"""Let an agent run Maven on the project that it migrates: artefacts that the image lacks come by a relay of ours.

The variable MAVEN_ARGS makes a plain `mvn` use the image's settings and the relay, as when the patch is graded. The
relay gives no artefact of the project itself: a later version of it, published, may be the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from boxscore.errors import BoxError, ProtocolError
from boxscore.maven.command import maven
from boxscore.maven.mirror import configured_source, mirror_url
from boxscore.maven.relay import serve
from boxscore.protocols.patch.logs.junit import read_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import ExitStack

    from boxscore.agents.blocking import SyncAgentBox
    from boxscore.boxes.contract import Stream
    from boxscore.maven.layout import RepositoryPath
    from boxscore.maven.source import ArtefactSource

READ_S, MOST_POM_BYTES = 300.0, 16 << 20
_POMS = 'find . -name pom.xml -type f -exec sh -c \'for pom; do cat -- "$pom"; printf "\\000"; done\' sh {} +'


def serve_maven(stack: ExitStack, box: SyncAgentBox, *, tree: str, java: int) -> tuple[str, ...]:
    """Have Maven work in an open box of the project at `tree` until `stack` is closed; return the mirror's host.

    Closing raises MirrorUnavailable where an artefact could not be had for no fault of the agent. Raises BoxError.
    """
    done = box.exec(_POMS, cwd=tree, timeout_s=READ_S, output_bytes=MOST_POM_BYTES)
    if done.exit_code != 0 or done.truncated:
        raise BoxError(f"the poms of an agent's project cannot be read: it ended with {done.returncode}")
    source = _Others(configured_source(), own_folders(done.stdout.split(b"\0")))
    relay = stack.enter_context(serve(_Programs(box), source=source))
    call = maven((), java=cast("Literal[17, 21]", java), tree=tree, relay=relay)
    box.env |= {**call.env, "MAVEN_ARGS": " ".join(call.argv[1:])}
    return (urlsplit(mirror_url()).hostname or "",)


def own_folders(poms: Iterable[bytes]) -> tuple[str, ...]:
    """The folders of a repository that have what a project's poms publish: `org/example/core/`."""
    found = set()
    for pom in poms:
        try:
            root = read_tree(pom.decode(errors="replace").encode())  # names of artefacts are ASCII in any encoding
        except ProtocolError:  # no pom: an example among the tests, say
            continue
        texts = {path: (root.findtext(path) or "").strip() for path in ("groupId", "parent/groupId", "artifactId")}
        group = texts["groupId"] or texts["parent/groupId"]
        if root.tag == "project":
            found.add(f"{group.replace('.', '/')}/{texts['artifactId']}/")
    return tuple(sorted(found))


class _Others:
    """A source without what a project publishes itself."""

    def __init__(self, source: ArtefactSource, own: tuple[str, ...]) -> None:
        self._source, self._own = source, own

    def get(self, wanted: RepositoryPath) -> bytes | None:
        return None if wanted.path.startswith(self._own) else self._source.get(wanted)


class _Programs:
    """Opens programs in an agent's box, as `boxscore.maven.relay` wants it."""

    def __init__(self, box: SyncAgentBox) -> None:
        self._box = box

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        return self._box.start(argv, cwd="/", env=env)
