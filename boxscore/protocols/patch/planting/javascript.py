"""Tests that must fail for JavaScript and TypeScript: node:test, mocha, jest and vitest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boxscore.protocols.patch.planting.language import Failure

MODULE = re.compile(r"^\s*(?:import\s*[\w{*'\"]|export\s)", re.MULTILINE)
TEST = re.compile(r"\b(?:it|test|describe|suite)\s*(?:\.\w+\s*)*[(`]")
CHAI = re.compile(r"['\"]chai['\"]")

# A test, by what calls it; each name of an import is one that the file cannot have.
CALLS = {
    "node": "{tester}.test('{name}', () => {{ {body} }});",
    "mocha": "(typeof it === 'function' ? it : test)('{name}', () => {{ {body} }});",
    "jest": "test('{name}', () => {{ {body} }});",
    "vitest": "{tester}.test('{name}', () => {{ {body} }});",
}
TESTERS = {"node": "node:test", "vitest": "vitest"}
BODIES = {
    "throw": "throw new Error('{name}');",
    "assert": "{library}.strictEqual(1, 2);",
    "chai": "{library}.expect(1).to.equal(2);",
    "expect": "expect(1).toBe(2);",
    "vitest": "{tester}.expect(1).toBe(2);",
}
LIBRARIES = {"assert": "assert", "chai": "chai"}
ASSERTIONS = {"node": "assert", "mocha": "assert", "jest": "expect", "vitest": "vitest"}


class JavaScript:
    """Tests at the end of a file, which the runner gives names of their own.

    They assert as the runner does, and where a file uses chai, with chai as well.
    """

    ends: tuple[str, ...] = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
    reports: tuple[str, ...] = ()

    def __init__(self, runner: str) -> None:
        self._runner = runner

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        if not TEST.search(source):
            return ()
        chai = ("chai",) if CHAI.search(source) else ()
        return ("throw", ASSERTIONS[self._runner], *chai)

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - all files run whole
        """See `Language.plant`."""
        module = bool(MODULE.search(source))
        return "\n".join([source, *(self._test(failure, module=module) for failure in failures), ""])

    def _test(self, failure: Failure, *, module: bool) -> str:
        used = {"tester": TESTERS.get(self._runner), "library": LIBRARIES.get(failure.kind)}
        imports, names = [], {"name": failure.name}
        for role, package in used.items():
            if package is not None and module:
                names[role] = f"{role}_{failure.name}"
                imports.append(f"import {_binding(package)}{names[role]} from '{package}';")
            elif package is not None:
                names[role] = f"require('{package}')"
        body = BODIES[failure.kind].format(**names)
        return "\n".join([*imports, ";" + CALLS[self._runner].format(**names, body=body)])


def _binding(package: str) -> str:
    """What is imported: of node's assert the function, whose methods a program may have replaced; else all names."""
    return "" if package == "assert" else "* as "
