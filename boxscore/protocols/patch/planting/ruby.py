"""Tests that must fail for Ruby: minitest, test-unit and RSpec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.planting.language import Failure

CLASS = re.compile(r"^class\s+([A-Z][\w:]*)\s*<\s*\S*Test", re.MULTILINE)
DATA = re.compile(r"^__END__$", re.MULTILINE)
BODIES = {"throw": "raise '{name}'", "assert": "assert_equal 1, 2"}


class Ruby:
    """Methods that are added to a file's first class of tests at the file's end."""

    ends: tuple[str, ...] = (".rb",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(BODIES) if CLASS.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        found, data = CLASS.search(source), DATA.search(source)
        end = len(source) if data is None else data.start()
        owner = "Object" if found is None else found[1]
        methods = "".join(
            f"  def test_{one.name}\n    {BODIES[one.kind].format(name=one.name)}\n  end\n" for one in failures
        )
        return f"{source[:end]}\n{owner}.class_eval do\n{methods}end\n{source[end:]}"


SPEC = re.compile(r"\b(?:describe|context|feature)\b")
EXAMPLES = {"throw": "raise '{name}'", "assert": "expect(1).to eq(2)"}


class RSpec:
    """Groups of one example at a file's end."""

    ends: tuple[str, ...] = ("_spec.rb",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(EXAMPLES) if SPEC.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        data = DATA.search(source)
        end = len(source) if data is None else data.start()
        groups = "".join(
            f"RSpec.describe '{one.name}' do\n  it('fails') {{ {EXAMPLES[one.kind].format(name=one.name)} }}\nend\n"
            for one in failures
        )
        return f"{source[:end]}\n{groups}{source[end:]}"
