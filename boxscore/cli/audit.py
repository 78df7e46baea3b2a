"""`boxscore audit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from boxscore.audit.grading import BoxGrading
from boxscore.audit.report import rows, summary, write_audit
from boxscore.audit.run import Auditor
from boxscore.audit.work import AuditOptions, make_work
from boxscore.checks import Count
from boxscore.cli.options import PLACE, DryRun, Json, command
from boxscore.cli.output import OK, UNMET, print_json, print_table, say, say_unpublished, say_warnings
from boxscore.errors import UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.records import fingerprint
from boxscore.report.numbers import counted
from boxscore.run.prepare import asked_backend, given_folder, load_benchmark, place_notices
from boxscore.run.request import Request
from boxscore.run.store import RECORD

if TYPE_CHECKING:
    from boxscore.run.prepare import Benchmark


@command("audit", request=("only", "limit", *PLACE, "run_id", "out", "keep_bytes"))
def audit_command(
    request: Request,
    *,
    repeats: Annotated[
        Count, option("-n --repeats", "How often references and empty samples are graded.", metavar="N")
    ] = 2,
    mutants: Annotated[
        Annotated[int, msgspec.Meta(ge=0, le=1000)],
        option("--mutants", "Mutants of each reference; 0 makes none.", metavar="N"),
    ] = 10,
    inputs: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=1000)],
        option(
            "--inputs",
            "Inputs made of those of the tests, on which mutants that pass are compared with the reference.",
            metavar="N",
        ),
    ] = 100,
    seed: Annotated[
        int, option("--seed", "A seed for mutants and inputs.", metavar="N", env="BOXSCORE_AUDIT_SEED")
    ] = 0,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Say what is wrong with a benchmark's tests and prompts."""
    options = AuditOptions(repeats=repeats, mutants=mutants, inputs=inputs, seed=seed)
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    folder = given_folder(request) or _usual_folder(benchmark, options)
    if (folder / RECORD).is_file():
        raise UsageError(f"{folder} holds what `boxscore grade` or `run` found: give another --out")
    request = replace(request, out=folder, run_id=None)
    backend = asked_backend(request, benchmark, folder)
    say_warnings(place_notices(request, benchmark, backend))
    request = replace(request, backend=backend.name)
    work = make_work(request, benchmark, options)
    expected = work.gradings(options.repeats)
    parts = ", ".join(f"{count:,} {name}" for name, count in expected.items() if count)
    say(f"{benchmark.harness.name}: {counted(sum(expected.values()), 'grading')} ({parts})")
    if dry_run:
        if json:
            print_json(expected)
        return OK
    with stop_on_signals(say) as stop:
        grading = BoxGrading(request, stop, say)
        auditor = Auditor(benchmark, work, options, grading=grading)
        found = auditor.audit(backend=backend.name, say=say)
    if found is None:
        say(f"interrupted; the same command goes on in {folder}")
        return stop.exit_code
    paths = write_audit(found, folder)
    if json:
        print_json(found)
    else:
        listed = rows(found)
        if listed:
            print_table(("instance", "severity", "finding", "what"), listed)
        for line in summary(found):
            say(line)
    say(f"wrote {', '.join(map(str, paths))}")
    return UNMET if found.errors else OK


def _usual_folder(benchmark: Benchmark, options: AuditOptions) -> Path:
    """Where an audit that names no folder is kept: the same one whenever the same is asked."""
    asked = [one.instance_id for one in benchmark.asked]
    short = fingerprint(benchmark.data.sha256, asked, options.mutants, options.seed, options.repeats)[:8]
    return Path("runs") / f"audit-{benchmark.harness.name}-{short}"
