"""SWE-bench-Live: records that say themselves how they are rebuilt, tested and read, chosen by months."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore import (
    InputError,
    InstanceImage,
    PatchTask,
    UsageError,
    changed_paths,
    kind_of,
    known_digests,
    pinned_image,
    text_field,
)

from .commands import SHELL
from .dockerfile import run
from .instance import TREE
from .load import instance_of, record_rows
from .row import PYTEST, LiveRow, common_fields, published_image
from .rules import LIVE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Instance

COMMAND_S = 3600.0
NAMESPACE = "starryzhang"
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_TESTS_LOG = "/scratch/tests.log"
_KEPT = re.compile(r"^\s*(?:export|source|\.)\s")
_EXIT = re.compile(r"  \(exit code: -?\d+\)$")


class Months(Struct, frozen=True, kw_only=True):
    """Months, first and last included; None is open."""

    first: str | None = None
    last: str | None = None

    @classmethod
    def of(cls, text: str) -> Months:
        """Read `2025-06..2025-08`, `2025-06..`, `..2025-08` or `2025-06`. Raises UsageError for anything else."""
        first, dots, last = text.partition("..")
        last = last if dots else first
        if any(month and _MONTH.fullmatch(month) is None for month in (first, last)) or not (first or last):
            raise UsageError(f"{text!r} is no window of months such as 2025-06..2025-08")
        if first and last and first > last:
            raise UsageError(f"the window {text!r} ends before it begins")
        return cls(first=first or None, last=last or None)

    def holds(self, created_at: str) -> bool:
        """Whether a date, which begins with its year and month, is inside."""
        month = created_at[:7]
        return (self.first is None or month >= self.first) and (self.last is None or month <= self.last)

    def __str__(self) -> str:
        return f"{self.first or ''}..{self.last or ''}"


def load_swebench_live(path: Path, window: Months | None = None) -> Sequence[Instance]:
    """Read SWE-bench-Live's records, or RepoLaunch's results, of a window of months.

    Raises InputError for a record that is not as it must be, one without a date where months are asked for, or a
    window without any record.
    """
    digests = known_digests(path)
    instances = []
    for line, row in record_rows(path):
        one = live_row(row, path=path, line=line)
        if window is not None and _MONTH.match(one.created_at) is None:
            raise InputError("has no date to choose months by", path=path, line=line, field="created_at")
        if window is None or window.holds(one.created_at):
            instances.append(instance_of(msgspec.structs.replace(one, digest=digests.get(one.image))))
    if not instances:
        raise InputError(f"no instances in {window}", path=path)
    return instances


def live_row(row: dict[str, object], *, path: Path, line: int) -> LiveRow:
    """Read a record. Raises InputError that names the field."""
    name = text_field(row, "instance_id", path=path, line=line)
    texts = {
        field: text_field(row, field, path=path, line=line) if row.get(field) is not None else ""
        for field in ("patch", "test_patch", "problem_statement", "created_at", "log_parser", "docker_image")
    }
    image = texts.pop("docker_image") or published_image(name, namespace=NAMESPACE)
    commands = {
        field: _commands(row, field, path=path, line=line)
        for field in ("rebuild_cmds", "test_cmds", "print_cmds", "setup_cmds")
    }
    if not commands["test_cmds"]:
        raise InputError("is missing or empty", path=path, line=line, field="test_cmds")
    fields = {
        **texts,
        **commands,
        **common_fields(row, name, path=path, line=line),
        "image": image if ":" in image.rpartition("/")[2] else f"{image}:latest",
        "log_parser": texts["log_parser"].strip() or PYTEST,
    }
    return msgspec.convert(fields, LiveRow)


def swebench_live_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded: rebuild, write the tests, run them, print the log, read it by its own parser."""
    row = msgspec.convert(instance.row, LiveRow)
    with_pytest = row.log_parser == PYTEST
    return PatchTask(
        image=_image(row),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=(_script(row),),
        parser=PYTEST if with_pytest else "box",
        parser_source=None if with_pytest else row.log_parser,
        test_patch=row.test_patch,
        build=(" ; ".join(row.rebuild_cmds),) if row.rebuild_cmds else (),
        rule=LIVE,
        allowed=changed_paths(row.patch),
        reference=row.patch or None,
        command_s=COMMAND_S,
    )


def _script(row: LiveRow) -> str:
    """Test and print commands in one shell, as the benchmark has them; only what the latter print is the log."""
    kept = [line for command in row.rebuild_cmds for line in command.splitlines() if _KEPT.match(line)]
    tests = "\n".join(row.test_cmds)
    if row.print_cmds:
        # Not a subshell: a folder or variable that test commands set counts for print commands too.
        tests = f"{{\n{tests}\n}} > {_TESTS_LOG} 2>&1"
    return "\n".join((SHELL.replace("u", ""), *kept, tests, *row.print_cmds))


def _image(row: LiveRow) -> InstanceImage:
    if row.digest is not None:
        return InstanceImage(name=row.instance_id, tree=TREE, pinned=pinned_image(row.image, row.digest))
    if row.setup_cmds:
        from .instance import clone  # noqa: PLC0415 - for this alone

        steps = [_EXIT.sub("", command) for command in row.setup_cmds]
        instance = clone(row.repo, row.base_commit) + run("set +e", f"cd {TREE}", *steps, "true") + "\n"
        return InstanceImage(name=row.instance_id, tree=TREE, instance=instance, repository=(row.repo, row.base_commit))
    raise UsageError(
        f"the digest of {row.image} is not known, and {row.instance_id} does not say how to build it: "
        "name a file of digests with BOXSCORE_DIGESTS"
    )


def _commands(row: dict[str, object], field: str, *, path: Path, line: int) -> tuple[str, ...]:
    value = row.get(field)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError(f"must be a list of commands, not {kind_of(value)}", path=path, line=line, field=field)
    return tuple(value)
