"""Tests that must fail for Java: JUnit 3 to 5, and TestNG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.planting.language import without_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.planting.language import Failure

CLASS = re.compile(r"(?P<modifiers>(?:\b(?:public|final|abstract|strictfp)\s+)*)\bclass\s+\w+(?P<bases>[^{;]*)\{")
FRAMEWORKS = (  # what a file imports, what stands before a test and its name, and the class of its assertions
    ("org.junit.jupiter", ("@org.junit.jupiter.api.Test\n    public void ", "org.junit.jupiter.api.Assertions")),
    ("org.junit.", ("@org.junit.Test\n    public void ", "org.junit.Assert")),
    ("org.testng", ("@org.testng.annotations.Test\n    public void ", "org.testng.Assert")),
)
OLD = ("public void test_", "junit.framework.Assert")  # of JUnit 3, which looks at no annotation
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
        head, assertions = _framework(source) or ("", "")
        place = _place(source) or 0
        written = (
            f"    {head}{one.name}() {{\n"
            f"        {BODIES[one.kind].format(name=one.name, assertions=assertions)}\n    }}\n"
            for one in failures
        )
        return f"{source[:place]}\n{''.join(written)}{source[place:]}"


def _framework(source: str) -> tuple[str, str] | None:
    found = CLASS.search(without_text(source))
    if found is not None and "extends TestCase" in found["bases"]:
        return OLD
    return next((names for imported, names in FRAMEWORKS if f"import {imported}" in source), None)


def _place(source: str) -> int | None:
    """Where the body of the first class begins, if its methods are run."""
    found = CLASS.search(without_text(source))
    return None if found is None or "abstract" in found["modifiers"] else found.end()
