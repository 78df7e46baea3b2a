"""Fixtures and short programs that all parts of the conformance suite use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend, Box, Completed

MIB = 1 << 20
LIMITS = Limits(
    cpu_s=4.0,
    wall_s=100.0,  # nothing that ends by itself comes near, however busy the machine is
    memory_bytes=256 * MIB,
    processes=24,
    disk_bytes=16 * MIB,
    output_bytes=64 << 10,
)


class Conformance:
    """A part of the suite; `backend` and `image` come from the author's subclass."""

    @pytest.fixture
    def backend(self) -> Backend:
        """Give the backend under test."""
        raise NotImplementedError("override the `backend` fixture")

    @pytest.fixture
    def image(self) -> str | None:
        """Give an image with `sh` and `python3`, or None for a backend without images."""
        raise NotImplementedError("override the `image` fixture")

    @pytest.fixture
    def spec(self, image: str | None) -> BoxSpec:
        """Describe the box that most tests use."""
        return BoxSpec(image=image, limits=LIMITS)

    @pytest.fixture
    def box(self, backend: Backend, spec: BoxSpec) -> Iterator[Box]:
        """Open a fresh box."""
        with backend.box(spec) as box:
            yield box


def python(box: Box, code: str, *, stdin: bytes = b"", limits: Limits | None = None) -> Completed:
    """Run Python code in a box."""
    return box.run(["python3", "-c", code], stdin=stdin, limits=limits)


def moment_s(box: Box) -> float:
    """Say how long a program may take here and now to do next to nothing: a second, more on a busy machine."""
    return max(1.0, 8 * max(python(box, "pass").wall_s for _ in range(2)))


def printed(box: Box, code: str) -> str:
    """Run Python code that must succeed; return what it printed, stripped."""
    done = python(box, code)
    assert (done.exit_code, done.stderr) == (0, b"")
    return done.stdout.decode().strip()


def running(box: Box, mark: str) -> int:
    """Count processes in the box, as its programs see them, that have `mark` among their arguments."""
    code = (
        "import glob\n"
        f"mark = {mark!r}.encode() + b'\\0'\n"
        "count = 0\n"
        "for name in glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try:\n"
        "        count += mark in open(name, 'rb').read()\n"
        "    except OSError:\n"
        "        pass\n"
        "print(count)\n"
    )
    return int(printed(box, code))
