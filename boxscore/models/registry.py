"""Open a model by its name: a provider's, `gold`, `replay:FILE` or `command:PROGRAM`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.cache import cache_folder
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.models.contract import Model
    from boxscore.models.price import Price
    from boxscore.records import Instance

CONCURRENCY = 16  # questions at a time, unless asked otherwise
GOLD, REPLAY, COMMAND = "gold", "replay:", "command:"
OWN = (GOLD, f"{REPLAY}FILE", f"{COMMAND}PROGRAM")


def default_path() -> Path:
    """The file of kept answers in the user's cache."""
    return cache_folder() / "answers" / "answers.sqlite3"


def open_model(  # noqa: PLR0913 - what a command line says of a model
    name: str,
    *,
    api_base: str | None = None,
    price: Price | None = None,
    cache: bool | Path = True,
    concurrency: int = CONCURRENCY,
    instances: Mapping[str, Instance] | None = None,
) -> Model:
    """Open a model; nobody is asked anything yet.

    `price` goes before all tables. `cache` names
    the file of kept answers, False keeps none, True uses the one in the user's cache; only providers' answers are kept.
    At most `concurrency` questions are put at a time. `gold` and `replay:` need the `instances` that are asked about.

    Raises:
        UsageError: The name, or what goes with it, cannot be; or litellm is not installed, which providers need.
        InputError: The file of samples cannot be read.
    """
    if concurrency < 1:
        raise UsageError(f"concurrency must be at least 1, not {concurrency}")
    if name == GOLD or name.startswith((REPLAY, COMMAND)):
        if api_base is not None:
            raise UsageError(f"--api-base is for models of providers, and {name} is none")
        return _own_model(name, price, concurrency, instances or {})
    kept = (default_path() if cache else None) if isinstance(cache, bool) else cache
    return _provider_model(name, api_base, price, kept, concurrency)


def _own_model(name: str, price: Price | None, concurrency: int, instances: Mapping[str, Instance]) -> Model:
    if name.startswith(COMMAND):
        from boxscore.models.command import CommandModel  # noqa: PLC0415 - each kind of model by itself

        return CommandModel(name.removeprefix(COMMAND), price=price, at_once=concurrency)
    from boxscore.models.replay import GoldModel, ReplayModel  # noqa: PLC0415 - as above

    if name == GOLD:
        return GoldModel(instances)
    path = name.removeprefix(REPLAY)
    if not path:
        raise UsageError("replay: needs a file or folder of samples, such as replay:samples.jsonl")
    return ReplayModel(Path(path), instances)


def _provider_model(
    name: str, api_base: str | None, price: Price | None, cache: Path | None, concurrency: int
) -> Model:
    if not name.strip():
        raise UsageError(f"a model needs a name: {', '.join(OWN)}, or one of a provider, such as openai/gpt-5")
    from boxscore.models.cache import AnswerCache, CachedModel  # noqa: PLC0415 - as above
    from boxscore.models.pace import Pace  # noqa: PLC0415 - as above
    from boxscore.models.provider import ProviderModel  # noqa: PLC0415 - as above

    model = ProviderModel(name, api_base=api_base, price=price, pace=Pace(concurrency))
    return model if cache is None else CachedModel(model, AnswerCache(cache))
