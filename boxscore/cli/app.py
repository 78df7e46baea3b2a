"""The command line: what can be asked, and how the answer becomes an exit code. Bodies are in the other files.

Exit codes: 0 done · 1 something is not as required · 2 bad usage or input · 3 infrastructure failed · 4 inconclusive ·
130 interrupted · 141 the reader of standard output went away.
"""

from __future__ import annotations

import signal
import sys
from contextlib import AbstractContextManager, suppress
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from msgspec.structs import replace

from boxscore.cli import options as given
from boxscore.cli.exit_codes import INFRASTRUCTURE, NO_READER, OK, USAGE
from boxscore.cli.help import Group
from boxscore.cli.images import images
from boxscore.cli.instances import instances
from boxscore.cli.options import (
    AGENT,
    AUTHOR,
    DECIDE,
    GRADE,
    LOOK,
    MACHINE,
    MODEL,
    OUTPUT,
    command,
    option,
    path_option,
)
from boxscore.cli.output import say, say_traceback
from boxscore.cli.standard_streams import OutputClosed, finish_output, out_of_files, out_of_reach, prepare_streams
from boxscore.errors import BoxError, BoxscoreError
from boxscore.interrupt import leave, leave_on_signals, threads_remain
from boxscore.log import logging_to
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.run.request import Request

_asked = {"debug": False}  # by the options before the command
_CHOICE = ("backend_passed_over",)  # an event about the choice of a backend

app = typer.Typer(
    name="boxscore",
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    debug: Annotated[bool, option("--debug", help="Print the traceback of what goes wrong.")] = False,
) -> None:
    """Grade code that models write: in sandboxes, with verdicts that are hard to forge, and error bars."""
    del version
    _asked["debug"] = debug


app.add_typer(images, rich_help_panel=MACHINE)
app.add_typer(instances, rich_help_panel=AUTHOR)


@command(app, GRADE)
def demo(*, backend: given.Backend = "auto", json: given.Json = False) -> int:
    """See forged passes fool a plain check, and not boxscore."""
    from boxscore.cli.demo import cheat_command  # noqa: PLC0415 - keeps --help fast

    return cheat_command(backend, json=json)


