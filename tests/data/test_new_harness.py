"""`boxscore init`: what it writes works as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore import UsageError
from boxscore.cli.instances import write_harness
from boxscore.testing import check_harness

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOXSCORE_")}
    environment = kept | {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_what_is_written_keeps_the_contract(tmp_path: Path) -> None:
    paths = write_harness("my-set", tmp_path / "new")

    assert [path.name for path in paths] == ["my_set.py", "my_set.jsonl", "test_my_set.py"]
    assert check_harness(paths[0]) == ()


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_the_written_test_and_validate_pass(tmp_path: Path) -> None:
    write_harness("mine", tmp_path)

    tested = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
    validated = run(tmp_path, "-m", "boxscore", "validate", "./mine.py")

    assert (tested.returncode, "3 passed" in tested.stdout) == (0, True), tested.stdout
    passed_over, *said = validated.stderr.splitlines()
    assert "nowhere/docker.sock, which does not exist" in passed_over
    assert said == [
        "boxscore: round 1 of 2",
        "boxscore: round 2 of 2",
        "boxscore: mine: 3 instances, 0 without a reference, 2 rounds, 0 problems",
    ]
    assert validated.returncode == 0


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("precious\n")

    with pytest.raises(UsageError, match=r"not overwritten: .*mine\.jsonl"):
        write_harness("mine", tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.jsonl"]
    assert (tmp_path / "mine.jsonl").read_text() == "precious\n"


@pytest.mark.parametrize("name", ["", "a b", "../a", "A", "1a", "a/b", "a--b", "-a", "tiny", "swe-bench", "ä"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_harness(name, tmp_path)

    assert list(tmp_path.iterdir()) == []
