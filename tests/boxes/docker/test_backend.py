"""The docker backend against the conformance suite, and what is its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors
import docker.utils
import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.docker.container import ALLOWED, profile
from boxscore.boxes.docker.errors import unavailable
from boxscore.boxes.registry import auto_backend, open_backend
from boxscore.errors import BoxLost, ImageMissing, LossCause, SandboxUnavailable
from boxscore.records import LimitName, Limits
from boxscore.testing import BackendConformance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import APIClient

    from boxscore.boxes.contract import Backend, Box
    from boxscore.boxes.docker.box import DockerBox

LIMITS = Limits(cpu_s=4, wall_s=200, memory_bytes=256 << 20, processes=24, disk_bytes=16 << 20)


@pytest.mark.docker
class TestDockerConformance(BackendConformance):
    """The suite on the engine's default runtime."""

    @pytest.fixture
    def backend(self, docker_backend: Backend) -> Backend:
        return docker_backend

    @pytest.fixture
    def image(self, python_image: str) -> str:
        return python_image


@pytest.fixture
def api(docker_backend: Backend) -> Iterator[APIClient]:
    client = docker.APIClient(version="auto", **docker.utils.kwargs_from_env())
    yield client
    client.close()


@pytest.fixture
def box(docker_backend: Backend, python_image: str) -> Iterator[Box]:
    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS)) as box:
        yield box


def own_containers(api: APIClient) -> list[str]:
    found = api.containers(all=True, filters={"label": f"boxscore.engine.pid={os.getpid()}"})
    return [one["Id"] for one in found]


def made(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    error.args = ("broken",)
    error.explanation = "broken"  # type: ignore[attr-defined]
    return error


def test_missing_image_is_its_own_error() -> None:
    with pytest.raises(ImageMissing, match="boxscore images build"), unavailable("trying"):
        raise made(docker.errors.ImageNotFound)


@pytest.mark.docker
def test_image_that_is_not_there(docker_backend: Backend) -> None:
    spec = BoxSpec(image="boxscore-test/none:none")

    with pytest.raises(ImageMissing):
        docker_backend.image_digest("boxscore-test/none:none")
    with pytest.raises(ImageMissing), docker_backend.box(spec):
        pass


@pytest.mark.docker
def test_docker_is_the_first_choice(docker_backend: Backend) -> None:
    assert auto_backend().name == "docker"


@pytest.mark.docker
@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_no_container_is_left(
    docker_backend: Backend, python_image: str, api: APIClient, error: type[BaseException] | None
) -> None:
    try:
        with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS)) as box:
            box.open(["sleep", "100"])
            assert len(own_containers(api)) == 1
            if error is not None:
                raise error
    except (RuntimeError, KeyboardInterrupt):
        pass

    assert own_containers(api) == []


@pytest.mark.docker
def test_container_that_goes_away(docker_backend: Backend, python_image: str, api: APIClient) -> None:
    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS)) as box:
        stream = box.open(["cat"])
        stream.send(b"x")
        assert stream.receive(1, 100) == b"x"
        api.kill(own_containers(api)[0])

        with pytest.raises(BoxLost):
            box.run(["true"])
        assert stream.receive(1, 100) == b""
        assert stream.fate() is LossCause.OUTSIDE


@pytest.mark.docker
def test_a_supervisor_that_used_up_its_box_did_it_itself(docker_backend: Backend, python_image: str) -> None:
    spec = BoxSpec(image=python_image, limits=LIMITS, supervised=True)
    with docker_backend.box(spec) as box:
        stream = box.open(["python3", "-c", "held = [bytes([1]) * (1 << 24) for _ in range(1 << 10)]"])
        while stream.receive(100, 100):
            pass

        assert stream.fate() is LossCause.INSIDE


