"""The command line: what can be asked, and how the answer becomes an exit code. Bodies are in the other files.

Exit codes: 0 done · 1 something is not as required · 2 bad usage or input · 3 infrastructure failed · 4 inconclusive ·
130 interrupted · 141 the reader of standard output went away.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from boxscore.cli.demo_commands import demo
from boxscore.cli.exit_codes import INFRASTRUCTURE, NO_READER, OK, USAGE
from boxscore.cli.images import images
from boxscore.cli.init import init
from boxscore.cli.instances import instances
from boxscore.cli.options import (
    AgentName,
    AgentOption,
    Agents,
    AllowDifference,
    ApiBase,
    Apply,
    Backend,
    Bench,
    BenchAlone,
    Benches,
    BenchmarkFiles,
    ComparePage,
    Concurrency,
    CostLimit,
    Data,
    Discordance,
    DryRun,
    ExportOut,
    ExportTo,
    FailUnder,
    Failures,
    FilesVersion,
    FlaggedPatches,
    FlagReferences,
    Force,
    GateRepeat,
    Gold,
    Image,
    Impossible,
    ImpossibleKind,
    Json,
    K,
    KeepGb,
    LeastTrust,
    Like,
    Limit,
    LogFile,
    LogFormat,
    LogLevel,
    Markdown,
    MaxCost,
    MaxTokens,
    MessageLimit,
    Model,
    ModelSeed,
    NoAlarm,
    NoGate,
    NoGrade,
    NoResponseCache,
    NoReuse,
    On,
    OneK,
    Only,
    Out,
    Page,
    Predictions,
    PriceGiven,
    PromptTemplate,
    Quiet,
    Reuse,
    Run,
    RunId,
    Runtime,
    SamplesEach,
    SkipUnknown,
    StopAt,
    Strict,
    TakenAs,
    Temperature,
    TimeLimit,
    Timeout,
    TokenLimit,
    TopP,
    Variant,
    Workers,
    WorkingLimit,
    bytes_of,
    day,
    log_choice,
    pairs,
    reuse_or_not,
    stops,
    taken_as,
    the_one,
    whole_numbers,
)
from boxscore.cli.output import say, say_traceback
from boxscore.cli.standard_streams import OutputClosed, finish_output, out_of_files, out_of_reach, prepare_streams
from boxscore.errors import BoxError, BoxscoreError
from boxscore.interrupt import leave, leave_on_signals, threads_remain
from boxscore.log import logging_to
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

_asked = {"debug": False}  # by the options before the command
_CHOICE = ("backend_waited_for", "backend_passed_over")  # events about the choice of a backend

app = typer.Typer(
    name="boxscore",
    help="Grade code that models write: in sandboxes, with verdicts that are hard to forge, and error bars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(images)
app.add_typer(init)
app.add_typer(instances)
app.add_typer(demo)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"boxscore {VERSION}")
        raise typer.Exit(OK)


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="BOXSCORE_DEBUG", help="Print the traceback of what goes wrong.")
    ] = False,
) -> None:
    """Grade code that models write: in sandboxes, with verdicts that are hard to forge, and error bars."""
    del version
    _asked["debug"] = debug


@app.command()
def grade(  # noqa: PLR0913 - the options of one command
    bench: Benches,
    *,
    predictions: Predictions = None,
    as_: TakenAs = None,
    gold: Gold = False,
    skip_unknown: SkipUnknown = False,
    instance: Only = None,
    limit: Limit = None,
    k: K = None,
    workers: Workers = None,
    timeout: Timeout = None,
    run_id: RunId = None,
    out: Out = None,
    data: Data = None,
    backend: Backend = "auto",
    runtime: Runtime = None,
    image: Image = None,
    strict: Strict = False,
    on: On = "local",
    apply: Apply = None,
    benchmark_files: BenchmarkFiles = None,
    files_version: FilesVersion = None,
    reuse: Reuse = False,
    no_reuse: NoReuse = False,
    fail_under: FailUnder = None,
    page: Page = False,
    no_alarm: NoAlarm = False,
    keep_gb: KeepGb = None,
    no_gate: NoGate = False,
    gate_repeat: GateRepeat = 1,
    least_trust: LeastTrust = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
    log_file: LogFile = None,
    failures: Failures = 5,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Grade existing samples. Run the same command again to resume."""
    from boxscore.cli.grade import GradeOptions, grade_command, refuse_log_among  # noqa: PLC0415 - keeps --help fast
    from boxscore.log import FORMATS, LEVELS, logging_to  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.options import trust_level  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.prepare import Request  # noqa: PLC0415 - keeps --help fast

    options = GradeOptions(
        request=Request(
            benchmark=bench[0],
            only=tuple(instance or ()),
            limit=limit,
            data=data,
            backend=backend,
            runtime=runtime,
            image=image,
            strict=strict,
            cpu_s=timeout,
            workers=workers,
            on=on,
            k=None if k is None else whole_numbers(k),
            out=out,
            run_id=run_id,
            apply=apply,
            reuse=reuse_or_not(reuse=reuse, no_reuse=no_reuse),
            no_alarm=no_alarm,
            keep_bytes=bytes_of(keep_gb),
            no_gate=no_gate,
            gate_repeats=gate_repeat,
            least_trust=trust_level("--least-trust", least_trust),
        ),
        predictions=tuple(predictions or ()),
        taken_as=taken_as(as_),
        gold=gold,
        skip_unknown=skip_unknown,
        benchmark_files=benchmark_files,
        files_version=files_version,
        fail_under=fail_under,
        page=page,
        failures=failures,
        dry_run=dry_run,
        quiet=quiet,
        json=json,
    )
    form, level = log_choice(log_format, FORMATS, "--log-format"), log_choice(log_level, LEVELS, "--log-level")
    refuse_log_among(log_file, options)
    with logging_to(log_file, form=form, level=level, quiet=quiet):
        if len(bench) > 1:
            from boxscore.cli.several import grade_several  # noqa: PLC0415 - for several alone

            raise typer.Exit(grade_several(options, bench))
        raise typer.Exit(grade_command(options))


