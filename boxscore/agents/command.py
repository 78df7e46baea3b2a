"""An agent that is a user's program: a process in a folder of its own, with a socket to its box and its model.

`BOXSCORE_AGENT_SOCKET` names the socket; each line on it is a request in JSON and gets one line back: see
`docs/agents.md`. The program gets no key, and no variable of ours but those that are passed on by name: it asks the
model through us. The sample is the last draft it gave, else the patch of its repository.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shlex
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.agents.contract import Draft, LimitReached
from boxscore.agents.registry import AgentOptions
from boxscore.agents.seal import SealedBox
from boxscore.agents.shell import draft_of_box
from boxscore.agents.texts import cut_middle
from boxscore.errors import BoxLost, BoxscoreError, LossCause, QuestionRefused, UsageError
from boxscore.models.contract import are_messages
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Assignment

SOCKET = "BOXSCORE_AGENT_SOCKET"
MAX_LINE_BYTES = 64 << 20
OUTPUT_BYTES, KEPT_BYTES = 32 << 10, 1 << 20
GRACE_S = 5.0
_MISTAKES = (UsageError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Settings(Struct, frozen=True, kw_only=True):
    """How a program works as an agent.

    `passed` names the variables of ours that it finds in its environment. `timeout` bounds it as a whole, in seconds.
    """

    program: str
    passed: tuple[str, ...] = ()
    timeout: float = 3600.0


def command_agent(given: Mapping[str, str]) -> CommandAgent:
    """Make the agent of its options. Raises UsageError."""
    options = AgentOptions("command", given)
    settings = Settings(
        program=options.text("program"),
        passed=tuple(filter(None, options.text("pass").split(","))),
        timeout=options.number("timeout", 3600.0, most=7 * 86_400.0),
    )
    options.done()
    try:
        words = shlex.split(settings.program)
    except ValueError as error:
        raise UsageError(f"agent 'command': {settings.program!r} is not a command: {error}") from error
    if not words:
        raise UsageError("agent 'command': name a program, as in command:./agent.py")
    return CommandAgent(settings)


class CommandAgent:
    """See `boxscore.agents.contract.Agent`."""

    name = "command"
    wants_box = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield the drafts that the program gives, and at its end what it leaves."""
        async with assignment.open_box() as box:
            run = _Program(assignment, box, self._settings)
            failure, drafts = await run.done(), run.drafts
            if isinstance(failure, LimitReached):
                assignment.stop_reason = failure.limit
            elif failure is not None:
                raise failure
            if not drafts and isinstance(box, SealedBox):
                drafts = [await draft_of_box(assignment, box, assignment.stop_reason or "submitted")]
        for draft in drafts:
            yield draft


