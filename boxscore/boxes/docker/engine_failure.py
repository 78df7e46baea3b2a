"""Why no Docker engine answers, and what to do about it: one sentence each, for `doctor`, `images` and the backend.

What to do is about the engine alone: not every command can do without one (`boxscore.run.prepare`).
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shutil
import socket
import ssl
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOCKET = Path("/var/run/docker.sock")  # where an engine listens unless DOCKER_HOST names another address
START = "start it: `systemctl start docker`, or `dockerd` as root where there is no systemd"
INSTALL = (
    "install and start one (Debian: `apt-get install docker.io`, then `dockerd`), or set DOCKER_HOST to one you may use"
)
ROOTLESS = "run Docker rootless (https://docs.docker.com/engine/security/rootless/)"
_MOST = 200


class EngineFailure(Struct, frozen=True, kw_only=True):
    """Why an engine cannot be used, and what to do."""

    cause: str
    remedy: str


def engine_failure(
    error: BaseException, environ: Mapping[str, str] | None = None, *, default: Path = SOCKET
) -> EngineFailure:
    """Explain an error met while connecting to the engine that `environ` names, or the one at `default`."""
    environ = os.environ if environ is None else environ
    host = environ.get("DOCKER_HOST", "")
    reasons = tuple(_chain(error))
    if host and not host.startswith(("unix://", "http+unix://", "/")):
        return _at_address(host, reasons, environ)
    path = Path("/" + host.partition("://")[2].lstrip("/")) if host else default
    return _at_socket(path, reasons, environ, named=bool(host))


def _at_socket(
    path: Path, reasons: tuple[BaseException, ...], environ: Mapping[str, str], *, named: bool
) -> EngineFailure:
    codes = {one.errno for one in reasons if isinstance(one, OSError)}
    place = f"DOCKER_HOST names {path}" if named else f"its socket is {path}"
    if codes & {errno.EACCES, errno.EPERM}:
        return _forbidden(path, environ)
    if errno.ENOENT in codes:
        if named:
            return EngineFailure(
                cause=f"{place}, which does not exist", remedy="correct DOCKER_HOST, or unset it for the usual socket"
            )
        return _no_socket(path, environ)
    if errno.ECONNREFUSED in codes:
        return EngineFailure(cause=f"{place}, but no engine listens there: it is down", remedy=START)
    return _other(place, reasons)


def _forbidden(path: Path, environ: Mapping[str, str]) -> EngineFailure:
    """The socket is there and this user may not open it."""
    user, group = _user(), _group(path)
    rootless = _other_engine(environ)
    rest = ROOTLESS if rootless is None else rootless.remedy
    if group is None or group.gr_gid == 0:
        cause = f"{path} may be opened by root only, not by {user}"
        return EngineFailure(cause=cause, remedy=f"give the socket to the group `docker`, or {rest}")
    cause = f"{path} may be opened by root and the group `{group.gr_name}` only, not by {user}"
    if user in group.gr_mem and group.gr_gid not in os.getgroups():
        return EngineFailure(
            cause=f"{cause} before the next login", remedy=f"log in again, or run `newgrp {group.gr_name}`"
        )
    remedy = (
        f"as root, `usermod -aG {group.gr_name} {user}` and log in again (that group is as good as root); or {rest}"
    )
    return EngineFailure(cause=cause, remedy=remedy)


def _no_socket(path: Path, environ: Mapping[str, str]) -> EngineFailure:
    elsewhere = _context(environ) or _other_engine(environ)
    if elsewhere is not None:
        return elsewhere
    if shutil.which("dockerd", path=environ.get("PATH")):
        return EngineFailure(cause=f"a Docker engine is installed but not running: there is no {path}", remedy=START)
    return EngineFailure(cause=f"there is no Docker engine: no {path} and no `dockerd`", remedy=INSTALL)


def _at_address(host: str, reasons: tuple[BaseException, ...], environ: Mapping[str, str]) -> EngineFailure:
    codes = {one.errno for one in reasons if isinstance(one, OSError)}
    named = f"DOCKER_HOST names {host}"
    texts = " ".join(map(_text, reasons))
    if "paramiko" in texts:
        return EngineFailure(cause=f"{named}, which needs the package paramiko", remedy="`pip install paramiko`")
    if any(isinstance(one, socket.gaierror) for one in reasons) or "NameResolution" in texts:
        return EngineFailure(cause=f"{named}, a host that is not known here", remedy="correct the name, or unset it")
    if errno.ECONNREFUSED in codes or "Connection refused" in texts:
        return EngineFailure(
            cause=f"{named}, but nothing listens there", remedy="start that engine, or unset DOCKER_HOST"
        )
    tls = any(isinstance(one, ssl.SSLError | docker.errors.TLSParameterError) for one in reasons)
    if tls or "HTTP request to an HTTPS server" in texts:
        settings = ", ".join(f"{name}={environ.get(name, '')!r}" for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"))
        return EngineFailure(cause=f"{named}, and TLS with it fails ({settings})", remedy="correct these variables")
    if "Invalid bind address" in texts or "Invalid" in texts:
        return EngineFailure(
            cause=f"{named}, which is no address", remedy="write unix:///path, tcp://HOST:PORT or ssh://USER@HOST"
        )
    return _other(named, reasons)


def _other(place: str, reasons: tuple[BaseException, ...]) -> EngineFailure:
    if any(isinstance(one, TimeoutError) or "timed out" in _text(one) for one in reasons):
        return EngineFailure(
            cause=f"{place}, and the engine does not answer in time ({_text(reasons[0])})",
            remedy="look at it: `docker info`",
        )
    text = _text(reasons[0])
    return EngineFailure(cause=f"{place}, and the engine does not answer: {text}", remedy=INSTALL)


def _context(environ: Mapping[str, str]) -> EngineFailure | None:
    """The context that the `docker` command uses, where it is another engine's: we go by DOCKER_HOST alone."""
    from docker.context import ContextAPI  # noqa: PLC0415 - where no engine answers only

    name = environ.get("DOCKER_CONTEXT")
    try:
        found = ContextAPI.get_context(name)
    except Exception:  # noqa: BLE001 - reads a user's files; nothing may keep us from the other explanations
        return None
    if getattr(found, "name", "default") == "default" or not found.Host:
        return None
    cause = f"the `docker` command uses the context {found.name!r}, boxscore DOCKER_HOST only"
    return EngineFailure(cause=cause, remedy=f"`export DOCKER_HOST={found.Host}`")


