"""Names of tests without the times that some runners write into them, and the program that reads logs of V2."""

from __future__ import annotations

import re

_TIMES = (
    r"(?i:\s*\[\s*\d+(?:\.\d+)?\s*(?:ms|s)\s*\]\s*$)",
    r"(?i:\s+in\s+\d+(?:\.\d+)?\s+(?:msec|sec)\b)",
    r"(?i:\s*\(\s*\d+(?:\.\d+)?\s*(?:ms|s)\s*\)\s*$)",
)

# Runs in a box of its own, beside V2's log parsers. As the official program does, it looks for a parser by its name, or
# for a function of that name, and gives it standard output and error, one after the other.
PROGRAM = f"""
import json
import re
import sys
from pathlib import Path

TIMES = {_TIMES!r}


def normalized(name):
    for pattern in TIMES:
        name = re.sub(pattern, "", name)
    return name.strip()


def main(stdout, stderr, output):
    here = Path(__file__).parent
    sys.path[:0] = [str(here / "lib"), str(here)]
    from agent import log_parsers

    parser = log_parsers.NAME_TO_PARSER.get(PARSER) or getattr(log_parsers, PARSER)
    log = Path(stdout).read_text() + Path(stderr).read_text()
    statuses = {{normalized(name): status for name, status in parser(log).items()}}
    tests = [{{"name": name, "status": str(getattr(status, "value", status))}} for name, status in statuses.items()]
    Path(output).write_text(json.dumps({{"tests": tests}}))


main(*sys.argv[1:])
""".lstrip()


def normalized(name: str) -> str:
    for pattern in _TIMES:
        name = re.sub(pattern, "", name)
    return name.strip()


def program(parser: str) -> str:
    return f"PARSER = {parser!r}\n{PROGRAM}"
