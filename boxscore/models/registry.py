"""Open a model by its name: a provider's, or `gold`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from boxscore.errors import ModelError, UsageError
from boxscore.models.contract import FREE, Answer
from boxscore.models.provider import ProviderModel
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.models.contract import Model, Price, Question
    from boxscore.records import Instance

CONCURRENCY = 16  # questions at a time, unless asked otherwise
GOLD = "gold"


def open_model(
    name: str,
    *,
    api_base: str | None = None,
    price: Price | None = None,
    instances: Mapping[str, Instance] | None = None,
) -> Model:
    """Open a model; nobody is asked anything yet.

    `price` goes before all tables. `gold` needs the `instances` that are asked about. Raises UsageError where the
    name, or what goes with it, cannot be, or litellm is not installed, which providers need.
    """
    if not name.rpartition("/")[2].strip():
        raise UsageError("a model needs a name: gold, or one of a provider, such as openai/gpt-5")
    if name != GOLD:
        if api_base is not None and not _is_address(api_base):
            raise UsageError(f"--api-base must be an address such as http://localhost:8000/v1, not {api_base!r}")
        return ProviderModel(name, api_base=api_base, price=price)
    if api_base is not None:
        raise UsageError(f"--api-base is for models of providers, and {name} is none")
    return GoldModel(instances or {})


def _is_address(base: str) -> bool:
    try:
        parts = urlsplit(base)
    except ValueError:  # such as a bracket that is left open
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def check_model(model: Model) -> None:
    """Find out whether a model can be asked, without asking it, as far as that can be known. Raises ModelUnusable."""
    if isinstance(model, ProviderModel):
        model.check()


class GoldModel:
    """Answers each question with the instance's reference. It costs nothing."""

    name, base, price = "gold", "", FREE

    def __init__(self, instances: Mapping[str, Instance]) -> None:
        """Remember the instances, whose references are the answers."""
        self._instances = instances

    async def answer(self, question: Question) -> Answer:
        """Give the reference. Raises ModelError where the instance has none."""
        instance = self._instances.get(question.instance_id)
        if instance is None or instance.reference is None:
            raise ModelError(f"{question.instance_id} has no reference, which the model `gold` would answer with")
        return Answer(text=instance.reference, finish_reason="stop", cost_usd=0.0, calls=0, kind=SampleKind.SOLUTION)

    async def close(self) -> None:
        """Nothing is open."""
