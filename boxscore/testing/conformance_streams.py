"""The conformance suite: programs that go on running, private networks between boxes, and the whole suite."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import structs

from boxscore.errors import BoxLost, LossCause, SandboxUnavailable, UsageError
from boxscore.records import LimitName
from boxscore.testing.conformance_isolation import FileConformance, IsolationConformance
from boxscore.testing.conformance_programs import (
    LIMITS,
    MIB,
    Conformance,
    LimitConformance,
    ProgramConformance,
    printed,
    python,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend, Box, BoxSpec, Network, Stream


PATIENCE_S = 100.0  # a program that says nothing for so long never will, however busy the machine is
ECHO = """
import os
while data := os.read(0, 65536):
    while data: data = data[os.write(1, data):]
"""
SERVER = """
import subprocess, sys
child = subprocess.Popen(['sleep', '178.5'], start_new_session=True)
open('/scratch/up', 'w').close()
print('up', flush=True)
for _ in sys.stdin: print('well' if child.poll() is None else 'ill!', flush=True)
"""
TAKE = """
import socket
line = socket.socket(socket.AF_UNIX); line.bind('/scratch/line'); line.listen(); print('up', flush=True)
kept = []
while True:
    other, _ = line.accept(); kept.append((other, socket.recv_fds(other, 1, 2))); other.send(b'x')
"""
CAPABILITIES = """
import ctypes
for line in open('/proc/self/status'):
    if line.startswith(('CapEff', 'CapBnd', 'Uid')): print(*line.split()[:2])