@app.command()
def run(  # noqa: PLR0913 - the options of one command
    bench: BenchAlone,
    *,
    model: Model,
    samples: SamplesEach = 1,
    k: K = None,
    agent: AgentName = "sample",
    agent_option: AgentOption = None,
    api_base: ApiBase = None,
    temperature: Temperature = None,
    top_p: TopP = None,
    max_tokens: MaxTokens = None,
    stop: StopAt = None,
    seed: ModelSeed = None,
    variant: Variant = None,
    prompt_template: PromptTemplate = None,
    instance: Only = None,
    limit: Limit = None,
    impossible: Impossible = False,
    impossible_kind: ImpossibleKind = None,
    max_cost: MaxCost = None,
    price: PriceGiven = None,
    concurrency: Concurrency = 16,
    agents: Agents = None,
    time_limit: TimeLimit = None,
    working_limit: WorkingLimit = None,
    message_limit: MessageLimit = None,
    token_limit: TokenLimit = None,
    cost_limit: CostLimit = None,
    no_response_cache: NoResponseCache = False,
    no_grade: NoGrade = False,
    workers: Workers = None,
    timeout: Timeout = None,
    run_id: RunId = None,
    out: Out = None,
    data: Data = None,
    backend: Backend = "auto",
    runtime: Runtime = None,
    image: Image = None,
    strict: Strict = False,
    on: On = "local",
    apply: Apply = None,
    reuse: Reuse = False,
    no_reuse: NoReuse = False,
    fail_under: FailUnder = None,
    page: Page = False,
    no_alarm: NoAlarm = False,
    no_gate: NoGate = False,
    gate_repeat: GateRepeat = 1,
    least_trust: LeastTrust = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
    log_file: LogFile = None,
    failures: Failures = 5,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Ask a model for samples, by an agent if wanted, and grade them. Run the same command again to resume."""
    from boxscore.agents.limits import agent_limits  # noqa: PLC0415 - keeps --help fast
    from boxscore.cli.run import RunOptions, impossible_kinds, run_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.log import FORMATS, LEVELS, logging_to  # noqa: PLC0415 - keeps --help fast
    from boxscore.models.contract import Sampling, parse_price  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.options import trust_level  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.prepare import Request  # noqa: PLC0415 - keeps --help fast
    from boxscore.sampling.request import SamplingRequest  # noqa: PLC0415 - keeps --help fast

    grading = Request(
        benchmark=the_one(bench),
        only=tuple(instance or ()),
        limit=limit,
        data=data,
        backend=backend,
        runtime=runtime,
        image=image,
        strict=strict,
        cpu_s=timeout,
        workers=workers,
        on=on,
        k=None if k is None else whole_numbers(k),
        out=out,
        run_id=run_id,
        apply=apply,
        reuse=reuse_or_not(reuse=reuse, no_reuse=no_reuse),
        no_alarm=no_alarm,
        no_gate=no_gate,
        gate_repeats=gate_repeat,
        least_trust=trust_level("--least-trust", least_trust),
    )
    request = SamplingRequest(
        grading=grading,
        model=model,
        samples_each=samples,
        agent=agent,
        agent_options=pairs(agent_option, "--agent-option"),
        api_base=api_base,
        sampling=Sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, stop=stops(stop), seed=seed),
        variant=variant,
        template=prompt_template,
        limits=agent_limits(
            time_limit=time_limit,
            working_limit=working_limit,
            message_limit=message_limit,
            token_limit=token_limit,
            cost_limit=cost_limit,
        ),
        max_cost_usd=max_cost,
        price=None if price is None else parse_price(price),
        concurrency=concurrency,
        agents=agents,
        cached=not no_response_cache,
        impossible=impossible_kinds(impossible_kind, every=impossible),
        ungraded=no_grade,
    )
    options = RunOptions(
        request=request,
        fail_under=fail_under,
        page=page,
        failures=failures,
        dry_run=dry_run,
        quiet=quiet,
        json=json,
    )
    form, level = log_choice(log_format, FORMATS, "--log-format"), log_choice(log_level, LEVELS, "--log-level")
    with logging_to(log_file, form=form, level=level, quiet=quiet):
        raise typer.Exit(run_command(options))


@app.command()
def report(  # noqa: PLR0913 - the options of one command
    run: Run,
    *,
    failures: Failures = 5,
    like: Like = None,
    out: ExportOut = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Make a run's reports again and print the table.

    With --like it also writes the files that another program reads.
    """
    from boxscore.cli.grade import report_command  # noqa: PLC0415 - keeps --help fast

    if like is not None or out is not None or force:
        from boxscore.cli.export import report_like  # noqa: PLC0415 - as above

        report_like(run, like=like, out=out, force=force)
    raise typer.Exit(report_command(run, failures=failures, json=json))


@app.command()
def export(  # noqa: PLR0913 - the options of one command
    run: Run,
    *,
    to: ExportTo,
    out: ExportOut = None,
    force: Force = False,
    files_version: FilesVersion = None,
    quiet: Quiet = False,
) -> None:
    """Write a run as other programs read it."""
    from boxscore.cli.export import export_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(export_command(run, to=to, out=out, force=force, files_version=files_version, quiet=quiet))


@app.command()
def compare(  # noqa: PLR0913 - the options of one command
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Runs; the first of each benchmark is the baseline of its others."),
    ],
    *,
    again: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN",
            envvar="BOXSCORE_AGAIN",
            help="A further run of a baseline's model: is the difference more than that of the model from itself?",
        ),
    ] = None,
    k: OneK = 1,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG",
            envvar="BOXSCORE_BY",
            help="Also compare on the instances of each value of a tag, such as domain or difficulty. May be repeated.",
        ),
    ] = None,
    allow_difference: AllowDifference = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, envvar="BOXSCORE_SEED", help="Of resampling.")] = 0,
    regrade: Annotated[
        int,
        typer.Option(
            metavar="R",
            min=0,
            max=100,
            envvar="BOXSCORE_REGRADE",
            help="Grade all samples R times again, to tell the noise of grading.",
        ),
    ] = 0,
    page: ComparePage = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Compare runs: what is better, by how much, and what broke."""
    from boxscore.cli.compare import compare_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(
        compare_command(
            runs,
            again=again or (),
            by=by or (),
            k=k,
            allowed=allow_difference or (),
            seed=seed,
            regrades=regrade,
            page=page,
            markdown=markdown,
            json=json,
        )
    )


@app.command()
def gate(  # noqa: PLR0913 - the options of one command
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs to judge, one of each benchmark.")],
    *,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN", envvar="BOXSCORE_BASELINE", help="The run to be not worse than; one of each benchmark."
        ),
    ] = None,
    margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[BENCH=]SHARE",
            envvar="BOXSCORE_MARGIN",
            help="How much worse is still accepted: 0.05 is five points. May be repeated for benchmarks.",
        ),
    ] = None,
    mean_margin: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            envvar="BOXSCORE_MEAN_MARGIN",
            min=0.001,
            max=0.999,
            help="How much worse the mean over all benchmarks may be; those without a --margin are judged by it alone.",
        ),
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            envvar="BOXSCORE_FAIL_UNDER",
            help="Fail if pass@k is less (0 to 1).",
        ),
    ] = None,
    k: OneK = 1,
    allow_underpowered: Annotated[
        bool,
        typer.Option(
            "--allow-underpowered",
            envvar="BOXSCORE_ALLOW_UNDERPOWERED",
            help="Judge also where an equal system would hardly pass.",
        ),
    ] = False,
    discordance: Discordance = 0.15,
    early_stop: Annotated[
        int | None,
        typer.Option(
            metavar="SEED",
            min=0,
            envvar="BOXSCORE_EARLY_STOP",
            help="Judge a run that goes on: exit 1 if it is surely worse already, else 4.",
        ),
    ] = None,
    aa: Annotated[
        int,
        typer.Option(
            "--aa",
            metavar="R",
            min=0,
            max=100_000,
            envvar="BOXSCORE_AA",
            help="Also simulate R pairs of runs, to tell how often this gate errs.",
        ),
    ] = 0,
    allow_difference: AllowDifference = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Judge a run by its baseline.

    Exit 0: not worse by the margin; 1: worse; 4: inconclusive; 3: not valid.
    """
    from boxscore.cli.gate import gate_command, margins  # noqa: PLC0415 - keeps --help fast
    from boxscore.compare.gate import GateRules  # noqa: PLC0415 - keeps --help fast

    rules = GateRules(
        margins=margins(margin or ()),
        fail_under=fail_under,
        k=k,
        allowed=tuple(allow_difference or ()),
        allow_underpowered=allow_underpowered,
        discordance=discordance,
        early_seed=early_stop,
        mean_margin=mean_margin,
        simulated=aa,
    )
    raise typer.Exit(gate_command(runs, baseline or (), rules, markdown=markdown, json=json))


