"""The first step: apply a patch and look at the tree that it leaves, before any of its code runs."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import BoxError, ProtocolError
from boxscore.maven.command import IMAGE_REPOSITORY
from boxscore.protocols.migration.admitted import JVM_CONFIG
from boxscore.protocols.migration.files import TreeFiles, read_tree
from boxscore.protocols.migration.material import within
from boxscore.protocols.migration.pom import read_effective_pom
from boxscore.protocols.migration.resolved import TREE_FILE, Artefact, read_dependencies
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.test_files import PathRules
from boxscore.protocols.patch.tree import Place, put_patch
from boxscore.protocols.trusted import ending_of, run_trusted, trusted_limits
from boxscore.records import LimitName  # noqa: TC001 - a field of a record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.boxes.contract import Box, Completed
    from boxscore.protocols.migration.maven_box import Java, MavenBox
    from boxscore.protocols.migration.model import EffectiveModel
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.tree import Put

EFFECTIVE = "/scratch/effective-pom.xml"
HELP = "org.apache.maven.plugins:maven-help-plugin:3.5.1:effective-pom"
DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:tree"
MAX_POM_BYTES = 32 << 20
PUT_BACK = ("mvnw", "mvnw.cmd", "mvnwDebug", "mvnwDebug.cmd")
_LOG_CHARS = 400

_HAS = """
import hashlib, json, os, sys
request = json.load(sys.stdin.buffer)
found = {}
for path in request["paths"]:
    place = os.path.join(request["root"], path)
    if os.path.isfile(place):
        with open(place, "rb") as file:
            found[path] = hashlib.sha256(file.read()).hexdigest()
print(json.dumps(found))
""".strip()


class Modelled(Struct, frozen=True, kw_only=True):
    """What Maven says that the poms of a tree come to; `problem` says why it does not, in its own words.

    `limit` is the one that ended it.
    """

    effective: bytes = b""
    trees: dict[str, bytes] = {}
    problem: str = ""
    limit: LimitName | None = None


def place_of(task: MigrationTask, *, protected: Sequence[str] = (), allowed: Sequence[str] = ()) -> Place:
    """Where a tree goes, and what of it is the instance's whatever a patch says: `protected` folders, and wrappers.

    Maven is started by the grader, and reads no `.mvn`.
    """
    rules = PathRules(
        allowed=(JVM_CONFIG, *allowed),
        paths=(),
        folders=tuple(protected),
        names=PUT_BACK,
        patterns=(),
        parts=(".mvn",),
        modules=(),
        roots=(),
    )
    return Place(tree=task.image.tree, links=task.image.links, rules=rules)


def staged(box: Box, task: MigrationTask, patch: str | None, place: Place) -> Put:
    """Put a patch into a tree that was put into one before. Raises BoxError where it is refused now."""
    put = put_patch(box, task, place, patch)
    if isinstance(put, Refused):
        raise BoxError(f"a patch that was applied before is refused now: {put.reason}")
    return put


def model_tree(box: Box, task: MigrationTask, maven: MavenBox, *, java: Java, options: Sequence[str] = ()) -> Modelled:
    """Let the grader's own Maven say what the poms of a tree come to. Raises BoxError."""
    goals = (
        HELP,
        f"-Doutput={EFFECTIVE}",
        DEPENDENCIES,
        "-Dskip=false",
        "-DoutputType=json",
        f"-DoutputFile={TREE_FILE}",
    )
    done = maven.run(box, goals, task=task, java=java, options=options, during=nullcontext).done
    if done.exit_code != 0:
        return Modelled(problem=_problem(done), limit=done.limit)
    try:
        effective = box.get(EFFECTIVE, max_bytes=MAX_POM_BYTES)
    except FileNotFoundError as error:
        raise BoxError(f"Maven wrote no effective pom: {done.stdout[-300:]!r}") from error
    except ProtocolError as error:
        return Modelled(problem=f"what Maven made of its poms cannot be read: {error}")
    found = read_tree(box, task.image.tree, task.limits, ends=(TREE_FILE,))
    if found.problem:
        return Modelled(problem=f"its dependencies cannot be read: {found.problem}")
    return Modelled(effective=effective, trees=found.files)


def _problem(done: Completed) -> str:
    text = done.stdout.decode(errors="replace")
    errors = [line.strip() for line in text.splitlines() if line.startswith("[ERROR]")]
    how = f"the {done.limit} limit ended it" if done.limit else f"it ended with {ending_of(done)}"
    return f"Maven cannot read its poms: {how}: {(errors or ['it says nothing'])[0][:_LOG_CHARS]}"


def read_model(modelled: Modelled, tree: str) -> tuple[EffectiveModel, dict[str, tuple[Artefact, ...]]]:
    """The model of a tree, and what each of its modules is built with. Raises ProtocolError for what is none."""
    model = read_effective_pom(modelled.effective, root=tree)
    artefacts = {}
    for project in model.projects:
        path = within(project.folder, TREE_FILE)
        artefacts[project.folder] = read_dependencies(modelled.trees[path]) if path in modelled.trees else ()
    return model, artefacts


def hashes_in_image(box: Box, paths: Iterable[str], task: MigrationTask) -> dict[str, str]:
    """Which artefacts the image has, with their SHA-256: only root could write them. Raises BoxError."""
    request = {"root": IMAGE_REPOSITORY, "paths": sorted(set(paths))}
    done = run_trusted(box, _HAS, request, trusted_limits(task.limits, output_bytes=16 << 20))
    try:
        return msgspec.json.decode(done.stdout, type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise BoxError(f"the repository of an image cannot be read: {done.stderr[-300:]!r}") from error


def read_sources(box: Box, root: str, task: MigrationTask) -> TreeFiles:
    """Read all sources in Java and all poms of a tree. Raises BoxError, ProtocolError."""
    return read_tree(box, root, task.limits, ends=(".java", "pom.xml", JVM_CONFIG))