print('NoNewPrivs:', ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))
"""


def receive_exactly(stream: Stream, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        chunk = stream.receive(size - len(got), PATIENCE_S)
        assert chunk, f"the stream ended after {len(got)} of {size} bytes"
        got += chunk
    return bytes(got)


def flood(stream: Stream, timeout_s: float = 20.0) -> None:
    for _ in range(100):
        stream.send(b"x" * MIB, timeout_s)


def opened_server(box: Box) -> Stream:
    """Open a program that has started another, and says on request whether both are well."""
    stream = box.open(["python3", "-c", SERVER])
    assert receive_exactly(stream, 3) == b"up\n"
    return stream


def asked(stream: Stream) -> str:
    stream.send(b"\n")
    return receive_exactly(stream, 5).decode().strip()


class StreamConformance(Conformance):
    """What `Box.open` gives, in plain and in supervised boxes."""

    @pytest.fixture
    def supervised(self, backend: Backend, spec: BoxSpec) -> Iterator[Box]:
        with backend.box(msgspec.structs.replace(spec, supervised=True)) as box:
            yield box

    def test_echo(self, box: Box) -> None:
        """Bytes go in and come back, many times, in order."""
        stream = box.open(["python3", "-c", ECHO])

        for number in range(200):
            message = f"{number:06d}".encode()
            stream.send(message)
            assert receive_exactly(stream, 6) == message

        assert stream.stop() == ""

    def test_shared_memory_of_a_supervised_box(self, backend: Backend, spec: BoxSpec) -> None:
        code = "import os; os.mkdir('/dev/shm/own'); print(os.path.ismount('/dev/shm'), os.listdir('/dev/shm'))"
        with backend.box(msgspec.structs.replace(spec, supervised=True, shared_memory=True)) as box:
            stream = box.open(["python3", "-c", code])

            assert receive_exactly(stream, 13) == b"True ['own']\n"

    def test_both_sides_may_write(self, box: Box) -> None:
        stream = box.open(
            [
                "python3",
                "-c",
                "import sys\nsys.stdout.buffer.write(b'x' * 3000000); print(len(sys.stdin.buffer.read(3000000)))",
            ]
        )

        stream.send(b"y" * 3_000_000, 20.0)

        assert receive_exactly(stream, 3_000_008) == b"x" * 3_000_000 + b"3000000\n"
        stream.stop()

    def test_a_program_that_does_not_read(self, box: Box) -> None:
        stream = box.open(["sleep", "60"])

        with pytest.raises(TimeoutError):
            flood(stream, 0.1)

        stream.stop()

    @pytest.mark.parametrize("_turn", range(3))
    def test_a_stream_that_is_stopped_while_it_is_read(self, box: Box, _turn: int) -> None:
        stream = box.open(["sleep", "1000"])
        stopper = threading.Timer(0.2, stream.stop)
        stopper.start()

        with contextlib.suppress(BoxLost):
            assert stream.receive(10, 300.0) == b""
        stopper.join()
        with contextlib.suppress(BoxLost):
            assert stream.receive(10, 0.1) == b""

    def test_receive_times_out(self, box: Box) -> None:
        stream = box.open(["python3", "-c", "input(); print('late', end='', flush=True); input()"])

        with pytest.raises(TimeoutError):
            stream.receive(10, 0.05)

        stream.send(b"\n")
        assert receive_exactly(stream, 4) == b"late"
        stream.stop()

    def test_end_of_output(self, box: Box) -> None:
        stream = box.open(["sh", "-c", "printf last"])

        assert receive_exactly(stream, 4) == b"last"
        assert stream.receive(10, PATIENCE_S) == b""
        assert stream.receive(10, PATIENCE_S) == b""
        stream.stop()

    def test_send_to_a_program_that_has_gone(self, box: Box) -> None:
        stream = box.open(["true"])
        assert stream.receive(1, PATIENCE_S) == b""

        with pytest.raises(BoxLost):
            flood(stream)
        stream.stop()

    def test_stop_ends_everything(self, box: Box) -> None:
        code = (
            "import subprocess, sys\n"
            "subprocess.Popen(['sleep', '179.5'], start_new_session=True)\n"
            "sys.stderr.write('said\\n'); print('up', flush=True); input()\n"
        )
        stream = box.open(["python3", "-c", code])
        assert receive_exactly(stream, 3) == b"up\n"
        said = stream.stop()

        assert said == "said\n"
        assert running(box, "179.5") == 0

    def test_programs_run_beside_one_that_was_opened(self, box: Box) -> None:
        stream = opened_server(box)

        for number in range(3):
            assert box.run(["echo", str(number)]).stdout == b"%d\n" % number
        box.put("/scratch/in", b"for the server")
        assert box.get("/scratch/in", max_bytes=100) == b"for the server"

        assert asked(stream) == "well"
        stream.stop()
        assert running(box, "178.5") == 0

    def test_a_run_ends_all_that_it_started_and_nothing_else(self, box: Box) -> None:
        stream = opened_server(box)
        leave = (
            "import os, subprocess\n"
            "try: os.setgid(os.stat('/scratch/up').st_gid)\n"
            "except OSError: pass\n"
            "if os.fork(): os._exit(0)\n"
            "os.setsid(); subprocess.Popen(['sleep', '177.5'], start_new_session=True); os._exit(0)\n"
        )

        assert python(box, leave).exit_code == 0

        assert running(box, "177.5") == 0
        assert asked(stream) == "well"

    @pytest.mark.parametrize(
        ("program", "limit"),
        [
            ("import time; time.sleep(600)", LimitName.WALL),
            ("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", None),
        ],
        ids=["sleep", "forks"],
    )
    def test_limits_of_a_run_beside_a_program(self, box: Box, program: str, limit: LimitName | None) -> None:
        stream = opened_server(box)

        done = python(box, program, limits=msgspec.structs.replace(LIMITS, wall_s=2.0, cpu_s=1.0))

        assert done.limit is not None
        assert limit in (None, done.limit)
        assert running(box, program) == 0
        assert asked(stream) == "well"

    def test_two_programs_are_stopped_one_by_one(self, box: Box) -> None:
        stays, goes = opened_server(box), box.open(["sh", "-c", "setsid sleep 176.5 & echo up; cat"])
        assert receive_exactly(goes, 3) == b"up\n"

        goes.stop()

        assert running(box, "176.5") == 0
        assert asked(stays) == "well"

    def test_an_output_that_another_program_holds(self, box: Box) -> None:
        holder = box.open(["python3", "-c", TAKE])
        assert receive_exactly(holder, 3) == b"up\n"
        give = (
            "import socket; line = socket.socket(socket.AF_UNIX); line.connect('/scratch/line')\n"
            "socket.send_fds(line, [b'x'], [1, 2]); line.recv(1); print('given', flush=True)\n"
        )

        done = python(box, give)

        assert (done.exit_code, done.limit) == (0, None)
        assert done.stdout.startswith(b"given\n")
        holder.stop()

    @pytest.mark.parametrize(
        ("program", "cause"),
        [("raise SystemExit(3)", LossCause.INSIDE), ("import os; os.kill(os.getpid(), 9)", LossCause.OUTSIDE)],
    )
    def test_fate(self, box: Box, program: str, cause: LossCause) -> None:
        """A program that left by its own exit did so itself; one that a signal ended may have been killed by others."""
        stream = box.open(["python3", "-c", program])
        while stream.receive(100, PATIENCE_S):
            pass

        assert stream.fate() is cause

    def test_standard_error_is_bounded(self, box: Box) -> None:
        code = (
            "import sys\n"
            "for n in range(400): sys.stderr.write('%05d' % n * 1000)\n"
            "sys.stderr.flush()\n"
            "print('done', end='', flush=True); input()\n"
        )
        stream = box.open(["python3", "-c", code])

        assert receive_exactly(stream, 4) == b"done"
        said = stream.stop()
        assert len(said) <= 128 << 10
        assert said.endswith("00399")

    def test_supervisor_keeps_only_its_capabilities(self, supervised: Box) -> None:
        stream = supervised.open(["python3", "-c", CAPABILITIES])
        text = b""
        while chunk := stream.receive(4096, PATIENCE_S):
            text += chunk
        stream.stop()

        mount = [21] if "gvisor" in supervised.layers else []  # SYS_ADMIN, over gVisor's own kernel
        kept = sum(1 << number for number in (0, 1, 5, 6, 7, *mount))  # CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID
        assert set(text.decode().splitlines()) == {
            f"CapEff: {kept:016x}",
            f"CapBnd: {kept:016x}",
            "NoNewPrivs: 1",
            "Uid: 0",
        }

    def test_supervisor_can_change_identity_and_kill(self, supervised: Box) -> None:
        code = (
            "import os, signal, sys, time\n"
            "os.mkdir('/scratch/own', 0o700); os.chown('/scratch/own', 2001, 2001)\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    os.setgroups([]); os.setresgid(2001, 2001, 2001); os.setresuid(2001, 2001, 2001)\n"
            "    print(os.getuid(), flush=True); open('/scratch/own/file', 'w').write('x'); time.sleep(600)\n"
            "while 'file' not in os.listdir('/scratch/own'): time.sleep(0.01)\n"
            "os.kill(child, signal.SIGKILL); print(os.waitstatus_to_exitcode(os.wait()[1]))\n"
            "print(os.listdir('/scratch/own'))\n"
        )
        stream = supervised.open(["python3", "-c", code])
        text = b""
        while chunk := stream.receive(4096, PATIENCE_S):
            text += chunk
        error = stream.stop()

        assert (text, error) == (b"2001\n-9\n['file']\n", "")

    def test_box_is_gone_after_its_context(self, backend: Backend, spec: BoxSpec) -> None:
        with backend.box(spec) as box:
            stream = box.open(["cat"])

        with pytest.raises(BoxLost):
            box.run(["true"])
        with pytest.raises(BoxLost):
            box.put("/scratch/x", b"")
        with pytest.raises(BoxLost):
            box.get("/scratch/x", max_bytes=1)
        with pytest.raises(BoxLost):
            flood(stream)

    def test_halt_ends_what_is_run(self, box: Box) -> None:
        timer = threading.Timer(1.0, box.halt)
        timer.start()

        with pytest.raises(BoxLost):  # a limit that ends it, and pytest's own, would be no loss
            box.run(["sleep", "600"], limits=msgspec.structs.replace(LIMITS, wall_s=600.0))
        timer.join()

        for ask in (lambda: box.run(["true"]), lambda: box.put("/scratch/x", b""), lambda: box.open(["true"])):
            with pytest.raises(BoxLost):
                ask()

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_box_is_removed_when_its_user_fails(
        self, backend: Backend, spec: BoxSpec, error: type[BaseException]
    ) -> None:
        with contextlib.ExitStack() as stack:
            box = stack.enter_context(backend.box(spec))
            with pytest.raises(error), stack.pop_all():
                raise error

        with pytest.raises(BoxLost):
            box.run(["true"])

    def test_reap_leaves_what_is_in_use(self, backend: Backend, spec: BoxSpec) -> None:
        with backend.box(spec) as box:
            backend.reap()

            assert box.run(["echo", "well"], limits=LIMITS).stdout == b"well\n"


SERVE = """
import socket
server = socket.create_server(('', 8000)); print('up', flush=True)
while True:
    line, _ = server.accept(); line.sendall(b'hello ' + line.recv(99)); line.close()
