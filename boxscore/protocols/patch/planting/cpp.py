"""Tests that must fail for googletest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.planting.language import without_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.planting.language import Failure

TEST = re.compile(r"^[ \t]*(TEST(?:_F)?)\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
BODIES = {"assert": "EXPECT_EQ(1, 2);", "throw": "throw 1;"}


class GoogleTest:
    """Tests right before one of the file, of its suite and in its namespace."""

    ends: tuple[str, ...] = (".cc", ".cpp", ".cxx", ".C")
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(BODIES) if TEST.search(without_text(source)) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """See `Language.plant`."""
        tests = list(TEST.finditer(without_text(source)))
        near = next((one for one in tests if f"{one[2]}.{one[3]}" in required), tests[0])
        written = (f"{near[1]}({near[2]}, {one.name}) {{ {BODIES[one.kind]} }}\n" for one in failures)
        return f"{source[: near.start()]}{''.join(written)}{source[near.start() :]}"
