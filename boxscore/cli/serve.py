"""`boxscore serve` and `boxscore view`: verdicts over HTTP, and pages of runs."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Struct

from boxscore.cli.options import PLACE, Logging, argument, command
from boxscore.cli.output import INFRASTRUCTURE, OK, print_lines, say
from boxscore.errors import BoxError, UsageError
from boxscore.log import event
from boxscore.option import option
from boxscore.page.run_list import RunFolders, runs_in
from boxscore.resources import how_to_install
from boxscore.run.folders import RUNS, find_run, known_run
from boxscore.run.request import Request
from boxscore.service.settings import ServiceSettings
from boxscore.session.grader import Grader

TOKEN_VARIABLE = "BOXSCORE_TOKEN"  # noqa: S105 - its name
_TOKEN_BYTES = 24


Duration = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class ServeOptions(Struct, frozen=True, kw_only=True):
    """What `boxscore serve` was asked."""

    request: Request
    host: Annotated[str, option("--host", "Where to listen.", metavar="ADDRESS")] = "127.0.0.1"
    port: Annotated[Port, option("--port", "The port; 0 for any.", metavar="N")] = 8080
    no_token: Annotated[
        bool, option("--no-token", "Ask for no token, given by BOXSCORE_TOKEN or made up; on loopback only.")
    ] = False
    queue: Annotated[
        Annotated[int, msgspec.Meta(ge=0)] | None,
        option("--queue", "Requests that may wait for a worker.  [default: 64 for each]", metavar="N"),
    ] = None
    max_wait_s: Annotated[
        Duration, option("--max-wait", "How long a request may wait before it is refused.", metavar="SECONDS")
    ] = 6.0


@command(
    "serve",
    request=("only", *PLACE, "strict", "apply", "gate_repeats", "no_gate", "least_trust"),
    usual=("host", "port", "no_token", "only", "workers", "cpu_s", "data", "backend", "least_trust", "queue"),
)
def serve(
    options: ServeOptions,
    log: Logging,
    bench: Annotated[
        str | None, argument("BENCH", "A benchmark, as for grade. Without one, tests come with requests.")
    ] = None,
) -> int:
    """Give verdicts over HTTP, from boxes that stay open."""
    del bench  # which is the request's
    with log.begin(usual="json"):
        return serve_command(options)


def serve_command(options: ServeOptions) -> int:
    """Serve until a signal ends it, and return the exit code."""
    _check_packages("starlette", "uvicorn", "prometheus_client")
    from boxscore.service.server import listen

    settings, made = _settings(options)
    grader = Grader.of_request(options.request)
    with listen(options.host, options.port) as listener:
        try:
            asyncio.run(_serve(grader, settings, listener, made_token=made))
        except BoxError as error:
            say("\n  ".join(error.lines()))
            return INFRASTRUCTURE
    return OK


def _settings(options: ServeOptions) -> tuple[ServiceSettings, bool]:
    """Read the settings, and whether a token was made up. Raises UsageError."""
    from boxscore.service.settings import ServiceSettings, is_loopback

    token = os.environ.pop(TOKEN_VARIABLE, None) or None  # nothing that is started from here should have it
    if options.no_token and token is not None:
        raise UsageError(f"{TOKEN_VARIABLE} and --no-token are mutually exclusive")
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
    )
    return settings, made


async def _serve(grader: Grader, settings: ServiceSettings, listener: socket.socket, *, made_token: bool) -> None:
    from boxscore.service.app import make_app
    from boxscore.service.server import serve

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


def _check_packages(*packages: str) -> None:
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)}: not installed; {how_to_install('serve')}")


@command("view")
def view_command(
    runs: Annotated[
        list[str] | None, argument("[RUN]...", "Runs, or folders of runs; all below runs/ unless given.")
    ] = None,
    *,
    host: Annotated[
        str, option("--host", "Where to listen.", metavar="ADDRESS", env="BOXSCORE_VIEW_HOST")
    ] = "127.0.0.1",
    port: Annotated[Port, option("--port", "The port; 0 for any.", metavar="N", env="BOXSCORE_VIEW_PORT")] = 0,
) -> int:
    """Show runs in a browser, and follow those that go on."""
    names = runs or ()
    _check_packages("starlette", "uvicorn")
    run_folders = run_folders_of(names)
    from boxscore.page.view import make_view, serve_view
    from boxscore.service.server import listen
    from boxscore.service.settings import is_loopback

    if not is_loopback(host):
        say(f"warning: --host {host} lets others in: who reaches this port reads these runs, and no token is asked")
    with listen(host, port) as listener:
        bound, number = listener.getsockname()[:2]
        address = f"http://{f'[{bound}]' if ':' in bound else bound}:{number}/"
        print_lines([f"{address}{first_page(run_folders, names)}"])
        say("serving; ^C ends it")
        asyncio.run(serve_view(make_view(run_folders, host=host), listener))
    return OK


def run_folders_of(names: Sequence[str]) -> RunFolders:
    """The runs that are named, by path or id, and those in folders that are named. Raises UsageError, InputError."""
    runs, folders = [], []
    for name in names:
        if known_run(name) is None and Path(name).is_dir() and runs_in(Path(name)):
            folders.append(Path(name))
        else:
            runs.append(find_run(name))
    return RunFolders(runs, folders=folders if names else [RUNS])


def first_page(run_folders: RunFolders, names: Sequence[str]) -> str:
    """What the address that is printed leads to: the run, where one was named, or two beside each other."""
    keys = [quote(key) for key in run_folders.run_folders()]
    if len(names) == 1 == len(keys):
        return f"runs/{keys[0]}/"
    return f"compare/{keys[0]}/{keys[1]}/" if len(names) == 2 == len(keys) else ""  # noqa: PLR2004 - A and B
