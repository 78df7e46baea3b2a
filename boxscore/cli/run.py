"""`boxscore run`: say what it will take, ask and grade, show the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from boxscore.cli.grade import is_enough
from boxscore.cli.options import REQUEST_OPTIONS, Logging, Shown, command
from boxscore.cli.output import INFRASTRUCTURE, OK, UNMET, end_with_page, print_json, print_report, say, say_warnings
from boxscore.errors import ImageMissing, SandboxUnavailable
from boxscore.interrupt import stop_on_signals
from boxscore.report.numbers import counted
from boxscore.report.records import MAX_LOST_SHARE
from boxscore.run.prepare import place_notices
from boxscore.run.progress import show_progress
from boxscore.run.run import executor_of
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.progress import show_sampling
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import backend_of, run_sampling

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.interrupt import Stop
    from boxscore.provenance import SamplingRecord, Spent
    from boxscore.run.run import FinishedRun
    from boxscore.sampling.plan import SamplingPlan
    from boxscore.sampling.progress import Progress
    from boxscore.sampling.run import FinishedSampling


class RunOptions(Shown, frozen=True, kw_only=True):
    """What `boxscore run` was asked."""

    sampling: SamplingRequest


@command(
    "run",
    request=tuple(name for name in REQUEST_OPTIONS if name != "keep_bytes"),
    usual=(
        *(
            "model",
            "samples_each",
            "k",
            "agent",
            "only",
            "limit",
            "temperature",
            "max_cost_usd",
            "workers",
            "out",
            "page",
        ),
        "dry_run",
    ),
)
def run(options: RunOptions, log: Logging) -> int:
    """Ask a model for samples, by an agent if wanted, and grade them. Run the same command again to resume."""
    with log.begin(quiet=options.quiet):
        return run_command(options)


def run_command(options: RunOptions) -> int:
    """Ask, grade, show the report and say how it went."""
    asked = options.sampling
    plan = plan_sampling(asked, dry=options.dry_run)
    if options.dry_run and options.json:
        print_json({"folder": str(plan.folder), "model": plan.model.name} | msgspec.to_builtins(plan.forecast))
    backend = None if options.dry_run or asked.ungraded else backend_of(plan)
    if not options.quiet or options.dry_run:
        _say_plan(plan)
    if backend is not None and not options.quiet:
        say_warnings(place_notices(asked.grading, plan.benchmark, backend))
    if options.dry_run:
        return OK
    began = False

    def show(total: int, spent: Callable[[], Spent]) -> AbstractContextManager[Progress]:
        nonlocal began
        began = True
        return show_sampling(total, spent, quiet=options.quiet)

    with stop_on_signals(say) as stop:
        try:
            finished = run_sampling(
                plan,
                stop=stop,
                show=show,
                show_grading=lambda work: show_progress(work, quiet=options.quiet),
                executor_of=executor_of,
                backend=backend,
            )
        except ImageMissing:
            raise
        except SandboxUnavailable as error:
            if not began:  # the machine cannot do it, as opposed to boxes that are lost in the middle
                raise
            say("\n  ".join(error.lines()))
            return INFRASTRUCTURE
    if finished.run is not None:
        _show(options, finished.run, plan.folder)
    end = _exit_code_ungraded if asked.ungraded else _exit_code
    return end(options, finished, stop, plan.folder)


def _show(options: RunOptions, run: FinishedRun, folder: Path) -> None:
    """Show the report of what was graded, and write its page if asked for, or tell how."""
    if not options.quiet:
        say_warnings(run.graded.record.warnings)
    print_report(run.report, folder, failures=options.failures, json=options.json)
    end_with_page(folder, page=options.page, quiet=options.quiet, json=options.json)


def _say_plan(plan: SamplingPlan) -> None:
    what = counted(len(plan.job.instances), "instance")
    agent = f" by {plan.job.agent.name}"
    say(f"{plan.model.name}{agent}: {counted(len(plan.job), 'sample')} of {what} of {plan.benchmark.harness.name}")
    for line in (*plan.notices, *plan.forecast.lines()):
        say(f"  {line}")
    say(f"run directory: {plan.folder}")


def _exit_code(options: RunOptions, finished: FinishedSampling, stop: Stop, folder: Path) -> int:
    del folder  # which the report names
    record, run = finished.record, finished.run
    graded = 0 if run is None else len(run.graded.results)
    missing = record.planned - graded
    if run is not None and run.graded.alarm is not None:
        say(f"stopped: {run.graded.alarm}")
        say("run the same command to continue, with --no-alarm to ignore the alarm")
        return INFRASTRUCTURE
    if missing and stop.draining():
        say(f"interrupted: {counted(missing, 'sample')} left; run the same command to resume")
        return stop.exit_code
    if not _is_made(record):
        return INFRASTRUCTURE
    if run is None or missing > record.failed:
        say(f"not finished: {counted(missing, 'sample')} without a result; run the same command to resume")
        return INFRASTRUCTURE
    if run.report.invalid:
        say(f"not a valid run: {run.report.invalid_reason}")
        return INFRASTRUCTURE
    return OK if options.fail_under is None or is_enough(run.report, options.fail_under) else UNMET


def _is_made(record: SamplingRecord) -> bool:
    """Say why samples are missing; return False where the budget is why."""
    for reason, count in record.failures.items():
        say(f"{counted(count, 'sample')} could not be made: {reason}")
    if record.over_budget and record.planned > record.sampled:
        say("--max-cost is reached; run the same command with a higher one to go on")
        return False
    return True


def _exit_code_ungraded(options: RunOptions, finished: FinishedSampling, stop: Stop, folder: Path) -> int:
    """Say how many samples there are to be graded, and whether these are enough."""
    record, bench = finished.record, options.sampling.grading.benchmark
    missing = record.planned - record.sampled
    if options.json:
        print_json(record)
    say(f"{counted(record.sampled, 'sample')} in {folder}; `boxscore grade {bench} -p {folder} --out DIR` grades them")
    if missing and stop.draining():
        say(f"interrupted: {counted(missing, 'sample')} left; run the same command to resume")
        return stop.exit_code
    if not _is_made(record):
        return INFRASTRUCTURE
    return INFRASTRUCTURE if missing > MAX_LOST_SHARE * record.planned else OK
