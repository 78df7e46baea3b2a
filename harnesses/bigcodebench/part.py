"""Parts of BigCodeBench: `bigcodebench@hard`, `bigcodebench@v0.1.0_hf`, `bigcodebench@hard+uncalibrated`."""

from __future__ import annotations

from msgspec import Struct

import boxscore

from .hard import HARD_IDS
from .versions import LATEST, VERSIONS

_PARTS = f"Parts are `hard`, `uncalibrated` and a version ({', '.join(VERSIONS)}); several are joined by `+`"
_PROMPTS = {"complete", "instruct"}


class Part(Struct, frozen=True, kw_only=True):
    """Which instances, in which version of the data, and whether the stub goes before a program."""

    hard: bool = False
    version: str = LATEST
    calibrated: bool = True

    @classmethod
    def of(cls, text: str) -> Part:
        """Read what stands after `@`. Raises UsageError."""
        words = text.split("+")
        versions = [word for word in words if word in VERSIONS]
        unknown = [word for word in words if word not in {"hard", "uncalibrated", *versions}]
        if unknown or len(set(words)) != len(words) or len(versions) > 1:
            raise boxscore.UsageError(f"bigcodebench@{text}: {_wrong(unknown)}. {_PARTS}")
        return cls(
            hard="hard" in words,
            version=versions[0] if versions else LATEST,
            calibrated="uncalibrated" not in words,
        )

    def __str__(self) -> str:
        words = ["hard"] * self.hard + [self.version] * (self.version != LATEST)
        return "+".join(words + ["uncalibrated"] * (not self.calibrated))

    def has(self, instance_id: str) -> bool:
        """Whether an instance is of this part."""
        return not self.hard or instance_id in HARD_IDS


def _wrong(unknown: list[str]) -> str:
    """What is wrong with the words of a part, of which these are unknown."""
    if _PROMPTS.intersection(unknown):
        return "Complete and Instruct are prompts of the same instances, and are graded alike"
    return f"there is no part {unknown[0]!r}" if unknown else "each part is named once, and one version"
