"""Applies patches with git and patch(1), neither of which reads any settings but ours; part of the tree program."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from tree_files import place

MAX_MESSAGE = 2000
LINE_ENDS = "the patch has CRLF line ends and the files do not"
GIT = ".git"
GIT_SAFE = ["git", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "-c", "core.hooksPath=/dev/null"]


def apply(request: dict[str, Any], work: str) -> tuple[str, str]:
    """Try the steps in their order; return the one that applied the patch ("" if none did) and git's last words."""
    patch = os.path.join(work, "patch.diff")
    with open(patch, "wb") as file:
        file.write(request["patch"].encode())
    env = {**_environment(work), "GIT_DIR": os.path.join(request["original"], GIT), "GIT_WORK_TREE": request["tree"]}
    env["GIT_INDEX_FILE"] = os.path.join(work, "index")
    env["GIT_OBJECT_DIRECTORY"] = os.path.join(work, "objects")
    env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.path.join(request["original"], GIT, "objects")
    os.mkdir(env["GIT_OBJECT_DIRECTORY"])
    message = ""
    for number, step in enumerate(request["steps"]):
        if number == 1 and request["reset"]:  # the first attempt needs no index, and changes nothing when it fails
            _run([*GIT_SAFE, "read-tree", "HEAD"], request["tree"], env)
            _run([*GIT_SAFE, "update-index", "-q", "--refresh"], request["tree"], env)
        if number and request["reset"]:
            _run([*GIT_SAFE, "checkout", "-q", "--", "."], request["tree"], env)
            _run([*GIT_SAFE, "clean", "-fdq"], request["tree"], env)
        code, message = _run([*(GIT_SAFE if step[0] == "git" else step[:1]), *step[1:], patch], request["tree"], env)
        if code == 0:
            return " ".join(step), message
    if request["steps"] and "\r\n" in request["patch"] and _applies_without_cr(request, patch, env):
        message = LINE_ENDS
    return "", message


def _applies_without_cr(request: dict[str, Any], patch: str, env: dict[str, str]) -> bool:
    with open(patch, "wb") as file:
        file.write(request["patch"].replace("\r\n", "\n").encode())
    return _run([*GIT_SAFE, "apply", "--check", patch], request["tree"], env)[0] == 0


def patch_tests(request: dict[str, Any], work: str) -> str:
    for path in request["tests"]:
        if os.path.lexists(os.path.join(request["original"], path)):
            place(request["original"], work, path)
    if not request["test_patch"]:
        return ""
    patch = os.path.join(request["work"], "test.diff")
    with open(patch, "wb") as file:
        file.write(request["test_patch"].encode())
    env = {**_environment(request["work"]), "GIT_CEILING_DIRECTORIES": work}
    code, message = _run([*GIT_SAFE, "apply", "--whitespace=nowarn", patch], work, env)
    return "" if code == 0 else message or "git apply failed"


def _environment(home: str) -> dict[str, str]:
    return {
        "PATH": "/boxscore/bin:/usr/bin:/bin:/usr/local/bin",
        "HOME": home,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "TMPDIR": home,
    }


def _run(command: list[str], folder: str, env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - no shell reads it
        command,
        cwd=folder,
        env=env,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout.decode(errors="replace").strip()[-MAX_MESSAGE:]