@pytest.mark.docker
def test_container_is_locked_down(box: DockerBox, api: APIClient) -> None:
    host = api.inspect_container(own_containers(api)[0])["HostConfig"]

    assert (host["NetworkMode"], host["IpcMode"], host["ReadonlyRootfs"]) == ("none", "none", True)
    assert host["Memory"] == host["MemorySwap"] == LIMITS.memory_bytes
    assert host["PidsLimit"] == LIMITS.processes + 16
    assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], ["KILL"])
    assert (host["Init"], host["Privileged"], host["LogConfig"]["Type"]) == (True, False, "none")
    assert "no-new-privileges" in host["SecurityOpt"]
    assert {"nofile", "core"} <= {one["Name"] for one in host["Ulimits"]}
    assert {"memory", "processes", "seccomp", "disk", "init"} <= set(box.layers)


@pytest.mark.docker
def test_a_box_without_localhost_has_a_loopback_device_alone(
    docker_backend: Backend, api: APIClient, python_image: str
) -> None:
    program = (
        "import os, socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname())\n"
        "print(os.listdir('/sys/class/net'), os.readlink('/proc/self/ns/net'))\n"
        "print(os.path.exists('/etc/resolv.conf') and open('/etc/resolv.conf').read())"
    )
    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS, localhost=False)) as box:
        found = api.inspect_container(own_containers(api)[0])
        done = box.run(["python3", "-c", program])

    assert (found["HostConfig"]["NetworkMode"], found["Config"]["NetworkDisabled"]) == ("none", True)
    assert "network" in box.layers
    devices, namespace = done.stdout.decode().splitlines()[0].rsplit(" ", 1)
    assert devices == "['lo']"
    assert namespace != str(Path("/proc/self/ns/net").readlink())
    assert b"nameserver" not in done.stdout


@pytest.mark.docker
def test_limits_of_one_run(box: Box) -> None:
    code = "x = b'x' * 150_000_000; print('had it')"
    small = Limits(cpu_s=4, wall_s=200, memory_bytes=64 << 20, processes=24, disk_bytes=16 << 20)

    assert box.run(["python3", "-c", code], limits=small).limit == LimitName.MEMORY
    assert box.run(["python3", "-c", code]).stdout == b"had it\n"


# Nothing outruns the first but `kill -1` by a process that is there already: one that is brought in races for the room
# that the box is given, and a thousand processes keep the machine busy. The second is full, and stays as it is.
BOMB = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"
FULL = "import os\ntry:\n  while os.fork(): pass\nexcept OSError: pass\nwhile True: pass"


@pytest.mark.docker
@pytest.mark.parametrize(
    ("supervised", "code"),
    [pytest.param(False, BOMB, marks=pytest.mark.slow), (True, FULL)],
    ids=["", "supervised"],
)
def test_ending_from_inside(docker_backend: Backend, python_image: str, supervised: bool, code: str) -> None:  # noqa: FBT001
    limits = Limits(cpu_s=1, wall_s=30, memory_bytes=256 << 20, processes=24, disk_bytes=16 << 20)
    with docker_backend.box(BoxSpec(image=python_image, limits=limits, supervised=supervised)) as box:
        box._ending._groups = None  # type: ignore[attr-defined]

        done = box.run(["python3", "-c", code])

        assert done.limit is not None
        assert box.run(["echo", "well"]).stdout == b"well\n"
        stream = box.open(["sh", "-c", "sleep 92.5 & echo up; wait"])
        assert stream.receive(3, 100) == b"up\n"
        stream.stop()
        if supervised:
            assert box._ending.box_has_ended()  # type: ignore[attr-defined]
        else:
            assert box.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | grep -c 92.[5]"]).stdout == b"0\n"


