"""The docker backend under gVisor's runtime: the conformance suite, where that runtime is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.registry import open_backend
from boxscore.errors import SandboxUnavailable
from boxscore.records import LimitName, Limits
from boxscore.testing import BackendConformance

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


@pytest.mark.docker
@pytest.mark.slow
class TestGvisorConformance(BackendConformance):
    """The suite on `runsc`."""

    @pytest.fixture
    def backend(self, docker_backend: Backend) -> Backend:
        backend = open_backend("docker", runtime="runsc")
        try:
            backend.check()
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        return backend

    @pytest.fixture
    def image(self, python_image: str) -> str:
        return python_image

    def test_limits_of_one_run_do_not_stay(self, backend: Backend, image: str) -> None:
        box_limits = Limits(cpu_s=4, wall_s=200, memory_bytes=256 << 20, processes=24)
        small = Limits(cpu_s=1, wall_s=5, memory_bytes=64 << 20, processes=8)
        with backend.box(BoxSpec(image=image, limits=box_limits)) as box:
            spun = box.run(["python3", "-c", "import os\nfor _ in range(3): os.fork()\nwhile True: pass"], limits=small)
            own = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (3, 3)); r.setrlimit(r.RLIMIT_CPU, (1, 1))"
            box.run(["python3", "-c", own])

            assert spun.limit in (LimitName.CPU, LimitName.MEMORY)
            assert box.run(["python3", "-c", "x = b'x' * 150_000_000; print('well')"]).stdout == b"well\n"
            assert {"processes-rlimit", "memory-audit"} <= set(box.layers)
