"""Tests that must fail for Go. None panics: that would end the program of the tests, and with it all that follow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.planting.language import Failure

TESTING = re.compile(r'^\s*(?:import\s+)?"testing"\s*(?://.*)?$', re.MULTILINE)
TEST = re.compile(r"^func (Test\w+)\(", re.MULTILINE)
BODIES = {"error": 't.Error("{name}")', "fatal": 't.Fatal("{name}")'}


class Go:
    """Functions at the end of a file. A name begins with that of a test of the file, so that `-run` chooses both."""

    ends: tuple[str, ...] = ("_test.go",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(BODIES) if TESTING.search(source) and _tests(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """See `Language.plant`."""
        tests = _tests(source)
        near = next((test for test in tests if test in required), tests[0])
        written = (
            f"func {near}_{one.name}(t *testing.T) {{ {BODIES[one.kind].format(name=one.name)} }}" for one in failures
        )
        return "\n\n".join([source, *written, ""])


def _tests(source: str) -> list[str]:
    return [name for name in TEST.findall(source) if name != "TestMain"]
