"""Commands that a runner of GitHub Actions takes from what a step prints, such as `::set-output name=passed::true`.

It takes them from any line, whoever wrote it: text of candidates must not give any.
"""

from __future__ import annotations

import os
import re

_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\[)", re.MULTILINE)


def without_commands(text: str) -> str:
    """Show what would be a command by an escape, which JSON takes too; elsewhere than in a step nothing changes."""
    if os.environ.get("GITHUB_ACTIONS") != "true" or ("::" not in text and "##[" not in text):
        return text
    return _COMMAND.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    blanks = found[1]
    return "\\u0023" if blanks is None else f"{blanks}\\u003a"
