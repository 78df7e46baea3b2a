"""Instances as rows of SWE-bench: its columns and no others, with what swebench 5 needs to run them."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.images.layers import interpreter_version
from boxscore.instances.fix import touched_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.patch.task import PatchTask

COLUMNS = (
    *("repo", "instance_id", "base_commit", "patch", "test_patch", "problem_statement", "hints_text", "created_at"),
    *("version", "FAIL_TO_PASS", "PASS_TO_PASS", "environment_setup_commit"),
    *("image", "eval_script", "log_parser", "eval_type"),
)
# By our name of a parser, the function of swebench that reads the same.
PARSERS = {
    "pytest": "parse_log_pytest",
    "pytest-v2": "parse_log_pytest_v2",
    "pytest-options": "parse_log_pytest_options",
    "django": "parse_log_django",
    "unittest": "parse_log_django",
    "jest": "parse_log_jest",
    "vitest": "parse_log_vitest",
    "tap": "parse_log_tap",
    "go": "parse_log_gotest",
    "cargo": "parse_log_cargo",
    "maven": "parse_log_maven",
    "phpunit": "parse_log_phpunit",
}
LONG_NAMES = (3, 11)  # since when unittest prints `test_b (pkg.TestA.test_b)`, which django's parser takes as it is

_UNITTEST = re.compile(r"(\w+) \(([\w.]+)\)")
_START, _END = ">>>>> Start Test Output", ">>>>> End Test Output"
_EOF = "EOF_114329324912"


def swebench_row(row: Mapping[str, object], task: PatchTask) -> dict[str, object]:
    """Make the row of an instance. Raises UsageError where swebench has no parser for its log."""
    name = str(row["instance_id"])
    if task.parser not in PARSERS:
        raise UsageError(
            f"{name} cannot be a row of SWE-bench: swebench has no parser that reads what {task.parser!r} does"
        )
    made = {
        **row,
        "image": image_name(name),
        "eval_script": eval_script(task),
        "log_parser": PARSERS[task.parser],
        "eval_type": "pass_and_fail",
        "FAIL_TO_PASS": json.dumps(_names(task, task.fail_to_pass), ensure_ascii=False),
        "PASS_TO_PASS": json.dumps(_names(task, task.pass_to_pass), ensure_ascii=False),
    }
    return {column: made.get(column, "") for column in COLUMNS}


def image_name(instance_id: str) -> str:
    """The name under which swebench looks for an image: as it names its own, without a registry."""
    return f"sweb.eval.x86_64.{instance_id.lower().replace('__', '_1776_')}:latest"


def eval_script(task: PatchTask) -> str:
    """What swebench runs after the model's patch: build, tests over the tree, the test commands between two marks.

    The files of the test patch are as the image has them before it is applied, and are put back after the tests.
    """
    tree = task.image.tree
    touched = touched_files(task.test_patch.encode(), "the test patch")
    base = "$(git rev-list --max-parents=0 HEAD)"
    restore = [
        f"git checkout {base} -- {shlex.quote(path)} 2>/dev/null || rm -f -- {shlex.quote(path)}" for path in touched
    ]
    lines = (
        "#!/bin/bash",
        "set -uxo pipefail",
        f"git config --global --add safe.directory {tree}",
        f"cd {tree}",
        "mkdir -p /scratch",
        *(f"export {name}={shlex.quote(value)}" for name, value in task.env),
        *task.build,
        *restore,
        f"git apply --verbose - <<'{_EOF}'",
        *task.test_patch.removesuffix("\n").split("\n"),
        _EOF,
        f": '{_START}'",
        *task.commands,
        f": '{_END}'",
        *restore,
    )
    return "\n".join(lines) + "\n"


def _names(task: PatchTask, tests: Sequence[str]) -> list[str]:
    """The ids of tests as swebench's parser gives them."""
    version = interpreter_version(task.image.base) or "3.11"
    if task.parser != "unittest" or tuple(map(int, version.split("."))) < LONG_NAMES:
        return list(tests)
    return [_UNITTEST.sub(r"\1 (\2.\1)", test) for test in tests]
