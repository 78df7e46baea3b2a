"""Open a model by its name: a provider's, `gold` or `replay:FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from boxscore.data.samples import read_samples
from boxscore.errors import ModelError, UsageError
from boxscore.models.contract import FREE, Answer
from boxscore.models.provider import ProviderModel
from boxscore.records import SampleKind, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.models.contract import Model, Price, Question
    from boxscore.records import Instance, Sample

CONCURRENCY = 16  # questions at a time, unless asked otherwise
GOLD, REPLAY = "gold", "replay:"
OWN = (GOLD, f"{REPLAY}FILE")


def open_model(
    name: str,
    *,
    api_base: str | None = None,
    price: Price | None = None,
    instances: Mapping[str, Instance] | None = None,
) -> Model:
    """Open a model; nobody is asked anything yet.

    `price` goes before all tables. `gold` and `replay:` need the `instances` that are asked about.

    Raises:
        UsageError: The name, or what goes with it, cannot be; or litellm is not installed, which providers need.
        InputError: The file of samples cannot be read.
    """
    is_own = name == GOLD or name.startswith(REPLAY)
    if not name.strip() or not (is_own or name.rpartition("/")[2].strip()):
        raise UsageError(f"a model needs a name: {', '.join(OWN)}, or one of a provider, such as openai/gpt-5")
    if not is_own:
        if api_base is not None and not _is_address(api_base):
            raise UsageError(f"--api-base must be an address such as http://localhost:8000/v1, not {api_base!r}")
        return ProviderModel(name, api_base=api_base, price=price)
    if api_base is not None:
        raise UsageError(f"--api-base is for models of providers, and {name} is none")
    if name == GOLD:
        return GoldModel(instances or {})
    path = name.removeprefix(REPLAY)
    if not path:
        raise UsageError("replay: needs a file or folder of samples, such as replay:samples.jsonl")
    return ReplayModel(Path(path), instances or {})


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


class ReplayModel:
    """Gives the samples of a file: sample number i of an instance is its i-th in the file. It costs nothing.

    Every turn of a sample gets the same answer. The file is read when it is opened, and may be in any form that
    `boxscore grade` reads.
    """

    base, price = "", FREE

    def __init__(self, path: Path, instances: Mapping[str, Instance]) -> None:
        """Read the file or folder. Raises InputError, and UsageError if it has no sample of these instances."""
        self.name = f"replay:{path}"
        self._path = path
        self._samples: dict[str, list[Sample]] = {}
        unknown: list[str] = []
        for sample in read_samples(path, instances, unknown=unknown.append, skip_unknown=True):
            self._samples.setdefault(sample.instance_id, []).append(sample)
        if not self._samples:
            which = f"; its {len(unknown)} are of others, such as {unknown[0]!r}" if unknown else ""
            raise UsageError(f"{path} has no sample of these instances{which}")
        every = ((name, [(one.text, one.kind) for one in own]) for name, own in sorted(self._samples.items()))
        self.digest = fingerprint(*every)  # another file under the same name gives other answers

    async def answer(self, question: Question) -> Answer:
        """Give the sample. Raises ModelError where the file has too few."""
        samples = self._samples.get(question.instance_id, [])
        if question.number >= len(samples):
            raise ModelError(f"{self._path} has fewer samples of the instance than are asked for")
        sample = samples[question.number]
        return Answer(text=sample.text, finish_reason="stop", cost_usd=0.0, calls=0, kind=sample.kind)

    async def close(self) -> None:
        """Nothing is open."""