@app.command()
def plan(  # noqa: PLR0913 - the options of one command
    bench: Bench,
    *,
    samples: Annotated[
        int,
        typer.Option(
            "-n", "--samples", metavar="N", min=1, envvar="BOXSCORE_SAMPLES", help="Samples of each instance."
        ),
    ] = 1,
    k: OneK = 1,
    instances: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            envvar="BOXSCORE_INSTANCES",
            help="How many instances; the benchmark need not be here then.  [default: all]",
        ),
    ] = None,
    discordance: Discordance = 0.15,
    likeness: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            envvar="BOXSCORE_LIKENESS",
            help="How far differences of instances of one cluster correlate; `compare` says what it was.",
        ),
    ] = 0.0,
    gates: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, max=1000, envvar="BOXSCORE_GATES", help="How many benchmarks a release must pass."
        ),
    ] = 1,
    data: Data = None,
    markdown: Markdown = False,
    json: Json = False,
) -> None:
    """Say what runs could tell, before they are paid for."""
    from boxscore.cli.plan import plan_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(
        plan_command(
            bench,
            samples=samples,
            k=k,
            instances=instances,
            discordance=discordance,
            likeness=likeness,
            gates=gates,
            data=data,
            markdown=markdown,
            json=json,
        )
    )


@app.command()
def repair(
    run: Run,
    *,
    keep_unchecked: Annotated[
        bool,
        typer.Option(
            "--keep-unchecked",
            envvar="BOXSCORE_KEEP_UNCHECKED",
            help="Also keep lines without a checksum, as older versions wrote them.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", envvar="BOXSCORE_DRY_RUN", help="Say what would be done, change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Recover a damaged run, and say what was dropped."""
    from boxscore.cli.repair import repair_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(repair_command(run, dry_run=dry_run, keep_unchecked=keep_unchecked, json=json))


@app.command(name="list")
def list_benchmarks(*, json: Json = False) -> None:
    """List the benchmarks that are known here."""
    from boxscore.cli.show import list_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(list_command(json=json))


@app.command()
def show(  # noqa: PLR0913 - the options of one command
    name: Annotated[str, typer.Argument(metavar="BENCH|RUN", help="A benchmark, or a run by its path or id.")],
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Instances; of a run ID/SAMPLE.")] = None,
    *,
    instance: Only = None,
    data: Data = None,
    trajectory: Annotated[
        bool,
        typer.Option(
            "--trajectory",
            envvar="BOXSCORE_TRAJECTORY",
            help="What the agent did for -i ID or -i ID/SAMPLE of a run, or in a FILE.",
        ),
    ] = False,
    prompt: Annotated[
        bool,
        typer.Option("--prompt", envvar="BOXSCORE_PROMPT", help="Print what a model would be sent, and nothing else."),
    ] = False,
    variant: Variant = None,
    prompt_template: PromptTemplate = None,
    list_ids: Annotated[
        bool,
        typer.Option("--ids", envvar="BOXSCORE_IDS", help="Print the ids of all instances, a line each, and no more."),
    ] = False,
    json: Json = False,
) -> None:
    """Show a benchmark, a run, or instances of either."""
    only = (*(ids or ()), *(instance or ()))
    if trajectory:
        from boxscore.cli.show_trajectory import trajectory_command  # noqa: PLC0415 - keeps --help fast

        raise typer.Exit(trajectory_command(name, only=only, json=json))
    if prompt:
        from boxscore.cli.show_prompt import show_prompt_command  # noqa: PLC0415 - keeps --help fast

        raise typer.Exit(
            show_prompt_command(name, only=only, data=data, variant=variant, template=prompt_template, json=json)
        )
    from boxscore.cli.show import show_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(show_command(name, only=only, data=data, json=json, ids=list_ids))


@app.command()
def flags(
    *,
    predictions: FlaggedPatches,
    references: FlagReferences = None,
    json: Json = False,
) -> None:
    """Show what in patches hints at forged test runs."""
    from boxscore.cli.flags import flags_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(flags_command(predictions, references=references, json=json))


@app.command()
def validate(  # noqa: PLR0913 - the options of one command
    bench: Bench,
    *,
    repeats: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--repeats",
            "--repeat",
            metavar="N",
            min=1,
            envvar="BOXSCORE_REPEATS",
            help="How often all of it is run: 2 times, patches 3 times.",
            show_default=False,
        ),
    ] = None,
    instance: Only = None,
    workers: Workers = None,
    timeout: Timeout = None,
    data: Data = None,
    backend: Backend = "auto",
    runtime: Runtime = None,
    image: Image = None,
    on: On = "local",
    out: Out = None,
    keep_gb: KeepGb = None,
    json: Json = False,
) -> None:
    """Check a benchmark: gold passes, empty fails, repeats agree."""
    from boxscore.cli.validate import validate_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.prepare import Request  # noqa: PLC0415 - keeps --help fast

    request = Request(
        benchmark=bench,
        only=tuple(instance or ()),
        data=data,
        backend=backend,
        runtime=runtime,
        image=image,
        cpu_s=timeout,
        workers=workers,
        on=on,
        out=out,
        keep_bytes=bytes_of(keep_gb),
    )
    raise typer.Exit(validate_command(request, repeats=repeats, json=json))


@app.command()
def audit(  # noqa: PLR0913 - the options of one command
    bench: Bench,
    *,
    repeats: Annotated[
        int,
        typer.Option(
            "-n",
            "--repeats",
            metavar="N",
            min=1,
            envvar="BOXSCORE_REPEATS",
            help="How often references and empty samples are graded.",
        ),
    ] = 2,
    mutants: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, max=1000, envvar="BOXSCORE_MUTANTS", help="Mutants of each reference; 0 makes none."
        ),
    ] = 10,
    inputs: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            envvar="BOXSCORE_INPUTS",
            help="Inputs made of those of the tests, on which mutants that pass are compared with the reference.",
        ),
    ] = 100,
    seed: Annotated[
        int, typer.Option(metavar="N", envvar="BOXSCORE_AUDIT_SEED", help="A seed for mutants and inputs.")
    ] = 0,
    cutoff: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", envvar="BOXSCORE_CUTOFF", help="Report instances that were published before this date."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="BENCH", envvar="BOXSCORE_AGAINST", help="Another benchmark, whose prompts are compared with these."
        ),
    ] = None,
    instance: Only = None,
    limit: Limit = None,
    workers: Workers = None,
    timeout: Timeout = None,
    data: Data = None,
    backend: Backend = "auto",
    runtime: Runtime = None,
    image: Image = None,
    on: On = "local",
    run_id: RunId = None,
    out: Out = None,
    keep_gb: KeepGb = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say what is wrong with a benchmark's tests and prompts."""
    from boxscore.audit.work import AuditOptions  # noqa: PLC0415 - keeps --help fast
    from boxscore.cli.audit import audit_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.prepare import Request  # noqa: PLC0415 - keeps --help fast

    request = Request(
        benchmark=bench,
        only=tuple(instance or ()),
        limit=limit,
        data=data,
        backend=backend,
        runtime=runtime,
        image=image,
        cpu_s=timeout,
        workers=workers,
        on=on,
        run_id=run_id,
        out=out,
        keep_bytes=bytes_of(keep_gb),
    )
    options = AuditOptions(
        repeats=repeats, mutants=mutants, inputs=inputs, seed=seed, cutoff=day(cutoff, "--cutoff"), against=against
    )
    raise typer.Exit(audit_command(request, options, dry_run=dry_run, json=json))


