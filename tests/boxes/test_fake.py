"""The fake backend: files, records of what was asked, and answers by function."""

from __future__ import annotations

import pytest

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBackend, FakeRun, FakeStream
from boxscore.errors import BoxLost, ProtocolError, UsageError


def test_programs_end_as_the_function_says() -> None:
    def run(asked: FakeRun) -> Completed:
        return Completed(exit_code=3, stdout=asked.stdin.upper(), wall_s=0.1)

    backend = FakeBackend(run=run)
    with backend.box(BoxSpec()) as box:
        done = box.run(["tool", "-x"], stdin=b"in", env={"A": "b"}, cwd="/scratch")

    assert (done.exit_code, done.stdout) == (3, b"IN")
    expected = FakeRun(argv=("tool", "-x"), stdin=b"in", env={"A": "b"}, cwd="/scratch", limits=BoxSpec().limits)
    assert backend.boxes[0].runs == [expected]


def test_files() -> None:
    with FakeBackend().box(BoxSpec()) as box:
        box.put("/scratch/a/b", b"data", mode=0o755)

        assert box.get("/scratch/a/b", max_bytes=4) == b"data"
        with pytest.raises(ProtocolError):
            box.get("/scratch/a/b", max_bytes=3)
        with pytest.raises(FileNotFoundError):
            box.get("/scratch/none", max_bytes=3)
        with pytest.raises(UsageError):
            box.put("/etc/passwd", b"")


def test_folders() -> None:
    with FakeBackend().box(BoxSpec()) as box:
        box.put_folder("/scratch/p", {"a/b": b"one", "c": b"two"}, executable=["c"])

        assert box.get_folder("/scratch/p", max_bytes=6, max_files=2) == {"a/b": b"one", "c": b"two"}
        assert box.modes["/scratch/p/c"] == 0o755
        for most_bytes, most_files in ((5, 2), (6, 1)):
            with pytest.raises(ProtocolError):
                box.get_folder("/scratch/p", max_bytes=most_bytes, max_files=most_files)
        with pytest.raises(FileNotFoundError):
            box.get_folder("/scratch/none", max_bytes=9, max_files=9)
        with pytest.raises(UsageError):
            box.put_folder("/scratch/p", {"../x": b""})


def test_stream_answers() -> None:
    with FakeBackend(stream=lambda _: FakeStream(bytes.upper, stderr="bye")).box(BoxSpec()) as box:
        stream = box.open(["server"])
        stream.send(b"hello")

        assert (stream.receive(2, 1), stream.receive(9, 1)) == (b"HE", b"LLO")
        with pytest.raises(TimeoutError):
            stream.receive(1, 0.5)
        assert stream.stop() == "bye"
        assert stream.receive(1, 0.5) == b""


def test_box_is_gone_after_its_context() -> None:
    with FakeBackend().box(BoxSpec()) as box:
        stream = box.open(["server"])

    with pytest.raises(BoxLost):
        box.run(["true"])
    with pytest.raises(BoxLost):
        stream.send(b"x")


def test_networks() -> None:
    backend = FakeBackend()
    with backend.network() as network:
        with backend.box(BoxSpec(network=network, alias="server")) as box, backend.box(BoxSpec(network=network)):
            assert (box.spec.network, box.spec.alias) == (network, "server")
            with pytest.raises(UsageError, match="has the alias"), backend.box(box.spec):
                pass
        with backend.box(BoxSpec(network=network, alias="server")):
            pass

    with pytest.raises(UsageError, match="has ended"), backend.box(BoxSpec(network=network)):
        pass
    with pytest.raises(UsageError, match="without a network"), backend.box(BoxSpec(alias="server")):
        pass
