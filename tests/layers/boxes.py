"""Plain boxes that lack one of their defences, and programs that look what they find in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import docker
import docker.utils

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.docker.box import DockerBox
from boxscore.boxes.docker.container import Engine, container
from boxscore.boxes.docker.init_process import InitProcess
from boxscore.boxes.local.backend import LocalBackend, LocalBox
from boxscore.records import Limits
from tests.layers.removal import PRELUDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Box
    from boxscore.boxes.local.program import ProgramPlace

LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=128 << 20, processes=20, disk_bytes=16 << 20)
Host = dict[str, Any]
Words = list[str]
Change = Callable[[Any], None]
NOT_OPEN = "the box does not open"
RIGHTS = """
line = next(line for line in open("/proc/self/status") if line.startswith("CapBnd"))
print("rights to gain:", "none" if line.split()[1] == "{}" else "some")
"""
CALLS = """
ring = ctypes.create_string_buffer(120)
print(called(425, 1, ring), called(101, 0, 0, 0, 0), called(272, 0x10000000), sep=", ")
"""


class BoxRow(NamedTuple):
    """As `Row`, of a box: programs print what they find, the last one's words count.

    `change` takes the defence out of what the engine or bubblewrap is told; `groups` is false for a local box that
    is to do without control groups.
    """

    layer: str
    attack: str
    programs: tuple[str, ...]
    change: Callable[[Any], None]
    expected: str
    without: str
    groups: bool = True


def say(box: Box, programs: tuple[str, ...]) -> str:
    for program in programs:
        done = box.run(["python3", "-c", PRELUDE + program])
    words = done.stdout.decode(errors="replace").strip()
    return words or (f"`{done.limit}`" if done.limit else f"exit {done.exit_code}, signal {done.signal}")


@contextmanager
def docker_box(image: str, *changes: Change) -> Iterator[DockerBox]:
    spec = BoxSpec(image=image, limits=LIMITS)
    api = docker.APIClient(version="auto", **docker.utils.kwargs_from_env())
    try:
        engine = Engine.from_info(api.info())
        arguments = container(api, spec, image=image, runtime=None, command=InitProcess.command)
        for change in changes:
            change(arguments["host_config"])
        made = api.create_container(**arguments)["Id"]
        first = InitProcess(api, made)
        try:
            first.attach()
            api.start(made)
            box = DockerBox(
                api, spec, container_id=made, first=first, path="/usr/bin:/bin", engine=engine, runtime=None
            )
            yield box
            box.close()
        finally:
            api.remove_container(made, v=True, force=True)
            first.close()
    finally:
        api.close()


class Opened(LocalBox):
    """A local box of which a program's way in lacks some words."""

    changes: tuple[Callable[[Words], None], ...] = ()

    def _place(self, *arguments: Any, **options: Any) -> ProgramPlace:
        place = super()._place(*arguments, **options)
        enter = place.enter

        def changed(*words: Any, **named: Any) -> Words:
            command = enter(*words, **named)
            for change in self.changes:
                change(command)
            return command

        place.enter = changed
        return place


@contextmanager
def local_box(*changes: Callable[[Words], None], cgroups: bool = True) -> Iterator[Box]:
    backend = LocalBackend(cgroups=cgroups)
    spec = BoxSpec(limits=LIMITS)
    with ExitStack() as stack:
        box = Opened(spec, stack, trees=backend._trees, python=backend._interpreter, as_root=os.geteuid() == 0)
        box.changes = changes
        yield box
