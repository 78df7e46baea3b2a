"""Parts of BigCodeBench: `bigcodebench@hard`, `bigcodebench@v0.1.0_hf`, `bigcodebench@hard+uncalibrated`."""

from __future__ import annotations

from msgspec import Struct

import boxscore

from .versions import LATEST, VERSIONS

HARD = (
    *(13, 15, 17, 19, 34, 37, 82, 89, 92, 93, 99, 100, 101, 108, 120, 123, 124, 129, 139, 147),
    *(161, 162, 177, 184, 187, 199, 208, 211, 214, 227, 239, 241, 267, 273, 274, 287, 302, 308, 310, 313),
    *(324, 326, 341, 346, 360, 367, 368, 374, 399, 401, 409, 417, 418, 424, 443, 445, 454, 458, 461, 477),
    *(486, 492, 501, 502, 503, 509, 511, 513, 526, 528, 530, 532, 553, 560, 567, 574, 579, 582, 583, 587),
    *(590, 592, 593, 594, 618, 636, 637, 654, 655, 657, 678, 720, 723, 752, 760, 763, 765, 771, 777, 785),
    *(800, 826, 845, 854, 857, 865, 870, 879, 897, 906, 914, 915, 916, 917, 928, 942, 945, 952, 955, 963),
    *(964, 969, 971, 985, 988, 990, 998, 999, 1003, 1004, 1006, 1008, 1012, 1013, 1015, 1019, 1020, 1022, 1039, 1040),
    *(1042, 1053, 1057, 1077, 1085, 1124, 1129, 1137),
)
HARD_IDS = frozenset(f"BigCodeBench/{number}" for number in HARD)


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
        return not self.hard or instance_id in HARD_IDS


def _wrong(unknown: list[str]) -> str:
    if _PROMPTS.intersection(unknown):
        return "Complete and Instruct are prompts of the same instances, and are graded alike"
    return f"there is no part {unknown[0]!r}" if unknown else "each part is named once, and one version"
