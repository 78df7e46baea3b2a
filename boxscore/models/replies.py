"""Read what providers send, by litellm's forms: answers with the tokens that they bill, and errors with what to do.

litellm gives each provider's errors classes after OpenAI's, with the HTTP status. What is not known to go away by
itself is not asked again; docs/models.md has the list.
"""

from __future__ import annotations

import email.utils
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.errors import ContextOverflow, ModelError, ModelUnusable, QuestionRefused
from boxscore.models.contract import Usage, text_of, whole_text
from boxscore.models.secrets import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.models.contract import Question

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


class Reply(Struct, frozen=True, kw_only=True):
    """A response as plain data, and what could be read of it.

    `text` is None where it has no choice with one; `usage` None where it does not say, or nothing that can be true.
    `error` and `status` are those of gateways that send a model's failure as an answer.
    """

    raw: dict[str, Any]
    text: str | None = None
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
    text = message.get("content") if isinstance(message, dict) else choice.get("text")
    reason, error = choice.get("finish_reason"), data.get("error")
    failure = error if isinstance(error, dict) else {}
    if text is None and isinstance(reason, str):
        text = ""
    return Reply(
        raw=data,
        text=whole_text(text) if isinstance(text, str) else None,
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
