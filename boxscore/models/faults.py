"""Decide what to do about a provider's error: ask again, or not. docs/models.md has the list.

litellm gives each provider's errors one form: classes after OpenAI's, with the HTTP status. Whatever is not known to go
away by itself is not asked again.
"""

from __future__ import annotations

import email.utils
import math
import re
import time
from typing import TYPE_CHECKING, Any

from boxscore.errors import ContextOverflow, ModelError, ModelUnusable, QuestionRefused
from boxscore.models.secrets import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.models.replies import Reply

SLOW_DOWN = frozenset({429, 503, 529})  # the provider has too much to do: fewer are asked at a time
AGAIN = frozenset({408, 409, 425, *SLOW_DOWN})  # and all from 500 on
NEVER = frozenset({401, 402, 403, 404})  # no question will be answered
SERVER_FAILED = 500
_ORIGINS = re.compile(r"^(?:(?:litellm\.)?\w+(?:Error|Timeout): |\w+Exception - )+")  # litellm's names, one in another
_MAX_CHARS, _MAX_READ = 600, 20_000
_TOO_LONG = "request too large"  # for a minute's tokens, or with status 413: litellm says both are rate limits
_NO_MEANS = (
    "missing credentials",
    "api_key client option must be set",
    "insufficient_quota",
    "billing_hard_limit",
    "exceeded your current quota",
    "credit balance is too low",
)


class AskAgain(Exception):  # noqa: N818 - what is to be done, not what went wrong
    """A question that got no answer this time. `slow_down` says that the provider refused it for having too much to do.

    `retry_after_s` is when it wants to be asked again, if it said so; `reply` what it sent, which it may have billed.
    """

    def __init__(
        self, reason: str, *, slow_down: bool = False, retry_after_s: float | None = None, reply: Reply | None = None
    ) -> None:
        super().__init__(reason)
        self.slow_down, self.retry_after_s, self.reply = slow_down, retry_after_s, reply


def fault_of(litellm: Any, error: Exception, name: str) -> AskAgain | ModelError:
    """What an error of a call to the model `name` means; without what authorizes anybody, and bounded."""
    reason, status = said(error), _status(error)
    if (
        isinstance(error, litellm.ContextWindowExceededError)
        or getattr(error, "code", None) == "context_length_exceeded"
        or _TOO_LONG in reason.lower()
    ):
        return ContextOverflow(f"{name}: {reason}")
    if isinstance(error, litellm.UnsupportedParamsError) or status in NEVER or _without_means(error, reason):
        return ModelUnusable(f"{name} cannot be used: {reason}")
    if isinstance(error, TimeoutError | litellm.Timeout):
        return AskAgain(f"no answer in time ({reason})")
    if status in AGAIN or (status or 0) >= SERVER_FAILED or (status is None and isinstance(error, OSError)):
        return AskAgain(reason, slow_down=status in SLOW_DOWN, retry_after_s=retry_after(_headers(error)))
    return QuestionRefused(f"{name} refused this question: {reason}")


def unusable(reply: Reply) -> AskAgain:
    """An answer without a choice in it: what a gateway says in its place, if it does."""
    reason = _short(reply.error) if reply.error else "the answer has no choices"
    return AskAgain(reason, slow_down=reply.status in SLOW_DOWN, reply=reply)


def said(error: BaseException) -> str:
    """What an error says, in one line, bounded, without what authorizes anybody."""
    text = str(error).split("Traceback (most recent call last)", maxsplit=1)[0]
    return _ORIGINS.sub("", _short(text) or type(error).__name__)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until a provider wants to be asked again, which it says in seconds or by a date; None if it does not."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        given = headers.get(name, "").strip()
        try:
            seconds = float(given) * unit_s
        except ValueError:
            seconds = _until(given)
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _short(text: str) -> str:
    """A text in one line, bounded, without what authorizes anybody."""
    line = " ".join(redacted(text[:_MAX_READ]).split())
    return line if len(line) <= _MAX_CHARS else f"{line[:_MAX_CHARS]}…"


def _until(date: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _status(error: Exception) -> int | None:
    """The HTTP status that the provider sent: litellm gives some errors another one than that of the response."""
    if _headers(error):
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _headers(error: Exception) -> Mapping[str, str]:
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "litellm_response_headers", None) or {}
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _without_means(error: Exception, reason: str) -> bool:
    """Tell a missing key or an empty account, which litellm reports as a server failure or a rate limit."""
    code, reason = str(getattr(error, "code", "")), reason.lower()
    return any(word in reason or word == code for word in _NO_MEANS)
