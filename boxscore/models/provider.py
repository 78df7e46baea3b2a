"""Ask the models of any provider, by litellm's names for them.

Retries are ours, by the list in docs/models.md: litellm's own differ by provider, and do not say what was billed for
answers that could not be used. That is part of the answer's cost, or of the error's.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import random
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct, structs

from boxscore.errors import ModelError, ModelUnusable
from boxscore.models.contract import Answer, Price, Usage, pause, report_failure
from boxscore.models.litellm_client import CONNECTIONS, MAX_RESPONSE_BYTES, captured_response, litellm
from boxscore.models.replies import (
    CHARS_PER_TOKEN,
    AnswerTooLong,
    Reply,
    RetryLater,
    estimated_usage,
    fault_of,
    message_of,
    no_choices,
    read_body,
    read_reply,
)
from boxscore.models.secrets import redacted, redacted_data, without_own_keys

if TYPE_CHECKING:
    from boxscore.models.contract import Question

_MILLION = 1_000_000
_CONNECT_S = 5.0
_COMPLETING = {"openai": "text-completion-openai"}  # litellm would ask models that it knows as chats otherwise
_COMPLETION_PROVIDERS = frozenset({"text-completion-openai", "azure_text", "text-completion-codestral"})


class Patience(Struct, frozen=True, kw_only=True):
    """How long one question is asked: times an attempt may take and all together, how many, and pauses between them.

    Pauses grow from `first_pause_s` twofold, each by chance shorter. A provider's own wish to be left alone is kept to
    up to `longest_wait_s`. Refusals for the rate are none of the `attempts`: they end with `total_s` alone.
    """

    attempts: int = 8
    attempt_s: float = 600.0
    total_s: float = 3600.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    longest_wait_s: float = 300.0


PATIENCE = Patience()
NEVER_ANSWERED = 5  # questions given up before the first answer: then the model is


class ProviderModel:
    """A model of a provider. `price` is None where nobody knows it. Whoever asks bounds the questions at a time."""

    def __init__(
        self, name: str, *, api_base: str | None = None, price: Price | None = None, patience: Patience = PATIENCE
    ) -> None:
        """Import litellm and find the name in it; nobody is asked. Raises UsageError, ModelUnusable."""
        self.name, self.patience = name, patience
        self._api_base, self._own_price = api_base, price
        self._is_open = False
        self._answered, self._given_up = False, 0
        self._closed_until = -math.inf  # nobody asks before: the provider wants it so
        try:
            self._model, self._provider, _, _ = litellm().get_llm_provider(name, api_base=api_base)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the name
            why = "" if isinstance(error, litellm().BadRequestError) else f" ({message_of(error)})"
            raise ModelUnusable(
                f"no model {name!r}: it is neither gold, replay:FILE nor command:PROGRAM, nor does litellm know its "
                f"provider, as in openai/gpt-5 (https://docs.litellm.ai/docs/providers){why}"
            ) from None
        self.base = redacted(api_base or _usual_base(self._provider))
        self.price = price or self._listed_price()

    def check(self) -> None:
        """Find out whether a question can be asked at all, without asking one. Raises ModelUnusable.

        It needs the provider's key, where that has only one way to be given, and a server of the user's must take
        connections.
        """
        missing = litellm().validate_environment(self.name, api_base=self._api_base)["missing_keys"]
        if len(missing) == 1 and missing[0].endswith("_API_KEY"):
            hint = "; a server that needs none takes any" if self.base else ""
            raise ModelUnusable(f"{self.name} needs a key: set {missing[0]} in the environment{hint}")
        parts = urlsplit(self._api_base or _usual_base(self._provider))
        if not parts.hostname or (parts.scheme in getproxies() and not proxy_bypass(parts.hostname)):
            return
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname, port), timeout=_CONNECT_S).close()
        except (ConnectionRefusedError, socket.gaierror) as error:
            raise ModelUnusable(f"{self.name} cannot be asked: {self.base}: {error.strerror or error}") from None
        except (OSError, ValueError):
            return  # it may yet work

    async def answer(self, question: Question) -> Answer:
        """Ask until there is an answer. Raises ModelError, with what was billed."""
        if not self._is_open:
            self._is_open = True
            CONNECTIONS.open()
        patience, bill = self.patience, _Bill(self, question)
        began, failures = time.monotonic(), 0
        for attempt in itertools.count(1):
            if (closed_s := self._closed_until - time.monotonic()) > 0:
                await bill.pause(closed_s)
            try:
                reply = await self._call(question)
                break
            except RetryLater as fault:
                bill.add(fault.reply)
                failures += not fault.rate_limited
                report_failure(str(fault))
                if failures >= patience.attempts or time.monotonic() - began >= patience.total_s:
                    raise bill.charged(self._no_answer(fault, attempt)) from None
                if fault.retry_after_s is not None:
                    wait_s = min(fault.retry_after_s, patience.longest_wait_s)
                    self._closed_until = max(self._closed_until, time.monotonic() + wait_s)
                longest_s = min(patience.longest_pause_s, patience.first_pause_s * 2 ** min(attempt - 1, 30))
                await bill.pause(random.uniform(0, longest_s))  # noqa: S311 - so that not all come back at once
            except AnswerTooLong as error:
                # Billed for what was read of it at least.
                bill.add_usage(Usage(output_tokens=-(-MAX_RESPONSE_BYTES // CHARS_PER_TOKEN), estimated=True))
                raise bill.charged(error) from None
            except ModelError as error:
                raise bill.charged(error) from None
        self._answered = True
        bill.add(reply)
        return bill.answer(reply, wall_s=time.monotonic() - began)

    def _no_answer(self, last: RetryLater, attempts: int) -> ModelError:
        """Why a question is given up; where nobody has ever answered, so is the model: an address is wrong, say."""
        self._given_up += 1
        if self._answered or self._given_up < NEVER_ANSWERED:
            return ModelError(f"{self.name} gave no answer, asked {attempts} times: {last}")
        return ModelUnusable(
            f"{self.name} has answered none of {self._given_up} questions, each asked {attempts} times: {last}"
        )

    async def close(self) -> None:
        """Close connections that no other model uses."""
        if self._is_open:
            self._is_open = False
            await CONNECTIONS.close()

    async def _call(self, question: Question) -> Reply:
        """Ask once. Raises RetryLater, ModelError; what was billed in vain is in the error's `reply`."""
        with captured_response() as captured:
            try:
                async with asyncio.timeout(self.patience.attempt_s):
                    response = await self._litellm_call(question)
            except ModelError:
                raise
            except Exception as error:  # noqa: BLE001 - litellm raises what its providers' libraries do
                if captured.too_long:
                    limit = f"{MAX_RESPONSE_BYTES:,} bytes"
                    raise AnswerTooLong(f"{self.name} sent an answer of more than {limit}") from None
                reply = read_body(captured.body)
                if reply is not None and reply.text is not None:
                    return reply  # litellm could not read it, for its usage, but we can
                fault = fault_of(litellm(), error, self.name)
                if isinstance(fault, RetryLater) and reply is not None:
                    fault = no_choices(reply)
                raise fault from None
        reply = read_reply(response.model_dump())
        as_received = read_body(captured.body)
        if as_received is not None:
            reply = structs.replace(reply, raw=as_received.raw, usage=as_received.usage)
        if reply.text is None:
            raise no_choices(reply)
        return reply

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
        if question.completion is None:
            messages = [dict(message) for message in question.messages]
            return await litellm().acompletion(model=self.name, messages=messages, **given)
        provider = _COMPLETING.get(self._provider, self._provider)
        if (
            provider not in _COMPLETION_PROVIDERS
            and provider not in litellm().openai_text_completion_compatible_providers
        ):
            raise ModelUnusable(
                f"{self.name}: litellm has no completions of {self._provider}, only chats; "
                "a server that speaks OpenAI's protocol is asked as openai/NAME with --api-base"
            )
        return await litellm().atext_completion(model=f"{provider}/{self._model}", prompt=question.completion, **given)

    def cost(self, usage: Usage, raw: dict[str, Any]) -> float | None:
        """What an answer costs, never less than nothing; None where the price is not known.

        litellm's tables know prices for long questions and written caches too.
        """
        if self.price is None:
            return None
        if self._own_price is None and not usage.estimated:
            try:
                counted = litellm().Usage(**raw["usage"])
                details = counted.prompt_tokens_details
                if details is None or (details.cached_tokens or 0) <= usage.input_tokens:
                    costs = litellm().cost_per_token(
                        model=self._model, custom_llm_provider=self._provider, usage_object=counted
                    )
                    if min(costs) >= 0:
                        return float(sum(costs))
            except Exception:  # noqa: BLE001, S110 - an unknown model is a bare Exception
                pass
        return max(0.0, self.price.of(usage))

    def _listed_price(self) -> Price | None:
        """The price in litellm's tables, for questions of usual length; None where they have none.

        litellm takes a model that it does not know, or knows no price of, for free: that is not believed.
        """
        try:
            key = litellm().get_model_info(model=self._model, custom_llm_provider=self._provider)["key"]
            listed = litellm().model_cost[key]
        except Exception:  # noqa: BLE001 - it raises a bare Exception for an unknown model
            return None
        names = ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")
        inward, outward, cached = (
            value * _MILLION if isinstance(value, int | float) and 0 <= value < math.inf else None
            for value in map(listed.get, names)
        )
        if inward is None or outward is None:
            return None
        return Price(input_usd=inward, output_usd=outward, cached_usd=cached)


