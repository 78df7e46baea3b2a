"""Instances as tasks of Harbor: a folder each, with all that its program needs to build, ask, solve and verify."""

from __future__ import annotations

import io
import json
import re
import shlex
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import StoreError, UsageError
from boxscore.images.layers import interpreter_version
from boxscore.instances import judge
from boxscore.instances.fix import touched_files
from boxscore.instances.repository import run_git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import Instance

SCHEMA = "1.4"
OWN_PYTHON = "3.11"
AGENT_S, BUILD_S = 3600.0, 1800.0
NAME = "boxscore"  # whose tasks they are, in Harbor's `org/name`

_PRELUDE = "RUN pip install --quiet --no-cache-dir uv setuptools wheel\n"
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_RUN = """#!/bin/bash
# Made by boxscore. The instance's tests are put over what an agent left, and run; the reward is 1 if all that are
# required passed. Tests share this machine with the agent: what it left behind can forge them.
mkdir -p /logs/verifier /scratch
cd {tree} || exit 1
{exports}
{{
{build}
{removed}
cp -R /tests/files/. {tree}/
}} > /logs/verifier/build-stdout.txt 2>&1
(
{commands}
) > /logs/verifier/tests-stdout.txt 2>&1 < /dev/null
python3 /tests/judge.py /tests/required.json /logs/verifier/tests-stdout.txt > /logs/verifier/reward.txt
"""
_SOLVE = """#!/bin/bash
set -e
cd {tree}
git apply --verbose /solution/fix.patch
"""


class TaskFolder(Struct, frozen=True, kw_only=True):
    """The files of one task, by their paths."""

    name: str
    files: Mapping[str, bytes]


def harbor_task(instance: Instance, task: PatchTask) -> TaskFolder:
    """Make the folder of an instance. Raises UsageError for one whose repository or log Harbor cannot be given."""
    name = instance.instance_id
    if task.image.repository is not None or task.reference is None:
        raise UsageError(
            f"{name} cannot be a task of Harbor: its repository is not in its data, or it has no reference"
        )
    if task.parser not in judge.PARSERS:
        raise UsageError(
            f"{name} cannot be a task of Harbor: its log is read by {task.parser!r}, and tasks can only read "
            f"those of {' and '.join(judge.PARSERS)}"
        )
    tests, removed = restored_tests(task)
    required = {"parser": task.parser, "FAIL_TO_PASS": task.fail_to_pass, "PASS_TO_PASS": task.pass_to_pass}
    files = {
        "task.toml": _settings(instance, task).encode(),
        "instruction.md": _instruction(instance, task).encode(),
        "environment/Dockerfile": dockerfile(task).encode(),
        **{f"environment/{path}": data for path, data in task.image.files},
        "tests/test.sh": _script(task, removed).encode(),
        "tests/judge.py": Path(judge.__file__).read_bytes(),
        "tests/required.json": (json.dumps(required, ensure_ascii=False, indent=1) + "\n").encode(),
        **{f"tests/files/{path}": data for path, data in tests.items()},
        "solution/solve.sh": _SOLVE.format(tree=task.image.tree).encode(),
        "solution/fix.patch": task.reference.encode(),
    }
    return TaskFolder(name=folder_name(instance.instance_id), files=files)


def write_task(folder: Path, made: TaskFolder) -> Path:
    """Write a task's folder, which must not be there yet, below another. Raises UsageError, StoreError."""
    place = folder / made.name
    try:
        place.mkdir(parents=True)
        for name, data in made.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if path.suffix == ".sh":
                path.chmod(0o755)
    except FileExistsError as error:
        raise UsageError(f"{place} is there already: give another folder, or remove it") from error
    except OSError as error:
        raise StoreError(f"{error.filename or place}: cannot write: {error.strerror or error}") from error
    return place


