"""Files of a box that are read: by programs of ours, which run here."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBox, FakeStream
from boxscore.protocols.patch.canaries import files
from boxscore.protocols.patch.canaries.files import READ_BYTES, ROOM, TEXT_BYTES, WRITTEN_BYTES, read_box, read_files
from boxscore.protocols.patch.test_files import rules
from boxscore.protocols.patch.tree import Staged
from boxscore.records import Applied
from tests.protocols.patch.patch_boxes import TASK, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.patch.task import PatchTask


def local_box() -> FakeBox:
    """A box whose programs run here; what they print is cut as in any box."""

    def run(asked: FakeRun) -> Completed:
        done = subprocess.run([sys.executable, *asked.argv[1:]], input=asked.stdin, capture_output=True, check=False)
        return ended(done.stdout[: asked.limits.output_bytes], done.returncode, stderr=done.stderr)

    return FakeBox(BoxSpec(), run=run, stream=lambda _: FakeStream())


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree and, beside it, its original."""
    for name in ("original", "tree"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(files, "ORIGINAL", str(tmp_path / "original"))
    return tmp_path / "tree"


def task_of(tree: Path) -> PatchTask:
    """The instance whose repository this is."""
    return replace(TASK, image=replace(TASK.image, tree=str(tree)))


def staged(*written: str) -> Staged:
    """A tree in which a test patch has written some files."""
    return Staged(applied=Applied(rung="git apply"), rules=rules(TASK, ()), tests=written)


def test_only_trusted_utf8_files_are_rewritten(tree: Path) -> None:
    """Neither a candidate's new file, nor a link, nor what is no UTF-8 is read; line ends stay as they are."""
    for name in ("old.py", "latin.py", "linked.py"):
        (tree.parent / "original" / name).write_text("")
    (tree / "old.py").write_bytes("ä = 1\r\n".encode())
    (tree / "latin.py").write_bytes("# coding: latin-1\nä = 1\n".encode("latin-1"))
    (tree / "linked.py").symlink_to(tree / "old.py")
    (tree / "mine.py").write_text("x = 1\n")
    (tree / "patched.py").write_text("y = 1\n")
    paths = [path.name for path in tree.iterdir()]

    read = read_files(local_box(), task_of(tree), staged("patched.py"), paths)

    assert read == {"old.py": "ä = 1\r\n", "patched.py": "y = 1\n"}


def test_files_are_rewritten_until_they_are_too_many(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that come first are; what JSON makes of their letters counts."""
    monkeypatch.setattr(files, "READ_BYTES", ROOM + 1000)
    for name in ("a.py", "b.py"):
        (tree / name).write_text("ä" * 100)

    read = read_files(local_box(), task_of(tree), staged("a.py", "b.py"), ("a.py", "b.py"))

    assert list(read) == ["a.py"]


def test_a_reader_knows_all_that_a_test_patch_writes(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever letters, and the beginning of what is large."""
    monkeypatch.setattr(files, "FILE_BYTES", 1000)
    (tree / "latin.txt").write_bytes(b"\xfc quince")
    (tree / "large.sql").write_text("gooseberry " + "x" * 2000 + " jamboree")
    (tree / "test_it.py").write_text("marzipan")

    read = read_box(local_box(), task_of(tree), ["test_it.py"], staged=staged("test_it.py", "latin.txt", "large.sql"))

    assert all(read.counts[word] for word in ("quince", "gooseberry"))
    assert not read.counts["jamboree"]
    assert not read.counts["marzipan"]  # which is rewritten


def zipped(text: str) -> bytes:
    """A zip file with a text in it."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("word/document.xml", text)
        return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"PK\0\0quince", "quince".encode("utf-16"), gzip.compress(b"quince"), zipped("quince")],
    ids=["NUL", "UTF-16", "gzip", "zip"],
)
def test_what_a_binary_file_of_a_test_patch_says_is_known(tree: Path, data: bytes) -> None:
    """A reader of it needs no more than `strings`."""
    (tree / "fixture.dat").write_bytes(data)

    read = read_box(local_box(), task_of(tree), [], staged=staged("fixture.dat"))

    assert any("quince" in text for text in read.written)
    assert read.counts["quince"]


def test_what_is_no_text_makes_no_words(tree: Path) -> None:
    """Single letters among its bytes are none that a reader would find."""
    (tree / "picture.png").write_bytes(
        b"\0quince\0".join([bytes([200, 97 + number % 26, 201]) for number in range(99)])
    )

    (text,) = read_box(local_box(), task_of(tree), [], staged=staged("picture.png")).written

    assert set(text.split()) == {"quince"}


def test_large_fixtures_leave_room_for_the_repository(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test patch writes has bounds of its own."""
    monkeypatch.setattr(files, "TEXT_BYTES", 1000)
    monkeypatch.setattr(files, "WRITTEN_BYTES", 1000)
    (tree / "fixture.txt").write_text("x" * 3000)
    (tree.parent / "original" / "a.py").write_text("quince")

    read = read_box(local_box(), task_of(tree), [], staged=staged("fixture.txt"))

    assert (len(read.written[0]), read.counts["quince"]) == (1000, 1)


def test_a_repository_of_odd_letters_is_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may come to six in JSON."""
    most = 1000
    monkeypatch.setattr(files, "TEXT_BYTES", most)
    monkeypatch.setattr(files, "READ_BYTES", most * READ_BYTES // (TEXT_BYTES + WRITTEN_BYTES))
    monkeypatch.setattr(files, "WRITTEN_BYTES", 0)
    (tree.parent / "original" / "a.txt").write_bytes(b"\x01" * 2 * most)

    assert len(read_box(local_box(), task_of(tree), []).text) == most


def test_a_large_file_hides_no_other(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes as much as there is for one."""
    monkeypatch.setattr(files, "TEXT_BYTES", 3000)
    monkeypatch.setattr(files, "FILE_BYTES", 1000)
    (tree.parent / "original" / "a.py").write_text("x" * 4000)
    (tree.parent / "original" / "b.py").write_text("quince")

    assert read_box(local_box(), task_of(tree), []).counts["quince"]