@pytest.mark.docker
def test_a_supervised_box_starts_with_its_program_and_ends_with_it(
    docker_backend: Backend, api: APIClient, python_image: str
) -> None:
    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS, supervised=True)) as box:
        box.put("/scratch/word", b"put before")
        stream = box.open(["sh", "-c", "cat /scratch/word; echo; cat /proc/$PPID/comm; id -u; read line; exit 3"])
        seen = b""
        while seen.count(b"\n") < 3:
            seen += stream.receive(100, 100)

        assert seen.split() == [b"put", b"before", b"docker-init", b"0"]
        with pytest.raises(BoxLost, match="another already"):
            box.open(["true"])
        stream.send(b"\n")
        assert stream.receive(100, 100) == b""
        assert stream.fate() is LossCause.INSIDE
        stream.stop()
        assert not api.inspect_container(own_containers(api)[0])["State"]["Running"]


@pytest.mark.docker
def test_a_supervised_box_that_is_killed_was_ended_from_outside(
    docker_backend: Backend, api: APIClient, python_image: str
) -> None:
    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS, supervised=True)) as box:
        stream = box.open(["cat"])
        assert stream.fate() is LossCause.UNKNOWN
        api.kill(own_containers(api)[0])

        assert stream.fate() is LossCause.OUTSIDE
        stream.stop()


@pytest.fixture
def tcp_engine(docker_backend: Backend) -> Iterator[str]:
    path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").partition("://")[2]
    if not path.startswith("/"):
        pytest.skip("the engine has no socket here")

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(path)
                back = threading.Thread(target=relay, args=(engine, self.request), daemon=True)
                back.start()
                relay(self.request, engine)
                back.join()

    class Proxy(socketserver.ThreadingTCPServer):
        daemon_threads, block_on_close = True, False

    with Proxy(("127.0.0.1", 0), Relay) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def relay(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.mark.docker
@pytest.mark.slow
def test_engine_behind_tcp(tcp_engine: str, python_image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", tcp_engine)
    with open_backend("docker").box(BoxSpec(image=python_image, limits=LIMITS)) as box:
        box._ending._groups = None  # type: ignore[attr-defined]
        data = bytes(range(256)) * 4000
        stream = box.open(["cat"])
        stream.send(b"over tcp")

        assert stream.receive(8, 100) == b"over tcp"
        stream.stop()
        assert box.run(["cat"], stdin=b"in").stdout == b"in"
        box.put("/scratch/a/file", data)
        assert box.get("/scratch/a/file", max_bytes=len(data)) == data
        assert box.run(["sh", "-c", "sleep 94.5 & exit 3"]).exit_code == 3
        assert box.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | grep -c 94.[5]"]).stdout == b"0\n"
        assert box.run(["sleep", "60"], limits=Limits(cpu_s=1, wall_s=1)).limit == LimitName.WALL


@pytest.mark.docker
def test_gvisor(docker_backend: Backend, python_image: str) -> None:
    backend = open_backend("docker", runtime="runsc")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))

    with backend.box(BoxSpec(image=python_image, limits=Limits(cpu_s=1, wall_s=100))) as box:
        left = box.run(["sh", "-c", "sleep 93.5 & exit 3"])
        spun = box.run(["python3", "-c", "while True: pass"])
        box.put("/scratch/a", b"x")

        assert box.run(["sh", "-c", "touch /tmp/x"]).exit_code == 1
        assert left.exit_code == 3
        assert spun.limit in (LimitName.CPU, LimitName.WALL)
        assert box.get("/scratch/a", max_bytes=1) == b"x"
        assert box.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | grep -c 93.[5]"]).stdout == b"0\n"
        assert "gvisor" in box.layers


def test_seccomp_profile() -> None:
    rules = json.loads(profile())["syscalls"]
    dangerous = (
        "ptrace bpf perf_event_open keyctl add_key request_key userfaultfd mount unshare setns io_uring_setup vmsplice"
    )
    needed = "memfd_create landlock_restrict_self seccomp prctl pidfd_open pidfd_send_signal close_range execve"

    assert set(dangerous.split()).isdisjoint(ALLOWED)
    assert set(needed.split()) <= set(ALLOWED)
    assert {rule["action"] for rule in rules} == {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"}
    assert len(ALLOWED) == len(set(ALLOWED))
