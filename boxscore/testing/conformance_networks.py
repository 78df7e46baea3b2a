"""Private networks between boxes."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.testing.conformance_base import Conformance, printed
from boxscore.testing.conformance_streams import receive_exactly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend, Box, BoxSpec, Network, Stream

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
    """Say what a server answers to a box."""
    return answers(box, [(host, port)])[0]


def answers(box: Box, places: list[tuple[str, int]]) -> list[str]:
    """Say what each of several servers, called at once, answers to a box."""
    return printed(box, CALL.format(places=places)).splitlines()


def serving(box: Box) -> Stream:
    """Start a server in a box."""
    stream = box.open(["python3", "-c", SERVE])
    assert receive_exactly(stream, 3) == b"up\n"
    return stream


def own_addresses() -> set[str]:
    """Say which addresses this machine may be reached at."""
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
        """Open a network."""
        if "networks" not in backend.capabilities:
            with pytest.raises(SandboxUnavailable) as refused, backend.network():
                pass
            pytest.skip(str(refused.value))
        with backend.network() as network:
            yield network

    def test_boxes_reach_each_other_by_alias(self, backend: Backend, spec: BoxSpec, network: Network) -> None:
        """A server in one box answers a client in another, and its own box, whichever was opened first."""
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
        """Not this machine at any address, no other machine, no name of the outside, no IPv6."""
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
        """A box of another network, or of none, reaches nothing of this one, by name or by address."""
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
        """A second box cannot take it, until the first has gone."""
        named = structs.replace(spec, network=network, alias="server")
        with backend.box(named), pytest.raises(UsageError, match="server"), backend.box(named):
            pass
        with backend.box(named):
            pass

    @pytest.mark.parametrize("alias", ["", "a b", "localhost", "-x", "a\nb", "A", "127.0.0.1", "x" * 64, "a..b", "a.1"])
    def test_odd_aliases_are_refused(self, backend: Backend, spec: BoxSpec, network: Network, alias: str) -> None:
        """An alias is a short host name."""
        with pytest.raises(UsageError), backend.box(structs.replace(spec, network=network, alias=alias)):
            pass

    def test_an_alias_needs_a_network(self, backend: Backend, spec: BoxSpec) -> None:
        """Nobody could use it."""
        with pytest.raises(UsageError), backend.box(structs.replace(spec, alias="server")):
            pass

    def test_a_network_that_has_ended(self, backend: Backend, spec: BoxSpec, network: Network) -> None:  # noqa: ARG002 - skips
        """It takes no more boxes."""
        with backend.network() as ended:
            pass

        with pytest.raises(UsageError), backend.box(structs.replace(spec, network=ended)):
            pass

    def test_reap_leaves_networks_in_use(self, backend: Backend, spec: BoxSpec, network: Network) -> None:
        """Reaping does not touch a network of an engine that runs."""
        backend.reap()

        with backend.box(structs.replace(spec, network=network, alias="server")) as box:
            serving(box)
            assert called(box, "server") == "hello you"


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
