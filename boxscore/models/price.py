"""What models cost: dollars for a million tokens, from litellm's own tables or as given. Unknown is None, never 0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from boxscore.models.contract import Model, Usage

_MILLION = 1_000_000


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
        given = [float(word) for word in text.split(",")]
    except ValueError:
        given = []
    if len(given) != 2 or not all(math.isfinite(usd) and usd >= 0 for usd in given):  # noqa: PLR2004 - IN and OUT
        raise UsageError(f"--price must be IN,OUT, dollars for a million tokens such as 2.5,10, not {text!r}")
    return Price(input_usd=given[0], output_usd=given[1])


def price_of(model: Model) -> Price | None:
    """What a model's tokens cost; None where that is not known."""
    price = getattr(model, "price", None)
    return price if isinstance(price, Price) else None


def listed_price(litellm: Any, name: str, provider: str | None) -> Price | None:
    """The price in litellm's tables, for questions of usual length; None where they have none.

    litellm takes a model that it does not know, or knows no price of, for free: that is not believed.
    """
    try:
        key = litellm.get_model_info(model=name, custom_llm_provider=provider)["key"]
        listed = litellm.model_cost[key]
    except Exception:  # noqa: BLE001 - it raises a bare Exception for an unknown model
        return None
    inward, outward = listed.get("input_cost_per_token"), listed.get("output_cost_per_token")
    if not _is_price(inward) or not _is_price(outward):
        return None
    cached = listed.get("cache_read_input_token_cost")
    return Price(
        input_usd=inward * _MILLION,
        output_usd=outward * _MILLION,
        cached_usd=cached * _MILLION if _is_price(cached) else None,
    )


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0
