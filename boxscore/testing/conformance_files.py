"""Files in and out of a box."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import BoxError, BoxscoreError, ProtocolError
from boxscore.testing.conformance_base import MIB, Conformance, printed

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box


class FileConformance(Conformance):
    """What `put` and `get` do, and refuse."""

    @pytest.mark.parametrize("data", [b"", b"text\n", bytes(range(256)) * 300], ids=["empty", "text", "binary"])
    def test_round_trip(self, box: Box, data: bytes) -> None:
        """What is put comes back unchanged."""
        box.put("/scratch/file", data)

        assert box.get("/scratch/file", max_bytes=MIB) == data

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

    @pytest.mark.parametrize(
        "path", ["/etc/x", "/scratch/../etc/x", "relative", "/scratch", "/scratchy/x", "/scratch/a\0b"]
    )
    def test_paths_outside_the_scratch_are_refused(self, box: Box, path: str) -> None:
        """Files go below the scratch or nowhere."""
        with pytest.raises((ValueError, BoxscoreError)):
            box.put(path, b"x")
        with pytest.raises((ValueError, BoxscoreError, FileNotFoundError)):
            box.get(path, max_bytes=10)

    def test_put_larger_than_the_disk(self, box: Box) -> None:
        """A file that does not fit is an error, not a file that is cut."""
        with pytest.raises(BoxError):
            box.put("/scratch/big", b"x" * (40 * MIB))
