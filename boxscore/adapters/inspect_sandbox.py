"""The sandbox provider of Inspect: one box for agents per sample, under Inspect's names and errors."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, overload

import anyio
from inspect_ai.util import (
    ExecResult,
    OutputLimitExceededError,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentLimits,
    SandboxUserUnsupportedError,
    sandboxenv,
)
from inspect_ai.util import SandboxUnavailableError as InspectUnavailable
from msgspec import structs
from pydantic import BaseModel, ConfigDict

from boxscore.agents.blocking import AGENT_LIMITS, backend_called
from boxscore.agents.box import AgentBox
from boxscore.agents.box import box as make_box
from boxscore.agents.seal import instance_place
from boxscore.errors import BoxError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.agents.blocking import Executed

NOT_EXECUTABLE = 126
OWNER = "inspect"
NAME = "default"


class BoxscoreConfig(BaseModel):
    """What box a sample gets: `SandboxEnvironmentSpec("boxscore", BoxscoreConfig(image=…))`.

    See `boxscore.box` for each; a limit of None is the one that boxes for agents have. There is no network. With
    `benchmark`, one of patches, the box is of the instance whose id the sample's metadata have as `instance_id`, unless
    that is given here, and commands run in its repository.
    """

    model_config = ConfigDict(frozen=True)

    image: str | None = None
    benchmark: str | None = None
    instance_id: str | None = None
    backend: str = "auto"
    folders: dict[str, str | None] = {}
    cwd: str | None = None
    env: dict[str, str] = {}
    ttl_s: float = 6 * 3600.0
    cpu_s: float | None = None
    wall_s: float | None = None
    memory_bytes: int | None = None
    processes: int | None = None
    disk_bytes: int | None = None

    def __hash__(self) -> int:
        """Be a key, as Inspect wants of configurations."""
        return hash(self.model_dump_json())

    def placed(self, metadata: Mapping[str, object]) -> BoxscoreConfig:
        """Look up the image, folders and working folder of the instance. Raises what `instance_place` does."""
        if self.benchmark is None:
            return self
        instance_id = self.instance_id or metadata.get("instance_id")
        if instance_id is None:
            raise UsageError(f"which instance of {self.benchmark}? Give instance_id here or in the sample's metadata")
        backend = "docker" if self.backend == "auto" else self.backend
        place = instance_place(self.benchmark, str(instance_id), backend=backend)
        folders = {**place.folders, **self.folders}
        return self.model_copy(
            update={"image": self.image or place.image, "folders": folders, "cwd": self.cwd or place.cwd}
        )

    def box(self, owner: str) -> AgentBox:
        """Make the box, to be opened. Raises UsageError for what no box can be."""
        given = {name: getattr(self, name) for name in ("cpu_s", "wall_s", "memory_bytes", "processes", "disk_bytes")}
        limits = structs.replace(AGENT_LIMITS, **{name: value for name, value in given.items() if value is not None})
        return make_box(
            self.image,
            backend=self.backend,
            limits=limits,
            folders=self.folders,
            cwd=self.cwd,
            env=self.env,
            ttl_s=self.ttl_s,
            owner=owner,
        )


@sandboxenv(name="boxscore")
class BoxscoreSandbox(SandboxEnvironment):
    """A box of boxscore. It has one user, so commands of other users are refused (`SandboxUserUnsupportedError`).

    What a command leaves running ends with it. A command that takes too long is not tried again: nobody knows what it
    has done by then.
    """

    def __init__(self, opened: AgentBox) -> None:
        super().__init__()
        self._box = opened

    @classmethod
    def default_concurrency(cls) -> int | None:
        """Twice as many boxes as processors."""
        return 2 * (os.cpu_count() or 1)

    @classmethod
    def config_deserialize(cls, config: dict[str, Any]) -> BaseModel:
        """Read a configuration back from a log."""
        return BoxscoreConfig(**config)

    @classmethod
    async def task_init(cls, task_name: str, config: BaseModel | str | None) -> None:  # noqa: ARG003 - Inspect's words
        """See that there is a sandbox at all. Raises SandboxUnavailable, UsageError."""
        await anyio.to_thread.run_sync(backend_called, _config(config).backend)

    @classmethod
    async def sample_init(
        cls,
        task_name: str,
        config: BaseModel | str | None,
        metadata: dict[str, str],
    ) -> dict[str, SandboxEnvironment]:
        """Open a box."""
        placed = await anyio.to_thread.run_sync(_config(config).placed, metadata)
        made = placed.box(f"{OWNER}:{task_name}"[:200])
        return {NAME: cls(await made.open())}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,  # noqa: ARG003 - Inspect's words, and below
        config: BaseModel | str | None,  # noqa: ARG003
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,  # noqa: ARG003, FBT001
    ) -> None:
        """Close the boxes, also while the sample is being cancelled."""
        with anyio.CancelScope(shield=True):
            for one in environments.values():
                if isinstance(one, cls):
                    await one._box.close()  # noqa: SLF001 - of the same class

    @classmethod
    async def cli_cleanup(cls, id: str | None) -> None:  # noqa: A002 - Inspect's word
        """Remove what dead processes left and what has expired; boxes end with their process, so `id` is of no use."""
        del id
        removed = await anyio.to_thread.run_sync(lambda: backend_called("auto").reap())
        print(f"boxscore: removed {len(removed)} left-over boxes")  # noqa: T201 - a command's answer

    async def exec(  # noqa: PLR0913, PLR0917 - Inspect's words
        self,
        cmd: list[str],
        input: str | bytes | None = None,  # noqa: A002 - as above
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,  # noqa: ASYNC109 - as above
        timeout_retry: bool = True,  # noqa: ARG002, FBT001, FBT002 - as above, and below
        concurrency: bool = True,  # noqa: ARG002, FBT001, FBT002
    ) -> ExecResult[str]:
        """Run a command; see `SandboxEnvironment.exec`."""
        await self._must_be(user)
        with _errors():
            done = await self._box.exec(
                cmd,
                stdin=input.encode() if isinstance(input, str) else input or b"",
                cwd=cwd,
                env=env,
                timeout_s=timeout,
                output_bytes=SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE,
            )
        return _result(done, cmd, timeout)

    async def _must_be(self, user: str | None) -> None:
        """Raise SandboxUserUnsupportedError for any user but the box's own."""
        if user is None:
            return
        with _errors():
            own = (await self._box.exec("id -un; id -u")).stdout.decode(errors="replace").split()
        if user not in own:
            raise SandboxUserUnsupportedError(
                f"a box of boxscore has one user ({own[0] if own else 'without a name'}) and can execute nothing as "
                f"{user!r}: none of its programs may change who it is"
            )

    async def write_file(self, file: str, contents: str | bytes) -> None:
        """Write a file; see `SandboxEnvironment.write_file`."""
        with _errors():
            await self._box.put(file, contents.encode() if isinstance(contents, str) else contents)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...  # noqa: FBT002 - Inspect's words

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:  # noqa: FBT001, FBT002 - as above
        """Read a file; see `SandboxEnvironment.read_file`."""
        most = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE
        try:
            with _errors():
                data = await self._box.get(file, max_bytes=most)
        except OSError as error:
            if error.errno == errno.EFBIG:
                raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None) from error
            raise
        return data.decode() if text else data

    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        """Say how to look into the box, where it is a container. Raises NotImplementedError, ConnectionError."""
        await self._must_be(user)
        if not await self._box.alive():
            raise ConnectionError("the box is not there any more")
        container = self._box.box_id
        if container.startswith("pid-") or not container:
            raise NotImplementedError("a box of the local backend cannot be looked into from outside")
        return SandboxConnection(
            type="boxscore", command=f"docker exec -it -u 65534 {container} /bin/sh", container=container
        )


def _config(config: BaseModel | str | None) -> BoxscoreConfig:
    if config is None:
        return BoxscoreConfig()
    if isinstance(config, BoxscoreConfig):
        return config
    raise UsageError(f"the sandbox boxscore is configured by a BoxscoreConfig, not by {config!r}")


def _result(done: Executed, cmd: list[str], timeout: int | None) -> ExecResult[str]:
    stdout, stderr = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if done.timed_out:
        raise TimeoutError(f"the command did not end within {timeout or done.wall_s} s")
    if done.truncated:
        raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE_STR, stdout)
    if done.returncode == NOT_EXECUTABLE and "permission denied" in stderr.lower():
        raise PermissionError(errno.EACCES, "cannot be executed in the box", cmd[0])
    return ExecResult(success=done.returncode == 0, returncode=done.returncode, stdout=stdout, stderr=stderr)


@contextmanager
def _errors() -> Iterator[None]:
    """Say it in Inspect's words where there is no box any more."""
    try:
        yield
    except BoxError as error:
        raise InspectUnavailable(str(error)) from error
