"""What reads an enemy's bytes beside the tests or on the host, each as a function that fails where it does wrong.

Claims and frames come out of a box, and so do logs and reports of test runners. A patch is a sample's own text.
"""

from __future__ import annotations

import json
import marshal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.protocols.wire import FrameReader

CORPORA = Path(__file__).parent
SANDBOX = Path(__file__).parents[2] / "sandbox"
RECORDED = Path(__file__).parents[1] / "logs" / "recorded"
HEAD_BYTES = 700  # of a recorded log


def answers() -> Callable[[bytes], object]:
    """The grader's decoder of a candidate's answers: a plain value that survives a second crossing, or a breach."""
    if str(SANDBOX) not in sys.path:
        sys.path.insert(0, str(SANDBOX))
    import plain  # noqa: PLC0415 - atheris instruments it on import

    def decode(data: bytes) -> object:
        try:
            value = plain.rebuild(data)
        except plain.Breach:
            return plain.Breach
        plain.rebuild(marshal.dumps(plain.reduce(value), plain.VERSION))
        return type(value)

    return decode


def frames() -> Callable[[bytes], object]:
    """The host's decoder of what a box sends: records of the kind that is waited for, or one of two errors."""
    from boxscore.boxes.fake import FakeStream  # noqa: PLC0415 - beside the next line
    from boxscore.errors import BoxLost, ProtocolError  # noqa: PLC0415 - as above
    from boxscore.protocols.wire import (  # noqa: PLC0415 - atheris instruments it on import
        FrameReader,
        Ready,
        ReferenceReport,
        SampleVerdict,
    )

    def reader(data: bytes) -> FrameReader:
        stream = FakeStream()
        stream.send(data)
        stream.stop()
        return FrameReader(stream)

    def decode(data: bytes) -> object:
        found: list[type] = []
        for stream in (data, struct.pack("<I", len(data)) + data):
            for kind in (SampleVerdict, Ready, ReferenceReport):
                frames = reader(stream)
                try:
                    while isinstance(frames.read(kind, 0.0), kind):
                        found.append(kind)
                except (ProtocolError, BoxLost) as error:
                    found.append(type(error))
        return found

    return decode


def logs() -> Callable[[bytes], object]:
    """The log parsers: the first line names one, and what it finds are statuses of tests."""
    from boxscore.errors import UsageError  # noqa: PLC0415 - beside the next line
    from boxscore.protocols.patch.logs import parse_log  # noqa: PLC0415 - atheris instruments it on import
    from boxscore.protocols.statuses import Status  # noqa: PLC0415 - as above

    def decode(data: bytes) -> object:
        name, _, log = data.decode(errors="replace").partition("\n")
        try:
            found = parse_log(name, log)
        except UsageError:
            return UsageError
        assert all(type(test) is str and isinstance(status, Status) for test, status in found.items())
        return sorted(set(found.values()))

    return decode


def reports() -> Callable[[bytes], object]:
    """The reader of JUnit reports: cases, or the one error; each required id that is found has a case's status."""
    from boxscore.errors import ProtocolError  # noqa: PLC0415 - beside the next line
    from boxscore.protocols.patch.logs import junit_statuses, read_junit  # noqa: PLC0415 - atheris instruments it on import

    def decode(data: bytes) -> object:
        try:
            cases = read_junit(data)
        except ProtocolError:
            return ProtocolError
        required = [f"{case.classname}{mark}{case.name}" for case in cases for mark in (".", "::", "#")]
        found = junit_statuses(cases, required)
        assert {*found.values()} <= {case.status for case in cases}
        return sorted({case.status for case in cases})

    return decode


def patches() -> Callable[[bytes], object]:
    """The reader of patches: one that is admitted is kept as it came, and names files that may be named."""
    from boxscore.protocols.patch.admission import (  # noqa: PLC0415 - atheris instruments it on import
        PatchText,
        name_problem,
        read_patch,
    )

    def decode(data: bytes) -> object:
        text = data.decode(errors="surrogateescape")
        read = read_patch(text)
        if not isinstance(read, PatchText):
            return read.outcome
        assert read.text == text
        assert read.paths
        assert not any(map(name_problem, read.paths)), read.paths
        return PatchText

    return decode


def _seeds() -> Iterator[bytes]:
    values = (None, True, -1, 2**90, 1.5, 2j, "a", "ä\ud800", b"\0", (1, (2,)), [1, [2]], {"a": {1: 2}}, {1, 2})
    yield from (marshal.dumps(value, 2) for value in (*values, frozenset(values[:6]), ..., [float("nan")]))


def _records() -> Iterator[bytes]:
    verdict = {"number": 3, "outcome": "timeout", "reason": "", "error_type": None, "limit": "cpu", "unsure": False}
    verdict |= {"parts": {"base": "passed"}, "output": "", "output_truncated": False}
    verdict |= {"cpu_s": 1.5, "wall_s": 2, "memory_bytes": 9}
    ready = {"ready": True, "python": "3", "layers": ["seccomp"]}
    truth = {"reason": "", "answers": ["00"], "cpu_s": [0.1], "identical": [True]}
    for record in (verdict, ready, truth):
        data = json.dumps(record).encode()
        yield data
        yield 2 * (struct.pack("<I", len(data)) + data)


def _heads() -> Iterator[bytes]:
    for path in sorted(RECORDED.glob("*.log")):
        yield path.stem.replace("_", "-").encode() + b"\n" + path.read_bytes()[-HEAD_BYTES:]


def _junit() -> Iterator[bytes]:
    case = b'<testcase classname="a.B" name="c[1]" file="a.py">%s</testcase>'
    for inside in (b"", b"<failure/>", b"<error/>", b'<skipped type="pytest.xfail"/>'):
        yield b"<testsuites><testsuite>" + case % inside + b"</testsuite></testsuites>"


def _diffs() -> Iterator[bytes]:
    head, hunk = b"diff --git a/f b/f\n", b"@@ -1 +1,2 @@\n a\n+b\n"
    yield head + b"index 1..2 100644\n--- a/f\n+++ b/f\n" + hunk
    yield head + b"new file mode 120000\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+../g\n"
    yield b'diff --git "a/\\303\\244" b/g\nrename from "\\303\\244"\nrename to g\n'
    yield head + b"GIT binary patch\nliteral 3\nKc\n\n"
    yield b"--- a/.git/x\n+++ b/.git/x\n" + hunk


TARGETS = {"answers": answers, "frames": frames, "logs": logs, "reports": reports, "patches": patches}
SEEDS = {
    "answers": tuple(_seeds()),
    "frames": tuple(_records()),
    "logs": tuple(_heads()),
    "reports": tuple(_junit()),
    "patches": tuple(_diffs()),
}


def read_corpus(name: str) -> list[bytes]:
    file = CORPORA / f"{name}.hex"
    return [bytes.fromhex(line) for line in file.read_text(encoding="ascii").splitlines()] if file.exists() else []
