"""What an agent is asked for an attempt: as Web-Agent's messages, or as a request to an HTTP agent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.agents.texts import filled
from boxscore.agents.web.answer import UnreadableAnswer
from boxscore.agents.web.folder import listed
from boxscore.agents.web.script import SPACE
from boxscore.protocols.web.agent_walk import INIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.web.agent_walk import Walk, WalkStep

_CONTEXT = 1_000_000  # characters: what Web-Agent takes every model's context for
_FULL = " \n Do not compress the original code in file and return full file."
_ONLY_CODE = "I only want the returned results to contain code, without any explanations."
_FENCE = "```"


class Request(Struct, frozen=True, kw_only=True):
    """One attempt at a task: its words, the existing files, and what is wrong with them, None at first."""

    kind: str
    text: str
    files: Mapping[str, str]
    error: str | None = None


class Reply(Struct, frozen=True):
    """The part of an HTTP agent's answer that decides anything."""

    files: dict[str, str]


def request_of(walk: Walk, step: WalkStep, files: Mapping[str, str], error: str | None) -> Request:
    """The request for a step. That of `init` says in words which files there are, and how to name them."""
    if step.name != INIT:
        return Request(kind="normal", text=step.text, files=files, error=error)
    ended = step.text.endswith("\n") or step.text.strip(SPACE).endswith(".")
    there = listed(walk.start)
    lines = (
        step.text if ended else f"{step.text}.",
        "Add filename after code block.",
        "The filename should appear on the line following the language specifier in your code block.",
        f"The existing files: {','.join(there)}" if there else "",
    )
    return Request(kind=INIT, text="\n".join(lines), files=files, error=error)


def messages_of(request: Request) -> list[dict[str, Any]]:
    """Web-Agent's messages, without history: each attempt is asked for afresh."""
    parts = [f"{_FENCE}{path}\n{text}\n{_FENCE}" for path, text in request.files.items()]
    parts.append(f"{request.text}{_FULL}")
    parts.append(_with_error(request.files, request.error) if request.error else _ONLY_CODE)
    # Web-Agent joins a message of more than a third of the context by line ends, and shorter ones by nothing.
    separate = _units("\n".join(parts)) > _CONTEXT / 3
    system = f"\n{filled('web_bench_system')}\n"
    return [{"role": "system", "content": system}, {"role": "user", "content": ("\n" if separate else "").join(parts)}]


def body_of(request: Request) -> str:
    """The request as JSON, as `JSON.stringify` writes it."""
    fields: dict[str, Any] = {"files": dict(request.files), "type": request.kind, "task": request.text}
    if request.error is not None:
        fields["error"] = request.error
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def read_reply(text: str) -> dict[str, str]:
    """The files that an HTTP agent answers. Raises UnreadableAnswer."""
    try:
        return msgspec.json.decode(text.removeprefix("\ufeff").encode(errors="replace"), type=Reply).files
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableAnswer(f'the answer is not {{"files": {{"PATH": "TEXT"}}}}: {error}') from None


def _with_error(paths: Sequence[str] | Mapping[str, str], error: str) -> str:
    names = ",".join(paths)
    return (
        "I got the following error, please help me to fix error and apply changes to origin files, return the full "
        f"files about  {names} for me. And always include filename with the absolute path in any code block you "
        f"generate based on that file. \n{error}"
    )


def _units(text: str) -> int:
    """The length of a text in JavaScript."""
    return len(text) + sum(character > "\uffff" for character in text)
