"""`boxscore serve`."""

from __future__ import annotations

import asyncio
import os
import secrets
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cli.exit_codes import INFRASTRUCTURE, OK
from boxscore.cli.output import say
from boxscore.errors import BoxError, UsageError
from boxscore.log import event
from boxscore.run.request import Request  # noqa: TC001 - a field of a record
from boxscore.session.grader import Grader

if TYPE_CHECKING:
    import socket

    from boxscore.service.settings import ServiceSettings

TOKEN_VARIABLE = "BOXSCORE_TOKEN"  # noqa: S105 - its name
_TOKEN_BYTES = 24


class ServeOptions(Struct, frozen=True, kw_only=True):
    """What `boxscore serve` was asked."""

    request: Request
    host: str = "127.0.0.1"
    port: int = 8080
    token: str | None = None
    no_token: bool = False
    queue: int | None = None
    max_wait_s: float = 6.0
    drain_s: float = 30.0
    max_body_bytes: int = 16 << 20


def serve_command(options: ServeOptions) -> int:
    """Serve until a signal ends it, and return the exit code."""
    _check_packages()
    from boxscore.service.server import listen  # noqa: PLC0415 - its packages are an extra

    settings, made = _settings(options)
    grader = Grader.of_request(options.request)
    with listen(options.host, options.port) as listener:
        try:
            asyncio.run(_serve(grader, settings, listener, made_token=made))
        except BoxError as error:
            say("\n  ".join(error.lines()))
            return INFRASTRUCTURE
    return OK


def hide_argument(secret: str) -> None:
    """Write over an argument of this process where `ps` looks for it. Where that cannot be done, nothing happens."""
    try:
        with open("/proc/self/stat", "rb") as stat:  # noqa: PTH123 - a file of the kernel
            fields = stat.read().rpartition(b") ")[2].split()
        start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end: 48 and 49, from pid as 1
        with open("/proc/self/mem", "r+b", buffering=0) as memory:  # noqa: PTH123 - a file of the kernel
            memory.seek(start)
            arguments = memory.read(end - start)
            at = arguments.find(secret.encode())
            if at >= 0:
                memory.seek(start + at)
                memory.write(b"x" * len(secret.encode()))
    except (OSError, ValueError, IndexError):
        return


def _settings(options: ServeOptions) -> tuple[ServiceSettings, bool]:
    """Read the settings, and whether a token was made up. Raises UsageError."""
    from boxscore.service.settings import ServiceSettings, is_loopback  # noqa: PLC0415 - its packages are an extra

    os.environ.pop(TOKEN_VARIABLE, None)  # nothing that is started from here should have it
    token = options.token or None
    if token is not None:
        hide_argument(token)
    if options.no_token and token is not None:
        raise UsageError("--token and --no-token are mutually exclusive")
    made = token is None and not options.no_token
    if made:
        if not is_loopback(options.host):
            raise UsageError(
                f"--host {options.host} lets others in: set {TOKEN_VARIABLE} to a token that they must know"
            )
        token = secrets.token_urlsafe(_TOKEN_BYTES)
    settings = ServiceSettings(
        host=options.host,
        token=token,
        queue=options.queue,
        max_wait_s=options.max_wait_s,
        drain_s=options.drain_s,
        body_bytes=options.max_body_bytes,
    )
    return settings, made


async def _serve(grader: Grader, settings: ServiceSettings, listener: socket.socket, *, made_token: bool) -> None:
    from boxscore.service.app import make_app  # noqa: PLC0415 - its packages are an extra
    from boxscore.service.server import serve  # noqa: PLC0415 - its packages are an extra

    async with grader:
        host, port = listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        workers = "1 worker" if grader.workers == 1 else f"{grader.workers} workers"
        say(f"serving at {address} with {workers}")
        if made_token:  # once, and to a person: no log has it
            say(f"token: {settings.token}")
        event("service_started", host=host, port=port, workers=grader.workers, queue=settings.queue_of(grader.workers))
        try:
            await serve(make_app(grader, settings), settings, listener, notice=say)
        finally:
            event("service_ended")


def _check_packages() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - for this only

    missing = [name for name in ("starlette", "uvicorn", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)}: not installed, and a service needs it; pip install 'boxscore[serve]'")
