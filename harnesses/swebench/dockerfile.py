"""Dockerfile instructions: scripts as single instructions, and the Dockerfiles of v5 tasks in that form.

Docker's classic builder knows no here-documents, so every script becomes one `RUN` in its JSON form.
"""

from __future__ import annotations

import json
import re
from itertools import takewhile

_HEREDOC = re.compile(r"""RUN\s+<<-?(["']?)(\w+)\1\s*$""")
_CLONES = re.compile(r"git (?:clone|init|fetch)\b")
_LEFT_OUT = ("FROM", "CMD", "ENTRYPOINT", "MAINTAINER", "EXPOSE")
_PROBLEM_ASSETS = "problem_assets"


def run(*lines: str) -> str:
    """One `RUN` instruction of a bash script that ends at the first command that fails."""
    return "RUN " + json.dumps(["/bin/bash", "-c", "\n".join(("set -euo pipefail", *lines))], ensure_ascii=False)


def split_dockerfile(text: str) -> tuple[str, str]:
    """Turn a task's Dockerfile into instructions of an environment and of an instance.

    The instance begins with the first `RUN` that gets a repository. Left out are `FROM` (the base is ours to choose),
    what says how a container starts, and copies of what only a problem statement needs.
    """
    instructions = list(_instructions(text))
    start = next(
        (place for place, one in enumerate(instructions) if one.startswith("RUN") and _CLONES.search(one)),
        len(instructions),
    )
    return _joined(instructions[:start]), _joined(instructions[start:])


def _joined(instructions: list[str]) -> str:
    return "".join(f"{one}\n" for one in instructions)


def _instructions(text: str) -> list[str]:
    found: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        heredoc = _HEREDOC.match(line)
        if heredoc is not None:
            found.append(_script(list(takewhile(heredoc[2].__ne__, lines))))
            continue
        whole = line
        while whole.rstrip().endswith("\\"):
            following = next(lines, None)
            if following is None:
                break
            if not following.lstrip().startswith("#"):
                whole += "\n" + following
        if _kept(whole):
            found.append(whole)
    return found


def _script(lines: list[str]) -> str:
    shebang = bool(lines) and lines[0].startswith("#!")
    return "RUN " + json.dumps(["/bin/bash", "-c", "\n".join(lines[shebang:])], ensure_ascii=False)


def _kept(instruction: str) -> bool:
    word = instruction.strip().split(None, 1)[:1]
    if not word or word[0].startswith("#") or word[0].upper() in _LEFT_OUT:
        return False
    return not (word[0].upper() in ("COPY", "ADD") and _PROBLEM_ASSETS in instruction)
