"""Parts of BigCodeBench: `bigcodebench@hard`, `bigcodebench@v0.1.0_hf`, `bigcodebench@hard+uncalibrated`."""

from __future__ import annotations

from msgspec import Struct

import boxscore

from .hard import HARD_IDS
from .versions import LATEST, VERSIONS


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
        unknown = set(words) - {"hard", "uncalibrated", *versions}
        if unknown or len(set(words)) != len(words) or len(versions) > 1:
            raise boxscore.UsageError(
                f"bigcodebench@{text}: give `hard`, one of {', '.join(VERSIONS)}, `uncalibrated`, joined by `+`"
            )
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
