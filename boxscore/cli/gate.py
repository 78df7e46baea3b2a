"""`boxscore gate`: whether runs may be released, by their baselines and margins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from boxscore.cli.exit_codes import INCONCLUSIVE, INFRASTRUCTURE, OK, UNMET
from boxscore.cli.output import print_blocks, print_json
from boxscore.compare.gate import GateRules, gate_runs
from boxscore.compare.read import read_compared
from boxscore.compare.render import gate_blocks
from boxscore.errors import UsageError
from boxscore.run.folders import each_run
from boxscore.score.noninferiority import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_CODES = {
    Verdict.PASS: OK,
    Verdict.FAIL: UNMET,
    Verdict.INVALID: INFRASTRUCTURE,
    Verdict.INCONCLUSIVE: INCONCLUSIVE,
}


def gate_command(
    names: Sequence[str], baselines: Sequence[str], rules: GateRules, *, markdown: bool, json: bool
) -> int:
    """Judge runs, print the verdict and return its exit code."""
    if not names:
        raise UsageError("nothing to judge: give the run, or one run of each benchmark")
    names, baselines = each_run(names), each_run(baselines)
    every = read_compared([*names, *baselines])
    report = gate_runs(every[: len(names)], every[len(names) :], rules)
    if json:
        print_json(report)
    else:
        print_blocks(gate_blocks(report), markdown=markdown)
    return EXIT_CODES[report.verdict]


def margins(texts: Sequence[str]) -> dict[str, float]:
    """Read values of --margin: a share, or BENCH=SHARE."""
    found: dict[str, float] = {}
    for text in texts:
        bench, _, share = text.rpartition("=")
        try:
            margin = float(share)
        except ValueError:
            margin = -1.0
        if not 0 < margin < 1:
            raise typer.BadParameter(
                f"{text!r} is not a margin: give a share between 0 and 1, such as 0.05 for five points, or BENCH=0.05",
                param_hint="--margin",
            )
        if bench in found:
            raise typer.BadParameter(f"{text!r}: there is a margin of {bench or 'all'} already", param_hint="--margin")
        found[bench] = margin
    return found
