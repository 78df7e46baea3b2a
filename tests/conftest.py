"""Fixtures that several test modules use."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import hypothesis
import pytest
import requests

from boxscore.boxes.registry import open_backend
from boxscore.data.plugins import load_harness
from boxscore.errors import DataError, SandboxUnavailable
from boxscore.images.environments import reference
from tests.order import longest_first, read_in_turn
from tests.tiny_patches import PREFIX, ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from boxscore import Instance
    from boxscore.boxes.contract import Backend

# A shell's background ignores what ends programs from a terminal, and so would each program that a test starts.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)

# On a busy machine examples take as long as they take.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """Let files be given out in the order of `tests.order`, not by their numbers of tests, and read in turn."""
    config.option.loadscopereorder = False
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        config.args = read_in_turn(int(worker.removeprefix("gw")), int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Begin with the files that take longest, of the tests that are left; in whatever order they were read."""
    items.sort(key=lambda item: item.path)
    yield
    longest_first(items)


@pytest.fixture(scope="session")
def docker_backend() -> Backend:
    """Give the docker backend, or skip where no engine answers."""
    backend = open_backend("docker")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no Docker engine here: {error}")
    return backend


@pytest.fixture(scope="session")
def local_backend() -> Backend:
    """Give the local backend, or skip where no box of it opens."""
    backend = open_backend("local")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no bubblewrap sandbox here: {error}")
    return backend


@pytest.fixture(scope="session")
def python_image(docker_backend: Backend) -> str:
    """Give the image that BOXSCORE_TEST_IMAGE names, else boxscore's own Python image; skip where it is not built."""
    image = os.environ.get("BOXSCORE_TEST_IMAGE") or reference("python")
    try:
        docker_backend.image_digest(image)
    except SandboxUnavailable as error:
        pytest.skip(f"the Python image is not here: {error}")
    return image


@pytest.fixture(scope="session")
def instances() -> dict[str, Instance]:
    """All instances of tiny-patches by name; skip where releases can neither be found nor fetched."""
    try:
        loaded = load_harness("tiny-patches").load(ROOT / "instances.jsonl")
    except DataError as error:
        pytest.skip(f"a release of a package cannot be had: {error}")
    return {instance.instance_id.removeprefix(PREFIX): instance for instance in loaded}


@pytest.fixture(name="registry")
def fixture_registry(tmp_path: Path) -> Iterator[str]:
    """A registry of our own on loopback, as `host:port`."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("no registry to test with: `apt-get install docker-registry`")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "registry.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/registry}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    command = [program, "serve", str(tmp_path / "registry.yml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://{address}/v2/")
            yield address
        finally:
            process.kill()


def wait_for(url: str) -> None:
    """Wait until something answers at `url`."""
    end = time.monotonic() + 100
    while True:
        try:
            with requests.get(url, timeout=300, proxies={"http": ""}) as answer:
                answer.raise_for_status()
                return
        except requests.RequestException:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