class _Bill:
    """What the attempts of one question cost together, and how long it waited."""

    def __init__(self, model: ProviderModel, question: Question) -> None:
        self._model, self._question = model, question
        self._usage, self._calls, self._waited_s = Usage(), 0, 0.0
        self._cost: float | None = 0.0

    async def pause(self, seconds: float) -> None:
        began = time.monotonic()
        try:
            await pause(seconds)
        except ModelError as error:
            raise self.charged(error) from None
        finally:
            self._waited_s += time.monotonic() - began

    def add(self, reply: Reply | None) -> None:
        """Charge a reply; one that says neither anything nor what it took is not billed, as far as we know."""
        if reply is not None and reply.usage is not None:
            self.add_usage(reply.usage, reply.raw)
        elif reply is not None and reply.text is not None:
            self.add_usage(estimated_usage(self._question, reply.text))

    def add_usage(self, usage: Usage, raw: dict[str, Any] | None = None) -> None:
        cost = self._model.cost(usage, raw or {})
        self._calls += 1
        self._cost = None if self._cost is None or cost is None else self._cost + cost
        self._usage = Usage(
            input_tokens=self._usage.input_tokens + usage.input_tokens,
            output_tokens=self._usage.output_tokens + usage.output_tokens,
            cached_tokens=self._usage.cached_tokens + usage.cached_tokens,
            estimated=self._usage.estimated or usage.estimated,
        )

    def answer(self, reply: Reply, *, wall_s: float) -> Answer:
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


def _usual_base(provider: str) -> str:
    """Where the environment says that a provider is, by the names that litellm looks for; "" where it says nothing."""
    words = provider.removeprefix("text-completion-").replace("-", "_").upper()
    names = (f"{words}_BASE_URL", f"{words}_API_BASE")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
