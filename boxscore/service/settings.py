"""What a service allows itself and those who call it."""

from __future__ import annotations

import ipaddress

import msgspec
from msgspec import Struct

from boxscore.checks import MAX_SECONDS
from boxscore.errors import UsageError
from boxscore.records import Limits

MIB = 1 << 20
QUEUE_PER_WORKER = 64
MIN_TOKEN_CHARS = 16


class ServiceSettings(Struct, frozen=True, kw_only=True):
    """How a service behaves. Seconds, bytes and counts are upper bounds.

    `token` is what callers must show, None for none, which `host` must then be a loopback address for. `queue` bounds
    the requests that wait for a worker (None: 64 for each worker) and `max_wait_s` how long one waits before it is
    refused. `most` bounds the limits that a request may ask for its code. `drain_s` is what running requests get when
    the service is asked to end.
    """

    host: str = "127.0.0.1"
    token: str | None = None
    queue: int | None = None
    max_wait_s: float = 6.0
    drain_s: float = 30.0
    body_bytes: int = 16 * MIB
    body_s: float = 30.0  # to send a request
    header_s: float = 10.0  # to send its head
    depth: int = 64  # of nested JSON
    run_code_slack_s: float = 9.0  # beyond a program's timeouts: verl's client gives up 10 s after them
    most: Limits = Limits(cpu_s=120.0, wall_s=600.0, memory_bytes=4 << 30, disk_bytes=1 << 30, output_bytes=16 * MIB)

    def __post_init__(self) -> None:
        """Raise UsageError for what would leave the service open, or is no bound."""
        if self.token is None and not is_loopback(self.host):
            raise UsageError(f"without a token a service may listen on loopback only, and {self.host} is not: give one")
        if self.token is not None and (len(self.token) < MIN_TOKEN_CHARS or not _plain(self.token)):
            raise UsageError(f"a token is at least {MIN_TOKEN_CHARS} printable ASCII characters without spaces")
        if self.queue is not None and self.queue < 0:
            raise UsageError(f"the queue cannot hold {self.queue} requests")
        for name in ("max_wait_s", "drain_s", "body_s", "header_s"):
            if not 0 <= getattr(self, name) <= MAX_SECONDS:
                raise UsageError(f"{name} must be between 0 and {MAX_SECONDS:g} seconds")

    def queue_of(self, workers: int) -> int:
        """How many requests may wait."""
        return QUEUE_PER_WORKER * max(workers, 1) if self.queue is None else self.queue

    def __repr__(self) -> str:
        """Everything but the token, which no log or traceback may show."""
        shown = {name: getattr(self, name) for name in self.__struct_fields__ if name != "token"}
        return f"ServiceSettings({shown})"


def is_loopback(host: str) -> bool:
    """Whether an address or name leads to this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def within(limits: Limits, most: Limits) -> Limits:
    """Return limits that a request asks for. Raises UsageError for any above what this service gives."""
    for name in Limits.__struct_fields__:
        asked, given = getattr(limits, name), getattr(most, name)
        if asked > given:
            raise UsageError(f"limits: {name} is {asked:g}, and this service gives {given:g} at most")
    return limits


def lowered(limits: Limits, most: Limits) -> Limits:
    """Return limits that no request has asked for, where a service gives less."""
    found = {name: min(getattr(limits, name), getattr(most, name)) for name in Limits.__struct_fields__}
    return msgspec.structs.replace(limits, **found)


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
