"""Inputs that a fuzzer found, replayed: each takes a decoder down another path, and none makes it do wrong.

Claims and frames come out of a box, and so do logs and reports of test runners. A patch is a sample's own text.
"""

from __future__ import annotations

import marshal
import struct
import sys
import time
from pathlib import Path

import pytest

from boxscore.boxes.fake import FakeStream
from boxscore.errors import BoxLost, ProtocolError, UsageError
from boxscore.protocols.patch.admission import PatchText, name_problem, read_patch
from boxscore.protocols.patch.logs import junit_statuses, parse_log, read_junit
from boxscore.protocols.statuses import Status
from boxscore.protocols.wire import FrameReader, Ready, ReferenceReport, SampleVerdict

sys.path.insert(0, str(Path(__file__).parents[2] / "sandbox"))
import plain

SLOW_S = 2.0


def answers(data: bytes) -> object:
    """The grader's decoder of a candidate's answers: a plain value that survives a second crossing, or a breach."""
    try:
        value = plain.rebuild(data)
    except plain.Breach:
        return plain.Breach
    plain.rebuild(marshal.dumps(plain.reduce(value), plain.VERSION))
    return type(value)


def reader(data: bytes) -> FrameReader:
    stream = FakeStream()
    stream.send(data)
    stream.stop()
    return FrameReader(stream)


def frames(data: bytes) -> object:
    """The host's decoder of what a box sends: records of the kind that is waited for, or one of two errors."""
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


def logs(data: bytes) -> object:
    """The log parsers: the first line names one, and what it finds are statuses of tests."""
    name, _, log = data.decode(errors="replace").partition("\n")
    try:
        found = parse_log(name, log)
    except UsageError:
        return UsageError
    assert all(type(test) is str and isinstance(status, Status) for test, status in found.items())
    return sorted(set(found.values()))


def reports(data: bytes) -> object:
    """The reader of JUnit reports: cases, or the one error; each required id that is found has a case's status."""
    try:
        cases = read_junit(data)
    except ProtocolError:
        return ProtocolError
    required = [f"{case.classname}{mark}{case.name}" for case in cases for mark in (".", "::", "#")]
    found = junit_statuses(cases, required)
    assert {*found.values()} <= {case.status for case in cases}
    return sorted({case.status for case in cases})


def patches(data: bytes) -> object:
    """The reader of patches: one that is admitted is kept as it came, and names files that may be named."""
    text = data.decode(errors="surrogateescape")
    read = read_patch(text)
    if not isinstance(read, PatchText):
        return read.outcome
    assert read.text == text
    assert read.paths
    assert not any(map(name_problem, read.paths)), read.paths
    return PatchText


DECODERS = {"answers": answers, "frames": frames, "logs": logs, "reports": reports, "patches": patches}


@pytest.mark.parametrize("name", DECODERS)
def test_the_corpus_does_no_harm(name: str) -> None:
    corpus, ends = Path(__file__).with_name(f"{name}.hex"), set[str]()

    for line in corpus.read_text(encoding="ascii").splitlines():
        began = time.process_time()
        ends.add(str(DECODERS[name](bytes.fromhex(line))))
        assert time.process_time() - began < SLOW_S, line

    assert len(ends) > 2