class _Program:
    """A program, and the socket by which it works."""

    def __init__(self, assignment: Assignment, box: AgentBox, settings: Settings) -> None:
        self._assignment, self._box, self._settings = assignment, box, settings
        self._failure: BaseException | None = None
        self._over = asyncio.Event()
        self.drafts: list[Draft] = []

    async def done(self) -> BaseException | None:
        """Run the program to its end; return what it was ended for, a limit or trouble of ours. Raises UsageError."""
        folder = tempfile.mkdtemp(prefix="boxscore-agent-")
        try:
            path = Path(folder, "agent.sock")
            server = await asyncio.start_unix_server(self._serve, path, limit=MAX_LINE_BYTES)
            async with server:
                await self._run(folder, path)
            return self._failure
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _run(self, folder: str, path: Path) -> None:
        words = _on_host(self._settings.program)
        env = {"PATH": os.environ.get("PATH", PATH), "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
        env |= {name: os.environ[name] for name in self._settings.passed if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=folder,
                env={**env, SOCKET: str(path)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise UsageError(f"the agent's program {words[0]!r} cannot be run: {error.strerror}") from error
        printed = asyncio.ensure_future(_printed(process.stdout))
        ended = asyncio.ensure_future(process.wait())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({ended, over}, timeout=self._settings.timeout, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and self._over.is_set():
                await asyncio.wait({ended}, timeout=GRACE_S)
            if not ended.done() and not self._over.is_set():
                self._assignment.stop_reason = "timeout"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            over.cancel()
            await ended
            await asyncio.wait({printed}, timeout=GRACE_S)
            printed.cancel()
        code = process.returncode
        said = printed.result() if printed.done() and not printed.cancelled() else ""
        self._assignment.trajectory.add_action(
            "program", {"command": self._settings.program}, said, extra={"exit_code": code}
        )
        if code and not self._over.is_set() and not self._assignment.stop_reason:
            self._assignment.stop_reason = f"exit_code:{code}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not self._over.is_set():
                try:
                    line = await reader.readline()
                except ValueError:  # longer than a line may be
                    return
                if not line.endswith(b"\n"):
                    return
                writer.write(json.dumps(await self._answered(line)).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # the program has gone
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answered(self, line: bytes) -> dict[str, Any]:
        """Answer one request; keep an error that ends the agent, and report it."""
        number: object = None
        try:
            request = json.loads(line)
            number = request["id"]
            return {"id": number, "ok": await self._do(str(request["do"]), request)}
        except LimitReached as error:
            self._end(error)
            return {"id": number, "error": error.limit, "kind": "limit"}
        except OSError as error:
            return {"id": number, "error": error.strerror or str(error), "kind": "os"}
        except _MISTAKES as error:
            return {"id": number, "error": f"{type(error).__name__}: {error}", "kind": "usage"}
        except BoxscoreError as error:
            inside = isinstance(error, BoxLost) and error.cause is LossCause.INSIDE
            self._end(LimitReached("box_lost") if inside else error)
            return {"id": number, "error": "this cannot go on", "kind": "end"}

    def _end(self, why: BaseException) -> None:
        self._failure = self._failure or why
        self._over.set()

    async def _do(self, word: str, request: dict[str, Any]) -> dict[str, Any]:
        assignment, box = self._assignment, self._box
        if word in ("exec", "put", "get"):
            assignment.check_limits()
        match word:
            case "task":
                return {
                    "instance_id": assignment.instance.instance_id,
                    "number": assignment.number,
                    "problem": assignment.instance.prompt,
                    "messages": list(assignment.prompt),
                    "completion": assignment.completion,
                    "cwd": box.cwd,
                    "repository": isinstance(box, SealedBox) and box.tree is not None,
                }
            case "exec":
                return await self._exec(request)
            case "put":
                data = base64.b64decode(str(request["base64"]), validate=True)
                await box.put(str(request["path"]), data)
                assignment.trajectory.add_action("put", {"path": str(request["path"])}, f"{len(data)} bytes")
                return {}
            case "get":
                data = await box.get(str(request["path"]), max_bytes=MAX_LINE_BYTES // 2)
                return {"base64": base64.b64encode(data).decode()}
            case "ask":
                return await self._ask(request["messages"])
            case "draft" | "submit":
                if word == "draft" or "text" in request:
                    kind = SampleKind(request.get("kind", "answer"))
                    self.drafts.append(Draft(text=str(request["text"]), kind=kind, why="drafted"))
                if word == "submit":
                    self._over.set()
                return {}
        raise UsageError("do must be one of task, exec, put, get, ask, draft, submit")

    async def _ask(self, messages: object) -> dict[str, Any]:
        if not are_messages(messages):
            raise UsageError("messages must be a list of objects")
        try:
            answer = await self._assignment.ask(messages)
        except QuestionRefused as error:  # which could void its sample
            raise LimitReached("refused") from error
        usage = {"input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens}
        return {"text": answer.text, "finish_reason": answer.finish_reason, "usage": usage}

    async def _exec(self, request: dict[str, Any]) -> dict[str, Any]:
        command = request["command"]
        done = await self._box.exec(
            command,
            cwd=request.get("cwd"),
            env={str(name): str(value) for name, value in (request.get("env") or {}).items()},
            stdin=str(request.get("stdin", "")).encode(errors="replace"),
            timeout_s=request.get("timeout_s"),
            output_bytes=KEPT_BYTES,
        )
        out, err = (data.decode(errors="replace") for data in (done.stdout, done.stderr))
        arguments = {"command": command if isinstance(command, str) else shlex.join(command)}
        observation = cut_middle(out + err, OUTPUT_BYTES)
        self._assignment.trajectory.add_action("bash", arguments, observation, extra={"exit_code": done.returncode})
        return {
            "exit_code": done.returncode,
            "stdout": out,
            "stderr": err,
            "timed_out": done.timed_out,
            "truncated": done.truncated,
        }


def _on_host(program: str) -> list[str]:
    """The words of a program that is to run in another folder: `./agent` is in the current one."""
    first, *others = shlex.split(program)
    return [str(Path(first).absolute()) if "/" in first else first, *others]


async def _printed(stream: asyncio.StreamReader | None) -> str:
    """Drain what a program prints, and keep its end."""
    kept = b""
    while stream is not None and (some := await stream.read(1 << 16)):
        kept = (kept + some)[-OUTPUT_BYTES:]
    return kept.decode(errors="replace")
