"""Where agents work on a machine of a cluster. Knows nothing of Ray.

    send ──▶ inbox ──▶ an event loop in a thread of its own: a task for each agent, which opens its box here
    receive ◀── outbox ◀── what agents ask for, do and make

Whoever started the run holds the model, the journal and the limits: an agent's questions go there and come back.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import time
import traceback
from collections import deque
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxscore.agents.drafts import drafts_of
from boxscore.agents.registry import PROGRAM, digest_of, open_agent
from boxscore.boxes.registry import open_backend
from boxscore.errors import BoxscoreError, SandboxUnavailable
from boxscore.run.executors.node import check_versions
from boxscore.sampling.cluster.away import AwayAssignment
from boxscore.sampling.cluster.faults import fault_of
from boxscore.sampling.cluster.messages import Begin, Drafted, Drop, Ended, Given, Ready, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.agents.contract import Agent
    from boxscore.boxes.contract import Backend
    from boxscore.run.executors.settings import GraderSettings
    from boxscore.sampling.cluster.messages import FromMachine, LodgingSettings, ToMachine

LEAVE_S = 30.0
_AT_ONCE_BYTES = 16 << 20  # of messages that are received together


class AgentHost:
    """Agents at work on this machine. Its methods may be called at the same time, from any thread."""

    def __init__(
        self, settings: LodgingSettings, *, backend_of: Callable[[GraderSettings], Backend] | None = None
    ) -> None:
        """Begin to get ready, in a thread; `receive` tells of it. `backend_of` replaces the settings' own."""
        self._settings, self._backend_of = settings, backend_of or checked_backend
        self._outbox = _Outbox()
        self._loop = asyncio.new_event_loop()
        self._agents: dict[int, tuple[AwayAssignment, asyncio.Task[None]]] = {}
        self._thread = threading.Thread(target=self._work, name="boxscore-agents", daemon=True)
        self._thread.start()

    def send(self, messages: Sequence[ToMachine]) -> None:
        """Take messages, in their order. Returns at once."""
        with suppress(RuntimeError):  # the loop is closed: whoever sends will hear of it
            self._loop.call_soon_threadsafe(self._take, messages)

    def receive(self, wait_s: float) -> bytes:
        """Give what there is to say (see `messages.decoded`); wait so long for the first of it."""
        return self._outbox.taken(wait_s)

    def leave(self) -> None:
        """End all agents and remove their boxes, in bounded time."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LEAVE_S)

    def _work(self) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="boxscore-agent-") as folder:
                self._backend = self._backend_of(self._settings.grader)
                self._agent = opened_agent(self._settings, Path(folder))
                self._outbox.add(Ready(host=socket.gethostname()))
                self._loop.run_forever()
                self._loop.run_until_complete(self._end_all())
        except BoxscoreError as error:
            self._outbox.add(Unavailable(reason=str(error)))
        except BaseException:  # noqa: BLE001 - a thread's border: told to the one who started the run
            self._outbox.add(Unavailable(reason=traceback.format_exc()))
        finally:
            self._loop.close()

    async def _end_all(self) -> None:
        tasks = [task for _, task in self._agents.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVE_S / 2)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    def _take(self, messages: Sequence[ToMachine]) -> None:
        for message in messages:
            if isinstance(message, Begin):
                assignment = AwayAssignment(message, self._outbox.add, self._backend, owner=self._settings.owner)
                task = self._loop.create_task(self._run(self._agent, assignment, message.agent))
                self._agents[message.agent] = assignment, task
                continue
            found = self._agents.get(message.agent)
            if found is None:
                continue  # it has ended
            assignment, task = found
            if isinstance(message, Given):
                assignment.take(message)
            elif isinstance(message, Drop):
                task.cancel()

    async def _run(self, agent: Agent, assignment: AwayAssignment, number: int) -> None:
        """Have an agent work to its end, and say how that was."""
        fault = None
        try:
            async with aclosing(drafts_of(agent, assignment)) as coming:
                async for draft in coming:
                    self._outbox.add(Drafted(agent=number, draft=draft))
        except Exception as error:  # noqa: BLE001 - an agent's border: raised again where its sample is made
            fault = fault_of(error)
        finally:
            self._agents.pop(number, None)
            reason = str(assignment.stop_reason)
            self._outbox.add(Ended(agent=number, stop_reason=reason, about=assignment.about(), fault=fault))


class _Outbox:
    """What is to be said, in bytes, in its order."""

    def __init__(self) -> None:
        self._messages: deque[bytes] = deque()
        self._changed = threading.Condition()

    def add(self, message: FromMachine) -> None:
        """Say something. Raises TypeError, UnicodeEncodeError for what is no plain data."""
        data = msgspec.msgpack.encode(message)
        with self._changed:
            self._messages.append(data)
            self._changed.notify_all()

    def taken(self, wait_s: float) -> bytes:
        until = time.monotonic() + wait_s
        some: list[msgspec.Raw] = []
        size = 0
        with self._changed:
            self._changed.wait_for(lambda: self._messages, max(0.0, until - time.monotonic()))
            while self._messages and size < _AT_ONCE_BYTES:
                size += len(self._messages[0])
                some.append(msgspec.Raw(self._messages.popleft()))
        return msgspec.msgpack.encode(some)


def checked_backend(settings: GraderSettings) -> Backend:
    """Open the backend that makes boxes here. Raises SandboxUnavailable where it does not work, or is not the same."""
    check_versions(settings)
    backend = open_backend(settings.backend, **({} if settings.runtime is None else {"runtime": settings.runtime}))
    backend.check()
    backend.reap()
    return backend


def opened_agent(settings: LodgingSettings, folder: Path) -> Agent:
    """Open the agent; its own file, where it has one, is written to the folder. Raises SandboxUnavailable, UsageError.

    A program that is to run on the machine itself must be there, and the same.
    """
    name = settings.agent
    if settings.file is not None:
        is_program = name.startswith(f"{PROGRAM}:")
        own = folder / ("program" if is_program else Path(name).name)
        own.write_bytes(settings.file)
        own.chmod(0o700)
        name = f"{PROGRAM}:{own}" if is_program else str(own)
    agent = open_agent(name, settings.options)
    if digest_of(name, agent) != settings.digest:
        raise SandboxUnavailable(f"the agent {settings.agent} is another one here than where the run began")
    return agent
