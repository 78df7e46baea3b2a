"""The attack suite of patches: its files, and what is made of them for an instance."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import UsageError
from boxscore.protocols.attacks import Attack, attacks_for
from boxscore.protocols.patch.attacks import (
    Target,
    find_target,
    render_patch,
    suits,
    why_not,
)
from tests.protocols import till
from tests.protocols.patch.patch_boxes import FakeBoxes

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.patch.task import PatchTask

SUITE = attacks_for("patch")
BUILT = replace(till.PYTEST, build=("python3 tools/build.py",))
TASKS = {"pytest": till.PYTEST, "unittest": till.UNITTEST, "built": BUILT}
MENDED = till.MENDED["till/change.py"]


def target(task: PatchTask) -> Target:
    return Target(task=task, before=till.FILES, fixed=MENDED)


def applied(patch: str, where: Path) -> bool:
    for path, text in till.FILES.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_text(text)
    subprocess.run(["git", "init", "-q", "."], cwd=where, check=True)
    done = subprocess.run(["git", "apply", "-"], cwd=where, input=patch.encode(), capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("attack", SUITE, ids=lambda attack: f"{attack.attack_class}/{attack.name}")
def test_a_template_becomes_a_patch(attack: Attack, kind: str, tmp_path: Path) -> None:
    task = TASKS[kind]
    if not suits(attack, task):
        assert attack.runner not in (None, task.runner) or not task.build
        return

    patch = render_patch(attack, target(task))

    if attack.is_diff:
        assert patch.startswith("diff --git ")
        return
    assert applied(patch, tmp_path)
    for path in tmp_path.rglob("*.py"):
        text = path.read_text()
        compile(text, str(path), "exec")
        assert not any(word in text for word in ("__FAILING__", "__TESTS__", "__LOG__", "__MODULE__", "#+ ", "#> "))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"runner": None}, "there are attacks for"),
        ({"reference": None}, "no reference"),
        ({"reference": "diff --git a/x.c b/x.c\n"}, "changes no Python file"),
        ({"test_patch": "diff --git a/x.sql b/x.sql\n"}, "in no Python file"),
    ],
)
def test_instances_that_cannot_be_attacked_say_why(change: dict[str, str | None], reason: str) -> None:
    task = replace(till.PYTEST, **change)

    assert reason in why_not(task)
    with pytest.raises(UsageError, match="cannot be attacked"):
        find_target(FakeBoxes().boxes(), task, SUITE)
    assert why_not(till.PYTEST) == ""
