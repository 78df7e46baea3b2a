"""What v5's `eval.sh` says to run, without what our protocol does itself: writing tests, and looking at the tree."""

from __future__ import annotations

import re

from msgspec import Struct

START, END = ">>>>> Start Test Output", ">>>>> End Test Output"
_HEREDOC = re.compile(r"^git apply .*<<\s*'?(\w+)'?\s*$")
_LEFT_OUT = re.compile(
    r"^(?:#!|set -[a-z]*x|.*\blocale-gen\b"
    r"|git (?:status|show|-c core\.fileMode=false diff|checkout|config --global --add safe)\b)"
)
# A published image has the package installed from its tree, and a box has no network to install it again.
_INSTALLS = re.compile(r"^python(?:3)? (?:-m pip install|setup\.py (?:install|develop|build))\b")


class EvalScript(Struct, frozen=True, kw_only=True):
    """The parts of a script: what comes before and after the tests are written, and the test commands."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    tests: tuple[str, ...]


def read_eval_script(text: str) -> EvalScript | None:
    """Take a script apart. None where it has not both markers, so that nobody can tell what its tests are."""
    before: list[str] = []
    after: list[str] = []
    tests: list[str] = []
    part, end = before, None
    for line in text.splitlines():
        if end is not None:
            end = None if line == end else end
        elif (heredoc := _HEREDOC.match(line)) is not None:
            part, end = after, heredoc[1]
        elif START in line:
            part = tests
        elif END in line and part is tests:
            return EvalScript(before=tuple(before), after=tuple(after), tests=tuple(tests))
        elif part is before and line.startswith("rm -f "):
            pass  # test files, which the patch after it makes anew; ours are written already
        elif part is tests or (line.strip() and not _LEFT_OUT.match(line) and not _INSTALLS.match(line)):
            part.append(line)
    return None
