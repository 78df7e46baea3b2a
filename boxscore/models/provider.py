"""Ask the models of any provider, by litellm's names for them, and read what they send by its forms.

Retries are ours, by the list in docs/models.md: litellm's own differ by provider, and do not say what was billed for
answers that could not be used. That is part of the answer's cost, or of the error's. litellm gives each provider's
errors classes after OpenAI's, with the HTTP status; what is not known to go away by itself is not asked again.
"""

from __future__ import annotations

import asyncio
import email.utils
import functools
import importlib
import itertools
import math
import os
import random
import re
import socket
import time
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct

from boxscore.errors import ContextOverflow, ModelError, ModelUnusable, QuestionRefused, UsageError
from boxscore.models.contract import Answer, Price, Usage, pause, text_of, whole_text
from boxscore.models.secrets import redacted, without_own_keys
from boxscore.resources import how_to_install

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.models.contract import Question

_MILLION = 1_000_000
RATE_LIMITED = frozenset({429, 503, 529})  # the provider has too much to do
RETRIED = frozenset({408, 409, 425, *RATE_LIMITED})  # and all from 500 on
UNUSABLE = frozenset({401, 402, 403, 404})  # no question will be answered
SERVER_FAILED = 500
CHARS_PER_TOKEN = 3  # fewer than most texts have: what is estimated here is charged to a budget
_MAX_TOKENS = 1 << 40  # more than anybody bills; a larger number is nonsense
_ORIGINS = re.compile(r"^(?:(?:litellm\.)?\w+(?:Error|Timeout): |\w+Exception - )+")  # litellm's names, one in another
_MAX_CHARS, _MAX_READ = 600, 20_000
_TOO_LONG = "request too large"  # for a minute's tokens, or with status 413: litellm says both are rate limits
_NO_KEY_OR_MONEY = (  # which litellm reports as failures of the server or rate limits
    "missing credentials",
    "api_key client option must be set",
    "insufficient_quota",
    "billing_hard_limit",
    "exceeded your current quota",
    "credit balance is too low",
)
_CONNECT_S = 5.0
_MAX_CONNECTIONS = 1000  # what really bounds them is the number of questions at a time
_COMPLETING = {"openai": "text-completion-openai"}  # litellm would ask models that it knows as chats otherwise
_COMPLETION_PROVIDERS = frozenset({"text-completion-openai", "azure_text", "text-completion-codestral"})
# By itself it would fetch its table of prices from the network, and read a `.env` file beside or above it.
_WHILE_IMPORTING = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}


@functools.cache
def litellm() -> Any:
    """Import litellm, which takes seconds. Raises UsageError where it is not installed, or cannot be imported."""
    added = {name: value for name, value in _WHILE_IMPORTING.items() if name not in os.environ}
    os.environ.update(added)
    try:
        module: Any = importlib.import_module("litellm")
    except ModuleNotFoundError as error:
        why = f"litellm cannot be imported: {error}"
        if error.name == "litellm":
            why = f"models of providers need litellm, which is not installed: {how_to_install('models')}"
        raise UsageError(why) from error
    finally:
        for name in added:
            os.environ.pop(name, None)
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")  # of answers that are not as they should
    module.suppress_debug_info = True  # it prints hints to standard output
    module.disable_aiohttp_transport = True  # its sessions cannot all be closed
    return module


