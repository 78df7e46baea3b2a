"""The table of what each layer adds; `python -m tests.layers.table` writes it into README.md beside it.

The tests beside it prove every cell: what they find must be what the table says.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.layers.bounds import ANSWERS, LIMITS
from tests.layers.decoding import DECODED
from tests.layers.docker_rows import DOCKER
from tests.layers.inside import RIGHTS
from tests.layers.local_rows import LOCAL
from tests.layers.nested import NESTED

if TYPE_CHECKING:
    from tests.layers.boxes import BoxRow
    from tests.layers.decoding import ClaimRow
    from tests.layers.removal import Row

PAGE = Path(__file__).with_name("README.md")
HEADING = "## What each layer adds, shown by taking it away\n"
INTRODUCTION = """
Each row is a test (`tests/layers`): a defence is taken out of the source that is sent into the box, or out of what the
engine or bubblewrap is asked for, and an attack is tried with it and without it. Where the attack gets no further,
another layer holds, and the last column names it; where that one was taken away too, the cell says what happened then.
"The box is lost: no verdict" means that the sample is tried again in another box, after a control.

Defences that none of our attacks exercise are omitted from the table: `log_config: none` (else the engine would keep
on the machine's disk what a supervisor tells its host), the read-only `/tmp` (gVisor mounts one without a
bound), the host name `box` (the machine's own would be told) and the disabled health check (an image's own would run
beside the programs).

The table is written by `python -m tests.layers.table` and compared with the tests.
"""
HEAD = "| layer | attack | with it | without it | what else holds |\n| --- | --- | --- | --- | --- |\n"
LOSSES = (
    "| blame for boxes that end by themselves | break its box each time, to be left out of the score | `tampered` "
    "| `internal`: left out | nothing |\n"
)


def line(row: Row | BoxRow | ClaimRow) -> str:
    """Write one row."""
    without = row.without
    if docker := getattr(row, "docker", ""):
        without += f" (docker: {docker})"
    if gvisor := getattr(row, "gvisor", ""):
        without += f" (gVisor: {gvisor})" if gvisor != row.without else ""
    if more := getattr(row, "without_more", ""):
        without += f"; without the others too: {more}"
    return f"| {row.layer} | {row.attack} | {row.expected} | {without} | {row.holds} |\n"


def section() -> str:
    """Write the whole section."""
    parts = [
        HEADING,
        INTRODUCTION,
        "\n**In a warm box: what keeps a candidate in its place**\n\n" + HEAD,
        *map(line, RIGHTS),
        "\n**In a warm box: what bounds a candidate**\n\n" + HEAD,
        *map(line, LIMITS),
        "\n**In an ordinary user's warm box**, where namespaces take the number's place\n\n" + HEAD,
        *map(line, NESTED),
        "\n**What a candidate may answer**\n\n" + HEAD,
        *map(line, ANSWERS),
        *map(line, DECODED),
        LOSSES,
        "\n**The docker box** (attacks are plain programs; no supervisor helps)\n\n" + HEAD,
        *map(line, DOCKER),
        "\n**The local box** (the same)\n\n" + HEAD,
        *map(line, LOCAL),
    ]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text("# What each layer adds\n\n" + section(), encoding="utf-8")
