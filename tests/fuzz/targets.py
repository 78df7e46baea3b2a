"""The decoders of what comes out of a box, each as a function of bytes that fails when the decoder does wrong."""

from __future__ import annotations

import json
import marshal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore._protocols._wire import FrameReader

CORPORA = Path(__file__).parent
SANDBOX = Path(__file__).parents[2] / "sandbox"


def claims() -> Callable[[bytes], object]:
    """The grader's decoder of a candidate's claims: a plain value that survives a second crossing, or a breach."""
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
    from boxscore._backends._fake import FakeStream  # noqa: PLC0415 - beside the next line
    from boxscore._errors import BoxLost, ProtocolError  # noqa: PLC0415 - as above
    from boxscore._protocols._wire import (  # noqa: PLC0415 - atheris instruments it on import
        FrameReader,
        Ready,
        TruthReport,
        Verdict,
    )

    def reader(data: bytes) -> FrameReader:
        stream = FakeStream()
        stream.send(data)
        stream.stop()
        return FrameReader(stream)

    def decode(data: bytes) -> object:
        found: list[type] = []
        for stream in (data, struct.pack("<I", len(data)) + data):
            for kind in (Verdict, Ready, TruthReport):
                frames = reader(stream)
                try:
                    while isinstance(frames.read(kind, 0.0), kind):
                        found.append(kind)
                except (ProtocolError, BoxLost) as error:
                    found.append(type(error))
        return found

    return decode


def _seeds() -> Iterator[bytes]:
    values = (None, True, -1, 2**90, 1.5, 2j, "a", "ä\ud800", b"\0", (1, (2,)), [1, [2]], {"a": {1: 2}}, {1, 2})
    yield from (marshal.dumps(value, 2) for value in (*values, frozenset(values[:6]), ..., [float("nan")]))


def _records() -> Iterator[bytes]:
    verdict = {"number": 3, "outcome": "timeout", "reason": "", "error_type": None, "limit": "cpu"}
    verdict |= {"parts": {"base": "passed"}, "output": "", "output_truncated": False}
    verdict |= {"cpu_s": 1.5, "wall_s": 2, "memory_bytes": 9}
    ready = {"ready": True, "python": "3", "layers": ["seccomp"]}
    truth = {"reason": "", "claims": ["00"], "cpu_s": [0.1], "identical": [True]}
    for record in (verdict, ready, truth):
        data = json.dumps(record).encode()
        yield data
        yield 2 * (struct.pack("<I", len(data)) + data)


TARGETS = {"claims": claims, "frames": frames}
SEEDS = {"claims": tuple(_seeds()), "frames": tuple(_records())}


def read_corpus(name: str) -> list[bytes]:
    """The inputs that are kept."""
    file = CORPORA / f"{name}.hex"
    return [bytes.fromhex(line) for line in file.read_text(encoding="ascii").splitlines()] if file.exists() else []
