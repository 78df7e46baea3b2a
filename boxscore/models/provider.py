"""Ask the models of any provider, by litellm's names for them.

    question ─▶ pace ─▶ litellm ─▶ provider ─▶ reply ─▶ answer with its bill
                  ▲         │
                  └─ again ─┘ what goes away by itself, a bounded number of times

Retries are ours alone, by the list in docs/models.md; what a provider bills for answers that could not be used is part
of the answer's cost, or of the error's.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING, Any

import tenacity
from msgspec import Struct, structs

from boxscore.errors import ModelError, ModelUnusable
from boxscore.log import event
from boxscore.models.contract import Answer, Usage
from boxscore.models.faults import AskAgain, fault_of, said, unusable
from boxscore.models.library import CONNECTIONS, MAX_RESPONSE_BYTES, bodies, litellm
from boxscore.models.price import Price, listed_price
from boxscore.models.replies import Reply, estimated_usage, read_body, read_reply
from boxscore.models.secrets import redacted, redacted_data, without_own_keys
from boxscore.models.silence import Silence
from boxscore.models.waits import waiting, while_wanted

if TYPE_CHECKING:
    from boxscore.models.contract import Question
    from boxscore.models.pace import Pace

_COMPLETING = {"openai": "text-completion-openai"}  # litellm would ask models that it knows as chats otherwise
_COMPLETION_PROVIDERS = frozenset({"text-completion-openai", "azure_text", "text-completion-codestral"})


class Patience(Struct, frozen=True, kw_only=True):
    """How long one question is asked: times an attempt may take and all together, how many, and pauses between them.

    Pauses grow from `first_pause_s` twofold, each by chance shorter. A provider's own wish to be left alone is kept to
    up to `longest_wait_s`.
    """

    attempts: int = 8
    attempt_s: float = 600.0
    total_s: float = 3600.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    longest_wait_s: float = 300.0


PATIENCE = Patience()
NEVER_ANSWERED = 5  # questions given up before the first answer: then the model is


class AnswerTooLong(ModelError):  # noqa: N818 - what happened says it best
    """An answer was not read to its end: it is too long to be one, and to ask again would cost as much again."""


class ProviderModel:
    """A model of a provider. `price` is None where nobody knows it; `pace` is shared by all that is asked of it."""

    def __init__(
        self,
        name: str,
        *,
        api_base: str | None = None,
        price: Price | None = None,
        pace: Pace,
        patience: Patience = PATIENCE,
    ) -> None:
        """Import litellm and look the name up; nobody is asked. Raises UsageError, ModelUnusable."""
        self.name = name
        self.pace = pace
        self.patience = patience
        self._api_base, self._own_price = api_base, price
        self._opened = False
        self._answered, self._given_up = False, 0
        self.silence = Silence(name)
        try:
            self._model, self._provider, _, _ = litellm().get_llm_provider(name, api_base=api_base)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the name
            why = "" if isinstance(error, litellm().BadRequestError) else f" ({said(error)})"
            raise ModelUnusable(
                f"no model {name!r}: it is neither gold, replay:FILE nor command:PROGRAM, nor does litellm know its "
                f"provider, as in openai/gpt-5 (https://docs.litellm.ai/docs/providers){why}"
            ) from None
        self.base = redacted(api_base or _usual_base(self._provider))
        self.price = price or listed_price(litellm(), self._model, self._provider)

    async def answer(self, question: Question) -> Answer:
        """Ask until there is an answer. Raises ModelError, with what was billed."""
        if not self._opened:
            self._opened = True
            CONNECTIONS.opened()
        asking = _Asking(self, question)
        patience, began = self.patience, time.monotonic()
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(AskAgain),
            stop=tenacity.stop_after_attempt(patience.attempts) | tenacity.stop_after_delay(patience.total_s),
            wait=tenacity.wait_random_exponential(patience.first_pause_s, patience.longest_pause_s),
            sleep=asking.pause,
            reraise=True,
        )
        try:
            reply: Reply = await retrying(asking.ask)
        except AskAgain as last:
            raise asking.charged(self._gave_none(last, retrying.statistics.get("attempt_number", 1))) from None
        except ModelError as error:
            raise asking.charged(error) from None
        self._answered = True
        return asking.answer(reply, wall_s=time.monotonic() - began)

    def _gave_none(self, last: AskAgain, attempts: int) -> ModelError:
        """Why a question is given up; where nobody has ever answered, so is the model: an address is wrong, say."""
        self._given_up += 1
        if self._answered or self._given_up < NEVER_ANSWERED:
            return ModelError(f"{self.name} gave no answer, asked {attempts} times: {last}")
        return ModelUnusable(
            f"{self.name} has answered none of {self._given_up} questions, each asked {attempts} times: {last}"
        )

    async def close(self) -> None:
        """Close connections that no other model uses."""
        self.pace.close()
        if self._opened:
            self._opened = False
            await CONNECTIONS.closed()

    async def call(self, question: Question) -> Reply:
        """Ask once. Raises AskAgain, ModelError; what was billed in vain is in the error's `reply`."""
        with bodies() as sent:
            try:
                async with asyncio.timeout(self.patience.attempt_s):
                    response = await self._litellm_call(question)
            except ModelError:
                raise
            except Exception as error:  # noqa: BLE001 - litellm raises what its providers' libraries do
                if sent.too_long:
                    raise AnswerTooLong(
                        f"{self.name} sent an answer of more than {MAX_RESPONSE_BYTES:,} bytes"
                    ) from None
                reply = read_body(sent[-1]) if sent else None
                if reply is not None and reply.text is not None:
                    return reply  # litellm could not read it, for its usage, but we can
                fault = fault_of(litellm(), error, self.name)
                if isinstance(fault, AskAgain) and reply is not None:
                    fault = unusable(reply)
                raise fault from None
        reply = read_reply(response.model_dump())
        as_sent = read_body(sent[-1]) if sent else None
        if as_sent is not None:
            reply = structs.replace(reply, raw=as_sent.raw, usage=as_sent.usage)
        if reply.text is None:
            raise unusable(reply)
        return reply

    def cost(self, usage: Usage, raw: dict[str, Any]) -> float | None:
        """What an answer costs, never less than nothing; None where the price is not known."""
        if self.price is None:
            return None
        if self._own_price is None and not usage.estimated:
            listed = self._listed_cost(usage, raw)
            if listed is not None:
                return listed
        return max(0.0, self.price.of(usage))

    async def _litellm_call(self, question: Question) -> Any:
        sampling = question.sampling
        wanted = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "stop": list(sampling.stop) or None,
            # Else all samples of an instance would be the same one.
            "seed": None if sampling.seed is None else sampling.seed + question.number,
            "api_base": self._api_base,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        given |= {"timeout": self.patience.attempt_s, "num_retries": 0, "max_retries": 0}
        if question.completion is not None:
            name = self._completing_name()
            return await litellm().atext_completion(model=name, prompt=question.completion, **given)
        messages = [dict(message) for message in question.messages]
        return await litellm().acompletion(model=self.name, messages=messages, **given)

    def _completing_name(self) -> str:
        """The model's name where it goes on with a text. Raises ModelUnusable where it can only be asked as a chat."""
        provider = _COMPLETING.get(self._provider, self._provider)
        if provider in _COMPLETION_PROVIDERS or provider in litellm().openai_text_completion_compatible_providers:
            return f"{provider}/{self._model}"
        raise ModelUnusable(
            f"{self.name}: litellm has no completions of {self._provider}, only chats; "
            "a server that speaks OpenAI's protocol is asked as openai/NAME with --api-base"
        )

    def _listed_cost(self, usage: Usage, raw: dict[str, Any]) -> float | None:
        """The cost by litellm's tables, which know prices for long questions and written caches; None without one."""
        try:
            counted = litellm().Usage(**raw["usage"])
            details = counted.prompt_tokens_details
            if details is not None and (details.cached_tokens or 0) > usage.input_tokens:
                return None
            inward, outward = litellm().cost_per_token(
                model=self._model, custom_llm_provider=self._provider, usage_object=counted
            )
        except Exception:  # noqa: BLE001 - an unknown model is a bare Exception
            return None
        return float(inward + outward) if inward >= 0 and outward >= 0 else None


