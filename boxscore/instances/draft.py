"""An instance in the making: what its row says before its tests have run, and the file that rows are kept in."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cache import cache_folder, locked, replace_file
from boxscore.data.rows import read_rows
from boxscore.errors import BoxError, StoreError, UsageError
from boxscore.instances.environment import find_environment
from boxscore.instances.fix import check_fix, fix_of_patches, fix_of_range, touched_files
from boxscore.instances.repository import SUBMODULE
from boxscore.instances.sources import Sources
from boxscore.own_folders import why_unwritable
from boxscore.protocols.trusted import run_trusted, trusted_limits
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.instances.fix import Fix
    from boxscore.instances.repository import Repository
    from boxscore.instances.sources import Environment, EnvironmentOptions
    from boxscore.protocols.patch.task import PatchTask

MAX_ARCHIVE_BYTES = 64 << 20
MAX_LISTED_BYTES = 32 << 20
EMPTY = frozenset(  # the file of no bytes and the folder of no files, which say nothing, as SHA-1 and SHA-256 name them
    (
        *("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        *(
            "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
            "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        ),
    )
)

_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LIST = """
import subprocess, sys
words = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"]
git = ["/boxscore/bin/git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", "/boxscore/tree"]
sys.exit(subprocess.run(git + words).returncode)
""".strip()

_ID = re.compile(r"[A-Za-z0-9][\w.+-]{0,150}", re.ASCII)
_ADDED = re.compile(r"^\+(?!\+\+ ).*", re.MULTILINE)
_ARCHIVE = re.compile(r"[0-9a-f]{64}\.tar\.gz|\..*\.part")  # and what an interrupted command left of one
_REMOVED = re.compile(r"^diff --git .*\ndeleted file mode[^\n]*\n", re.MULTILINE)


class FixSource(Struct, frozen=True, kw_only=True):
    """Which fix of a repository becomes an instance: a range of commits, or a commit and two patches."""

    base: str | None = None
    span: str | None = None
    patch: bytes | None = None
    test_patch: bytes | None = None
    statement: str | None = None
    instance_id: str | None = None
    test_paths: tuple[str, ...] = ()


class InstanceDraft(Struct, frozen=True, kw_only=True):
    """All of an instance but its lists of tests. `later` are the objects of the repository that are newer than it."""

    instance_id: str
    repo: str
    base: str
    created: str
    statement: str
    fix: Fix
    environment: Environment
    archive: bytes
    tag: str
    later: frozenset[str]
    left_out: tuple[str, ...] = ()


def make_draft(repository: Repository, asked: FixSource, given: EnvironmentOptions) -> InstanceDraft:
    """Read what an instance is made of, and find its environment.

    Raises UsageError for a commit that is not there, patches that do not apply or are not apart, a commit whose
    environment cannot be told, and for what is too large.
    """
    base, fix, statement, created = _fix(repository, asked)
    check_fix(repository, base, fix)
    files = repository.files(base)
    heads = "".join(_REMOVED.findall(fix.tests))
    removed = touched_files(heads.encode(), "the test patch") if heads else ()
    tests = tuple(path for path in fix.test_files if path not in removed)
    sources = Sources(repository, files, tests, "\n".join(_ADDED.findall(fix.tests)))
    environment = find_environment(sources, given)
    repo = repository.name()
    archive = repository.archive(files)
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise UsageError(
            f"{base[:12]} is {len(archive) >> 20} MiB when packed; at most {MAX_ARCHIVE_BYTES >> 20} MiB can be"
        )
    return InstanceDraft(
        instance_id=_named(asked.instance_id, repo, fix),
        repo=repo,
        base=base,
        created=created,
        statement=statement,
        fix=fix,
        environment=environment,
        archive=archive,
        tag=repository.last_tag(base),
        later=frozenset(repository.later_objects(base)),
        left_out=tuple(path for path, blob in files.items() if blob.mode == SUBMODULE),
    )


def row_of(draft: InstanceDraft, archive: str, lists: Mapping[str, Sequence[str]] | None = None) -> dict[str, object]:
    """The row of an instance: SWE-bench's columns and one more; without `lists`, as before any test has run."""
    lists = lists or {}
    environment = draft.environment
    return {
        "repo": draft.repo,
        "instance_id": draft.instance_id,
        "base_commit": draft.base,
        "patch": draft.fix.source,
        "test_patch": draft.fix.tests,
        "problem_statement": draft.statement,
        "hints_text": "",
        "created_at": draft.created,
        "version": "",
        "FAIL_TO_PASS": json.dumps(list(lists.get("fail_to_pass", ())), ensure_ascii=False),
        "PASS_TO_PASS": json.dumps(list(lists.get("pass_to_pass", ())), ensure_ascii=False),
        "environment_setup_commit": draft.base,
        "boxscore": {
            "archive": archive,
            "tag": draft.tag,
            **{name: getattr(environment, name) for name in environment.__struct_fields__},
            "flaky": list(lists.get("flaky", ())),
        },
    }


def archive_name(draft: InstanceDraft, file: Path) -> str:
    """Where the archive of an instance is kept, as seen from the folder of its file of rows."""
    return f"{file.name.partition('.')[0]}/{hashlib.sha256(draft.archive).hexdigest()}.tar.gz"


