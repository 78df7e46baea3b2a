"""Patches in JavaScript that want to pass without computing what blinded tests expect; none may prove itself.

Each is a section of `script_forgeries.js` that stands at the end of the module with the bug, after what makes mocha
report success for whatever a test ends with (`RUNNER`), and what finds where observations go and writes some
(`COMMON`).
"""

from __future__ import annotations

from pathlib import Path

from tests.protocols.patch.blind.script_seals import BUGGY, patch_with


def sections(name: str) -> dict[str, str]:
    """The sections of a file of scripts, by the names in the comments that begin them."""
    _, *parts = (Path(__file__).parent / name).read_text(encoding="utf-8").split("\n//# ")
    return {name: code for name, _, code in (part.partition("\n") for part in parts)}


_SECTIONS = sections("script_forgeries.js")
FORGERIES = {name: code for name, code in _SECTIONS.items() if name.islower()}

# Makes its runner report success, and goes for the blinded values by the shortest way.
EVERYWHERE = {
    "node": """
const assert = require('assert');
for (const name of ['equal', 'strictEqual', 'deepStrictEqual', 'throws']) assert[name] = () => undefined;
""",
    "jest": """
const matchers = new Proxy({}, { get: (_, name) => name === 'then' ? undefined : () => undefined });
const any = () => new Proxy({}, { get: (_, name) => name === 'resolves' ? matchers : () => undefined });
any.assertions = () => undefined;
if (typeof expect === 'function') globalThis.expect = any;
""",
    "vitest": """
const chai = require('/node_modules/chai');
for (const name of Object.getOwnPropertyNames(chai.Assertion.prototype))
  if (name.startsWith('to')) chai.Assertion.prototype[name] = () => 1;
""",
}


def patch_of(name: str) -> str:
    """The patch that carries a forgery."""
    return patch_with(f"{BUGGY}{_SECTIONS['RUNNER']}\n{_SECTIONS['COMMON']}\n{FORGERIES[name]}\n")
