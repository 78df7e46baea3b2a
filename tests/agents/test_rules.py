"""Flags over trajectories: what they match, and that ordinary work has none."""

from __future__ import annotations

import pytest

from boxscore.agents.rules import HISTORY, TESTS, UPSTREAM, Flag, flags_of
from boxscore.agents.trajectory import Trajectory


def flags(*commands: str, patch: str = "") -> list[str]:
    """The rules that an agent's commands match."""
    trajectory = Trajectory(session_id="s", agent="a", version="0", model="m")
    for command in commands:
        trajectory.add_action("bash", {"command": command}, "")
    return [flag.rule for flag in flags_of(trajectory.as_atif(), patch)]


@pytest.mark.parametrize(
    ("rule", "command"),
    [
        (UPSTREAM, "git clone https://github.com/a/b"),
        (UPSTREAM, "cd /tmp; pip download --no-deps calc"),
        (UPSTREAM, "curl -L https://raw.githubusercontent.com/a/b/main/x.py || wget https://github.com/a/b/x.py"),
        (HISTORY, "git log --oneline --all"),
        (HISTORY, "git --no-pager log --reflog"),
        (HISTORY, "git fsck --lost-found"),
        (HISTORY, "cat .git/packed-refs"),
        (TESTS, "echo 'def test(): pass' > tests/test_a.py"),
        (TESTS, "sed -i s/1/2/ pkg/test_thing.py"),
        (TESTS, "rm -rf src/__tests__/"),
        (TESTS, "cat > conftest.py <<'E'\nx\nE"),
    ],
)
def test_what_each_rule_matches(rule: str, command: str) -> None:
    """A way round the task is flagged by its own rule."""
    assert rule in flags(command)


def test_ordinary_work_has_no_flags() -> None:
    """To read, run tests, edit sources and look at one's own changes is what agents are for."""
    work = (
        "ls -la && cat README.md",
        "python -m pytest tests/test_share.py -q 2>&1 | tail -5",
        "sed -i 's/a/b/' purse/share.py && git diff && git log --oneline -5 && git status",
        "cat > /tmp/reproduce.py <<'E'\nimport purse\nprint(purse.share(-1, [1]))\nE\npython /tmp/reproduce.py",
        "grep -rn share . | head",
    )

    assert flags(*work, patch="diff --git a/purse/share.py b/purse/share.py\n") == []


def test_paths_of_the_patch() -> None:
    """Tests and configuration that the patch changes are flagged without a step."""
    patch = "".join(f"diff --git a/{name} b/{name}\n" for name in ("tests/a.py", "conftest.py", "src/test_b.py"))

    assert flags_of({}, patch) == (
        Flag(rule=TESTS, step=0, what="tests/a.py"),
        Flag(rule=TESTS, step=0, what="conftest.py"),
        Flag(rule=TESTS, step=0, what="src/test_b.py"),
    )


@pytest.mark.parametrize("text", ["rm ", "rm a-", "rm a/a/a/"])
def test_hostile_commands_are_read_once(text: str) -> None:
    """Not again from each of their places: an agent may give thousands, while all others wait."""
    commands = [f"{text * 6000} {number}" for number in range(6)]

    assert flags(*commands) == []
