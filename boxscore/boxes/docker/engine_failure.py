"""Why no Docker engine answers, and what to do about it: one sentence each, for `doctor`, `images` and the backend.

What to do is about the engine alone: not every command can do without one (`boxscore.run.prepare`).
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

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
    errors = [one for one in _chain(error) if isinstance(one, OSError)]
    text = next((one.strerror for one in reversed(errors) if one.strerror), _text(error))
    if host and not host.startswith(("unix://", "http+unix://", "/")):
        remedy = (
            "start that engine, correct DOCKER_HOST (unix:///path, tcp://HOST:PORT or ssh://USER@HOST), or unset it"
        )
        return EngineFailure(cause=f"DOCKER_HOST names {host}, and no engine answers there: {text}", remedy=remedy)
    path = Path("/" + host.partition("://")[2].lstrip("/")) if host else default
    place = f"DOCKER_HOST names {path}" if host else f"its socket is {path}"
    codes = {one.errno for one in errors}
    if codes & {errno.EACCES, errno.EPERM}:
        return _forbidden(path)
    if errno.ENOENT in codes and host:
        remedy = "correct DOCKER_HOST, or unset it for the usual socket"
        return EngineFailure(cause=f"{place}, which does not exist", remedy=remedy)
    if errno.ENOENT in codes:
        return _no_socket(path, environ)
    if errno.ECONNREFUSED in codes:
        return EngineFailure(cause=f"{place}, but no engine listens there: it is down", remedy=START)
    return EngineFailure(cause=f"{place}, and the engine does not answer: {text}", remedy="look at it: `docker info`")


def _forbidden(path: Path) -> EngineFailure:
    """The socket is there and this user may not open it."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    group = _group(path)
    if group is None or group == "root":
        cause = f"{path} may be opened by root only, not by {user}"
        return EngineFailure(cause=cause, remedy=f"give the socket to the group `docker`, or {ROOTLESS}")
    return EngineFailure(
        cause=f"{path} may be opened by root and the group `{group}` only, not by {user}",
        remedy=f"as root, `usermod -aG {group} {user}` and log in again (that group is as good as root); or {ROOTLESS}",
    )


def _group(path: Path) -> str | None:
    """The group of a socket whose group may use it."""
    try:
        there = path.stat()
        both = there.st_mode & stat.S_IRGRP and there.st_mode & stat.S_IWGRP
        return grp.getgrgid(there.st_gid).gr_name if both else None
    except (OSError, KeyError):
        return None


def _no_socket(path: Path, environ: Mapping[str, str]) -> EngineFailure:
    rootless = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}", "docker.sock")
    if rootless.exists():
        cause = f"a rootless Docker engine has its socket at {rootless}, and DOCKER_HOST does not name it"
        return EngineFailure(cause=cause, remedy=f"`export DOCKER_HOST=unix://{rootless}`")
    context = _context(environ)
    if context is not None:
        return context
    if shutil.which("dockerd", path=environ.get("PATH")):
        return EngineFailure(cause=f"a Docker engine is installed but not running: there is no {path}", remedy=START)
    return EngineFailure(cause=f"there is no Docker engine: no {path} and no `dockerd`", remedy=INSTALL)


def _context(environ: Mapping[str, str]) -> EngineFailure | None:
    """The context that the `docker` command uses, where it is another engine's: we go by DOCKER_HOST alone."""
    from docker.context import ContextAPI  # noqa: PLC0415 - where no engine answers only

    try:
        found = ContextAPI.get_context(environ.get("DOCKER_CONTEXT"))
    except Exception:  # noqa: BLE001 - reads a user's files; nothing may keep us from the other explanations
        return None
    if getattr(found, "name", "default") == "default" or not found.Host:
        return None
    cause = f"the `docker` command uses the context {found.name!r}, boxscore DOCKER_HOST only"
    return EngineFailure(cause=cause, remedy=f"`export DOCKER_HOST={found.Host}`")


def _text(error: BaseException) -> str:
    """What an error says, in one bounded line."""
    try:
        message = str(getattr(error, "explanation", None) or error)
    except Exception:  # noqa: BLE001 - some of the libraries' own errors cannot be printed
        message = ""
    return " ".join(message.split())[:_MOST] or type(error).__name__


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
