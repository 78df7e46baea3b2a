"""Web-Bench's loop over a project: one task after the other, with feedback for a second attempt at it.

files, task ──▶ ask ──▶ files of the answer ──▶ over those that are there ──▶ judge ──passed──▶ the next task
     ▲                                                                          │
     └────────────────────── what failed, and the files as they are ◀───────────┘ all attempts failed: the end
"""

from __future__ import annotations

import typing
from typing import Any

from boxscore.agents.contract import Draft
from boxscore.agents.web.answer import UnreadableAnswer, read_files
from boxscore.agents.web.failure_text import error_of
from boxscore.agents.web.folder import Written, shown, written
from boxscore.agents.web.request import Request, body_of, messages_of, read_reply, request_of
from boxscore.errors import BoxError, UsageError
from boxscore.protocols.web.attempts import encode_attempts
from boxscore.protocols.web.detail import WebDetail
from boxscore.records import Outcome, SampleKind

if typing.TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.agents.contract import Assignment
    from boxscore.protocols.web.agent_walk import Walk, WalkStep
    from boxscore.records import Result

PASSED, FAILED = "passed", "task_failed"


class Manner(typing.Protocol):
    """How an attempt is asked for, and how the answer is read."""

    def messages(self, request: Request) -> list[dict[str, Any]]:
        """What is asked."""

    def files(self, answer: str) -> dict[str, str]:
        """The files of an answer. Raises UnreadableAnswer."""


class ChatManner:
    """Asks a model in the words of Web-Agent."""

    def messages(self, request: Request) -> list[dict[str, Any]]:
        """See `Manner`, and so with the other."""
        return messages_of(request)

    def files(self, answer: str) -> dict[str, str]:
        """Read the blocks."""
        return read_files(answer)


class EndpointManner:
    """Asks an agent behind an address, which reads JSON."""

    def messages(self, request: Request) -> list[dict[str, Any]]:
        """One message: the body of the request."""
        return [{"role": "user", "content": body_of(request)}]

    def files(self, answer: str) -> dict[str, str]:
        """Read the JSON."""
        return read_reply(answer)


class WebLoop:
    """The walk of one sample through the tasks of a project."""

    def __init__(self, assignment: Assignment, walk: Walk, manner: Manner) -> None:
        self._assignment, self._walk, self._manner = assignment, walk, manner
        self._files, self._told = {**walk.assets, **walk.first}, set(walk.first)
        self._attempts: list[tuple[str, Mapping[str, bytes]]] = []

    def draft(self, why: str) -> Draft:
        """All attempts so far as a draft."""
        return Draft(text=encode_attempts(self._attempts), kind=SampleKind.SOLUTION, why=why)

    async def run(self) -> str:
        """Go on until a task fails or none is left, and say which. Raises LimitReached, ModelError, BoxError."""
        for step in self._walk.steps:
            if await self._passes(step):
                continue
            if not step.tolerated:
                return FAILED
            self._files, self._told = {**self._walk.assets, **self._walk.start}, set(self._walk.start)
        return PASSED

    async def _passes(self, step: WalkStep) -> bool:
        """Attempt a task, and say whether an attempt passed."""
        error: str | None = None
        for number in range(1, self._walk.attempts + 1):
            seen = {path: content for path, content in self._files.items() if path in self._told}
            request = request_of(self._walk, step, shown(seen, self._walk.hidden), error)
            answer = await self._assignment.ask(self._manner.messages(request))
            done = self._write(answer.text)
            self._note(step, number, done)
            error = await self._attempted(step, done)
            if error is None:
                return True
        return False

    async def _attempted(self, step: WalkStep, done: Written) -> str | None:
        """Add an attempt to the sample, and say what is wrong with it; None if it passed."""
        before = self._files
        self._files = {**before, **done.files}
        self._told = set(self._files)
        self._attempts.append((step.name, done.files))
        if done.problem:
            return done.problem
        result = await self._judged()
        if _is_refused(result):  # with this attempt, the whole sample would be refused
            self._files = before
            self._attempts[-1] = (step.name, {})
        return _error_in(result, self._walk.specs_folder)

    def _write(self, answer: str) -> Written:
        try:
            return written(self._files, self._manner.files(answer))
        except UnreadableAnswer as error:
            return Written(files={}, problem=str(error))

    async def _judged(self) -> Result:
        """Judge the last attempt. Raises BoxError if that comes to no verdict."""
        result = await self._assignment.judge(self.draft("attempted"))
        if result is None:
            raise UsageError("the benchmark does not say how an attempt at one of its tasks is judged")
        if result.outcome is Outcome.INTERNAL:
            raise BoxError(f"an attempt was not judged: {result.reason}")
        return result

    def _note(self, step: WalkStep, number: int, done: Written) -> None:
        sizes = [f"{path} ({len(content):,} bytes)" for path, content in done.files.items()]
        said = ", ".join(sizes) or "no file changes"
        if done.problem:
            said = f"{said}; not judged: {done.problem}"
        self._assignment.trajectory.add_action("write", {"task": step.name, "attempt": number}, said)


def _is_refused(result: Result) -> bool:
    detail = WebDetail.of(result)
    return (detail is None or not detail.attempts) and result.outcome is not Outcome.PASSED


def _error_in(result: Result, specs_folder: str) -> str | None:
    detail = WebDetail.of(result)
    if detail is not None and detail.attempts:
        last = detail.attempts[-1]
        return None if last.outcome is Outcome.PASSED else error_of(last, specs_folder)
    return None if result.outcome is Outcome.PASSED else result.reason