def _other_engine(environ: Mapping[str, str]) -> EngineFailure | None:
    """A rootless engine's or Podman's socket, at the places where they are by default."""
    folder = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    rootless = folder / "docker.sock"
    if _is_socket(rootless):
        cause = f"a rootless Docker engine has its socket at {rootless}, and DOCKER_HOST does not name it"
        return EngineFailure(cause=cause, remedy=f"`export DOCKER_HOST=unix://{rootless}`")
    podman = next(
        (one for one in (folder / "podman/podman.sock", Path("/run/podman/podman.sock")) if _is_socket(one)), None
    )
    if podman is None:
        return None
    cause = f"there is no Docker engine; Podman's socket is at {podman}, and boxscore is not tested with Podman"
    return EngineFailure(cause=cause, remedy=INSTALL)


def _is_socket(path: Path) -> bool:
    try:
        return path.is_socket()
    except OSError:
        return False


def _group(path: Path) -> grp.struct_group | None:
    """The group of a socket whose group may use it."""
    try:
        there = path.stat()
        return grp.getgrgid(there.st_gid) if there.st_mode & stat.S_IRGRP and there.st_mode & stat.S_IWGRP else None
    except (OSError, KeyError):
        return None


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _text(error: BaseException) -> str:
    """What an error says, in one bounded line."""
    message = getattr(error, "explanation", None)
    if not message:
        try:
            message = str(error)
        except Exception:  # noqa: BLE001 - some of the libraries' own errors cannot be printed
            message = ""
    return " ".join(str(message).split())[:_MOST] or type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it came from: the SDK's libraries keep causes in three places."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *getattr(one, "args", ()))
        waiting += [other for other in inner if isinstance(other, BaseException)]
