"""Files in and out of a box."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from boxscore.errors import BoxError, BoxscoreError, ProtocolError, UsageError
from boxscore.testing.conformance_base import MIB, Conformance, printed

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend, Box, BoxSpec


ODD_NAMES = ("", ".", "..", "../x", "/x", "a/../b", "a//b", "a/", "a\0b", "a\nb", "\udcff", "x" * 256, "d/" * 70 + "x")
HOSTILE_FOLDERS = (  # how what is in them is made
    "os.symlink('/etc/passwd', 'odd')",
    "os.symlink('/etc', 'odd')",
    "os.symlink('.', 'odd')",
    "os.mkfifo('odd')",
    "socket.socket(socket.AF_UNIX).bind('odd')",
    "open(b'\\xff', 'w')",
    "open('a\\nb', 'w')",
    "os.makedirs('/'.join(['d'] * 90))",
    "open('odd', 'w').truncate(15 << 20)",
    "[open(str(n), 'w') for n in range(101)]",
    "[os.mkdir(str(n)) for n in range(101)]",
)


class FileConformance(Conformance):
    """What `put` and `get` do, and refuse."""

    def test_round_trip(self, box: Box) -> None:
        """What is put comes back unchanged."""
        for data in (b"", b"text\n", bytes(range(256)) * 300):
            box.put("/scratch/file", data)

            assert box.get("/scratch/file", max_bytes=MIB) == data

    def test_further_folders(self, backend: Backend, spec: BoxSpec) -> None:
        """Where the backend has them, further folders are writable, bounded, and kept from one program to the next."""
        if "folders" not in backend.capabilities:
            pytest.skip("this backend has no further folders")
        with backend.box(structs.replace(spec, folders=("/tmp", "/boxscore-further"))) as box:  # noqa: S108 - in the box
            box.run(["sh", "-c", "echo one > /tmp/one; echo two > /boxscore-further/two"])

            assert box.run(["sh", "-c", "cat /tmp/one /boxscore-further/two"]).stdout == b"one\ntwo\n"
            assert box.run(["sh", "-c", "head -c 50000000 /dev/zero > /boxscore-further/big"]).exit_code != 0
            assert box.run(["sh", "-c", "touch /boxscore-other"]).exit_code != 0

    def test_folders_are_made(self, box: Box) -> None:
        """Missing folders on the way are made, and names are taken literally."""
        name = "/scratch/a/b c/'d'/$e/-f"

        box.put(name, b"deep")

        assert box.get(name, max_bytes=10) == b"deep"

    def test_put_replaces(self, box: Box) -> None:
        """A second put replaces the first."""
        box.put("/scratch/file", b"a longer one")
        box.put("/scratch/file", b"short")

        assert box.get("/scratch/file", max_bytes=100) == b"short"

    def test_mode(self, box: Box) -> None:
        """The mode is as asked; a script that may be executed can be run."""
        box.put("/scratch/script", b"#!/bin/sh\necho ran\n", mode=0o755)

        assert box.run(["/scratch/script"]).stdout == b"ran\n"
        assert printed(box, "import os; print(oct(os.stat('/scratch/script').st_mode & 0o777))") == "0o755"

    def test_programs_can_read_what_was_put(self, box: Box) -> None:
        """A program in the box reads a file that was put."""
        box.put("/scratch/in/file", b"content")

        assert box.run(["cat", "/scratch/in/file"]).stdout == b"content"

    def test_what_a_program_wrote_comes_back(self, box: Box) -> None:
        """A file that a program wrote can be fetched."""
        box.run(["sh", "-c", "printf abc > /scratch/out"])

        assert box.get("/scratch/out", max_bytes=3) == b"abc"

    def test_missing(self, box: Box) -> None:
        """A file that is not there is named."""
        with pytest.raises(FileNotFoundError, match="/scratch/none"):
            box.get("/scratch/none", max_bytes=10)

    def test_too_large(self, box: Box) -> None:
        """A file over the cap is refused, not cut."""
        box.put("/scratch/file", b"x" * 101)

        with pytest.raises(ProtocolError):
            box.get("/scratch/file", max_bytes=100)

    @pytest.mark.parametrize(
        "make",
        [
            "os.mkdir('/scratch/odd')",
            "os.symlink('/etc/passwd', '/scratch/odd')",
            "os.symlink('/dev/zero', '/scratch/odd')",
            "os.mkfifo('/scratch/odd')",
            "socket.socket(socket.AF_UNIX).bind('/scratch/odd')",
        ],
        ids=["folder", "link", "link-to-device", "fifo", "socket"],
    )
    def test_get_refuses_what_is_no_regular_file(self, box: Box, make: str) -> None:
        """Folders, links, pipes and sockets are refused, at once."""
        printed(box, f"import os, socket; {make}")

        with pytest.raises(ProtocolError):
            box.get("/scratch/odd", max_bytes=MIB)

    def test_get_does_not_follow_a_linked_folder(self, box: Box) -> None:
        """A link among the folders of a path does not lead out of the scratch."""
        printed(box, "import os; os.symlink('/etc', '/scratch/etc')")

        with pytest.raises((ProtocolError, FileNotFoundError)):
            box.get("/scratch/etc/passwd", max_bytes=MIB)

    @pytest.mark.parametrize("planted", ["file", "folder"])
    def test_put_does_not_follow_links(self, box: Box, planted: str) -> None:
        """A planted link is not written through."""
        box.put("/scratch/target/file", b"before")
        path = "/scratch/link" if planted == "file" else "/scratch/link/file"
        target = "/scratch/target/file" if planted == "file" else "/scratch/target"
        printed(box, f"import os; os.symlink({target!r}, '/scratch/link')")

        with contextlib.suppress(BoxError):
            box.put(path, b"after")

        assert box.get("/scratch/target/file", max_bytes=10) == b"before"

    def test_paths_outside_the_scratch_are_refused(self, box: Box) -> None:
        """Files go below the scratch or nowhere."""
        for path in ("/etc/x", "/scratch/../etc/x", "relative", "/scratch", "/scratchy/x", "/scratch/a\0b"):
            with pytest.raises((ValueError, BoxscoreError)):
                box.put(path, b"x")
            with pytest.raises((ValueError, BoxscoreError, FileNotFoundError)):
                box.get(path, max_bytes=10)

    def test_a_folder_crosses_and_comes_back(self, box: Box) -> None:
        """Files come back as they were, of any content, at any depth, and under long and odd names."""
        files = {
            "empty": b"",
            "a/b c/'d'/$e/-f": b"deep",
            "binary": bytes(range(256)) * 300,
            "naïve 数": b"script",
            "/".join(["x" * 200] * 4): b"long",
            ".hidden": b".",
        }

        box.put_folder("/scratch/in/project", files)

        assert box.get_folder("/scratch/in/project", max_bytes=MIB, max_files=20) == files
        assert box.get("/scratch/in/project/a/b c/'d'/$e/-f", max_bytes=10) == b"deep"

    def test_programs_see_a_folder_that_was_put(self, box: Box) -> None:
        """They read, write and remove what was put, and execute what was said to be executable."""
        box.put_folder("/scratch/p", {"go": b"#!/bin/sh\ncat data; echo more > new; rm data\n", "data": b"x\n"})
        assert box.run(["./go"], cwd="/scratch/p").exit_code != 0

        box.put_folder("/scratch/p", {"go": b"#!/bin/sh\ncat data; echo more > new; rm data\n"}, executable=["go"])

        assert box.run(["./go"], cwd="/scratch/p").stdout == b"x\n"
        assert set(box.get_folder("/scratch/p", max_bytes=MIB, max_files=9)) == {"go", "new"}

    def test_a_folder_without_files(self, box: Box) -> None:
        """It is made, and nothing is found in it."""
        box.put_folder("/scratch/none", {})
        printed(box, "import os; os.makedirs('/scratch/none/a/b')")

        assert box.get_folder("/scratch/none", max_bytes=0, max_files=2) == {}

    def test_a_folder_that_is_missing_or_none(self, box: Box) -> None:
        """What is not there is named; a file and a linked folder are no folders."""
        box.put("/scratch/file", b"")
        printed(box, "import os; os.symlink('/etc', '/scratch/link')")

        with pytest.raises(FileNotFoundError, match="/scratch/no"):
            box.get_folder("/scratch/no/such", max_bytes=9, max_files=9)
        for path in ("/scratch/file", "/scratch/link"):
            with pytest.raises(ProtocolError):
                box.get_folder(path, max_bytes=MIB, max_files=999)

    def test_hard_links_are_files(self, box: Box) -> None:
        """A file of two names comes twice, and counts twice."""
        printed(box, "import os; os.mkdir('/scratch/f'); open('/scratch/f/a', 'w').write('x' * 60)")
        printed(box, "import os; os.link('/scratch/f/a', '/scratch/f/b')")

        assert box.get_folder("/scratch/f", max_bytes=120, max_files=2) == {"a": b"x" * 60, "b": b"x" * 60}
        with pytest.raises(ProtocolError):
            box.get_folder("/scratch/f", max_bytes=119, max_files=2)

    def test_hostile_folders_are_refused(self, box: Box) -> None:
        """Whatever is no plain tree within the limits is refused whole, and soon."""
        for make in HOSTILE_FOLDERS:
            printed(box, f"import os, socket; os.mkdir('/scratch/f'); os.chdir('/scratch/f'); {make}")

            with pytest.raises(ProtocolError):
                box.get_folder("/scratch/f", max_bytes=MIB, max_files=100)
            assert box.run(["rm", "-rf", "/scratch/f"]).exit_code == 0

    def test_odd_names_are_not_put(self, box: Box) -> None:
        """A name that leads elsewhere, or that not all would read alike, is refused before anything is written."""
        for name in ODD_NAMES:
            with pytest.raises(UsageError):
                box.put_folder("/scratch/f", {"fine": b"", name: b""})
            with pytest.raises(FileNotFoundError):
                box.get_folder("/scratch/f", max_bytes=9, max_files=9)

    def test_a_name_is_a_file_or_a_folder(self, box: Box) -> None:
        """No name is both."""
        with pytest.raises(UsageError):
            box.put_folder("/scratch/f", {"a": b"", "a/b": b""})

    @pytest.mark.parametrize(
        ("link", "folder"),
        [("/scratch/link", "/scratch/link"), ("/scratch/f/link", "/scratch/f")],
        ids=["the-folder", "in-the-folder"],
    )
    def test_put_folder_does_not_follow_links(self, box: Box, link: str, folder: str) -> None:
        """Planted links lead no file elsewhere."""
        box.put("/scratch/target/file", b"before")
        printed(box, "import os; os.mkdir('/scratch/f')")
        printed(box, f"import os; os.symlink('/scratch/target', {link!r})")

        with contextlib.suppress(BoxError):
            box.put_folder(folder, {"file": b"after", "link/file": b"after"})

        assert box.get("/scratch/target/file", max_bytes=10) == b"before"

    def test_a_folder_larger_than_the_disk(self, box: Box) -> None:
        """Files that do not fit are an error."""
        with pytest.raises(BoxError):
            box.put_folder("/scratch/big", {str(number): b"x" * MIB for number in range(40)})

    def test_put_larger_than_the_disk(self, box: Box) -> None:
        """A file that does not fit is an error, not a file that is cut."""
        with pytest.raises(BoxError):
            box.put("/scratch/big", b"x" * (40 * MIB))