def dockerfile(task: PatchTask) -> str:
    """How the image of a task is built from a published one; `--build-arg BASE=…` takes another."""
    image = task.image
    version = interpreter_version(image.base) or (OWN_PYTHON if image.base == "patch-python" else None)
    if image.pinned is not None:
        base, prelude = image.pinned, ""
    elif version is not None:
        base, prelude = f"python:{version}-bookworm", _PRELUDE
    else:
        raise UsageError(f"{image.name}: there is no published image like {image.base!r}")
    parts = (prelude, image.environment, image.instance, "RUN mkdir -p /scratch\n", f"WORKDIR {image.tree}\n")
    return f"ARG BASE={base}\nFROM ${{BASE}}\n{''.join(_ended(part) for part in parts)}"


def restored_tests(task: PatchTask) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files that the test patch touches as they are after it, and those that it removes.

    Raises UsageError where it does not apply to the repository in the instance's data.
    """
    touched = touched_files(task.test_patch.encode(), "the test patch") if task.test_patch else ()
    with tempfile.TemporaryDirectory() as scratch:
        tree, patch = Path(scratch) / "tree", Path(scratch) / "tests.patch"
        tree.mkdir()
        patch.write_bytes(task.test_patch.encode())
        for path, data in _originals(task, touched):
            place = tree / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        if touched:
            run_git(("-C", str(tree), "apply", "--whitespace=nowarn", str(patch)), alone=scratch)
        links = [path for path in touched if (tree / path).is_symlink()]
        if links:
            raise UsageError(f"{task.image.name}: its test patch makes a link, {links[0]!r}, which no task can bring")
        after = {path: (tree / path).read_bytes() for path in touched if (tree / path).is_file()}
    return after, tuple(path for path in touched if path not in after)


def _originals(task: PatchTask, touched: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The plain files of a repository that a patch touches; a name that leads elsewhere is none of them."""
    wanted = {path for path in touched if {"", ".", "..", ".git"}.isdisjoint(path.lower().split("/"))}
    for name, data in task.image.files:
        if name.endswith(".tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for entry in tar:
                    path = entry.name if entry.name in wanted else entry.name.partition("/")[2]
                    file = tar.extractfile(entry) if entry.isreg() and path in wanted else None
                    if file is not None:
                        yield path, file.read()
        elif name.partition("/")[2] in wanted:
            yield name.partition("/")[2], data


def _script(task: PatchTask, removed: tuple[str, ...]) -> str:
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in task.env)
    return _RUN.format(
        tree=task.image.tree,
        exports=exports,
        build="\n".join(task.build) or ":",
        removed=f"rm -f -- {shlex.join(removed)}" if removed else ":",
        commands="\n".join(task.commands),
    )


def _instruction(instance: Instance, task: PatchTask) -> str:
    where = f"The repository is at `{task.image.tree}`. Change its sources so that the issue is resolved."
    return f"{instance.prompt.rstrip()}\n\n{where}\n"


def _settings(instance: Instance, task: PatchTask) -> str:
    title = instance.prompt.strip().partition("\n")[0][:200]
    name = f"{NAME}/{folder_name(instance.instance_id)}"
    return (
        f'schema_version = "{SCHEMA}"\n\n'
        f"[task]\nname = {_text(name)}\ndescription = {_text(title)}\n\n"
        f"[metadata]\ninstance_id = {_text(instance.instance_id)}\nrepository = {_text(instance.cluster or '')}\n\n"
        f"[agent]\ntimeout_sec = {AGENT_S}\n\n"
        f"[verifier]\ntimeout_sec = {2 * task.command_s}\n\n"
        f"[environment]\nbuild_timeout_sec = {BUILD_S}\n"
        f"memory_mb = {task.limits.memory_bytes >> 20}\nworkdir = {_text(task.image.tree)}\n"
    )


def folder_name(instance_id: str) -> str:
    """An instance's id as the name of one folder, which leads nowhere else."""
    return _UNSAFE.sub("-", instance_id).lstrip(".") or "-"


def _text(value: str) -> str:
    """A string as TOML writes it: as JSON does, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