@app.command()
def attack(  # noqa: PLR0913 - the options of one command
    bench: Bench,
    *,
    instance: Only = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "-a",
            "--attack",
            metavar="CLASS[/NAME]",
            envvar="BOXSCORE_ATTACK",
            help="Only attacks of this class, or this one; may be repeated.",
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--all", envvar="BOXSCORE_ALL", help="Attack all instances rather than one of each kind."),
    ] = False,
    data: Data = None,
    backend: Annotated[
        str,
        typer.Option(
            "--backend", metavar="NAME", envvar="BOXSCORE_BACKEND", help="docker, local, or all that work here."
        ),
    ] = "all",
    runtime: Runtime = None,
    image: Image = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--workers",
            metavar="N",
            min=1,
            envvar="BOXSCORE_WORKERS",
            help="Boxes to run in parallel: 1.",
            show_default=False,
        ),
    ] = None,
    on: On = "local",
    out: Out = None,
    json: Json = False,
) -> None:
    """Try to forge passes with our own attacks, and count them.

    One instance of each kind is attacked by default, such as one for each runner of tests.
    """
    from boxscore.cli.attack import attack_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.run.prepare import Request  # noqa: PLC0415 - keeps --help fast

    request = Request(
        benchmark=bench,
        only=tuple(instance or ()),
        data=data,
        backend=backend,
        runtime=runtime,
        image=image,
        workers=workers or 1,
        on=on,
        out=out,
    )
    raise typer.Exit(attack_command(request, only=tuple(only or ()), every=every, json=json))


