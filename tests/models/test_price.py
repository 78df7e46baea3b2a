"""Prices as they are given, and what tokens cost by them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a fake of few lines

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxscore.errors import UsageError
from boxscore.models.contract import Usage
from boxscore.models.fake import FakeModel
from boxscore.models.price import FREE, Price, listed_price, parse_price, price_of
from boxscore.models.replies import read_usage


def test_a_price_is_dollars_for_a_million_tokens() -> None:
    """`IN,OUT`, as providers' price lists have it."""
    assert parse_price("2.5,10") == Price(input_usd=2.5, output_usd=10.0)
    assert Price(input_usd=2.5, output_usd=10).of(Usage(input_tokens=1000, output_tokens=100)) == pytest.approx(0.0035)


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "inf,1", "1;2"])
def test_what_is_no_price_is_refused(text: str) -> None:
    """Anything but two sums that are not negative."""
    with pytest.raises(UsageError, match="--price"):
        parse_price(text)


def test_cached_tokens_have_a_price_of_their_own() -> None:
    """Where none is known they cost what others do."""
    usage = Usage(input_tokens=10, output_tokens=0, cached_tokens=4)
    assert Price(input_usd=1e6, output_usd=0, cached_usd=1e5).of(usage) == pytest.approx(6.4)
    assert Price(input_usd=1e6, output_usd=0).of(usage) == pytest.approx(10)


def test_only_a_model_that_says_what_it_costs_has_a_known_price() -> None:
    """No price is not the price 0."""

    class Free(FakeModel):
        price = FREE

    assert price_of(Free(["x"])) == FREE
    assert price_of(FakeModel(["x"])) is None


class Tables:
    """What is used of litellm's tables."""

    def __init__(self, listed: Mapping[str, object]) -> None:
        self.model_cost = {"openai/m": listed}

    def get_model_info(self, model: str, custom_llm_provider: str | None) -> dict[str, str]:
        """Find a model's key, or raise as litellm does."""
        if model != "m":
            raise Exception("This model isn't mapped yet")  # noqa: TRY002 - litellm's own
        return {"key": "openai/m"}


def test_a_model_without_a_listed_price_has_none() -> None:
    """The tables of litellm know models without prices, and take them for free: boxscore does not."""
    both = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}

    assert listed_price(Tables(both), "m", "openai") == Price(input_usd=1, output_usd=2)
    assert listed_price(Tables(both), "other", "openai") is None
    assert listed_price(Tables({"mode": "chat"}), "m", "openai") is None
    assert listed_price(Tables({**both, "output_cost_per_token": None}), "m", "openai") is None
    assert listed_price(Tables({**both, "output_cost_per_token": -1}), "m", "openai") is None


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["prompt_tokens", "completion_tokens", "prompt_tokens_details"]),
        st.one_of(
            st.integers(), st.none(), st.text(), st.booleans(), st.fixed_dictionaries({"cached_tokens": st.integers()})
        ),
    )
)
def test_no_usage_costs_less_than_nothing(data: dict[str, object]) -> None:
    """Whatever a provider counts, tokens are whole numbers that can be, and cost is not negative."""
    usage = read_usage(data)

    assert usage is None or 0 <= usage.cached_tokens <= usage.input_tokens
    assert usage is None or Price(input_usd=1, output_usd=1, cached_usd=0.1).of(usage) >= 0
