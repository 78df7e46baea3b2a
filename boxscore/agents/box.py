"""A box for agents in asynchronous programs: the blocking one, each of whose calls has a thread."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypedDict, TypeVar

from boxscore.agents.blocking import MAX_GET_BYTES, SyncAgentBox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self, Unpack

    from boxscore.agents.blocking import Executed
    from boxscore.boxes.contract import Backend, Network, Stream
    from boxscore.records import Limits

Value = TypeVar("Value")
INTERRUPT_S = 0.1


class BoxOptions(TypedDict, total=False):
    """The options of `SyncAgentBox`."""

    backend: str | Backend
    limits: Limits | None
    network: Network | None
    folders: Mapping[str, str | None] | None
    cwd: str | None
    env: Mapping[str, str] | None
    ttl_s: float
    owner: str


class AgentBox:
    """See `SyncAgentBox`: the same box, whose methods are to be awaited. Made by `box`; of one event loop.

    Commands take turns in the order in which they were asked for. Cancelling a task takes its command back: it never
    runs if it waited for its turn, and is ended soon if it runs; the box goes on.
    """

    def __init__(self, blocking: SyncAgentBox) -> None:
        """Wrap a box; nothing is opened."""
        self._blocking = blocking
        self._turn: asyncio.Lock | None = None

    @property
    def cwd(self) -> str:
        """Where commands run and relative paths begin."""
        return self._blocking.cwd

    @property
    def limits(self) -> Limits:
        """What each command may use."""
        return self._blocking.limits

    @property
    def box_id(self) -> str:
        """See `SyncAgentBox.box_id`."""
        return self._blocking.box_id

    @property
    def layers(self) -> tuple[str, ...]:
        """See `SyncAgentBox.layers`."""
        return self._blocking.layers

    async def open(self) -> Self:
        """See `SyncAgentBox.open`. Cancelled, it leaves no box."""
        try:
            await self._in_turn(self._blocking.open)
        except asyncio.CancelledError:
            in_thread(self._blocking.close, "boxscore-close")
            raise
        return self

    async def __aenter__(self) -> Self:
        """Open the box."""
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        """Close the box."""
        await self.close()

    async def exec(  # noqa: PLR0913 - a command has that many sides
        self,
        command: str | Sequence[str],
        *,
        stdin: bytes = b"",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> Executed:
        """See `SyncAgentBox.exec`."""
        options = {"stdin": stdin, "cwd": cwd, "env": env, "timeout_s": timeout_s, "output_bytes": output_bytes}
        return await self._in_turn(partial(self._blocking.exec, command, **options))  # type: ignore[arg-type]

    async def start(
        self, command: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None
    ) -> Stream:
        """See `SyncAgentBox.start`. The stream's methods block: call them in threads."""
        return await self._in_turn(lambda: self._blocking.start(command, cwd=cwd, env=env))

    async def put(self, path: str, data: bytes, *, mode: int | None = None) -> None:
        """See `SyncAgentBox.put`."""
        await self._in_turn(lambda: self._blocking.put(path, data, mode=mode))

    async def get(self, path: str, *, max_bytes: int = MAX_GET_BYTES) -> bytes:
        """See `SyncAgentBox.get`."""
        return await self._in_turn(lambda: self._blocking.get(path, max_bytes=max_bytes))

    async def alive(self) -> bool:
        """See `SyncAgentBox.alive`."""
        return await asyncio.shield(in_thread(self._blocking.alive, "boxscore-box"))

    async def close(self) -> None:
        """See `SyncAgentBox.close`. Cancelled, it goes on all the same."""
        self._blocking.halt()
        await asyncio.shield(in_thread(self._blocking.close, "boxscore-close"))

    async def _in_turn(self, call: Callable[[], Value]) -> Value:
        """Call in a thread when all calls before have ended, those of cancelled tasks too."""
        if self._turn is None:
            self._turn = asyncio.Lock()
        turn = self._turn
        await turn.acquire()
        future, thread = _started(call, "boxscore-box")
        future.add_done_callback(lambda _: turn.release())
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not future.done():
                threading.Thread(target=self._interrupt, args=(thread,), name="boxscore-cancel", daemon=True).start()
            raise

    def _interrupt(self, thread: threading.Thread) -> None:
        """End what a cancelled task runs: again and again, as it may not have begun yet."""
        while thread.is_alive():
            self._blocking.interrupt(thread)
            thread.join(INTERRUPT_S)


def in_thread(call: Callable[[], Value], name: str) -> asyncio.Future[Value]:
    """Call in a thread of its own, which no program waits for at its end; of the running loop."""
    return _started(call, name)[0]


def _started(call: Callable[[], Value], name: str) -> tuple[asyncio.Future[Value], threading.Thread]:
    """Call in a thread of its own, which nobody has to wait for: neither other calls nor the end of the program."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Value] = loop.create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # which nobody may be there to see

    def settle(value: list[Value], error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(value[0])
        else:
            future.set_exception(error)

    def work() -> None:
        value: list[Value] = []
        found: BaseException | None = None
        try:
            value.append(call())
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised where the call is awaited
            found = error
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(settle, value, found)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return future, thread


def box(image: str | None = None, **options: Unpack[BoxOptions]) -> AgentBox:
    """Make a box to be opened by `async with`, or by its `open()`; see `SyncAgentBox`. Raises UsageError.

    async with boxscore.box() as box:
        done = await box.exec("python3 --version", timeout_s=10)
    """
    return AgentBox(SyncAgentBox(image, **options))
