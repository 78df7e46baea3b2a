"""tiny-migration: small Maven projects of our own that are built by Java 8, to be brought to Java 17 or 21.

Each line of `instances.jsonl` is one instance, as `Row` says: a project, the Java to come to, and a level. A project's
folder has `repository/`, `problem.md`, what a model is told of it, and for each Java and level its reference,
`gold-LEVEL-RELEASE.patch`. `versions.json` has the versions of dependencies that are asked for at the level `maximal`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMITS = boxscore.Limits(
    cpu_s=600.0, wall_s=1200.0, memory_bytes=2 << 30, processes=256, disk_bytes=512 << 20, output_bytes=8 << 20
)
LEVELS: Mapping[str, Literal["minimal", "maximal"]] = {"minimal": "minimal", "maximal": "maximal"}
RELEASES: Mapping[int, Literal[17, 21]] = {17: 17, 21: 21}
ASKED = {
    "minimal": "Its dependencies may stay as they are where they work.",
    "maximal": "Each of these dependencies that it has directly must come to the major version below, or a newer one:",
}


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `instances.jsonl`; `modules`, `tests` and `num_test_cases` are those of a `MigrationTask`."""

    instance_id: str
    project: str
    level: str
    release: int
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    num_test_cases: int
    quick: bool = False  # graded by `make test` where the images are there, not by `make test-all` alone


class Project(Struct, frozen=True):
    """What a project's folder has for an instance: the build context's files, the problem, and the reference."""

    files: tuple[tuple[str, bytes], ...]
    problem: str
    gold: str


class TinyMigration(boxscore.PatchHarness):
    name = "tiny-migration"
    title = "tiny-migration: small Maven projects on Java 8 that ship with boxscore"
    trust = boxscore.Trust.CLAIM
    counts_missing = False
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("templates") / "tiny_migration.chat.jinja"}
    source = boxscore.DataSource(path="tiny_migration/instances.jsonl", bundled=True)

    def prompt_fields(self, instance: boxscore.Instance) -> Mapping[str, object]:
        return {"prompt": instance.prompt}

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        versions = msgspec.json.decode(_read(path.with_name("versions.json")), type=dict[str, str])
        return [_instance(path, line, row, versions) for line, row in boxscore.read_rows(path, key="instance_id")]

    def task(self, instance: boxscore.Instance) -> boxscore.MigrationTask:
        row: Row = instance.row["row"]
        project: Project = instance.row["project"]
        return boxscore.MigrationTask(
            image=boxscore.InstanceImage(name=row.project, base="jvm", instance=INSTANCE, files=project.files),
            release=RELEASES[row.release],
            level=LEVELS[row.level],
            modules=row.modules,
            tests=row.tests,
            versions=instance.row["versions"],
            num_test_cases=row.num_test_cases,
            reference=project.gold,
            statement=instance.prompt,
            command_s=LIMITS.wall_s,
            limits=LIMITS,
        )


# What the project and its references are built with is fetched while the image is made, so that little is left to bring
# when references are graded: the plugins with which the protocol looks at poms. The references do not stay.
INSTANCE = """COPY repository /testbed
COPY warm /tmp/warm
RUN set -eu; \\
    cp -r /testbed /tmp/warm/base; \\
    cd /tmp/warm/base; \\
    JAVA_HOME=/usr/lib/jvm/java-8 mvn -B -ntp -q clean verify; \\
    for patch in /tmp/warm/gold-*.patch; do \\
      cp -r /testbed /tmp/warm/migrated; \\
      cd /tmp/warm/migrated; \\
      git apply "${patch}"; \\
      JAVA_HOME="/usr/lib/jvm/java-$(basename "${patch%.patch}" | sed 's/.*-//')" mvn -B -ntp -q clean verify; \\
      cd /tmp; \\
      rm -rf /tmp/warm/migrated; \\
    done; \\
    rm -rf /tmp/warm; \\
    chmod -R a+rX /opt/maven-repository
"""


def _instance(path: Path, line: int, row: dict[str, object], versions: Mapping[str, str]) -> boxscore.Instance:
    try:
        typed = msgspec.convert(row, Row)
    except msgspec.ValidationError as error:
        raise boxscore.InputError(str(error), path=path, line=line) from error
    if typed.level not in LEVELS or typed.release not in RELEASES:
        raise boxscore.InputError(f"there is no {typed.level!r} for Java {typed.release}", path=path, line=line)
    project = _project(path.parent / typed.project, typed)
    asked = tuple(sorted(versions.items())) if typed.level == "maximal" else ()
    return boxscore.Instance(
        instance_id=typed.instance_id,
        prompt=_statement(project.problem, typed, asked),
        row={"row": typed, "project": project, "versions": asked},
        reference=project.gold,
    )


def _project(folder: Path, row: Row) -> Project:
    root = folder / "repository"
    files = [(path.relative_to(folder).as_posix(), _read(path)) for path in sorted(root.rglob("*")) if path.is_file()]
    if not files:
        raise boxscore.InputError("is missing or empty", path=root)
    # References for newer Javas need nothing more than these.
    files += [(f"warm/{path.name}", _read(path)) for path in sorted(folder.glob("gold-*-17.patch"))]
    gold = _read(folder / f"gold-{row.level}-{row.release}.patch").decode()
    return Project(tuple(files), _read(folder / "problem.md").decode(), gold)


def _statement(problem: str, row: Row, versions: Sequence[tuple[str, str]]) -> str:
    """What a model is told: the project, the Java to come to, and what is asked of dependencies."""
    goal = (
        f"The project is built and tested by `mvn clean verify` on Java 8. Migrate it to Java {row.release}: all of it"
        f" must be compiled for Java {row.release}, build there, and pass its tests. Keep its modules and its tests."
        f" {ASKED[row.level]}"
    )
    wanted = "\n".join(f"- `{name}`: {version}" for name, version in versions)
    return "\n\n".join(part for part in (problem.rstrip("\n"), goal, wanted) if part) + "\n"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise boxscore.InputError(f"cannot be read: {error.strerror}", path=path) from error


HARNESS = TinyMigration()