@command(
    app,
    GRADE,
    request=tuple(given.REQUEST),
    log=True,
    usual=(
        "predictions",
        "gold",
        "only",
        "limit",
        "k",
        "workers",
        "cpu_s",
        "out",
        "data",
        "backend",
        "page",
        "dry_run",
    ),
)
def grade(  # noqa: PLR0913 - the options of one command
    bench: given.Benches,
    *,
    request: Request,
    logging: AbstractContextManager[None],
    log_file: Path | None = None,
    predictions: given.Predictions = None,
    as_: Annotated[
        str | None,
        option(
            "--as",
            metavar="KIND",
            help="Treat every text as this kind, whatever its field is called: completion, solution or answer.",
        ),
    ] = None,
    gold: Annotated[bool, option("--gold", help="Grade the benchmark's own references.")] = False,
    skip_unknown: Annotated[
        bool,
        option(
            "--skip-unknown", help="Leave out samples of instances that the benchmark does not have, and count them."
        ),
    ] = False,
    benchmark_files: Annotated[
        Path | None,
        path_option(
            "--benchmark-files",
            metavar="DIR",
            panel=OUTPUT,
            help="Also write the benchmark's own files below DIR, such as SWE-bench's logs of each instance.",
        ),
    ] = None,
    files_version: given.FilesVersion = None,
    fail_under: given.FailUnder = None,
    page: given.Page = False,
    failures: given.Failures = 5,
    dry_run: given.DryRun = False,
    quiet: given.Quiet = False,
    json: given.Json = False,
) -> int:
    """Grade samples that exist. Run the same command again to resume."""
    from boxscore.cli.grade import GradeOptions, grade_command, refuse_log_among  # noqa: PLC0415 - keeps --help fast

    options = GradeOptions(
        request=request,
        predictions=tuple(predictions or ()),
        taken_as=given.sample_kind(as_),
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
    refuse_log_among(log_file, options)
    with logging:
        if len(bench) > 1:
            from boxscore.cli.several import grade_several  # noqa: PLC0415 - for several alone

            return grade_several(options, bench)
        return grade_command(options)


@command(
    app,
    GRADE,
    request=tuple(name for name in given.REQUEST if name != "keep_bytes"),
    log=True,
    usual=(
        "model",
        "samples",
        "k",
        "agent",
        "only",
        "limit",
        "temperature",
        "max_cost",
        "workers",
        "out",
        "page",
        "dry_run",
    ),
)
def run(  # noqa: PLR0913 - the options of one command
    bench: given.BenchAlone,
    *,
    request: Request,
    model: Annotated[
        str,
        option(
            "-m",
            "--model",
            metavar="MODEL",
            help="A model of a provider, such as openai/gpt-5, or gold, replay:FILE, command:PROGRAM.",
        ),
    ],
    samples: Annotated[
        int, option("-n", "--samples", metavar="N", min=1, help="Samples of each instance to make.")
    ] = 1,
    agent: Annotated[
        str,
        option(
            "--agent",
            metavar="NAME",
            help="Who makes samples: sample, repair, shell, command:PROGRAM, or a .py file.",
        ),
    ] = "sample",
    agent_option: Annotated[
        list[str] | None,
        option("--agent-option", metavar="NAME=VALUE", panel=AGENT, help="An option of the agent; may be repeated."),
    ] = None,
    agents: Annotated[
        int | None,
        option(
            "--agents",
            metavar="N",
            min=1,
            panel=AGENT,
            help="Agents at work at a time.  [default: by --concurrency; of those with a box, 2 for each worker]",
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        option("--time-limit", metavar="SECONDS", panel=AGENT, help="End an agent after so many seconds."),
    ] = None,
    working_limit: Annotated[
        float | None,
        option(
            "--working-limit",
            metavar="SECONDS",
            panel=AGENT,
            help="As --time-limit, without the time in which it waits for its turn.",
        ),
    ] = None,
    message_limit: Annotated[
        int | None,
        option(
            "--message-limit",
            metavar="N",
            panel=AGENT,
            help="End an agent whose conversation has so many messages.",
        ),
    ] = None,
    token_limit: Annotated[
        str | None,
        option(
            "--token-limit",
            metavar="N",
            panel=AGENT,
            help="End an agent that has used so many tokens: 500k, or output:200k.",
        ),
    ] = None,
    cost_limit: Annotated[
        float | None, option("--cost-limit", metavar="USD", panel=AGENT, help="End an agent that has cost so much.")
    ] = None,
    api_base: Annotated[
        str | None,
        option("--api-base", metavar="URL", panel=MODEL, help="Where the model is, if not at its provider's."),
    ] = None,
    temperature: Annotated[
        float | None, option("--temperature", metavar="T", min=0, help="How much answers vary.")
    ] = None,
    top_p: Annotated[
        float | None, option("--top-p", metavar="P", min=0, max=1, panel=MODEL, help="Nucleus of each token.")
    ] = None,
    max_tokens: Annotated[
        int | None, option("--max-tokens", metavar="N", min=1, panel=MODEL, help="Most tokens of an answer.")
    ] = None,
    stop: Annotated[
        list[str] | None,
        option(
            "--stop",
            metavar="TEXT",
            panel=MODEL,
            help="End answers before this text; may be repeated. \\n is a line end.",
        ),
    ] = None,
    seed: Annotated[
        int | None, option("--seed", metavar="N", panel=MODEL, help="A seed for the model, if it takes one.")
    ] = None,
    variant: given.Variant = None,
    prompt_template: given.PromptTemplate = None,
    max_cost: Annotated[
        float | None,
        option(
            "--max-cost", metavar="USD", min=0, help="Ask nothing more before the run would have cost more than this."
        ),
    ] = None,
    price: Annotated[
        str | None,
        option(
            "--price",
            metavar="IN,OUT",
            panel=MODEL,
            help="US dollars for a million tokens of questions and of answers, in place of the known price.",
        ),
    ] = None,
    concurrency: Annotated[
        int, option("--concurrency", metavar="N", min=1, panel=MODEL, help="Questions at work at a time.")
    ] = 16,
    no_response_cache: Annotated[
        bool,
        option(
            "--no-response-cache",
            panel=MODEL,
            help="Ask anew what other runs have asked already, and keep no answers for them.",
        ),
    ] = False,
    impossible: Annotated[
        bool,
        option("--impossible", help="Give instances whose tests contradict their statement: who passes one cheats."),
    ] = False,
    impossible_kind: Annotated[
        str | None,
        option("--impossible-kind", metavar="KIND", help="As --impossible, of one kind alone: one-off or conflicting."),
    ] = None,
    no_grade: Annotated[
        bool,
        option("--no-grade", help="Keep the samples and grade none: no box opens, and no code of the model's runs."),
    ] = False,
    fail_under: given.FailUnder = None,
    page: given.Page = False,
    failures: given.Failures = 5,
    dry_run: given.DryRun = False,
    quiet: given.Quiet = False,
    json: given.Json = False,
) -> int:
    """Ask a model for samples, by an agent if wanted, and grade them. Run the same command again to resume."""
    from boxscore.agents.limits import agent_limits  # noqa: PLC0415 - keeps --help fast
    from boxscore.cli.run import RunOptions, impossible_kinds, run_command  # noqa: PLC0415 - keeps --help fast
    from boxscore.models.contract import Sampling, parse_price  # noqa: PLC0415 - keeps --help fast
    from boxscore.sampling.request import SamplingRequest  # noqa: PLC0415 - keeps --help fast

    if len(bench) > 1:
        raise typer.BadParameter(
            f"a model is asked for one benchmark at a time, not for {', '.join(bench)}: run each with --no-grade "
            "and --out DIR, then grade them together with `boxscore grade` and -p DIR for each",
            param_hint="BENCH",
        )
    sampling = SamplingRequest(
        grading=request,
        model=model,
        samples_each=samples,
        agent=agent,
        agent_options=given.pairs(agent_option, "--agent-option"),
        api_base=api_base,
        sampling=Sampling(
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            stop=tuple(text.replace("\\n", "\n").replace("\\t", "\t") for text in stop or ()),
            seed=seed,
        ),
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
    return run_command(
        RunOptions(
            request=sampling,
            fail_under=fail_under,
            page=page,
            failures=failures,
            dry_run=dry_run,
            quiet=quiet,
            json=json,
        )
    )


@command(app, LOOK)
def report(run: given.Run, *, failures: given.Failures = 5, json: given.Json = False) -> int:
    """Make a run's reports and its page again, and print the table."""
    from boxscore.cli.report import report_command  # noqa: PLC0415 - keeps --help fast

    return report_command(run, failures=failures, json=json)


@command(app, LOOK)
def export(  # noqa: PLR0913 - the options of one command
    run: given.Run,
    *,
    to: Annotated[
        str,
        option(
            "--to",
            metavar="FORMAT",
            help="csv, parquet, swebench, evalplus, evoeval, wandb or mlflow.",
        ),
    ],
    out: Annotated[
        str | None,
        option(
            "--out",
            metavar="PATH",
            env="BOXSCORE_EXPORT_OUT",
            help="The file or folder to write; of mlflow also an address.  [default: by the run, in this folder]",
        ),
    ] = None,
    force: Annotated[bool, option("--force", help="Replace what an export has written.")] = False,
    files_version: given.FilesVersion = None,
    quiet: given.Quiet = False,
) -> int:
    """Write a run as other programs read it."""
    from boxscore.cli.export import export_command  # noqa: PLC0415 - keeps --help fast

    return export_command(run, to=to, out=out, force=force, files_version=files_version, quiet=quiet)


@command(app, DECIDE)
def compare(  # noqa: PLR0913 - the options of one command
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Runs; the first of each benchmark is the baseline of its others."),
    ],
    *,
    k: given.OneK = 1,
    by: Annotated[
        list[str] | None,
        option(
            "--by",
            metavar="TAG",
            help="Also compare on the instances of each value of a tag, such as domain or difficulty. May be repeated.",
        ),
    ] = None,
    allow_difference: given.AllowDifference = None,
    seed: Annotated[int, option("--seed", metavar="N", min=0, help="Of resampling.")] = 0,
    regrade: Annotated[
        int,
        option(
            "--regrade",
            metavar="R",
            min=0,
            max=100,
            help="Grade all samples R times again, to tell the noise of grading.",
        ),
    ] = 0,
    out: Annotated[
        Path | None,
        path_option(
            "--out", metavar="FILE", help="Also write two runs side by side as a page.", env="BOXSCORE_COMPARE_OUT"
        ),
    ] = None,
    markdown: given.Markdown = False,
    json: given.Json = False,
) -> int:
    """Compare runs: what is better, by how much, and what broke."""
    from boxscore.cli.compare import compare_command  # noqa: PLC0415 - keeps --help fast

    return compare_command(
        runs,
        by=by or (),
        k=k,
        allowed=allow_difference or (),
        seed=seed,
        regrades=regrade,
        page=out,
        markdown=markdown,
        json=json,
    )


@command(app, DECIDE)
def gate(  # noqa: PLR0913 - the options of one command
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs to judge, one of each benchmark.")],
    *,
    baseline: Annotated[
        list[str] | None,
        option("--baseline", metavar="RUN", help="The run to be not worse than; one of each benchmark."),
    ] = None,
    margin: Annotated[
        list[str] | None,
        option(
            "--margin",
            metavar="[BENCH=]SHARE",
            help="How much worse is still accepted: 0.05 is five points. May be repeated for benchmarks.",
        ),
    ] = None,
    fail_under: Annotated[
        float | None,
        option("--fail-under", metavar="SHARE", min=0, max=1, help="Fail if pass@k is less (0 to 1)."),
    ] = None,
    k: given.OneK = 1,
    allow_underpowered: Annotated[
        bool,
        option("--allow-underpowered", help="Judge also where an equal system would hardly pass."),
    ] = False,
    discordance: given.Discordance = 0.15,
    early_stop: Annotated[
        int | None,
        option(
            "--early-stop",
            metavar="SEED",
            min=0,
            help="Judge a run that goes on: exit 1 if it is surely worse already, else 4.",
        ),
    ] = None,
    allow_difference: given.AllowDifference = None,
    markdown: given.Markdown = False,
    json: given.Json = False,
) -> int:
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
    )
    return gate_command(runs, baseline or (), rules, markdown=markdown, json=json)


@command(app, DECIDE)
def plan(  # noqa: PLR0913 - the options of one command
    bench: given.Bench,
    *,
    samples: Annotated[
        int,
        option("-n", "--samples", metavar="N", min=1, help="Samples of each instance."),
    ] = 1,
    k: given.OneK = 1,
    instances: Annotated[
        int | None,
        option(
            "--instances",
            metavar="N",
            min=1,
            help="How many instances; the benchmark need not be here then.  [default: all]",
        ),
    ] = None,
    discordance: given.Discordance = 0.15,
    gates: Annotated[
        int,
        option("--gates", metavar="N", min=1, max=1000, help="How many benchmarks a release must pass."),
    ] = 1,
    data: given.Data = None,
    markdown: given.Markdown = False,
    json: given.Json = False,
) -> int:
    """Say what runs could tell, before they are paid for."""
    from boxscore.cli.plan import plan_command  # noqa: PLC0415 - keeps --help fast

    return plan_command(
        bench,
        samples=samples,
        k=k,
        instances=instances,
        discordance=discordance,
        gates=gates,
        data=data,
        markdown=markdown,
        json=json,
    )


@command(app, LOOK, hidden=True)
def repair(
    run: given.Run,
    *,
    dry_run: Annotated[bool, option("--dry-run", help="Say what would be done, change nothing.")] = False,
    json: given.Json = False,
) -> int:
    """Recover a damaged run, and say what was dropped."""
    from boxscore.cli.repair import repair_command  # noqa: PLC0415 - keeps --help fast

    return repair_command(run, dry_run=dry_run, json=json)


@command(app, GRADE, name="list")
def list_benchmarks(*, json: given.Json = False) -> int:
    """List the benchmarks that are known here."""
    from boxscore.cli.show import list_command  # noqa: PLC0415 - keeps --help fast

    return list_command(json=json)


@command(app, LOOK)
def show(  # noqa: PLR0913 - the options of one command
    name: Annotated[str, typer.Argument(metavar="BENCH|RUN", help="A benchmark, or a run by its path or id.")],
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Instances; of a run ID/SAMPLE.")] = None,
    *,
    instance: given.Only = None,
    data: given.Data = None,
    trajectory: Annotated[
        bool,
        option("--trajectory", help="What the agent did for -i ID or -i ID/SAMPLE of a run, or in a FILE."),
    ] = False,
    prompt: Annotated[
        bool,
        option("--prompt", help="Print what a model would be sent, and nothing else."),
    ] = False,
    variant: given.Variant = None,
    prompt_template: given.PromptTemplate = None,
    list_ids: Annotated[
        bool,
        option("--ids", help="Print the ids of all instances, a line each, and no more."),
    ] = False,
    json: given.Json = False,
) -> int:
    """Show a benchmark, a run, or instances of either."""
    only = (*(ids or ()), *(instance or ()))
    if trajectory:
        from boxscore.cli.show_trajectory import trajectory_command  # noqa: PLC0415 - keeps --help fast

        return trajectory_command(name, only=only, json=json)
    if prompt:
        from boxscore.cli.show_prompt import show_prompt_command  # noqa: PLC0415 - keeps --help fast

        return show_prompt_command(name, only=only, data=data, variant=variant, template=prompt_template, json=json)
    from boxscore.cli.show import show_command  # noqa: PLC0415 - keeps --help fast

    return show_command(name, only=only, data=data, json=json, ids=list_ids)


@command(app, LOOK)
def flags(
    *,
    predictions: Annotated[
        list[Path],
        path_option(
            "-p",
            "--predictions",
            metavar="PATH",
            help="Predictions (.jsonl, .json), a patch, or a folder of either; may be repeated.",
        ),
    ],
    references: Annotated[
        Path | None,
        path_option(
            "--references",
            metavar="FILE",
            help="A data set's rows: what the `patch` of an instance adds too is no flag.",
        ),
    ] = None,
    json: given.Json = False,
) -> int:
    """Show what in patches hints at forged test runs."""
    from boxscore.cli.flags import flags_command  # noqa: PLC0415 - keeps --help fast

    return flags_command(predictions, references=references, json=json)


@command(app, AUTHOR, request=("only", *given.PLACE, "out", "keep_bytes"))
def validate(
    *,
    request: Request,
    repeats: Annotated[
        int | None,
        option(
            "-n",
            "--repeats",
            "--repeat",
            metavar="N",
            min=1,
            help="How often all of it is run: 2 times, patches 3 times.",
            show_default=False,
        ),
    ] = None,
    json: given.Json = False,
) -> int:
    """Check a benchmark: gold passes, empty fails, repeats agree."""
    from boxscore.cli.validate import validate_command  # noqa: PLC0415 - keeps --help fast

    return validate_command(request, repeats=repeats, json=json)


@command(app, AUTHOR, request=("only", "limit", *given.PLACE, "run_id", "out", "keep_bytes"))
def audit(  # noqa: PLR0913 - the options of one command
    *,
    request: Request,
    repeats: Annotated[
        int,
        option("-n", "--repeats", metavar="N", min=1, help="How often references and empty samples are graded."),
    ] = 2,
    mutants: Annotated[
        int,
        option("--mutants", metavar="N", min=0, max=1000, help="Mutants of each reference; 0 makes none."),
    ] = 10,
    inputs: Annotated[
        int,
        option(
            "--inputs",
            metavar="N",
            min=1,
            max=1000,
            help="Inputs made of those of the tests, on which mutants that pass are compared with the reference.",
        ),
    ] = 100,
    seed: Annotated[
        int, option("--seed", metavar="N", help="A seed for mutants and inputs.", env="BOXSCORE_AUDIT_SEED")
    ] = 0,
    cutoff: Annotated[
        str | None,
        option("--cutoff", metavar="DATE", help="Report instances that were published before this date."),
    ] = None,
    against: Annotated[
        str | None,
        option("--against", metavar="BENCH", help="Another benchmark, whose prompts are compared with these."),
    ] = None,
    dry_run: given.DryRun = False,
    json: given.Json = False,
) -> int:
    """Say what is wrong with a benchmark's tests and prompts."""
    from boxscore.audit.work import AuditOptions  # noqa: PLC0415 - keeps --help fast
    from boxscore.cli.audit import audit_command  # noqa: PLC0415 - keeps --help fast

    options = AuditOptions(
        repeats=repeats,
        mutants=mutants,
        inputs=inputs,
        seed=seed,
        cutoff=given.day(cutoff, "--cutoff"),
        against=against,
    )
    return audit_command(request, options, dry_run=dry_run, json=json)


@command(app, AUTHOR, request=("only", "data", "runtime", "image", "workers", "on", "out"))
def attack(
    *,
    request: Request,
    attacks: Annotated[
        list[str] | None,
        option(
            "-a", "--attack", metavar="CLASS[/NAME]", help="Only attacks of this class, or this one; may be repeated."
        ),
    ] = None,
    every: Annotated[bool, option("--all", help="Attack all instances rather than one of each kind.")] = False,
    backend: Annotated[str, option("--backend", metavar="NAME", help="docker, local, or all that work here.")] = "all",
    json: given.Json = False,
) -> int:
    """Try to forge passes with our own attacks, and count them.

    One instance of each kind is attacked by default, such as one for each runner of tests. Attacks run one at a time,
    as what one leaves behind the next may find, unless there are more workers.
    """
    from boxscore.cli.attack import attack_command  # noqa: PLC0415 - keeps --help fast

    request = replace(request, backend=backend, workers=request.workers or 1)
    return attack_command(request, only=tuple(attacks or ()), every=every, json=json)


@command(app, AUTHOR)
def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the benchmark shall be called.")],
    *,
    folder: Annotated[Path, path_option("--dir", metavar="DIR", help="Where to write it.")] = Path(),
) -> int:
    """Write a working harness, three rows of data and its test."""
    from boxscore.data.new_harness import write_harness  # noqa: PLC0415 - keeps --help fast

    paths = write_harness(name, folder)
    for path in paths:
        say(f"wrote {path}")
    harness = f"./{paths[0]}" if len(paths[0].parts) == 1 else str(paths[0])
    say(f"next: boxscore validate {harness}; pytest {paths[2]}")
    return OK