class _Connections:
    """The connections of this process to providers, which litellm keeps in one place for all models of an event loop.

    `open` and `close` are called once by each model that asks; the last one to close ends them all.
    """

    def __init__(self) -> None:
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        import httpx  # noqa: PLC0415 - comes with litellm

        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # what an earlier loop has left is forgotten
            self._users, self._loop = 0, loop
            litellm().in_memory_llm_clients_cache.flush_cache()
            limits = httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=100)
            litellm().aclient_session = httpx.AsyncClient(limits=limits, timeout=PATIENCE.attempt_s)
        self._users += 1

    async def close(self) -> None:
        if self._loop is not asyncio.get_running_loop():
            return
        self._users -= 1
        if self._users == 0:
            session, litellm().aclient_session, self._loop = litellm().aclient_session, None, None
            await session.aclose()
            await litellm().close_litellm_async_clients()
            litellm().in_memory_llm_clients_cache.flush_cache()


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
_CONNECTIONS = _Connections()


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
                f"no model {name!r}: it is not gold, nor does litellm know its "
                f"provider, as in openai/gpt-5 (https://docs.litellm.ai/docs/providers){why}"
            ) from None
        self._server = api_base or _usual_base(self._provider)
        self.base = redacted(self._server)
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
        parts = urlsplit(self._server)
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
            _CONNECTIONS.open()
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
                if failures >= patience.attempts or time.monotonic() - began >= patience.total_s:
                    raise bill.charged(self._no_answer(fault, attempt)) from None
                if fault.retry_after_s is not None:
                    wait_s = min(fault.retry_after_s, patience.longest_wait_s)
                    self._closed_until = max(self._closed_until, time.monotonic() + wait_s)
                longest_s = min(patience.longest_pause_s, patience.first_pause_s * 2 ** min(attempt - 1, 30))
                await bill.pause(random.uniform(0, longest_s))  # noqa: S311 - so that not all come back at once
            except ModelError as error:
                raise bill.charged(error) from None
        self._answered = True
        bill.add(reply)
        return Answer(
            text=without_own_keys(reply.text or ""),
            finish_reason=reply.finish_reason,
            usage=bill.usage,
            cost_usd=bill.cost_usd,
            calls=bill.calls,
            wall_s=time.monotonic() - began,
            reasoning=without_own_keys(reply.reasoning),
        )

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
            await _CONNECTIONS.close()

    async def _call(self, question: Question) -> Reply:
        """Ask once. Raises RetryLater, ModelError; what was billed in vain is in the error's `reply`."""
        try:
            async with asyncio.timeout(self.patience.attempt_s):
                response = await self._litellm_call(question)
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 - litellm raises what its providers' libraries do
            raise fault_of(litellm(), error, self.name) from None
        reply = read_reply(response.model_dump())
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

    def cost_usd(self, usage: Usage, raw: dict[str, Any]) -> float | None:
        """What an answer costs, never less than nothing; None where the price is not known.

        litellm's tables know prices for long questions and written caches too.
        """
        if self.price is None:
            return None
        if self._own_price is None and not usage.estimated:
            try:
                counted = litellm().Usage(**raw["usage"])
                costs = litellm().cost_per_token(
                    model=self._model, custom_llm_provider=self._provider, usage_object=counted
                )
            except Exception:  # noqa: BLE001 - an unknown model is a bare Exception
                costs = (-1.0,)
            if min(costs) >= 0:
                return float(sum(costs))
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
    """What the attempts of one question cost together."""

    def __init__(self, model: ProviderModel, question: Question) -> None:
        self._model, self._question = model, question
        self.usage, self.calls = Usage(), 0
        self.cost_usd: float | None = 0.0

    async def pause(self, seconds: float) -> None:
        try:
            await pause(seconds)
        except ModelError as error:
            raise self.charged(error) from None

    def add(self, reply: Reply | None) -> None:
        """Charge a reply; one that says neither anything nor what it took is not billed, as far as we know."""
        if reply is None or (reply.usage is None and reply.text is None):
            return
        usage = reply.usage or estimated_usage(self._question, reply.text or "")
        cost = self._model.cost_usd(usage, reply.raw)
        self.calls += 1
        self.cost_usd = None if self.cost_usd is None or cost is None else self.cost_usd + cost
        self.usage = Usage(
            input_tokens=self.usage.input_tokens + usage.input_tokens,
            output_tokens=self.usage.output_tokens + usage.output_tokens,
            cached_tokens=self.usage.cached_tokens + usage.cached_tokens,
            estimated=self.usage.estimated or usage.estimated,
        )

    def charged(self, error: ModelError) -> ModelError:
        """An error that says what was billed all the same."""
        return type(error)(
            str(error),
            calls=self.calls,
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            cost_usd=self.cost_usd,
        )


def _usual_base(provider: str) -> str:
    """Where the environment says that a provider is, by the names that litellm looks for; "" where it says nothing."""
    words = provider.removeprefix("text-completion-").replace("-", "_").upper()
    names = (f"{words}_BASE_URL", f"{words}_API_BASE")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


class Reply(Struct, frozen=True, kw_only=True):
    """A response as plain data, and what could be read of it.

    `text` is None where it has no choice with one; `usage` None where it does not say, or nothing that can be true.
    `error` and `status` are those of gateways that send a model's failure as an answer.
    """

    raw: dict[str, Any]
    text: str | None = None
    reasoning: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    error: str = ""
    status: int | None = None


class RetryLater(Exception):  # noqa: N818 - what is to be done, not what went wrong
    """A question that got no answer this time. `rate_limited` says that the provider has too much to do.

    `retry_after_s` is when it wants to be asked again, if it said so; `reply` what it sent, which it may have billed.
    """

    def __init__(
        self, reason: str, *, rate_limited: bool = False, retry_after_s: float | None = None, reply: Reply | None = None
    ) -> None:
        super().__init__(reason)
        self.rate_limited, self.retry_after_s, self.reply = rate_limited, retry_after_s, reply


