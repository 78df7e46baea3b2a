"""Models that ask nobody: the references of a benchmark, and samples of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.samples import read_samples
from boxscore.errors import ModelError, UsageError
from boxscore.models.contract import Answer
from boxscore.models.price import FREE
from boxscore.records import SampleKind, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.models.contract import Question
    from boxscore.records import Instance, Sample


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
