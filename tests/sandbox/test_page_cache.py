"""The program that reads all files of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import page_cache as program

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_is_read_but_what_is_closed_or_no_file(tmp_path: Path) -> None:
    """Links are not followed, pipes not waited for, and files that nobody may read do not end it."""
    (tmp_path / "deep/er").mkdir(parents=True)
    for name in ("one", "deep/two", "deep/er/three"):
        (tmp_path / name).write_bytes(b"x" * (3 * program.PIECE // 2))
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "deep/er/four").mkdir(mode=0)

    assert program.fill(str(tmp_path)) == 3
