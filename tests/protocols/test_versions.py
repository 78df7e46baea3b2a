"""A stored result is used again only under the same sources of its protocol, its backend and boxscore's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import resources
from boxscore.protocols import versions
from boxscore.protocols.registry import BUILT_IN, protocol_named

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_version_depends_on_the_backend(name: str) -> None:
    protocol = protocol_named(name)

    assert protocol.version("docker") == protocol.version("docker") != protocol.version("local")


@pytest.mark.parametrize("changed", ["boxes/a.py", "flags/rules.toml", "protocols/patch/b.py", "sandbox/c/d.js"])
def test_every_file_that_grades_changes_the_version(
    changed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "protocols" / "versions.py"))
    monkeypatch.setattr(resources, "folder", tmp_path.joinpath)
    monkeypatch.setattr(versions, "_own_files", versions._own_files.__wrapped__)
    path = tmp_path / changed
    path.parent.mkdir(parents=True)
    path.write_text("one\n", "utf-8")
    before = versions.protocol_version("docker")
    path.write_text("two\n", "utf-8")

    assert versions.protocol_version("docker") != before
