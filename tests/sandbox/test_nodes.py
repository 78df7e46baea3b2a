"""Nodes whose times are set back before each candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nodes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_all_below_but_files_in_shared_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shm/inner").mkdir(parents=True)
    (tmp_path / "shm/file").touch()
    (tmp_path / "node").touch()
    (tmp_path / "link").symlink_to("nowhere")
    monkeypatch.setattr(nodes, "FOLDER", str(tmp_path))

    found = nodes.resettable([str(tmp_path / "shm")])
    (tmp_path / "later").touch()
    nodes.reset(found)

    assert {path.lstat().st_mtime for path in (tmp_path, tmp_path / "node", tmp_path / "link", tmp_path / "shm")} == {0}
    assert not {str(tmp_path / "shm/file"), str(tmp_path / "shm/inner")} & set(found)
