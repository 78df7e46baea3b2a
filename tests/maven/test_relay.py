"""The relay: our program of the box, here as an ordinary process, clients of it, and one that is not our program."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import SEND_S
from boxscore.errors import BoxError, BoxLost, LossCause, MirrorUnavailable
from boxscore.maven.relay import HEAD, RelayLimits, serve
from boxscore.maven.source import TooLarge
from tests.maven.fake_source import FakeSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.maven.layout import RepositoryPath
    from boxscore.maven.relay import Relay

JAR = "a/b/1/b-1.jar"
WAIT_S = 100.0


class ProcessStream:
    def __init__(self, argv: Sequence[str]) -> None:
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._input, self._output = self.process.stdin, self.process.stdout
        os.set_blocking(self._output.fileno(), False)

    def send(self, data: bytes, timeout_s: float = SEND_S) -> None:
        try:
            self._input.write(data)
            self._input.flush()
        except OSError as error:
            raise BoxLost("gone") from error

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        until = time.monotonic() + timeout_s
        while (some := self._output.read(max_bytes)) is None:
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(0.002)
        return bytes(some)

    def fate(self) -> LossCause:
        return LossCause.UNKNOWN

    def stop(self) -> str:
        self.process.kill()
        self.process.wait()
        for file in (self._input, self._output):
            with contextlib.suppress(OSError):
                file.close()
        return ""


class Box:
    layers = ()

    def __init__(self, instead: str | None = None) -> None:
        self._instead = instead
        self.streams: list[ProcessStream] = []

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> ProcessStream:
        words = [sys.executable, *argv[1:]] if self._instead is None else [sys.executable, "-c", self._instead]
        self.streams.append(ProcessStream(words))
        return self.streams[-1]

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a relay does not need Box.{name}")


@contextlib.contextmanager
def served(source: object, box: Box | None = None, **limits: int) -> Iterator[Relay]:
    with serve(box or Box(), source=source, limits=RelayLimits(**limits)) as relay:  # type: ignore[arg-type]
        yield relay


def ask(relay: Relay, path: str, method: str = "GET") -> tuple[int, bytes, Mapping[str, str]]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", relay.port, timeout=WAIT_S)) as client:
        client.putrequest(method, path, skip_host=True)
        client.endheaders()
        answer = client.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())


def wait_until_ended(relay: Relay) -> str:
    until = time.monotonic() + WAIT_S
    while not relay.ended:
        assert time.monotonic() < until
        time.sleep(0.01)
    return relay.ended


def test_a_file_comes_with_its_checksum() -> None:
    large = os.urandom(3 << 20)
    source = FakeSource({JAR: large, "a/b/maven-metadata.xml": b"index"})
    with served(source) as relay:
        status, data, headers = ask(relay, f"/{JAR}")
        index = ask(relay, "/a/b/maven-metadata.xml")
        fetched = relay.fetched

    assert (status, data == large, headers["X-Checksum-SHA1"]) == (200, True, hashlib.sha1(large).hexdigest())
    assert index[:2] == (200, b"index")
    assert fetched == (("a:b:1:jar", hashlib.sha256(large).hexdigest()),)


def test_a_checksum_is_of_what_was_given() -> None:
    with served(FakeSource({JAR: b"jar"})) as relay:
        for kind in ("md5", "sha1", "sha256", "sha512"):
            assert ask(relay, f"/{JAR}.{kind}")[1].decode() == hashlib.new(kind, b"jar").hexdigest()


OTHER_PATHS = (
    "/../../etc/passwd",
    "/a/b/1/../1/b-1.jar",
    "/a/b/1/%62-1.jar",
    "/a/b/1/b-1.jar?a",
    "http://127.0.0.1:9/a/b/1/b-1.jar",
    "/a//b/1/b-1.jar",
    "/",
    "/" + "a" * 5000,
)


def test_no_other_path_reaches_the_source() -> None:
    source = FakeSource({JAR: b"jar"})
    with served(source) as relay:
        assert [ask(relay, path)[0] for path in OTHER_PATHS] == [404] * len(OTHER_PATHS)
        assert not relay.ended

    assert source.asked == []


def test_what_the_source_has_not_is_not_there() -> None:
    with served(FakeSource({})) as relay:
        assert ask(relay, f"/{JAR}")[0] == 404
        assert (relay.trouble, relay.refused, relay.ended, relay.fetched) == ("", "", "", ())


@pytest.mark.parametrize("error", [MirrorUnavailable("the mirror is down"), OSError("disk"), MemoryError()])
def test_trouble_is_raised_in_the_end(error: Exception) -> None:
    source = FakeSource({JAR: b"jar"}, error=error)

    with pytest.raises(MirrorUnavailable), served(source) as relay:  # noqa: PT012 - it is leaving that raises
        assert ask(relay, f"/{JAR}")[0] == 503
        assert ask(relay, "/a/b/1/b-1.pom")[0] == 503
        assert relay.trouble

    assert source.asked == [JAR]


@pytest.mark.parametrize(
    ("limits", "statuses"),
    [({"requests": 3}, [200, 200, 200, 429, 429]), ({"total_bytes": 1500}, [200, 200, 429, 429, 429])],
)
def test_too_much_is_refused(limits: dict[str, int], statuses: list[int]) -> None:
    files = {f"a/b/{number}/b-{number}.pom": b"x" * 1000 for number in range(5)}
    with served(FakeSource(files), None, **limits) as relay:
        assert [ask(relay, f"/{path}")[0] for path in files] == statuses
        assert "it asked for more than" in relay.refused


def test_a_file_that_is_too_large_is_refused() -> None:
    with served(FakeSource({}, error=TooLarge("b-1.jar is larger than 192 MiB"))) as relay:
        assert ask(relay, f"/{JAR}")[0] == 403
        assert relay.refused == "b-1.jar is larger than 192 MiB"


def test_clients_that_leave_and_clients_that_talk_nonsense() -> None:
    with served(FakeSource({JAR: b"x" * (2 << 20)})) as relay:
        for text in (
            f"GET /{JAR} HTTP/1.1\r\n\r\n",
            "nonsense\r\n\r\n",
            "GET /\xff HTTP/1.1\r\n\r\n",
            "PUT /a HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", relay.port), WAIT_S) as client:
                client.sendall(text.encode("latin-1"))
        assert ask(relay, f"/{JAR}")[0] == 200
        assert not relay.ended


def test_a_relay_that_is_killed_has_ended() -> None:
    box = Box()
    with served(FakeSource({JAR: b"jar"}), box) as relay:
        box.streams[0].process.send_signal(signal.SIGKILL)
        assert wait_until_ended(relay)
        assert not relay.trouble


def script(*frames: bytes, then: str = "sys.stdin.read()") -> str:
    start = HEAD.pack(b"P", 0, 4) + (9).to_bytes(4, "big")
    return f"import sys; sys.stdout.buffer.write({start + b''.join(frames)!r}); sys.stdout.flush(); {then}"


@pytest.mark.parametrize(
    "frame",
    [
        HEAD.pack(b"X", 1, 3) + b"abc",
        HEAD.pack(b"G", 1, 1 << 31),
        HEAD.pack(b"G", 1, 0),
        HEAD.pack(b"G", 1, 3) + b"a b",
        HEAD.pack(b"G", 1, 3) + b"a\r\n",
        HEAD.pack(b"G", 1, 3) + b"a\xffb",
        os.urandom(1000),
    ],
)
def test_what_is_no_request_ends_it(frame: bytes) -> None:
    source = FakeSource({JAR: b"jar"})
    with served(source, Box(script(frame))) as relay:
        assert wait_until_ended(relay)

    assert source.asked == []


class SlowSource:
    def __init__(self) -> None:
        self.go_on = threading.Event()

    def get(self, wanted: RepositoryPath) -> bytes | None:
        self.go_on.wait(WAIT_S)
        return wanted.path.encode()


REQUEST = HEAD.pack(b"G", 7, len(JAR)) + JAR.encode()
FLOOD = b"".join(HEAD.pack(b"G", number, len(JAR)) + JAR.encode() for number in range(1000))


@pytest.mark.parametrize("frames", [FLOOD, REQUEST + REQUEST], ids=["a flood", "one number twice"])
def test_requests_that_cannot_be_end_it(frames: bytes) -> None:
    source = SlowSource()
    with served(source, Box(script(frames))) as relay:
        assert wait_until_ended(relay)
        source.go_on.set()


def test_leaving_does_not_wait_for_a_mirror() -> None:
    source = SlowSource()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("boxscore.maven.relay.END_S", 0.1)
        with served(source, Box(script(REQUEST))):
            pass
    assert not source.go_on.is_set()
    source.go_on.set()


@pytest.mark.parametrize("program", ["", "import sys; sys.stdout.write('x' * 100)", "raise SystemExit(1)"])
def test_a_program_that_does_not_start(program: str) -> None:
    box = Box(program)

    with pytest.raises(BoxError, match="did not start"), served(FakeSource({}), box):
        pass
    assert box.streams[0].process.poll() is not None


def test_the_relay_ends_with_its_input() -> None:
    box = Box()
    with served(FakeSource({}), box) as relay:
        port = relay.port
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)