@command(
    app,
    GRADE,
    request=("only", *given.PLACE, "strict", "apply", "gate_repeats", "no_gate", "least_trust"),
    log="json",
    usual=("host", "port", "token", "no_token", "only", "workers", "cpu_s", "data", "backend", "least_trust", "queue"),
)
def serve(  # noqa: PLR0913 - the options of one command
    bench: Annotated[
        str | None,
        typer.Argument(metavar="BENCH", help="A benchmark, as for grade. Without one, tests come with requests."),
    ] = None,
    *,
    request: Request,
    host: Annotated[str, option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, option("--port", metavar="N", min=0, max=65535, help="The port; 0 for any.")] = 8080,
    token: Annotated[
        str | None,
        option(
            "--token",
            metavar="TOKEN",
            help="What callers must show; made up and printed unless given. Better given by the variable.",
        ),
    ] = None,
    no_token: Annotated[bool, option("--no-token", help="Ask for no token; on loopback only.")] = False,
    queue: Annotated[
        int | None,
        option("--queue", metavar="N", min=0, help="Requests that may wait for a worker.  [default: 64 for each]"),
    ] = None,
    max_wait: Annotated[
        float,
        option(
            "--max-wait",
            metavar="SECONDS",
            min=0.0,
            max=86400,
            help="How long a request may wait before it is refused.",
        ),
    ] = 6.0,
    drain: Annotated[
        float,
        option(
            "--drain",
            metavar="SECONDS",
            min=0.0,
            max=86400,
            help="What running requests get when the service is to end.",
        ),
    ] = 30.0,
    max_body: Annotated[
        int,
        option("--max-body", metavar="MIB", min=1, max=1024, help="The longest request."),
    ] = 16,
) -> int:
    """Give verdicts over HTTP, from boxes that stay open."""
    from boxscore.cli.serve import ServeOptions, serve_command  # noqa: PLC0415 - keeps --help fast

    del bench
    return serve_command(
        ServeOptions(
            request=request,
            host=host,
            port=port,
            token=token,
            no_token=no_token,
            queue=queue,
            max_wait_s=max_wait,
            drain_s=drain,
            max_body_bytes=max_body << 20,
        )
    )


