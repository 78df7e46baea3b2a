"""Classes of a project that a JVM would take for those of a jar: its own stand before jars on the class path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from boxscore.errors import BoxError, ProtocolError
from boxscore.protocols.jvm.names import outermost
from boxscore.protocols.trusted import ending_of, run_trusted, trusted_limits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.migration.material import Material
    from boxscore.protocols.migration.workplace import Jars
    from boxscore.records import Limits

MOST = 20
_OUTPUT_BYTES = 1 << 20
_LOOK = """
import json, sys, zipfile
request = json.load(sys.stdin.buffer)
names, found = set(request["names"]), []
for jar in request["jars"]:
    try:
        with zipfile.ZipFile(jar) as archive:
            both = names.intersection(archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        continue
    found += [[name, jar.rpartition("/")[2]] for name in sorted(both)]
print(json.dumps(found[:request["most"]]))
""".strip()

Shadow = tuple[Annotated[str, Meta(max_length=8192)], Annotated[str, Meta(max_length=8192)]]


def shadows(  # noqa: PLR0913 - what is looked at, and beside what
    box: Box,
    material: Material,
    classes: Mapping[str, Iterable[str]],
    jars: Jars,
    *,
    known: Collection[str],
    before: Collection[str] = (),
    limits: Limits,
) -> tuple[str, ...]:
    """Say which classes of a project are also in a jar that it is tested with, the first few of them.

    `classes` are paths by module, `known` those that it had before. The jars are in the box, and so are those of
    `before`, by their places: what it was tested with, and what classes could stand in for now. Raises BoxError.
    """
    every_path = {path for paths in classes.values() for path in paths}
    names = sorted(path for path in every_path if outermost(path.removesuffix(".class")) not in known)
    own = {project.name for project in material.model.projects}
    every = {
        jars.place(one) for found in material.artefacts.values() for one in found if one.is_jar and one.name not in own
    } | set(before)
    if not names or not every:
        return ()
    request = {"names": names, "jars": sorted(every), "most": MOST}
    done = run_trusted(box, _LOOK, request, trusted_limits(limits, output_bytes=_OUTPUT_BYTES))
    if done.exit_code != 0:
        raise BoxError(f"the jars of a project could not be looked into: {done.limit or ending_of(done)}")
    try:
        found = msgspec.json.decode(done.stdout, type=tuple[Shadow, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what was found in jars cannot be read: {error}") from error
    return tuple(f"{name} stands in the place of the one in {jar}" for name, jar in found)


def known_classes(sources: Mapping[str, bytes], folders: Sequence[str]) -> frozenset[str]:
    """The paths of the classes that sources in some folders give, without those inside of others."""
    found = set()
    for folder in folders:
        prefix = f"{folder.strip('/')}/"
        for path in sources:
            if path.startswith(prefix):
                found.add(path.removeprefix(prefix).removesuffix(".java"))
    return frozenset(found)
