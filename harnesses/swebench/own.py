"""Instances made from a user's own repositories: SWE-bench's rows, with one column more that says how they are graded.

`boxscore instances new` writes them. What the column names is all that an image is built of: the commit's files are a
tar beside the file of rows, by its checksum; no code host is asked.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore import DataError, InputError, Instance, InstanceImage, PatchTask, changed_paths, read_rows, text_field

from .instance import TREE
from .row import common_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

ARCHIVE = "repository.tar.gz"
PLACE = f"""COPY {ARCHIVE} /tmp/{ARCHIVE}
RUN set -eu; mkdir -p {TREE}; tar -xzf /tmp/{ARCHIVE} -C {TREE} --no-same-owner --no-same-permissions; \\
    rm /tmp/{ARCHIVE}; cd {TREE}; git init -q .; git add -A -f .; \\
    git -c user.name=boxscore -c user.email=boxscore@localhost commit -q --allow-empty -m base
"""
_TAG = re.compile(r"[A-Za-z0-9][\w.+/-]{0,100}", re.ASCII)
_ARCHIVE_NAME = re.compile(r"[\w.-]+/[0-9a-f]{64}\.tar\.gz", re.ASCII)


class Setup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The column `boxscore`: fields of `InstanceImage` and `PatchTask`, and what `instances new` noted.

    `archive` names the tar of the commit's files, relative to the file of rows, and by its sha256. `tag` is the last
    tag before the commit, from which versions are made. `flaky` are tests that are in no list, `rounds` how often they
    ran before and after the fix. `links` and `env` are for rows written by hand.
    """

    archive: str
    base: str
    commands: tuple[str, ...]
    parser: str
    environment: str = ""
    instance: str = ""
    tag: str = ""
    links: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    report: str | None = None
    runner: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    flaky: tuple[str, ...] = ()
    rounds: int = 0
    found: tuple[str, ...] = ()


class OwnRow(Struct, frozen=True, kw_only=True):
    """One instance, and the folder that its archive is found in."""

    instance_id: str
    repo: str
    base_commit: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    patch: str
    test_patch: str
    problem_statement: str
    setup: Setup
    folder: str


def load_own(path: Path) -> Sequence[Instance]:
    """Read the rows at `path`. Raises InputError that names line and field."""
    return [_instance(row, path, line) for line, row in read_rows(path, key="instance_id")]


def _instance(row: dict[str, object], path: Path, line: int) -> Instance:
    name = text_field(row, "instance_id", path=path, line=line)
    if "boxscore" not in row:
        raise InputError("is missing: `boxscore instances new` writes it", path=path, line=line, field="boxscore")
    try:
        setup = msgspec.convert(row["boxscore"], Setup)
    except msgspec.ValidationError as error:
        raise InputError(str(error), path=path, line=line, field="boxscore") from error
    if not _ARCHIVE_NAME.fullmatch(setup.archive):
        problem = f"'archive' must be FOLDER/SHA256.tar.gz beside the file, not {setup.archive!r}"
        raise InputError(problem, path=path, line=line, field="boxscore")
    texts = {one: text_field(row, one, path=path, line=line) for one in ("patch", "test_patch", "problem_statement")}
    fields = {**common_fields(row, name, path=path, line=line), **texts, "setup": setup, "folder": str(path.parent)}
    return Instance(
        instance_id=name,
        prompt=texts["problem_statement"],
        row={"row": msgspec.convert(fields, OwnRow)},
        reference=texts["patch"] or None,
        cluster=str(fields["repo"]),
    )


def own_task(instance: Instance) -> PatchTask:
    """Put the commit's files in their place, as they are in the archive, and build and test as the row says.

    Raises DataError where the archive is not there or not the one that the row was made with.
    """
    row: OwnRow = instance.row["row"]
    setup = row.setup
    tag = f"RUN git -C {TREE} tag {shlex.quote(setup.tag)}\n" if _TAG.fullmatch(setup.tag) else ""
    return PatchTask(
        image=InstanceImage(
            name=row.instance_id,
            base=setup.base,
            environment=setup.environment,
            instance=PLACE + tag + setup.instance,
            links=setup.links,
            files=((ARCHIVE, _archive(row)),),
        ),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=setup.commands,
        parser=setup.parser,
        test_patch=row.test_patch,
        build=setup.build,
        report=setup.report,
        runner=setup.runner,
        allowed=changed_paths(row.patch),
        env=setup.env,
        reference=row.patch or None,
        statement=instance.prompt,
    )


def _archive(row: OwnRow) -> bytes:
    path = Path(row.folder) / row.setup.archive
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}: it belongs beside the file of rows") from error
    if hashlib.sha256(data).hexdigest() != path.name.partition(".")[0]:
        raise DataError(f"{path} is not the archive that {row.instance_id} was made with: its checksum is another")
    return data
