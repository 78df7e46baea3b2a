"""Servers that tests need, each in a box of its own on a private network that a sample's box joins.

What tests send to a service comes from a candidate, so a service's box is taken for hostile: as locked down as any
other, bounded, and of one sample alone. It ends with the sample's. Where a service no longer serves when the tests have
ended, whatever they said is not believed and the sample is tried again, as where its box is lost (`protocols.retry`).
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from boxscore.boxes.contract import BoxSpec, Capability
from boxscore.errors import BoxLost, HarnessError, LossCause
from boxscore.protocols.trusted import ending_of, run_trusted
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.boxes.contract import Backend, Box, Completed, Network, Stream
    from boxscore.protocols.roles import Service

SERVE, CHECK = "/service/serve", "/service/check"  # as `docs/images.md` says
READY = b"ready\n"
START_S = 180.0
SERVICE_LIMITS = Limits(
    cpu_s=3600.0, wall_s=3600.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20, output_bytes=4096
)
CHECK_LIMITS = Limits(cpu_s=60.0, wall_s=300.0, output_bytes=4096)

# Asked in the sample's box before anything else runs there.
_REACH = """
import json, socket, sys
for host in json.load(sys.stdin):
    socket.create_connection((host, 80), timeout=60).close()
""".strip()


class Serving:
    """Services that run: the network that a box joins to reach them, and a look at whether they still serve."""

    def __init__(self, network: Network, boxes: Sequence[tuple[Service, Box, Stream]]) -> None:
        self.network, self._boxes = network, boxes

    def reach_from(self, box: Box) -> None:
        """See that a box reaches all of them: packets may be lost between boxes. Raises BoxLost."""
        done = run_trusted(box, _REACH, [service.host for service, _, _ in self._boxes], CHECK_LIMITS)
        if done.exit_code != 0:
            said = done.stderr[-200:].decode(errors="replace").strip()
            raise BoxLost(f"the box does not reach its services: {said or ending_of(done)}")

    def check(self) -> None:
        """See that all of them still serve. Raises BoxLost, which says who ended one."""
        for service, box, stream in self._boxes:
            done = box.run([CHECK], limits=CHECK_LIMITS)
            if done.exit_code != 0:
                problem = f"the service {service.host} did not serve any more when the tests had ended"
                raise BoxLost(problem, cause=_who_ended(done, stream))


@contextmanager
def services_of(backend: Backend, find_service: Callable[[str], str], services: Sequence[Service]) -> Iterator[Serving]:
    """Start services on a network of their own; on exit all of it is gone.

    Raises BoxLost for one that does not start, HarnessError where boxes of the backend can share no network,
    SandboxUnavailable, ImageMissing.
    """
    if Capability.NETWORKS not in backend.capabilities:
        names = ", ".join(service.host for service in services)
        raise HarnessError(
            f"its tests need a server in a second box ({names}), and boxes of this backend cannot share a network",
            details=("use the docker backend, with a runtime that has networks, such as runc",),
        )
    with ExitStack() as stack:
        network = stack.enter_context(backend.network())
        boxes: list[tuple[Service, Box, Stream]] = []
        for service in services:
            image = find_service(service.image)
            spec = BoxSpec(image=image, limits=SERVICE_LIMITS, network=network, alias=service.host)
            box = stack.enter_context(backend.box(spec))
            boxes.append((service, box, box.open([SERVE, service.host])))
        for service, _, stream in boxes:
            _await_ready(service, stream)
        yield Serving(network, boxes)


def _who_ended(checked: Completed, stream: Stream) -> LossCause:
    """Say who ended a service, by a check that failed; one that runs and does not answer is as its clients left it."""
    if checked.limit is LimitName.WALL:  # it gives up long before, where the machine lets it run
        return LossCause.OUTSIDE
    fate = stream.fate()
    return LossCause.INSIDE if fate is LossCause.UNKNOWN else fate


def _await_ready(service: Service, stream: Stream) -> None:
    said, until = b"", time.monotonic() + START_S
    while said != READY:
        try:
            some = stream.receive(len(READY), max(1.0, until - time.monotonic()))
        except TimeoutError as error:
            raise BoxLost(f"the service {service.host} did not start within {START_S:.0f} s") from error
        said += some
        if not some or not READY.startswith(said):
            raise BoxLost(f"the service {service.host} did not start: {stream.stop()[-300:].strip()}")
