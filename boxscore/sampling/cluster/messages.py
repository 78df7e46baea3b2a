"""What the process that started a run and a machine where its agents work say to each other.

To a machine go objects, as work that is to be graded does. From it come bytes, which are decoded strictly and never
unpickled. `agent` is the number of an agent at work, `request` that of what it asks for, from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from boxscore.agents.contract import Draft  # noqa: TC001 - msgspec resolves the annotation
from boxscore.agents.evidence import Evidence  # noqa: TC001 - msgspec resolves the annotation
from boxscore.agents.limits import Standing  # noqa: TC001 - msgspec resolves the annotation
from boxscore.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.models.contract import Answer
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance, Result
    from boxscore.run.executors.settings import GraderSettings

MAX_MESSAGE_BYTES = 64 << 20
Text = Annotated[str, Meta(max_length=MAX_MESSAGE_BYTES)]
Number = Annotated[int, Meta(ge=0)]


class LodgingSettings(Struct, frozen=True, kw_only=True):
    """What a machine must know to have an agent work there: its name with its options, and its file, if it has one.

    `file` is the content of the agent's own file, which is written there; None where it has none. `digest` is what
    `boxscore.agents.registry.digest_of` gives where the run was started. `owner` is written on boxes.
    """

    grader: GraderSettings
    agent: str
    options: dict[str, str]
    digest: str
    file: bytes | None = None
    owner: str = ""


class Begin(Struct, frozen=True, kw_only=True):
    """An agent is to begin."""

    agent: int
    instance: Instance
    number: int
    prompt: tuple[dict[str, Any], ...]
    completion: str | None
    standing: Standing


class Given(Struct, frozen=True, kw_only=True):
    """What an agent asked for: an answer, a verdict, or what its box is made of; `fault` says why there is none."""

    agent: int
    request: int
    standing: Standing
    answer: Answer | None = None
    result: Result | None = None
    box: BoxOrder | None = None
    fault: Fault | None = None


class BoxOrder:
    """Of what a sealed box is made; it travels as an object, since tasks are of any protocol's kind."""

    def __init__(self, task: Task, recipe: str | None) -> None:
        """Name the task, and the recipe of the image that samples of the benchmark are graded in."""
        self.task, self.recipe = task, recipe


class Drop(Struct, frozen=True, kw_only=True):
    """An agent is to end: nobody waits for it any more."""

    agent: int


class Fault(Struct, frozen=True, kw_only=True):
    """An error on its way to where it is raised again; `request` is that of the one that it came from, if it did."""

    kind: Text
    message: Text
    cause: Text = ""
    request: int | None = None


class Ready(Struct, frozen=True, kw_only=True, tag=True):
    """The machine can take agents."""

    host: Text


class Unavailable(Struct, frozen=True, kw_only=True, tag=True):
    """The machine cannot take agents."""

    reason: Text


class Asks(Struct, frozen=True, kw_only=True, tag=True):
    """An agent asks the model."""

    agent: Number
    request: Number
    messages: tuple[dict[str, Any], ...]
    completion: Text | None = None


class Judges(Struct, frozen=True, kw_only=True, tag=True):
    """An agent wants a draft to be graded by the tests that it may see."""

    agent: Number
    request: Number
    draft: Draft


class WantsBox(Struct, frozen=True, kw_only=True, tag=True):
    """An agent wants its box."""

    agent: Number
    request: Number


class Boxed(Struct, frozen=True, kw_only=True, tag=True):
    """What was proved of an agent's box, and in it."""

    agent: Number
    seal: dict[str, Any]
    evidence: Evidence | None = None


class Noted(Struct, frozen=True, kw_only=True, tag=True):
    """An agent did something: a tool's call and what came back, or where `tool` is empty, a message of `role`."""

    agent: Number
    tool: Text = ""
    arguments: dict[str, Any] = {}
    role: Text = ""
    said: Text = ""
    extra: dict[str, Any] | None = None


class Drafted(Struct, frozen=True, kw_only=True, tag=True):
    """An agent made a draft."""

    agent: Number
    draft: Draft


class Ended(Struct, frozen=True, kw_only=True, tag=True):
    """An agent has ended, by itself or by an error."""

    agent: Number
    stop_reason: Text = ""
    about: dict[str, Any] = {}
    fault: Fault | None = None


ToMachine = Begin | Given | Drop
OfAgent = Asks | Judges | WantsBox | Boxed | Noted | Drafted | Ended
FromMachine = Ready | Unavailable | OfAgent
_DECODER: msgspec.msgpack.Decoder[tuple[FromMachine, ...]] = msgspec.msgpack.Decoder(tuple[FromMachine, ...])


def encoded(messages: Sequence[FromMachine]) -> bytes:
    """Put messages into bytes that need no unpickling."""
    return msgspec.msgpack.encode(messages)


def decoded(data: bytes) -> tuple[FromMachine, ...]:
    """Read messages. Raises ProtocolError for what are none."""
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"what a machine of the cluster says cannot be read: {error}") from error
