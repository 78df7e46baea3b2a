"""The docker backend against the conformance suite, and what is its own."""

from __future__ import annotations

import contextlib
import gc
import inspect
import io
import json
import os
import socket
import socketserver
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest
import requests.exceptions
import urllib3.exceptions
from msgspec import structs

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.boxes.docker.container import ALLOWED, Engine, container, profile
from boxscore.boxes.docker.errors import lost, unavailable
from boxscore.boxes.docker.launch import steps
from boxscore.boxes.docker.stream import Frames
from boxscore.boxes.registry import auto_backend, open_backend
from boxscore.data.samples import gold_samples
from boxscore.errors import BoxLost, ImageMissing, LossCause, ProtocolError, SandboxUnavailable, UsageError
from boxscore.records import LimitName, Limits
from boxscore.run.api import grade
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from boxscore.run.store import read_run
from boxscore.testing import BackendConformance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from docker import APIClient

    from boxscore.boxes.contract import Backend, Box
    from boxscore.boxes.docker.box import DockerBox

LIMITS = Limits(cpu_s=4, wall_s=200, memory_bytes=256 << 20, processes=24, disk_bytes=16 << 20)


@pytest.mark.docker
class TestDockerConformance(BackendConformance):
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


def errors_of(module: ModuleType, root: type[Exception]) -> list[type[Exception]]:
    found = inspect.getmembers(module, inspect.isclass)
    return [one for _, one in found if issubclass(one, root) and not issubclass(one, Warning)]


FOREIGN = [
    *errors_of(docker.errors, docker.errors.DockerException),
    *errors_of(requests.exceptions, requests.exceptions.RequestException),
    *errors_of(urllib3.exceptions, urllib3.exceptions.HTTPError),
    ConnectionResetError,
    TimeoutError,
]