def read_reply(data: dict[str, Any]) -> Reply:
    """Read a response in OpenAI's form, which litellm gives all of them: a chat's, or the end of a text.

    A choice without a text is an empty answer, as models give who have thought until their tokens were used up; but one
    that does not say either how it ended is none.
    """
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    text, reasoning = choice.get("text"), None
    if isinstance(message, dict):  # where most providers have what a model thought
        text, reasoning = message.get("content"), message.get("reasoning_content") or message.get("reasoning")
    reason, error = choice.get("finish_reason"), data.get("error")
    failure = error if isinstance(error, dict) else {}
    if text is None and isinstance(reason, str):
        text = ""
    return Reply(
        raw=data,
        text=whole_text(text) if isinstance(text, str) else None,
        reasoning=whole_text(reasoning) if isinstance(reasoning, str) else "",
        finish_reason=whole_text(reason) if isinstance(reason, str) else "",
        usage=_usage(data.get("usage")),
        error=str(failure.get("message") or error or ""),
        status=_count(failure.get("code")),
    )


def _usage(data: object) -> Usage | None:
    """None where a number is missing, negative or none, or nothing at all was counted."""
    if not isinstance(data, dict):
        return None
    inward, outward = _count(data.get("prompt_tokens")), _count(data.get("completion_tokens"))
    if inward is None or outward is None or not (inward or outward):
        return None
    details = data.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    return Usage(input_tokens=inward, output_tokens=outward, cached_tokens=min(cached or 0, inward))


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_TOKENS
    return value if isinstance(value, int) and is_count else None


def estimated_usage(question: Question, text: str) -> Usage:
    """Count tokens that a provider did not count, rather too many than too few, so that a budget holds.

    By characters: the tokenizers of many models would first have to be fetched.
    """
    asked = len(question.completion or "") + sum(len(text_of(one.get("content"))) for one in question.messages)
    return Usage(
        input_tokens=-(-asked // CHARS_PER_TOKEN), output_tokens=-(-len(text) // CHARS_PER_TOKEN), estimated=True
    )


def fault_of(litellm: Any, error: Exception, name: str) -> RetryLater | ModelError:
    """What an error of a call to the model `name` means; without what authorizes anybody, and bounded."""
    reason, status = message_of(error), _status(error)
    if (
        isinstance(error, litellm.ContextWindowExceededError)
        or getattr(error, "code", None) == "context_length_exceeded"
        or _TOO_LONG in reason.lower()
    ):
        return ContextOverflow(f"{name}: {reason}")
    words = (str(getattr(error, "code", "")), reason.lower())
    no_key_or_money = any(one == words[0] or one in words[1] for one in _NO_KEY_OR_MONEY)
    if isinstance(error, litellm.UnsupportedParamsError) or status in UNUSABLE or no_key_or_money:
        return ModelUnusable(f"{name} cannot be used: {reason}")
    if isinstance(error, TimeoutError | litellm.Timeout):
        return RetryLater(f"no answer in time ({reason})")
    if status in RETRIED or (status or 0) >= SERVER_FAILED or (status is None and isinstance(error, OSError)):
        limited = status in RATE_LIMITED
        return RetryLater(reason, rate_limited=limited, retry_after_s=retry_after(_headers(error)) if limited else None)
    return QuestionRefused(f"{name} refused this question: {reason}")


def no_choices(reply: Reply) -> RetryLater:
    """An answer without a choice in it: what a gateway says in its place, if it does."""
    reason = _one_line(reply.error) if reply.error else "the answer has no choices"
    return RetryLater(reason, rate_limited=reply.status in RATE_LIMITED, reply=reply)


def message_of(error: BaseException) -> str:
    """An error's message in one line, bounded, without what authorizes anybody."""
    text = str(error).split("Traceback (most recent call last)", maxsplit=1)[0]
    return _ORIGINS.sub("", _one_line(text) or type(error).__name__)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until a provider wants to be asked again, which it says in seconds or by a date; None if it does not."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) * unit_s
            return max(0.0, seconds) if seconds < float("inf") else None
    with suppress(TypeError, ValueError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    return None


def _one_line(text: str) -> str:
    line = " ".join(redacted(text[:_MAX_READ]).split())
    return line if len(line) <= _MAX_CHARS else f"{line[:_MAX_CHARS]}…"


def _status(error: Exception) -> int | None:
    """The HTTP status that the provider sent: litellm gives some errors another one than that of the response."""
    statuses = [getattr(error, "status_code", None)]
    if _headers(error):
        statuses.insert(0, getattr(getattr(error, "response", None), "status_code", None))
    return next((status for status in statuses if isinstance(status, int)), None)


def _headers(error: Exception) -> Mapping[str, str]:
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "litellm_response_headers", None) or {}
    return {str(name).lower(): str(value) for name, value in headers.items()}
