"""The command line as a user meets it: an empty folder, and what a command prints and exits with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from boxscore.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Boxscore(Protocol):
    """Runs the command line in this process."""

    def __call__(self, *args: str | Path) -> Ended: ...


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, without a variable of ours, and with a cache of its own."""
    for name in [name for name in os.environ if name.startswith("BOXSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path.with_name(f"{tmp_path.name}-cache")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def local(local_backend: Backend, here: Path) -> Path:
    """The same on a machine where local boxes work."""
    assert local_backend.name == "local"
    return here


@pytest.fixture
def boxscore_(capfd: pytest.CaptureFixture[str]) -> Boxscore:
    """The command line, whose standard streams are captured."""

    def call(*args: str | Path) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        return Ended(int(ended.value.code or 0), *capfd.readouterr())

    return call