@app.command()
def serve(  # noqa: PLR0913 - the options of one command
    bench: Annotated[
        str | None,
        typer.Argument(metavar="BENCH", help="A benchmark, as for grade. Without one, tests come with requests."),
    ] = None,
    *,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", envvar="BOXSCORE_HOST", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65_535, envvar="BOXSCORE_PORT", help="The port; 0 for any.")
    ] = 8080,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            envvar="BOXSCORE_TOKEN",
            show_envvar=True,
            help="What callers must show; made up and printed unless given. Better given by the variable.",
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", envvar="BOXSCORE_NO_TOKEN", help="Ask for no token; on loopback only.")
    ] = False,
    queue: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            envvar="BOXSCORE_QUEUE",
            help="Requests that may wait for a worker.  [default: 64 for each]",
        ),
    ] = None,
    max_wait: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.0,
            max=86_400,
            envvar="BOXSCORE_MAX_WAIT",
            help="How long a request may wait before it is refused.",
        ),
    ] = 6.0,
    drain: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.0,
            max=86_400,
            envvar="BOXSCORE_DRAIN",
            help="What running requests get when the service is to end.",
        ),
    ] = 30.0,
    max_body: Annotated[
        int,
        typer.Option(metavar="MIB", min=1, max=1024, envvar="BOXSCORE_MAX_BODY", help="The longest request."),
    ] = 16,
    instance: Only = None,
    workers: Workers = None,
    timeout: Timeout = None,
    data: Data = None,
    backend: Backend = "auto",
    runtime: Runtime = None,
    image: Image = None,
    strict: Strict = False,
    on: On = "local",
    apply: Apply = None,
    gate_repeat: GateRepeat = 1,
    no_gate: NoGate = False,
    least_trust: LeastTrust = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
    log_file: LogFile = None,
) -> None:
    """Give verdicts over HTTP, from boxes that stay open."""
    from boxscore.cli.serve import ServeOptions, serve_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.log import FORMATS, LEVELS, logging_to  # noqa: PLC0415 - keeps --help fast

    options = ServeOptions(
        benchmark=bench,
        host=host,
        port=port,
        token=token,
        no_token=no_token,
        queue=queue,
        max_wait_s=max_wait,
        drain_s=drain,
        max_body_bytes=max_body << 20,
        only=tuple(instance or ()),
        workers=workers,
        data=data,
        backend=backend,
        runtime=runtime,
        image=image,
        strict=strict,
        cpu_s=timeout,
        apply=apply,
        gate_repeats=0 if no_gate else gate_repeat,
        on=on,
        least_trust=least_trust,
    )
    form, level = log_choice(log_format, FORMATS, "--log-format"), log_choice(log_level, LEVELS, "--log-level")
    with logging_to(log_file, form=form or "json", level=level):
        raise typer.Exit(serve_command(options))


