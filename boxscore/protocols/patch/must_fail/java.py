"""Tests that must fail for Java: JUnit 4 and 5, and TestNG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.must_fail.language import without_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.must_fail.language import Failure

CLASS = re.compile(r"(?P<modifiers>(?:\b(?:public|final|abstract|strictfp)\s+)*)\bclass\s+\w+[^{;]*\{")
FRAMEWORKS = (  # what a file imports, its annotation, and the class of its assertions
    ("org.junit.jupiter", ("org.junit.jupiter.api.Test", "org.junit.jupiter.api.Assertions")),
    ("org.junit.", ("org.junit.Test", "org.junit.Assert")),
    ("org.testng", ("org.testng.annotations.Test", "org.testng.Assert")),
)
BODIES = {"throw": 'throw new IllegalStateException("{name}");', "assert": "{assertions}.assertEquals(1, 2);"}


class Java:
    """Methods at the head of a file's first class.

    Maven says nothing of single tests, and takes an aborted one for a success: what counts are the reports.
    """

    ends: tuple[str, ...] = (".java",)
    reports: tuple[str, ...] = ("**/target/surefire-reports/TEST-*.xml", "**/build/test-results/**/TEST-*.xml")

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(BODIES) if _framework(source) and _place(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - classes run whole
        """See `Language.plant`."""
        annotation, assertions = _framework(source) or ("", "")
        place = _place(source) or 0
        written = (
            f"    @{annotation}\n    public void {one.name}() {{\n"
            f"        {BODIES[one.kind].format(name=one.name, assertions=assertions)}\n    }}\n"
            for one in failures
        )
        return f"{source[:place]}\n{''.join(written)}{source[place:]}"


def _framework(source: str) -> tuple[str, str] | None:
    return next((names for imported, names in FRAMEWORKS if f"import {imported}" in source), None)


def _place(source: str) -> int | None:
    """Where the body of the first class begins, if its methods are run."""
    found = CLASS.search(without_text(source))
    return None if found is None or "abstract" in found["modifiers"] else found.end()