def _usual_base(provider: str) -> str:
    """Where the environment says that a provider is, by the names that litellm looks for; "" where it says nothing."""
    words = provider.removeprefix("text-completion-").replace("-", "_").upper()
    names = (f"{words}_BASE_URL", f"{words}_API_BASE")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


class _Asking:
    """One question on its way through attempts: what they cost together, and how long it waited."""

    def __init__(self, model: ProviderModel, question: Question) -> None:
        self._model, self._question = model, question
        self._usage, self._calls, self._waited_s = Usage(), 0, 0.0
        self._cost: float | None = 0.0

    async def pause(self, seconds: float) -> None:
        """Wait before the next attempt. Raises ModelError once nobody wants one."""
        self._waited_s += seconds
        sleeping = asyncio.ensure_future(asyncio.sleep(seconds))
        try:
            with waiting():
                await while_wanted(sleeping)
        finally:
            sleeping.cancel()

    async def ask(self) -> Reply:
        """Make one attempt, when its turn has come. Raises AskAgain, ModelError."""
        pace = self._model.pace
        async with pace.turn() as turn:
            self._waited_s += turn.waited_s
            try:
                reply = await self._model.call(self._question)
            except AskAgain as again:
                wait_s = again.retry_after_s if again.slow_down else None
                wait_s = wait_s and min(wait_s, self._model.patience.longest_wait_s)
                if again.slow_down:
                    pace.refused(turn, retry_after_s=wait_s)
                self._model.silence.failed(str(again), wait_s=wait_s)
                if again.reply is not None:
                    self._charge(again.reply)
                self._tell(again)
                raise
            except AnswerTooLong:  # it was billed, for what was read of it at least
                self._charge(Reply(raw={}, text="x" * MAX_RESPONSE_BYTES))
                raise
            pace.answered()
            self._model.silence.answered()
        self._charge(reply)
        return reply

    def _tell(self, again: AskAgain) -> None:
        asked = self._question
        event(
            "model_not_answering",
            logging.DEBUG,
            model=self._model.name,
            instance=asked.instance_id,
            sample=str(asked.number),
            reason=str(again),
            at_once=int(self._model.pace.limit),
        )

    def answer(self, reply: Reply, *, wall_s: float) -> Answer:
        """The answer, with all that it took."""
        return Answer(
            text=without_own_keys(reply.text or ""),
            finish_reason=reply.finish_reason,
            usage=self._usage,
            cost_usd=self._cost,
            calls=self._calls,
            wall_s=wall_s,
            waited_s=self._waited_s,
            raw=redacted_data(reply.raw),
        )

    def charged(self, error: ModelError) -> ModelError:
        """An error that says what was billed all the same."""
        return type(error)(
            str(error),
            calls=self._calls,
            input_tokens=self._usage.input_tokens,
            output_tokens=self._usage.output_tokens,
            cost_usd=self._cost,
        )

    def _charge(self, reply: Reply) -> None:
        """Add what a reply costs; one that says neither anything nor what it took is not billed, as far as we know."""
        usage = reply.usage
        if usage is None:
            if reply.text is None:
                return
            usage = estimated_usage(self._question, reply.text)
        cost = self._model.cost(usage, reply.raw)
        self._calls += 1
        self._cost = None if self._cost is None or cost is None else self._cost + cost
        self._usage = Usage(
            input_tokens=self._usage.input_tokens + usage.input_tokens,
            output_tokens=self._usage.output_tokens + usage.output_tokens,
            cached_tokens=self._usage.cached_tokens + usage.cached_tokens,
            estimated=self._usage.estimated or usage.estimated,
        )
