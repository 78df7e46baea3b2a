"""Honest but unusual patches in JavaScript: each is right, and none may be refused.

Each is a section of `script_honest.js` that stands at the end of the mended module. `UNLIKE` are those whose values are
not as plain as the reference's.
"""

from __future__ import annotations

from tests.protocols.patch.blind.script_forgeries import sections

HONEST = sections("script_honest.js")
UNLIKE = {"null_prototype", "own_class", "array_subclass", "longer_error"}
