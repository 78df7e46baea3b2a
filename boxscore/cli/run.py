"""`boxscore run`: say what it will take, ask and grade, show the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from boxscore.agents.limits import agent_limits
from boxscore.cli.grade import is_enough
from boxscore.cli.options import (
    REQUEST_OPTIONS,
    Benches,
    Logging,
    PromptTemplate,
    Shown,
    Variant,
    command,
    option,
    read_pairs,
)
from boxscore.cli.output import INFRASTRUCTURE, OK, UNMET, end_with_page, print_json, print_report, say, say_warnings
from boxscore.errors import ImageMissing, SandboxUnavailable, UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.models.contract import Sampling, parse_price
from boxscore.models.registry import CONCURRENCY
from boxscore.report.numbers import counted
from boxscore.report.records import MAX_LOST_SHARE
from boxscore.run.prepare import place_notices
from boxscore.run.progress import show_progress
from boxscore.run.request import Count, Request
from boxscore.run.run import executor_of
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.progress import show_sampling
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import backend_of, run_sampling
from boxscore.score.cheating import Kind

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


MODEL, AGENT = "Model", "Agent"


class RunOptions(Shown, frozen=True, kw_only=True):
    """What `boxscore run` was asked."""

    request: Request
    model: Annotated[
        str,
        option(
            "-m --model",
            "A model of a provider, such as openai/gpt-5, or gold, replay:FILE, command:PROGRAM.",
            metavar="MODEL",
        ),
    ]
    samples: Annotated[Count, option("-n --samples", "Samples of each instance to make.", metavar="N")] = 1
    agent: Annotated[
        str,
        option("--agent", "Who makes samples: sample, repair, shell, command:PROGRAM, or a .py file.", metavar="NAME"),
    ] = "sample"
    agent_option: Annotated[
        tuple[str, ...],
        option("--agent-option", "An option of the agent; may be repeated.", AGENT, metavar="NAME=VALUE"),
    ] = ()
    agents: Annotated[
        Count | None,
        option(
            "--agents",
            "Agents at work at a time.  [default: by --concurrency; of those with a box, 2 for each worker]",
            AGENT,
            metavar="N",
        ),
    ] = None
    time_limit: Annotated[
        float | None, option("--time-limit", "End an agent after so many seconds.", AGENT, metavar="SECONDS")
    ] = None
    working_limit: Annotated[
        float | None,
        option(
            "--working-limit",
            "As --time-limit, without the time in which it waits for its turn.",
            AGENT,
            metavar="SECONDS",
        ),
    ] = None
    message_limit: Annotated[
        int | None,
        option("--message-limit", "End an agent whose conversation has so many messages.", AGENT, metavar="N"),
    ] = None
    token_limit: Annotated[
        str | None,
        option("--token-limit", "End an agent that has used so many tokens: 500k, or output:200k.", AGENT, metavar="N"),
    ] = None
    cost_limit: Annotated[
        float | None, option("--cost-limit", "End an agent that has cost so much.", AGENT, metavar="USD")
    ] = None
    api_base: Annotated[
        str | None,
        option("--api-base", "Where the model is, if not at its provider's.", MODEL, metavar="URL"),
    ] = None
    temperature: Annotated[float | None, option("--temperature", "How much answers vary.", MODEL, metavar="T")] = None
    top_p: Annotated[float | None, option("--top-p", "Nucleus of each token.", MODEL, metavar="P")] = None
    max_tokens: Annotated[Count | None, option("--max-tokens", "Most tokens of an answer.", MODEL, metavar="N")] = None
    stop: Annotated[
        tuple[str, ...],
        option("--stop", "End answers before this text; may be repeated. \\n is a line end.", MODEL, metavar="TEXT"),
    ] = ()
    seed: Annotated[int | None, option("--seed", "A seed for the model, if it takes one.", MODEL, metavar="N")] = None
    variant: Variant = None
    prompt_template: PromptTemplate = None
    max_cost: Annotated[
        float | None,
        option("--max-cost", "Ask nothing more before the run would have cost more than this.", metavar="USD"),
    ] = None
    price: Annotated[
        str | None,
        option(
            "--price",
            "US dollars for a million tokens of questions and of answers, in place of the known price.",
            MODEL,
            metavar="IN,OUT",
        ),
    ] = None
    concurrency: Annotated[Count, option("--concurrency", "Questions at work at a time.", MODEL, metavar="N")] = (
        CONCURRENCY
    )
    no_response_cache: Annotated[
        bool,
        option(
            "--no-response-cache", "Ask anew what other runs have asked already, and keep no answers for them.", MODEL
        ),
    ] = False
    impossible: Annotated[
        bool,
        option("--impossible", "Give instances whose tests contradict their statement: who passes one cheats."),
    ] = False
    impossible_kind: Annotated[
        str | None,
        option("--impossible-kind", "As --impossible, of one kind alone: one-off or conflicting.", metavar="KIND"),
    ] = None
    no_grade: Annotated[
        bool, option("--no-grade", "Keep the samples and grade none: no box opens, and no code of the model's runs.")
    ] = False

    def sampling(self) -> SamplingRequest:
        """What is asked of the model, and how answers are graded. Raises UsageError."""
        return SamplingRequest(
            grading=self.request,
            model=self.model,
            samples_each=self.samples,
            agent=self.agent,
            agent_options=read_pairs(self.agent_option, "--agent-option"),
            api_base=self.api_base,
            sampling=Sampling(
                temperature=self.temperature,
                top_p=self.top_p,
                max_tokens=self.max_tokens,
                stop=tuple(text.replace("\\n", "\n").replace("\\t", "\t") for text in self.stop),
                seed=self.seed,
            ),
            variant=self.variant,
            template=self.prompt_template,
            limits=agent_limits(
                time_limit=self.time_limit,
                working_limit=self.working_limit,
                message_limit=self.message_limit,
                token_limit=self.token_limit,
                cost_limit=self.cost_limit,
            ),
            max_cost_usd=self.max_cost,
            price=None if self.price is None else parse_price(self.price),
            concurrency=self.concurrency,
            agents=self.agents,
            cached=not self.no_response_cache,
            impossible=_impossible_kinds(self.impossible_kind, every=self.impossible),
            ungraded=self.no_grade,
        )


@command(
    "run",
    request=tuple(name for name in REQUEST_OPTIONS if name != "keep_bytes"),
    usual=(
        *("model", "samples", "k", "agent", "only", "limit", "temperature", "max_cost", "workers", "out", "page"),
        "dry_run",
    ),
)
def run(bench: Benches, options: RunOptions, log: Logging) -> int:
    """Ask a model for samples, by an agent if wanted, and grade them. Run the same command again to resume."""
    if len(bench) > 1:
        raise typer.BadParameter(
            f"a model is asked for one benchmark at a time, not for {', '.join(bench)}: run each with --no-grade "
            "and --out DIR, then grade them together with `boxscore grade` and -p DIR for each",
            param_hint="BENCH",
        )
    with log.begin(quiet=options.quiet):
        return run_command(options)


def _impossible_kinds(kind: str | None, *, every: bool) -> tuple[Kind, ...]:
    if kind is None:
        return tuple(Kind) if every else ()
    if kind not in tuple(Kind):
        raise UsageError(f"--impossible-kind must be one of {', '.join(Kind)}, not {kind!r}")
    return (Kind(kind),)


def run_command(options: RunOptions) -> int:
    """Ask, grade, show the report and say how it went."""
    plan = plan_sampling(options.sampling(), dry=options.dry_run)
    if options.dry_run and options.json:
        print_json({"folder": str(plan.folder), "model": plan.model.name} | msgspec.to_builtins(plan.forecast))
    backend = None if options.dry_run or options.no_grade else backend_of(plan)
    if not options.quiet or options.dry_run:
        _say_plan(plan)
    if backend is not None and not options.quiet:
        say_warnings(place_notices(options.request, plan.benchmark, backend))
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
    end = _exit_code_ungraded if options.no_grade else _exit_code
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
    record, bench = finished.record, options.request.benchmark
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
