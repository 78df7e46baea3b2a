"""Tests that must fail for Rust's own runner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.planting.language import Failure

# A test with nothing above it that belongs to it: no further attribute, no comment that is documentation.
TEST = re.compile(r"(?:\A|^[ \t]*(?!\s|#\[|///).*\n\s*?|\n[ \t]*\n)([ \t]*)#\[test\][ \t]*$", re.MULTILINE)
BODIES = {"throw": 'panic!("{name}");', "assert": "assert_eq!(1, 2);"}


class Rust:
    """Functions before a file's first test that stands by itself, in its module."""

    ends: tuple[str, ...] = (".rs",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(BODIES) if TEST.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        found = TEST.search(source)
        place, indent = (len(source), "") if found is None else (found.start(1), found[1])
        written = (
            f"{indent}#[test]\n{indent}fn {one.name}() {{ {BODIES[one.kind].format(name=one.name)} }}\n\n"
            for one in failures
        )
        return f"{source[:place]}{''.join(written)}{source[place:]}"
