"""`boxscore compare`, `gate` and `plan`: what is better, what may be released, and what runs could tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from boxscore.checks import Count
from boxscore.cli.options import AllowDifference, Bench, Discordance, Json, Markdown, OneK, Share, argument, command
from boxscore.cli.output import INCONCLUSIVE, INFRASTRUCTURE, OK, UNMET, print_blocks, print_json, say
from boxscore.compare.build import compare_runs
from boxscore.compare.gate import GateRules, gate_runs
from boxscore.compare.plan import Wanted, make_plan
from boxscore.compare.read import read_compared
from boxscore.compare.render import comparison_blocks, gate_blocks, plan_blocks
from boxscore.errors import UsageError
from boxscore.option import option
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Data, Request
from boxscore.score.noninferiority import Verdict

EXIT_CODES = {
    Verdict.PASS: OK,
    Verdict.FAIL: UNMET,
    Verdict.INVALID: INFRASTRUCTURE,
    Verdict.INCONCLUSIVE: INCONCLUSIVE,
}


Whole = Annotated[int, msgspec.Meta(ge=0)]


@command("compare")
def compare_command(
    names: Annotated[
        list[str], argument("RUN RUN...", "Runs; the first of each benchmark is the baseline of its others.")
    ],
    *,
    k: OneK = 1,
    by: Annotated[
        tuple[str, ...],
        option(
            "--by",
            "Also compare on the instances of each value of a tag, such as domain or difficulty. May be repeated.",
            metavar="TAG",
        ),
    ] = (),
    allowed: AllowDifference = (),
    seed: Annotated[Whole, option("--seed", "Of resampling.", metavar="N")] = 0,
    page: Annotated[
        Path | None,
        option("--out", "Also write two runs side by side as a page.", metavar="FILE", env="BOXSCORE_COMPARE_OUT"),
    ] = None,
    markdown: Markdown = False,
    json: Json = False,
) -> int:
    """Compare runs: what is better, by how much, and what broke."""
    runs = read_compared(names)
    found = compare_runs(runs, k=k, allowed=allowed, seed=seed, by=by)
    if page is not None:
        from boxscore.page.compare_page import ComparisonPage, write_comparison

        write_comparison(ComparisonPage(runs, found, k=k), page)
        say(f"page: {page}")
    if json:
        print_json(found)
    else:
        print_blocks(comparison_blocks(found), markdown=markdown)
    return OK


@command("gate")
def gate(
    runs: Annotated[list[str], argument("RUN...", "Runs to judge, one of each benchmark.")],
    *,
    baseline: Annotated[
        tuple[str, ...], option("--baseline", "The run to be not worse than; one of each benchmark.", metavar="RUN")
    ] = (),
    margin: Annotated[
        tuple[str, ...],
        option(
            "--margin",
            "How much worse is still accepted: 0.05 is five points. May be repeated for benchmarks.",
            metavar="[BENCH=]SHARE",
        ),
    ] = (),
    fail_under: Annotated[
        Share | None, option("--fail-under", "Fail if pass@k is less (0 to 1).", metavar="SHARE")
    ] = None,
    k: OneK = 1,
    allow_underpowered: Annotated[
        bool, option("--allow-underpowered", "Judge also where an equal system would hardly pass.")
    ] = False,
    discordance: Discordance = 0.15,
    allow_difference: AllowDifference = (),
    markdown: Markdown = False,
    json: Json = False,
) -> int:
    """Judge a run by its baseline.

    Exit 0: not worse by the margin; 1: worse; 4: inconclusive; 3: not valid.
    """
    rules = GateRules(
        margins=margins(margin),
        fail_under=fail_under,
        k=k,
        allowed=allow_difference,
        allow_underpowered=allow_underpowered,
        discordance=discordance,
    )
    return gate_command(runs, baseline, rules, markdown=markdown, json=json)


def gate_command(
    names: Sequence[str], baselines: Sequence[str], rules: GateRules, *, markdown: bool, json: bool
) -> int:
    """Judge runs, print the verdict and return its exit code."""
    if not names:
        raise UsageError("nothing to judge: give the run, or one run of each benchmark")
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


@command("plan")
def plan(
    bench: Bench,
    *,
    samples: Annotated[Count, option("-n --samples", "Samples of each instance.", metavar="N")] = 1,
    k: OneK = 1,
    instances: Annotated[
        Count | None,
        option("--instances", "How many instances; the benchmark need not be here then.  [default: all]", metavar="N"),
    ] = None,
    discordance: Discordance = 0.15,
    gates: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=1000)],
        option("--gates", "How many benchmarks a release must pass.", metavar="N"),
    ] = 1,
    data: Data = None,
    markdown: Markdown = False,
    json: Json = False,
) -> int:
    """Say what runs could tell, before they are paid for."""
    clusters: tuple[str | None, ...] = ()
    if instances is None:
        asked = load_benchmark(Request(benchmark=bench, data=data)).asked
        instances, clusters = len(asked), tuple(one.cluster for one in asked)
    wanted = Wanted(
        instances=instances,
        clusters=clusters,
        samples=samples,
        k=k,
        discordance=discordance,
        gates=gates,
    )
    made = make_plan(bench, wanted)
    if json:
        print_json(made)
    else:
        print_blocks(plan_blocks(made), markdown=markdown)
    return OK