@app.command()
def view(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Runs, or folders of runs; all below runs/ unless given."),
    ] = None,
    *,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", envvar="BOXSCORE_VIEW_HOST", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65_535, envvar="BOXSCORE_VIEW_PORT", help="The port; 0 for any.")
    ] = 0,
) -> None:
    """Show runs in a browser, and follow those that go on."""
    from boxscore.cli.view import view_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(view_command(runs or (), host=host, port=port))


@app.command()
def doctor(
    *,
    reap: Annotated[
        bool, typer.Option("--reap", envvar="BOXSCORE_REAP", help="Remove what killed runs have left behind.")
    ] = False,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            envvar="BOXSCORE_REAP_ALL",
            help="With --reap: also boxes of engines that cannot be seen from here, which may be in use.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Say what works here, what is missing and how to get it."""
    from boxscore.cli.doctor import doctor_command  # noqa: PLC0415 - keeps --help fast

    raise typer.Exit(doctor_command(reap=reap, every=every, json=json))


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (`sys.argv` if None) and exit; what goes wrong is told on standard error."""
    if args is not None:
        sys.exit(_ran(list(args)))
    prepare_streams()
    with leave_on_signals(say):
        code = _ran(None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a late one would change the exit code
            signal.signal(number, signal.SIG_IGN)
        if threads_remain():  # a build that nobody waits for any more
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            leave(code)
        sys.exit(code)


def asked_alone(args: Sequence[str]) -> typer.Typer:
    """Give the app with no command but the asked one: typer builds all that there are, which takes 0.1 s."""
    asked = next(iter(args), "")
    alone = copy(app)
    alone.registered_commands = [
        one for one in app.registered_commands if asked == (one.name or getattr(one.callback, "__name__", ""))
    ]
    alone.registered_groups = [
        one for one in app.registered_groups if one.typer_instance and one.typer_instance.info.name == asked
    ]
    return alone if alone.registered_commands or alone.registered_groups else app


def _ran(args: list[str] | None) -> int:
    """Run the command line and return its exit code."""
    try:
        try:
            with logging_to(only=_CHOICE):  # a command with a log of its own puts that in its place
                asked_alone(sys.argv[1:] if args is None else args)(args)
        except SystemExit as error:
            finish_output()
            return error.code if isinstance(error.code, int) else OK
        except OSError as error:
            raise out_of_files(error) or out_of_reach(error) or error from error
    except OutputClosed as error:
        if not error.reader_left:
            say(str(error))
        return NO_READER if error.reader_left else USAGE
    except BoxscoreError as error:
        if _asked["debug"]:
            say_traceback()
        say("\n  ".join(error.lines()))
        return INFRASTRUCTURE if isinstance(error, BoxError) else USAGE
    except Exception:  # noqa: BLE001 - the outermost border: our own mistake, which must not look like a failed check
        say_traceback()
        return INFRASTRUCTURE
    return OK
