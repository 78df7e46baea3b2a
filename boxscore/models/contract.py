"""What a model is to the rest of boxscore: it is asked a question and gives an answer that says what it cost."""

from __future__ import annotations

import typing
from typing import Any

from msgspec import Struct

from boxscore.records import SampleKind  # noqa: TC001 - a field's type, which msgspec reads


class Sampling(Struct, frozen=True, kw_only=True):
    """How a model is to answer. What is None is left to its provider; `max_tokens` are of the answer alone."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None


class Question(Struct, frozen=True, kw_only=True):
    """What a model is asked: one turn of a conversation.

    `messages` are those of a chat, `role` and `content`; a base model is asked to go on with `completion` instead, and
    then `messages` is empty. `number` tells the samples of an instance apart, from 0, and `turn` the questions of one
    sample, from 0: equal questions with other numbers are other questions, or n samples would be one. `template_digest`
    is of the prompt's template.
    """

    instance_id: str
    number: int
    turn: int = 0
    messages: tuple[dict[str, Any], ...] = ()
    completion: str | None = None
    sampling: Sampling = Sampling()
    template_digest: str = ""


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens as a provider counts them; `cached_tokens` are those of the input that it read from its own cache.

    `estimated`: it did not say, or nothing that can be true, and they were counted here.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """What a model said, and what it took.

    `finish_reason` is the provider's word (`stop`, `length`, `content_filter`), empty where it gave none. `usage` and
    `cost_usd` are of all calls that were billed, those too whose answer could not be used; `cost_usd` is None where the
    price is not known, and 0 for what costs nothing. `calls` counts them. `cached`: it was kept from an earlier run,
    and nobody was asked: then `calls` and `cost_usd` are 0, `usage` is what it took at the time, `saved_usd` what it
    cost. Of `wall_s`, `waited_s` passed before its turn came or a provider took questions again. `raw` is the last
    response as the provider gave it, without what authorizes anybody. `kind` is what the text is where the model knows,
    as a file of samples does; None where it is what any model says.
    """

    text: str
    finish_reason: str = ""
    usage: Usage = Usage()
    cost_usd: float | None = None
    calls: int = 1
    cached: bool = False
    saved_usd: float | None = None
    wall_s: float = 0.0
    waited_s: float = 0.0
    raw: dict[str, Any] = {}
    kind: SampleKind | None = None


class Model(typing.Protocol):
    """A model. `name` is what reports call it; `base` says where it is, empty where that is its provider's usual place.

    Two methods, of one event loop; questions may be asked at the same time. A model that knows what its tokens cost has
    a `price` as well, a `boxscore.models.price.Price`: only then can a limit of dollars be kept.
    """

    name: str
    base: str

    async def answer(self, question: Question) -> Answer:
        """Answer, after as many retries as are sensible.

        Raises ModelError where there is no answer to be had: ContextOverflow if the question is longer than the model
        takes, ModelUnusable if no question will ever be answered (a wrong key, a model that does not exist).
        """

    async def close(self) -> None:
        """Give up connections; again, nothing happens."""