def write_row(file: Path, row: Mapping[str, object], archive: bytes, *, replaces: bool) -> list[dict[str, object]]:
    """Add a row to a file, with its archive beside it, and return all rows. Nothing is written in part.

    Raises UsageError for an instance that the file has already, unless `replaces`; StoreError where it cannot be
    written.
    """
    setup = row["boxscore"]
    place = file.parent / str(setup["archive"] if isinstance(setup, dict) else "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with locked(cache_folder() / "locks" / f"{fingerprint(str(file.resolve()))[:16]}.lock"):
            rows = known_rows(file)
            refuse_known(rows, str(row["instance_id"]), file, replaces=replaces)
            rows = [one for one in rows if one["instance_id"] != row["instance_id"]] + [dict(row)]
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, archive)
            replace_file(file, lines_of(rows))
            gold = [
                {"instance_id": one["instance_id"], "model_name_or_path": "gold", "model_patch": one["patch"]}
                for one in rows
            ]
            replace_file(gold_file(file), lines_of(gold))
    except OSError as error:
        raise StoreError(f"{error.filename or file}: cannot write: {error.strerror or error}") from error
    return rows


def known_rows(file: Path) -> list[dict[str, object]]:
    """The rows that a file has; none where there is no file."""
    return [row for _, row in read_rows(file, key="instance_id")] if file.exists() and file.stat().st_size else []


def refuse_known(rows: Sequence[Mapping[str, object]], instance_id: str, file: Path, *, replaces: bool) -> None:
    """Raise UsageError for an instance that is there already and is not to be replaced."""
    if not replaces and any(one["instance_id"] == instance_id for one in rows):
        raise UsageError(f"{file} has an instance {instance_id!r} already: --id names another, --replace replaces it")


def check_place(file: Path) -> None:
    """Raise UsageError where a file's archives cannot be kept beside it, or would go among other files.

    Those may be the repository itself, of which nothing may change.
    """
    folder = file.with_name(file.name.partition(".")[0])
    problem = why_unwritable(folder)
    if problem:
        raise UsageError(f"--file {file} keeps archives in {folder}, which {problem}")
    others = (one.name for one in (folder.iterdir() if folder.is_dir() else ()) if not _ARCHIVE.fullmatch(one.name))
    first = next(others, None)
    if first is not None:
        raise UsageError(
            f"--file {file} keeps archives in {folder}, which holds other files, such as {first}: give another name"
        )


def gold_file(file: Path) -> Path:
    """The file of the references, as predictions."""
    return file.with_name(f"{file.name.partition('.')[0]}.gold.jsonl")


def lines_of(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Records as JSON lines."""
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in rows).encode()


def _fix(repository: Repository, asked: FixSource) -> tuple[str, Fix, str, str]:
    """The base, what changed, what a model is asked, and when the fix was made, or the base where that is not known."""
    statement = asked.statement
    if asked.span is not None:
        base, head = _ends(repository, asked.span)
        fix = fix_of_range(repository, base, head, asked.test_paths)
        statement = repository.messages(base, head) if statement is None else statement
        created = repository.date(head)
    else:
        base = repository.commit(asked.base or "")
        fix = fix_of_patches(asked.patch or b"", asked.test_patch or b"", asked.test_paths)
        created = repository.date(base)
    if not (statement or "").strip():
        raise UsageError("what the model is asked is not known: give a file that describes the bug with --statement")
    return base, fix, statement or "", created


def _ends(repository: Repository, span: str) -> tuple[str, str]:
    base, dots, head = span.partition("..")
    if not dots or head.startswith("."):
        raise UsageError(f"--range {span!r} must be BASE..HEAD, the commit before the fix and the last one of it")
    first, last = repository.commit(base), repository.commit(head or "HEAD")
    if not repository.is_ancestor(first, last):
        raise UsageError(
            f"--range {span}: {first[:12]} does not come before {last[:12]}; for a branch that was merged, give the "
            "commit it began at (`git merge-base`)"
        )
    return first, last


def _named(asked: str | None, repo: str, fix: Fix) -> str:
    made = f"{repo.replace('/', '__')}-{hashlib.sha256((fix.source + fix.tests).encode()).hexdigest()[:8]}"
    name = asked or made
    if not _ID.fullmatch(name):
        raise UsageError(f"--id {name!r} must be letters, digits and any of . _ + -")
    return name


def objects_of(box: Box, task: PatchTask) -> set[str]:
    """The ids of all objects in the repository of a box's image. Raises BoxError where they cannot be listed."""
    done = run_trusted(box, _LIST, {}, trusted_limits(task.limits, output_bytes=MAX_LISTED_BYTES))
    names = done.stdout.decode(errors="replace").split()
    if done.exit_code != 0 or done.stdout_truncated or not names or not all(map(_HEX.fullmatch, names)):
        raise BoxError(f"the objects of {task.image.name} could not be listed: {done.stderr[-300:]!r}")
    return set(names)


def of_the_future(objects: set[str], later: frozenset[str]) -> set[str]:
    """Those objects that only commits after the base have; there must be none."""
    return (objects & later) - EMPTY
