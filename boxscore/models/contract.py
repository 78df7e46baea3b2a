"""What a model is to the rest of boxscore: it is asked a question and gives an answer that says what it cost."""

from __future__ import annotations

import asyncio
import math
import time
import typing
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Struct

from boxscore.checks import Count  # noqa: TC001 - a field's type, which msgspec reads
from boxscore.errors import ModelError, UsageError
from boxscore.option import MODEL, option
from boxscore.records import SampleKind  # noqa: TC001 - a field's type, which msgspec reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MILLION = 1_000_000
_CHECK_EVERY_S = 0.2


class Sampling(Struct, frozen=True, kw_only=True):
    """How a model is to answer. What is None is left to its provider; `max_tokens` are of the answer alone."""

    temperature: Annotated[float | None, option("--temperature", "The sampling temperature.", MODEL, metavar="T")] = (
        None
    )
    top_p: Annotated[
        float | None, option("--top-p", "Nucleus sampling: the share of probability to draw from.", MODEL, metavar="P")
    ] = None
    max_tokens: Annotated[Count | None, option("--max-tokens", "Most tokens of an answer.", MODEL, metavar="N")] = None
    stop: Annotated[
        tuple[str, ...],
        option(
            "--stop",
            "End answers before this text; may be repeated. \\n is a line end.",
            MODEL,
            metavar="TEXT",
            read=lambda text: text.replace("\\n", "\n").replace("\\t", "\t"),
        ),
    ] = ()
    seed: Annotated[int | None, option("--seed", "A seed for the model, if it takes one.", MODEL, metavar="N")] = None


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
    price is not known, and 0 for what costs nothing. `calls` counts them. `reasoning` is what the provider gave of the
    model's thoughts. `kind` says what the text is where the model knows, as a file of samples
    does; None where it is what any model says.
    """

    text: str
    finish_reason: str = ""
    usage: Usage = Usage()
    cost_usd: float | None = None
    calls: int = 1
    wall_s: float = 0.0
    reasoning: str = ""
    kind: SampleKind | None = None


class Price(Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens of questions and of answers, and for those read from a provider's cache.

    If `cached_usd` is None, cached tokens cost as much as any others of the question.
    """

    input_usd: float
    output_usd: float
    cached_usd: float | None = None

    def of(self, usage: Usage) -> float:
        """Dollars for so many tokens."""
        return self.of_tokens(usage.input_tokens, usage.output_tokens, cached=usage.cached_tokens)

    def of_tokens(self, input_tokens: float, output_tokens: float, *, cached: float = 0) -> float:
        """Dollars for so many tokens, which may be estimates; `cached` of the input come from the provider's cache."""
        cached_usd = self.input_usd if self.cached_usd is None else self.cached_usd
        new = input_tokens - cached
        return (new * self.input_usd + cached * cached_usd + output_tokens * self.output_usd) / _MILLION


FREE = Price(input_usd=0.0, output_usd=0.0)


def parse_price(text: str) -> Price:
    """Read `--price IN,OUT`: dollars for a million tokens. Raises UsageError."""
    try:
        input_usd, output_usd = (float(word) for word in text.split(","))
    except ValueError:
        input_usd = output_usd = math.nan
    if not (0 <= input_usd < math.inf and 0 <= output_usd < math.inf):
        raise UsageError(f"must be IN,OUT, dollars for a million tokens such as 2.5,10, not {text!r}")
    return Price(input_usd=input_usd, output_usd=output_usd)


class Model(typing.Protocol):
    """A model. `name` is what reports call it; `base` says where it is, empty where that is its provider's usual place.

    Two methods, of one event loop; questions may be asked at the same time. A model that knows what its tokens cost has
    a `price` as well, a `Price`: only then can a limit of dollars be kept.
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


def price_of(model: Model) -> Price | None:
    """What a model's tokens cost; None where that is not known."""
    price = getattr(model, "price", None)
    return price if isinstance(price, Price) else None


_UNWANTED: ContextVar[Callable[[], bool]] = ContextVar("boxscore_unwanted", default=lambda: False)


@contextmanager
def ended_once(unwanted: Callable[[], bool]) -> Iterator[None]:
    """Have pauses of models inside the block, and in tasks started in it, end once the answer is `unwanted`."""
    token = _UNWANTED.set(unwanted)
    try:
        yield
    finally:
        _UNWANTED.reset(token)


async def pause(seconds: float) -> None:
    """Wait before a question is asked again. Raises ModelError once nobody wants its answer."""
    unwanted, until = _UNWANTED.get(), time.monotonic() + seconds
    while (left_s := until - time.monotonic()) > 0:
        if unwanted():
            raise ModelError("the run was interrupted before the model could be asked again")
        await asyncio.sleep(min(left_s, _CHECK_EVERY_S))


def text_of(content: object) -> str:
    """The text of a message's content: itself, or that of its parts, with a word for each that is none."""
    if content is None:
        return ""
    if not isinstance(content, list | tuple):
        return str(content)
    texts = []
    for part in content:
        if not isinstance(part, dict):
            texts.append(str(part))
        else:
            text = part.get("text")
            texts.append(text if isinstance(text, str) else f"[{part.get('type', 'something')}]")
    return "\n".join(texts)


def whole_text(text: str) -> str:
    """A text that can be written as UTF-8: halves of surrogate pairs, which JSON may have, are joined or replaced."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
