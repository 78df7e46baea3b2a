"""Boxes as Inspect's sandboxes: what its own conformance checks ask, and the errors that it wants."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

inspect_ai = pytest.importorskip("inspect_ai", reason="the extra `inspect` is not installed")

from inspect_ai.util import (  # noqa: E402 - after the look whether it is there
    OutputLimitExceededError,
    SandboxUnavailableError,
    SandboxUserUnsupportedError,
)
from inspect_ai.util._sandbox import self_check  # noqa: E402
from inspect_ai.util._sandbox.limits import override_max_exec_output_size  # noqa: E402

from boxscore.adapters.inspect import BoxscoreConfig, BoxscoreSandbox  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from boxscore.boxes.contract import Backend

CASE_S = 100.0
ONE_USER = "a box has one user, and none of its programs may become another: Inspect makes users as root"
EXCEPTIONS = {"test_exec_as_user": ONE_USER}
SLOW = {
    "test_exec_timeout_kills_process",
    "test_exec_timeout_kills_child_processes",
    "test_read_and_write_large_file_binary",
    "test_exec_input_large",
}


async def in_box(backend: str, work: Callable[[Any], Awaitable[object]]) -> None:
    config = BoxscoreConfig(backend=backend)
    await BoxscoreSandbox.task_init("task", config)
    environments = await BoxscoreSandbox.sample_init("task", config, {})
    try:
        await asyncio.wait_for(work(environments["default"]), CASE_S)
    finally:
        await BoxscoreSandbox.sample_cleanup("task", config, environments, interrupted=False)


def cases(*, slow: bool) -> list[str]:
    return [name for name in self_check.__all__ if name not in EXCEPTIONS and (name in SLOW) is slow]


def check(backend: str, names: list[str]) -> dict[str, str]:
    failed: dict[str, str] = {}

    async def work(sandbox: Any) -> None:
        for name in names:
            try:
                await getattr(self_check, name)(sandbox)
            except Exception as error:  # noqa: BLE001 - all of them are told together
                failed[name] = repr(error)[:300]

    asyncio.run(in_box(backend, work))
    return failed


def test_self_check_local(local_backend: Backend) -> None:
    assert check("local", cases(slow=False)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["local", "docker"])
def test_self_check_whole(local_backend: Backend, python_image: str, backend: str) -> None:
    assert check(backend, cases(slow=True) + cases(slow=False)) == {}


def test_errors(local_backend: Backend) -> None:
    async def work(sandbox: BoxscoreSandbox) -> None:
        with pytest.raises(SandboxUserUnsupportedError, match="one user"):
            await sandbox.exec(["true"], user="root")
        assert (await sandbox.exec(["true"], user="box")).success
        with override_max_exec_output_size(100), pytest.raises(OutputLimitExceededError) as raised:
            await sandbox.exec(["sh", "-c", "head -c 101 /dev/zero | tr '\\0' a"])
        assert raised.value.truncated_output == "a" * 100
        await sandbox.write_file("bytes", b"\xff")
        with pytest.raises(UnicodeDecodeError):
            await sandbox.read_file("bytes")
        with pytest.raises(NotImplementedError):
            await sandbox.connection()
        await sandbox._box.close()
        with pytest.raises(SandboxUnavailableError):
            await sandbox.exec(["true"])
        with pytest.raises(ConnectionError):
            await sandbox.connection()

    asyncio.run(in_box("local", work))