"""
CALL = """
import concurrent.futures, socket
def call(place):
    try:
        line = socket.create_connection(place, 5); line.sendall(b'you'); return line.recv(99).decode()
    except OSError: return 'nobody'
places = {places!r}
with concurrent.futures.ThreadPoolExecutor(len(places)) as pool: print(*pool.map(call, places), sep='\\n')
"""
ADDRESSES = """
import fcntl, socket, struct
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _, name in socket.if_nameindex():
    try: print(socket.inet_ntoa(fcntl.ioctl(asking, 0x8915, struct.pack('256s', name.encode()))[20:24]))
    except OSError: pass
"""


def called(box: Box, host: str, port: int = 8000) -> str:
    return answers(box, [(host, port)])[0]


def answers(box: Box, places: list[tuple[str, int]]) -> list[str]:
    return printed(box, CALL.format(places=places)).splitlines()


def serving(box: Box) -> Stream:
    stream = box.open(["python3", "-c", SERVE])
    assert receive_exactly(stream, 3) == b"up\n"
    return stream


def own_addresses() -> set[str]:
    found = {"127.0.0.1", "172.17.0.1"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))
        except OSError:  # this machine has no way out either
            return found
        return found | {asking.getsockname()[0]}


class NetworkConformance(Conformance):
    """What boxes of one network reach; skipped, with the reason, where a backend has none."""

    @pytest.fixture
    def network(self, backend: Backend) -> Iterator[Network]:
        if "networks" not in backend.capabilities:
            with pytest.raises(SandboxUnavailable) as refused, backend.network():
                pass
            pytest.skip(str(refused.value))
        with backend.network() as network:
            yield network

    def test_boxes_reach_each_other_by_alias(self, backend: Backend, spec: BoxSpec, network: Network) -> None:
        client_spec = structs.replace(spec, network=network)
        server_spec = structs.replace(spec, network=network, alias="server")
        with backend.box(client_spec) as client, backend.box(server_spec) as server:
            assert called(client, "server") == "nobody"
            stream = serving(server)

            assert called(client, "server") == "hello you"
            assert called(server, "server") == "hello you"
            assert "private-network" in client.layers
            assert "network" not in client.layers
            stream.stop()

    def test_nothing_else_is_reached(self, backend: Backend, spec: BoxSpec, network: Network) -> None:
        with answering() as port, backend.box(structs.replace(spec, network=network)) as box:
            own = set(printed(box, ADDRESSES).split())
            gateways = {f"{one.rpartition('.')[0]}.{last}" for one in own for last in (1, 254)}

            places = [(address, port) for address in (own_addresses() | gateways) - own | {"127.0.0.1"}]
            places += [("host.docker.internal", port)]
            places += [(host, 80) for host in ("192.0.2.1", "169.254.169.254", "example.org")]
            found = answers(box, places)

            assert dict(zip(places, found, strict=True)) == dict.fromkeys(places, "nobody")
            assert printed(box, "print([l for l in open('/proc/net/if_inet6') if l.split()[-1] != 'lo'])") == "[]"

    def test_networks_are_apart(self, backend: Backend, spec: BoxSpec, network: Network) -> None:
        with (
            backend.box(structs.replace(spec, network=network, alias="server")) as server,
            backend.network() as elsewhere,
            backend.box(structs.replace(spec, network=elsewhere, alias="client")) as other,
            backend.box(spec) as alone,
        ):
            stream = serving(server)
            places = [(address, 8000) for address in ("server", *printed(server, ADDRESSES).split())]
            assert answers(other, places) == answers(alone, places) == ["nobody"] * len(places)
            assert called(server, "server") == "hello you"
            stream.stop()

    def test_an_alias_is_one_boxs(self, backend: Backend, spec: BoxSpec, network: Network) -> None:
        named = structs.replace(spec, network=network, alias="server")
        with backend.box(named), pytest.raises(UsageError, match="server"), backend.box(named):
            pass
        with backend.box(named):
            pass

    @pytest.mark.parametrize("alias", ["", "a b", "localhost", "-x", "a\nb", "A", "127.0.0.1", "x" * 64, "a..b", "a.1"])
    def test_odd_aliases_are_refused(self, backend: Backend, spec: BoxSpec, network: Network, alias: str) -> None:
        with pytest.raises(UsageError), backend.box(structs.replace(spec, network=network, alias=alias)):
            pass


@contextmanager
def answering() -> Iterator[int]:
    """Answer on a port of this machine.

    It ends before the socket is closed: else it might go on with another socket that gets the number of its descriptor.
    """
    with socket.create_server(("", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server,), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _answer(server: socket.socket) -> None:
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        line.sendall(b"the host")
        line.close()


class BackendConformance(
    ProgramConformance, LimitConformance, IsolationConformance, FileConformance, StreamConformance, NetworkConformance
):
    """The whole suite: subclass it with a `backend` and an `image` fixture."""
