"""Read what providers send: the text, and the tokens that they bill, from answers that may be anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.models.contract import Usage
from boxscore.models.messages import text_of

if TYPE_CHECKING:
    from boxscore.models.contract import Question

FEWEST_CHARS_PER_TOKEN = 3  # fewer than most texts have: what is estimated here is charged to a budget
_MAX_TOKENS = 1 << 40  # more than anybody bills; a larger number is nonsense


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


def read_body(body: bytes) -> Reply | None:
    """Read a response as it was sent; None if it is no JSON object."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read_reply(data) if isinstance(data, dict) else None


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
        usage=read_usage(data.get("usage")),
        error=str(failure.get("message") or error or ""),
        status=_count(failure.get("code")),
    )


def read_usage(data: object) -> Usage | None:
    """Read a response's usage; None where a number is missing, negative or none, or nothing at all was counted."""
    if not isinstance(data, dict):
        return None
    inward, outward = _count(data.get("prompt_tokens")), _count(data.get("completion_tokens"))
    if inward is None or outward is None or not (inward or outward):
        return None
    details = data.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    return Usage(input_tokens=inward, output_tokens=outward, cached_tokens=min(cached or 0, inward))


def estimated_usage(question: Question, text: str) -> Usage:
    """Count tokens that a provider did not count, rather too many than too few: a budget is to bite.

    By characters: the tokenizers of many models would first have to be fetched.
    """
    asked = [question.completion or "", *(text_of(message.get("content")) for message in question.messages)]
    tokens = [-(-len("".join(one)) // FEWEST_CHARS_PER_TOKEN) for one in (asked, text)]
    return Usage(input_tokens=tokens[0], output_tokens=tokens[1], estimated=True)


def whole_text(text: str) -> str:
    """A text that can be written as UTF-8: halves of surrogate pairs, which JSON may have, are joined or replaced."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_TOKENS:
        return None
    return value
