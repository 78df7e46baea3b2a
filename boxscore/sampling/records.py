"""What a run that asks a model stores beside samples and results: lines of files, each with a checksum.

    answers.jsonl    every call of a model: `asked` before it is made, `answered` or `unanswered` once it has ended
    attempts.jsonl   every agent that has ended: its drafts, the last of which is the sample, and why it ended
    rounds.jsonl     how each earlier draft was graded
    judged.jsonl     what tests that may be seen said of drafts: results, see `boxscore.sampling.attempts`

No answer is used before its line is written, so that none is paid for twice. A call whose `asked` has no other line was
at work when the process ended: it may have been billed, and is counted as lost.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from boxscore.agents.contract import Draft  # noqa: TC001 - msgspec resolves the annotation
from boxscore.agents.rules import Flag  # noqa: TC001 - msgspec resolves the annotation
from boxscore.models.contract import Answer  # noqa: TC001 - msgspec resolves the annotation
from boxscore.records import Identifier, Outcome  # noqa: TC001 - msgspec resolves the annotation


class Asked(Struct, frozen=True, kw_only=True, tag_field="line", tag="asked"):
    """A question is about to be asked; `digest` is of the question and of the model.

    `most_usd` is what it costs at most, by the price and the tokens that an answer may have; None if not known.
    """

    instance_id: Identifier
    number: int
    turn: int
    digest: str
    most_usd: float | None = None


class Answered(Struct, frozen=True, kw_only=True, tag_field="line", tag="answered"):
    """An answer was received."""

    instance_id: Identifier
    number: int
    turn: int
    digest: str
    answer: Answer


class Unanswered(Struct, frozen=True, kw_only=True, tag_field="line", tag="unanswered"):
    """A call ended without an answer, and what was billed all the same; the question may be asked again."""

    instance_id: Identifier
    number: int
    turn: int
    digest: str
    reason: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0


class Attempt(Struct, frozen=True, kw_only=True):
    """An agent that has ended: one sample of an instance.

    `setup` is a hash of all that its end depends on but the model's answers. No drafts: it ended without any, and
    there is nothing to grade but an empty answer. `stop_reason` is empty where it ended by itself, else the limit's
    name or the agent's own word. `wall_s` is how long the agent took, in the process that it ended in; `turns` how many
    answers it used. `seal` is the proof of its box's, None where it had none. `flags` is what looks odd in what it did.
    """

    instance_id: Identifier
    sample_id: Identifier
    setup: str
    drafts: tuple[Draft, ...]
    stop_reason: str = ""
    wall_s: float = 0.0
    turns: int = 0
    seal: dict[str, Any] | None = None
    flags: tuple[Flag, ...] = ()


class Round(Struct, frozen=True, kw_only=True):
    """How one draft of a sample was graded, counted from 1; `key` is that of the result, as in `results.jsonl`."""

    instance_id: Identifier
    sample_id: Identifier
    round: int
    key: str
    outcome: Outcome
    why: str = ""