def made(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    error.args = ("broken",)
    error.explanation = "broken"  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_error_of_the_sdk_becomes_ours(kind: type[Exception]) -> None:
    with pytest.raises(BoxLost, match="broken"), lost("trying"):
        raise made(kind)
    with pytest.raises(SandboxUnavailable, match="broken"), unavailable("trying"):
        raise made(kind)


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
def test_a_name_that_moves_changes_no_box(python_image: str, api: APIClient) -> None:
    backend, name = DockerBackend(), f"boxscore-test/moves:{os.getpid()}"
    made_of = docker.from_env().images
    try:
        api.tag(python_image, name)
        before = backend.image_digest(name)
        dockerfile = io.BytesIO(f"FROM {python_image}\nLABEL moved=1".encode())
        other, _ = made_of.build(fileobj=dockerfile, tag=name, rm=True)
        with backend.box(BoxSpec(image=name, limits=LIMITS)):
            running = api.inspect_container(own_containers(api)[0])["Image"]

        assert backend.image_digest(name) == before
        assert running == made_of.get(python_image).id != other.id
        assert DockerBackend().image_digest(name) == other.id
    finally:
        api.remove_image(name, force=True)


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the SDK forgets a socket that could not connect
        with pytest.raises(SandboxUnavailable, match="which does not exist; correct DOCKER_HOST"):
            open_backend("docker").check()
        gc.collect()


@pytest.mark.docker
def test_docker_is_the_first_choice(docker_backend: Backend) -> None:
    assert auto_backend().name == "docker"


@pytest.mark.docker
def test_unknown_runtime(docker_backend: Backend) -> None:
    with pytest.raises(SandboxUnavailable, match=r"daemon\.json"):
        open_backend("docker", runtime="no-such-runtime").check()


def test_unknown_backend_and_option() -> None:
    with pytest.raises(UsageError, match="docker, local, or install"):
        open_backend("podman")
    with pytest.raises(UsageError, match="colour"):
        open_backend("docker", colour="red")


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


class Reluctant:
    """An engine that may not raise what it inherited: it starts no container that asks for limits of its own."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def create_host_config(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(sorted(one.name for one in arguments["ulimits"]))
        return {}

    def create_container(self, **_: object) -> dict[str, str]:
        return {"Id": "made"}

    def start(self, _: str) -> None:
        if "nproc" in self.asked[-1]:
            raise docker.errors.APIError("500", explanation="error setting rlimit type 6: operation not permitted")

    def remove_container(self, *_: object, **__: object) -> None:
        """Remove it."""


class Unattached:
    """A first program whose line leads nowhere."""

    command = ("true",)

    def attach(self) -> None:
        """Attach."""

    def close(self) -> None:
        """Close."""


def test_an_engine_that_may_not_raise_limits_is_left_to_its_own() -> None:
    api: Any = Reluctant()
    init: Any = Unattached()
    backend = DockerBackend()

    for _ in range(2):
        assert backend._started(api, BoxSpec(image="x"), image="x", name="x", first=init) == "made"

    least = ["core", "nofile"]
    assert api.asked == [["as", "core", "cpu", "data", "fsize", "nofile", "nproc", "stack"], least, least]


class Described:
    """An engine that describes images, and counts how often it is asked to."""

    def __init__(self, **config: object) -> None:
        self.asked, self._config = 0, config

    def inspect_image(self, _: str) -> dict[str, object]:
        self.asked += 1
        return {"Id": "sha256:1", "Config": self._config}


def test_an_image_with_volumes_is_refused_each_time() -> None:
    api: Any = Described(Volumes={"/data": {}})
    backend = DockerBackend()

    for _ in range(2):
        with pytest.raises(SandboxUnavailable, match="volumes"):
            backend._path(api, "sha256:1")


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


# Nothing outruns it but `kill -1` by a process that is there already.
BOMB = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"


@pytest.mark.docker
@pytest.mark.slow
def test_ending_from_inside(docker_backend: Backend, python_image: str) -> None:
    limits = Limits(cpu_s=1, wall_s=30, memory_bytes=256 << 20, processes=24, disk_bytes=16 << 20)
    with docker_backend.box(BoxSpec(image=python_image, limits=limits)) as box:
        box._ending._groups = None  # type: ignore[attr-defined]

        done = box.run(["python3", "-c", BOMB])

        assert done.limit is not None
        assert box.run(["echo", "well"]).stdout == b"well\n"
        stream = box.open(["sh", "-c", "sleep 92.5 & echo up; wait"])
        assert stream.receive(3, 100) == b"up\n"
        stream.stop()
        assert box.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | grep -c 92.[5]"]).stdout == b"0\n"


@pytest.mark.docker
def test_a_supervised_box_starts_with_its_program_and_ends_with_it(
    docker_backend: Backend, api: APIClient, python_image: str
) -> None:
    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS, supervised=True)) as box:
        stream = box.open(["sh", "-c", "cat /proc/$PPID/comm; id -u; read line; exit 3"])
        seen = b""
        while seen.count(b"\n") < 2:
            seen += stream.receive(100, 100)

        assert seen.split() == [b"docker-init", b"0"]
        with pytest.raises(BoxLost, match="another already"):
            box.open(["true"])
        with pytest.raises(UsageError, match="supervisor alone"):
            box.run(["true"])
        stream.send(b"\n")
        assert stream.receive(100, 100) == b""
        assert stream.fate() is LossCause.INSIDE
        stream.stop()
        assert not api.inspect_container(own_containers(api)[0])["State"]["Running"]


@pytest.mark.docker
def test_a_run_that_a_supervised_box_refuses_leaves_its_limits(
    docker_backend: Backend, api: APIClient, python_image: str
) -> None:
    def in_force() -> list[int]:
        host = api.inspect_container(own_containers(api)[0])["HostConfig"]
        return [host["Memory"], host["PidsLimit"]]

    with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS, supervised=True)) as box:
        before = in_force()
        with pytest.raises(UsageError, match="supervisor alone"):
            box.run(["true"], limits=structs.replace(LIMITS, memory_bytes=64 << 20))

        assert in_force() == before


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
@pytest.mark.slow
def test_a_run_on_an_engine_behind_tcp(
    tcp_engine: str, python_image: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (gold,) = gold_samples(load_benchmark(Request(benchmark="tiny", only=("tiny/spiral",))).asked)
    texts = {"gold": gold.text, "exit": "raise SystemExit(0)", "loop": "while True: pass"}
    samples = [structs.replace(gold, sample_id=name, text=text) for name, text in texts.items()]

    def verdicts(folder: Path) -> tuple[str | None, dict[tuple[str, str], tuple[str, str]]]:
        grade("tiny", samples, backend="docker", instances=("tiny/spiral",), workers=1, image=python_image, out=folder)
        record, _, results = read_run(folder)
        return record.provenance.engine, {name: (one.outcome, one.key) for name, one in results.items()}

    _, here = verdicts(tmp_path / "here")
    monkeypatch.setenv("DOCKER_HOST", tcp_engine)
    engine, there = verdicts(tmp_path / "there")

    assert engine == tcp_engine
    assert there == here
    assert len({outcome for outcome, _ in there.values()}) == len(texts)


@pytest.mark.docker
def test_boxes_in_threads(docker_backend: Backend, python_image: str) -> None:
    seen: list[bytes] = []

    def work() -> None:
        with docker_backend.box(BoxSpec(image=python_image, limits=LIMITS)) as box:
            seen.append(box.run(["echo", "well"]).stdout)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [b"well\n"] * 3


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


def test_frames_in_any_pieces() -> None:
    wire = b"\1\0\0\0\0\0\0\3abc" + b"\2\0\0\0\0\0\0\2er" + b"\1\0\0\0\0\0\0\0" + b"\1\0\0\0\0\0\0\1d"
    for size in range(1, len(wire) + 1):
        out, err = bytearray(), bytearray()
        frames = Frames(out.extend, err.extend)

        for start in range(0, len(wire), size):
            frames.feed(wire[start : start + size])

        assert (bytes(out), bytes(err)) == (b"abcd", b"er")


def test_what_is_no_frame() -> None:
    with pytest.raises(ProtocolError):
        Frames(bytearray().extend, bytearray().extend).feed(b"HTTP/1.1")


@pytest.mark.parametrize(
    "path", ["/scratch", "/scratch/", "/scratch/../x", "/scratch/a/../../x", "x", "/x", "/scratch/a\0"]
)
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(UsageError):
        steps(path)


def test_layers_are_only_what_holds() -> None:
    info = {
        "MemoryLimit": True,
        "SwapLimit": True,
        "PidsLimit": True,
        "SecurityOptions": ["name=seccomp,profile=default"],
        "Runtimes": {"runc": {}, "runsc": {"runtimeArgs": ["--ignore-cgroups"]}},
    }
    engine = Engine.from_info(info)

    assert {"memory", "processes", "seccomp"} <= set(engine.layers(None, supervised=False))
    assert "gvisor" not in engine.layers(None, supervised=False)
    assert {"memory", "processes", "seccomp"}.isdisjoint(engine.layers("runsc", supervised=False))
    plain = set(engine.layers("runsc", supervised=False))
    assert {"gvisor", "memory-audit", "memory-rlimit", "processes-rlimit"} <= plain
    assert "seccomp" not in Engine.from_info({**info, "SecurityOptions": []}).layers(None, supervised=False)


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


def test_counters_of_the_machine_are_hidden() -> None:
    api = docker.APIClient(base_url="unix:///nowhere", version="1.41")
    found = container(api, BoxSpec(), image="image", runtime=None)["host_config"]["MaskedPaths"]

    assert {"/proc/vmstat", "/proc/diskstats", "/proc/locks", "/sys/fs/ext4", "/proc/kcore", "/sys/firmware"} <= set(
        found
    )
    assert {"/proc/meminfo", "/proc/stat", "/proc/cgroups"}.isdisjoint(found)  # Java, Node and psutil need them
