"""A box reaches a host that is allowed, over TLS from end to end, by the proxy; and no other host."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.agents.proxy import PORT, Proxy
from tests.agents.test_interpreter import within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from boxscore.agents.box import AgentBox
    from boxscore.boxes.contract import Backend

NAME, OTHER = "files.example.org", "other.example.org"
PAGE = b"a page of " + b"x" * 300_000

CLIENT = """
import os, socket, ssl
def fetch(host):
    line = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), 60)
    line.sendall(f"CONNECT {host}:443 HTTP/1.1\\r\\nHost: {host}:443\\r\\n\\r\\n".encode())
    status = line.recv(4096).split()[1].decode()
    if status != "200":
        return status
    with ssl.create_default_context(cafile="ca.pem").wrap_socket(line, server_hostname=host) as secure:
        secure.sendall(b"GET /page HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        version, found = secure.version(), b""
        while data := secure.recv(65536):
            found += data
    return f"200 {version} {len(found)} {found[:9].decode()}"
for host in os.environ["HOSTS"].split():
    print(host, fetch(host))
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the host that is allowed, signed by itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    found = folder / "cert.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run(
        [*words, "-out", str(found[0]), "-keyout", str(found[1])], check=True, capture_output=True, timeout=60
    )
    return found


@asynccontextmanager
async def secure_server(certificate: tuple[Path, Path], seen: list[bytes]) -> AsyncIterator[int]:
    """A server on loopback that sends a page; `seen` gets the requests that it was sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(PAGE)
            await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def fetched(
    backend: Backend, certificate: tuple[Path, Path], hosts: str
) -> tuple[dict[str, str], list[bytes], list[Any]]:
    """What a program in a box gets of hosts; what their server was sent, and where the proxy went."""
    seen: list[bytes] = []
    went: list[Any] = []

    async def look(_: str) -> Sequence[str]:
        return ["192.0.2.7"]

    async def ask(_: Sequence[dict[str, Any]]) -> Any:
        raise AssertionError("not asked")

    async def work(box: AgentBox) -> str:
        async with secure_server(certificate, seen) as port:

            async def connect(address: str, wanted: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
                went.append((address, wanted))
                return await asyncio.open_connection("127.0.0.1", port)

            proxy = Proxy(ask, allowed=(NAME,), look=look, connect=connect)
            await proxy.open(box)
            await box.put("ca.pem", certificate[0].read_bytes())
            done = await box.exec(
                ["python3", "-c", CLIENT], env={"PORT": str(proxy.port), "HOSTS": hosts}, timeout_s=100
            )
            await proxy.close()
            return (done.stdout + done.stderr).decode()

    lines = within(backend, work).splitlines()
    return dict(line.split(" ", 1) for line in lines), seen, went


def test_an_allowed_host_is_reached_over_tls(local_backend: Backend, certificate: tuple[Path, Path]) -> None:
    """The certificate is the host's own, so nobody between reads along; the page comes as a whole."""
    said, seen, went = fetched(local_backend, certificate, NAME)

    assert said == {NAME: f"200 TLSv1.3 {len(PAGE)} a page of"}
    assert [one.split()[:2] for one in seen] == [[b"GET", b"/page"]]
    assert went == [("192.0.2.7", PORT)]


def test_no_other_host_is_reached(local_backend: Backend, certificate: tuple[Path, Path]) -> None:
    """Nobody connects anywhere for it, also after one that is allowed."""
    said, seen, went = fetched(local_backend, certificate, f"{OTHER} {NAME} x.{NAME} 192.0.2.7")

    assert {host: text.split()[0] for host, text in said.items()} == {
        OTHER: "403",
        NAME: "200",
        f"x.{NAME}": "403",
        "192.0.2.7": "403",
    }
    assert len(seen) == len(went) == 1