@command(app, LOOK)
def view(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Runs, or folders of runs; all below runs/ unless given."),
    ] = None,
    *,
    host: Annotated[
        str, option("--host", metavar="ADDRESS", help="Where to listen.", env="BOXSCORE_VIEW_HOST")
    ] = "127.0.0.1",
    port: Annotated[
        int, option("--port", metavar="N", min=0, max=65535, help="The port; 0 for any.", env="BOXSCORE_VIEW_PORT")
    ] = 0,
) -> int:
    """Show runs in a browser, and follow those that go on."""
    from boxscore.cli.view import view_command  # noqa: PLC0415 - keeps --help fast

    return view_command(runs or (), host=host, port=port)


@command(app, MACHINE)
def doctor(
    *,
    reap: Annotated[bool, option("--reap", help="Remove what killed runs have left behind.")] = False,
    every: Annotated[
        bool,
        option(
            "--all",
            help="With --reap: also boxes of engines that cannot be seen from here, which may be in use.",
            env="BOXSCORE_REAP_ALL",
        ),
    ] = False,
    json: given.Json = False,
) -> int:
    """Say what works here, what is missing and how to get it."""
    from boxscore.cli.doctor import doctor_command  # noqa: PLC0415 - keeps --help fast

    return doctor_command(reap=reap, every=every, json=json)


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
