"""Models by their names: what is refused, references, and samples of a file."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import ModelError, UsageError
from boxscore.models.contract import FREE, Answer, Price, Question, Usage, parse_price, price_of
from boxscore.models.provider import litellm
from boxscore.models.registry import open_model
from boxscore.records import Instance, SampleKind
from boxscore.resources import how_to_install

if TYPE_CHECKING:
    from boxscore.models.contract import Model

INSTANCES = {
    "toy/1": Instance(instance_id="toy/1", prompt="", row={}, reference="def f(): return 1"),
    "toy/2": Instance(instance_id="toy/2", prompt="", row={}),
}


def ask(model: Model, instance_id: str, number: int = 0, turn: int = 0) -> Answer:
    return asyncio.run(model.answer(Question(instance_id=instance_id, number=number, turn=turn)))


def test_gold_gives_the_reference() -> None:
    model = open_model("gold", instances=INSTANCES)
    answer = ask(model, "toy/1", number=7)

    assert (answer.text, answer.kind) == ("def f(): return 1", SampleKind.SOLUTION)
    assert (answer.cost_usd, answer.calls, price_of(model)) == (0.0, 0, FREE)


@pytest.mark.parametrize("instance_id", ["toy/2", "toy/3"])
def test_gold_without_a_reference_has_no_answer(instance_id: str) -> None:
    with pytest.raises(ModelError, match="no reference"):
        ask(open_model("gold", instances=INSTANCES), instance_id)


def test_without_litellm_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)

    with pytest.raises(UsageError, match=re.escape(how_to_install("models"))):
        litellm.__wrapped__()


def test_what_cannot_be_is_refused() -> None:
    """An empty name, also behind a provider's, and a server for a model that is none's."""
    for name in ("", " ", "openai/", "openai/ "):
        with pytest.raises(UsageError, match="a model needs a name: gold"):
            open_model(name)
    for base in ("", "localhost:8000/v1", "ftp://localhost/v1", "http://", "http://[::1/v1"):
        with pytest.raises(UsageError, match="--api-base must be an address"):
            open_model("openai/x", api_base=base)
    with pytest.raises(UsageError, match="--api-base"):
        open_model("gold", api_base="http://localhost:1/v1")


def test_a_price_is_dollars_for_a_million_tokens() -> None:
    """`IN,OUT`, as providers' price lists have it; cached tokens cost what others do unless it is known."""
    usage = Usage(input_tokens=1000, output_tokens=100, cached_tokens=400)
    assert parse_price("2.5,10").of(usage) == pytest.approx(0.0035)
    assert Price(input_usd=2.5, output_usd=10, cached_usd=0).of(usage) == pytest.approx(0.0025)


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "inf,1", "1;2"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="IN,OUT"):
        parse_price(text)
