"""Nodes whose times are set back before each candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nodes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_and_all_in_it(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/node").touch()
    (tmp_path / "link").symlink_to("nowhere")

    found = nodes.resettable(str(tmp_path))
    (tmp_path / "later").touch()
    nodes.reset(found)

    assert sorted(found) == [str(tmp_path), *(f"{tmp_path}/{name}" for name in ("inner", "inner/node", "link"))]
    assert {path.lstat().st_mtime for path in (tmp_path, tmp_path / "inner/node", tmp_path / "link")} == {0.0}
