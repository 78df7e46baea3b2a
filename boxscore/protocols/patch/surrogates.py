"""Halves of surrogate pairs in JSON that a log parser wrote: no characters, yet JSON can name them.

A parser that reads bytes which are not UTF-8 may make them of a name, and a strict decoder refuses the whole answer
then. A test that is called so is one more that nobody requires, and no reason to believe none.
"""

from __future__ import annotations

import re

# Escapes of whole pairs and other escapes are taken too, so that `\\ud800` is a backslash and a word, as it says.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def escape_surrogates(json: bytes) -> bytes:
    r"""Write each half of a pair as its escape: `"\ud800"`, of one character that is none, becomes a text of six."""
    return _ESCAPE.sub(lambda match: b"\\\\" + match[1] if match[1] else match[0], json)
