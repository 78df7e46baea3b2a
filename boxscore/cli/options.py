"""Options that several commands share, each with its environment variable."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Collection

    from boxscore.records import SampleKind


def given_path(text: str) -> Path:
    """Read a path; none at all, as an unset variable leaves it, is not the current folder."""
    if not text:
        raise typer.BadParameter("the path is empty; the current folder is '.'")
    return Path(text)


def _real_backend(name: str) -> str:
    if name == "fake":
        raise typer.BadParameter("'fake' runs nothing and is for tests; choose auto, docker or local")
    return name


Bench = Annotated[
    str,
    typer.Argument(metavar="BENCH", help="A benchmark's name, or a path: of a harness file, or of instances (.jsonl)."),
]
Benches = Annotated[
    list[str],
    typer.Argument(
        metavar="BENCH...",
        help="A benchmark's name, or a path: of a harness file, or of instances (.jsonl). Several are graded together.",
    ),
]
BenchAlone = Annotated[
    list[str],
    typer.Argument(
        metavar="BENCH", help="A benchmark's name, or a path: of a harness file, or of instances (.jsonl). One alone."
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "-i", "--instance", metavar="ID", envvar="BOXSCORE_INSTANCE", help="Only this instance; may be repeated."
    ),
]
# BOXSCORE_DATA names folders to look in, where --data insists on one: the data module reads it, not this option.
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        parser=given_path,
        metavar="PATH",
        help="A data folder, or the benchmark's own data file.  [env var: BOXSCORE_DATA, a folder]",
    ),
]
Backend = Annotated[
    str,
    typer.Option(
        "--backend",
        callback=_real_backend,
        metavar="NAME",
        envvar="BOXSCORE_BACKEND",
        help="Where boxes are made: auto, docker or local.",
    ),
]
Runtime = Annotated[
    str | None,
    typer.Option(
        "--runtime", metavar="NAME", envvar="BOXSCORE_RUNTIME", help="A container runtime of Docker, such as runsc."
    ),
]
Image = Annotated[
    str | None,
    typer.Option(
        "--image", metavar="REFERENCE", envvar="BOXSCORE_IMAGE", help="An image in place of the benchmark's own."
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        envvar="BOXSCORE_STRICT",
        help="A box of its own for each sample, not a fresh identity in a warm one.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--workers",
        metavar="N",
        min=1,
        envvar="BOXSCORE_WORKERS",
        help="Boxes to run in parallel.  [default: cores]",
    ),
]
On = Annotated[
    str,
    typer.Option(
        metavar="WHERE",
        envvar="BOXSCORE_ON",
        help="Where the work is done: local, ray (the cluster that runs here, or one of this machine), "
        "ray://HOST:10001.",
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "-t",
        "--timeout",
        metavar="SECONDS",
        min=0.01,
        max=86_400,
        envvar="BOXSCORE_TIMEOUT",
        help="Cpu seconds of one sample in place of the benchmark's own limit.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", envvar="BOXSCORE_JSON", help="Print JSON on standard output and nothing else there.")
]
Markdown = Annotated[
    bool, typer.Option("--markdown", envvar="BOXSCORE_MARKDOWN", help="Print Markdown, for a pull request or a page.")
]
AllowDifference = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-difference",
        metavar="NAME",
        envvar="BOXSCORE_ALLOW_DIFFERENCE",
        help="Compare runs that differ in this, such as limits.cpu_s; it is recorded. May be repeated.",
    ),
]
ComparePage = Annotated[
    Path | None,
    typer.Option(
        "--page",
        parser=given_path,
        metavar="FILE",
        envvar="BOXSCORE_COMPARE_PAGE",
        help="Also write two runs side by side as a page that opens from disk.",
    ),
]
OneK = Annotated[int, typer.Option("-k", metavar="K", min=1, envvar="BOXSCORE_COMPARE_K", help="By pass@K, of one K.")]
Discordance = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        min=0.001,
        max=1,
        envvar="BOXSCORE_DISCORDANCE",
        help="On how many instances single samples of two versions of a system differ.",
    ),
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run directory, or the id of one below runs/.")]
Predictions = Annotated[
    list[Path] | None,
    typer.Option(
        "-p",
        "--predictions",
        parser=given_path,
        metavar="PATH",
        envvar="BOXSCORE_PREDICTIONS",
        help="A file or folder of samples.",
    ),
]
FlaggedPatches = Annotated[
    list[Path],
    typer.Option(
        "-p",
        "--predictions",
        parser=given_path,
        metavar="PATH",
        envvar="BOXSCORE_PREDICTIONS",
        help="Predictions (.jsonl, .json), a patch, or a folder of either; may be repeated.",
    ),
]
FlagReferences = Annotated[
    Path | None,
    typer.Option(
        "--references",
        parser=given_path,
        metavar="FILE",
        envvar="BOXSCORE_REFERENCES",
        help="A data set's rows: what the `patch` of an instance adds too is no flag.",
    ),
]
TakenAs = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="KIND",
        envvar="BOXSCORE_AS",
        help="Treat every text as this kind, whatever its field is called: completion, solution or answer.",
    ),
]
Gold = Annotated[bool, typer.Option("--gold", envvar="BOXSCORE_GOLD", help="Grade the benchmark's own references.")]
Limit = Annotated[
    int | None, typer.Option(metavar="N", min=1, envvar="BOXSCORE_LIMIT", help="Only the first N instances.")
]
K = Annotated[
    str | None,
    typer.Option(
        "-k", metavar="K,…", envvar="BOXSCORE_K", help="The k of pass@k: 1,5,10.  [default: as samples allow]"
    ),
]
RunId = Annotated[
    str | None,
    typer.Option(
        "--run-id",
        metavar="NAME",
        envvar="BOXSCORE_RUN_ID",
        help="A run below runs/; the default is made of benchmark, samples and settings.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", parser=given_path, metavar="DIR", envvar="BOXSCORE_OUT", help="The run directory itself."),
]
ExportTo = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="FORMAT",
        envvar="BOXSCORE_TO",
        help="csv, parquet, junit, swebench, evalplus, evoeval, bigcodebench, javabench, web-bench, atif, wandb or "
        "mlflow.",
    ),
]
Like = Annotated[
    str | None,
    typer.Option(
        "--like",
        metavar="PROGRAM",
        envvar="BOXSCORE_LIKE",
        help="Write the files of evalplus, evoeval, bigcodebench, javabench or web-bench as well.",
    ),
]
ExportOut = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="PATH",
        envvar="BOXSCORE_EXPORT_OUT",
        help="The file or folder to write; of mlflow also an address.  [default: by the run, in this folder]",
    ),
]
Force = Annotated[bool, typer.Option("--force", envvar="BOXSCORE_FORCE", help="Replace what an export has written.")]
FailUnder = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        min=0,
        max=1,
        envvar="BOXSCORE_FAIL_UNDER",
        help="Exit with 1 if pass@k of the smallest k is less (0 to 1).",
    ),
]
Failures = Annotated[
    int,
    typer.Option(metavar="N", min=0, max=100, envvar="BOXSCORE_FAILURES", help="Show the first N samples that failed."),
]
Page = Annotated[
    bool,
    typer.Option("--page", envvar="BOXSCORE_PAGE", help="Write report.html as well: the run to look at in a browser."),
]
Apply = Annotated[
    str | None,
    typer.Option(
        "--apply",
        metavar="HOW",
        envvar="BOXSCORE_APPLY",
        help="How to apply a patch: strict, or a strategy that the benchmark defines.  [default: as it says]",
    ),
]
BenchmarkFiles = Annotated[
    Path | None,
    typer.Option(
        "--benchmark-files",
        "--swebench-logs",
        parser=given_path,
        metavar="DIR",
        envvar=["BOXSCORE_BENCHMARK_FILES", "BOXSCORE_SWEBENCH_LOGS"],
        help="Also write the benchmark's own files below DIR, such as SWE-bench's logs of each instance.",
    ),
]
FilesVersion = Annotated[
    str | None,
    typer.Option(
        "--files-version",
        "--swebench-version",
        metavar="V",
        envvar=["BOXSCORE_FILES_VERSION", "BOXSCORE_SWEBENCH_VERSION"],
        help="Write the benchmark's own files as that version of its program does, such as 4.1.  [default: the newest]",
    ),
]
KeepGb = Annotated[
    float | None,
    typer.Option(
        "--keep-gb",
        metavar="N",
        min=0,
        envvar="BOXSCORE_KEEP_GB",
        help="Remove images of instances that are done while those of the run take more than N GB.",
    ),
]
SkipUnknown = Annotated[
    bool,
    typer.Option(
        "--skip-unknown",
        envvar="BOXSCORE_SKIP_UNKNOWN",
        help="Leave out samples of instances that the benchmark does not have, and count them.",
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option("--log-format", metavar="FORM", envvar="BOXSCORE_LOG_FORMAT", help="Log as text or json."),
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        "--log-level",
        metavar="LEVEL",
        envvar="BOXSCORE_LOG_LEVEL",
        help="Log events from debug, info, warning or error on.",
    ),
]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log-file", parser=given_path, metavar="PATH", envvar="BOXSCORE_LOG_FILE", help="Log to the end of this file."
    ),
]
NoAlarm = Annotated[
    bool,
    typer.Option(
        "--no-alarm",
        envvar="BOXSCORE_NO_ALARM",
        help="Ignore the alarm: continue even if the outcomes suggest that the run is broken.",
    ),
]
LeastTrust = Annotated[
    str | None,
    typer.Option(
        "--least-trust",
        metavar="LEVEL",
        envvar="BOXSCORE_LEAST_TRUST",
        help="Withhold passes below this level of trust, such as oracle: no failure, and no reward.",
    ),
]
NoGate = Annotated[
    bool,
    typer.Option(
        "--no-gate",
        envvar="BOXSCORE_NO_GATE",
        help="Charge samples whether or not the reference of their instance resolves here.",
    ),
]
NoGrade = Annotated[
    bool,
    typer.Option(
        "--no-grade",
        envvar="BOXSCORE_NO_GRADE",
        help="Keep the samples and grade none: no box opens, and no code of the model's runs.",
    ),
]
GateRepeat = Annotated[
    int,
    typer.Option(
        "--gate-repeat",
        metavar="R",
        min=1,
        envvar="BOXSCORE_GATE_REPEAT",
        help="How often the reference of an instance must resolve before its samples are charged.",
    ),
]
Reuse = Annotated[
    bool,
    typer.Option(
        "--reuse",
        envvar="BOXSCORE_REUSE",
        help="Take over results that earlier runs kept for the same code under the same conditions, and keep new ones.",
    ),
]
NoReuse = Annotated[
    bool,
    typer.Option(
        "--no-reuse",
        envvar="BOXSCORE_NO_REUSE",
        help="Grade each sample by itself, those with the same code too: to measure flakiness.",
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "-m",
        "--model",
        metavar="MODEL",
        envvar="BOXSCORE_MODEL",
        help="Who is asked: a model of a provider, such as openai/gpt-5, or gold, replay:FILE, command:PROGRAM.",
    ),
]
SamplesEach = Annotated[
    int,
    typer.Option(
        "-n", "--samples", metavar="N", min=1, envvar="BOXSCORE_SAMPLES", help="Samples of each instance to make."
    ),
]
AgentName = Annotated[
    str,
    typer.Option(
        "--agent",
        metavar="NAME",
        envvar="BOXSCORE_AGENT",
        help="Who makes samples: sample, repair, interpreter, shell, command:PROGRAM, or a .py file.",
    ),
]
AgentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--agent-option",
        metavar="NAME=VALUE",
        envvar="BOXSCORE_AGENT_OPTION",
        help="An option of the agent; may be repeated.",
    ),
]
ApiBase = Annotated[
    str | None,
    typer.Option(
        "--api-base", metavar="URL", envvar="BOXSCORE_API_BASE", help="Where the model is, if not at its provider's."
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option("--temperature", metavar="T", min=0, envvar="BOXSCORE_TEMPERATURE", help="How much answers vary."),
]
TopP = Annotated[
    float | None,
    typer.Option("--top-p", metavar="P", min=0, max=1, envvar="BOXSCORE_TOP_P", help="Nucleus of each token."),
]
MaxTokens = Annotated[
    int | None,
    typer.Option("--max-tokens", metavar="N", min=1, envvar="BOXSCORE_MAX_TOKENS", help="Most tokens of an answer."),
]
StopAt = Annotated[
    list[str] | None,
    typer.Option(
        "--stop",
        metavar="TEXT",
        envvar="BOXSCORE_STOP",
        help="End answers before this text; may be repeated. \\n is a line end.",
    ),
]
ModelSeed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", envvar="BOXSCORE_SEED", help="A seed for the model, if it takes one."),
]
Variant = Annotated[
    str | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        envvar="BOXSCORE_VARIANT",
        help="Which prompt of the benchmark: chat, or completion for base models.  [default: the benchmark's first]",
    ),
]
PromptTemplate = Annotated[
    Path | None,
    typer.Option(
        "--prompt-template",
        parser=given_path,
        metavar="FILE",
        envvar="BOXSCORE_PROMPT_TEMPLATE",
        help="A Jinja template in place of the benchmark's own.",
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        min=0,
        envvar="BOXSCORE_MAX_COST",
        help="Ask nothing more before the run would have cost more than this.",
    ),
]
PriceGiven = Annotated[
    str | None,
    typer.Option(
        "--price",
        metavar="IN,OUT",
        envvar="BOXSCORE_PRICE",
        help="US dollars for a million tokens of questions and of answers, in place of the known price.",
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(metavar="N", min=1, envvar="BOXSCORE_CONCURRENCY", help="Questions at work at a time."),
]
Agents = Annotated[
    int | None,
    typer.Option(
        "--agents",
        metavar="N",
        min=1,
        envvar="BOXSCORE_AGENTS",
        help="Agents at work at a time.  [default: by --concurrency; of those with a box, 2 for each worker]",
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit", metavar="SECONDS", envvar="BOXSCORE_TIME_LIMIT", help="End an agent after so many seconds."
    ),
]
WorkingLimit = Annotated[
    float | None,
    typer.Option(
        "--working-limit",
        metavar="SECONDS",
        envvar="BOXSCORE_WORKING_LIMIT",
        help="As --time-limit, without the time in which it waits for its turn.",
    ),
]
MessageLimit = Annotated[
    int | None,
    typer.Option(
        "--message-limit",
        metavar="N",
        envvar="BOXSCORE_MESSAGE_LIMIT",
        help="End an agent whose conversation has so many messages.",
    ),
]
TokenLimit = Annotated[
    str | None,
    typer.Option(
        "--token-limit",
        metavar="N",
        envvar="BOXSCORE_TOKEN_LIMIT",
        help="End an agent that has used so many tokens: 500k, or output:200k.",
    ),
]
CostLimit = Annotated[
    float | None,
    typer.Option(
        "--cost-limit", metavar="USD", envvar="BOXSCORE_COST_LIMIT", help="End an agent that has cost so much."
    ),
]
NoResponseCache = Annotated[
    bool,
    typer.Option(
        "--no-response-cache",
        envvar="BOXSCORE_NO_RESPONSE_CACHE",
        help="Ask anew what other runs have asked already, and keep no answers for them.",
    ),
]
Impossible = Annotated[
    bool,
    typer.Option(
        "--impossible",
        envvar="BOXSCORE_IMPOSSIBLE",
        help="Give instances whose tests contradict their statement: who passes one cheats.",
    ),
]
ImpossibleKind = Annotated[
    str | None,
    typer.Option(
        "--impossible-kind",
        metavar="KIND",
        envvar="BOXSCORE_IMPOSSIBLE_KIND",
        help="As --impossible, of one kind alone: one-off or conflicting.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", envvar="BOXSCORE_DRY_RUN", help="Check everything, run nothing.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", envvar="BOXSCORE_QUIET", help="No progress and no notices.")]


def the_one(benchmarks: list[str]) -> str:
    """The benchmark that a model is asked for: of several it is asked one after the other."""
    if len(benchmarks) > 1:
        raise typer.BadParameter(
            f"a model is asked for one benchmark at a time, not for {', '.join(benchmarks)}: run each with --no-grade "
            "and --out DIR, then grade them together with `boxscore grade` and -p DIR for each",
            param_hint="BENCH",
        )
    return benchmarks[0]


def bytes_of(gigabytes: float | None) -> int | None:
    """Read a number of gigabytes."""
    return None if gigabytes is None else int(gigabytes * 1e9)


def day(text: str | None, option: str) -> date | None:
    """Read a day such as 2024-08-31."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2024-08-31", param_hint=option) from None


def reuse_or_not(*, reuse: bool, no_reuse: bool) -> bool | None:
    """Read --reuse and --no-reuse; None where neither is given."""
    if reuse and no_reuse:
        raise typer.BadParameter("--reuse and --no-reuse are mutually exclusive", param_hint="--reuse")
    return True if reuse else False if no_reuse else None


def log_choice(text: str | None, allowed: Collection[str], option: str) -> str | None:
    """Read the value of --log-format or --log-level."""
    if text is not None and text not in allowed:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(allowed)}", param_hint=option)
    return text


def taken_as(text: str | None) -> SampleKind | None:
    """Read the value of --as."""
    if text is None:
        return None
    from boxscore.records import SampleKind  # noqa: PLC0415 - keeps --help fast

    kinds = (SampleKind.COMPLETION, SampleKind.SOLUTION, SampleKind.ANSWER)
    if text not in kinds:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(kinds)}", param_hint="--as")
    return SampleKind(text)


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read the value of -k."""
    try:
        numbers = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(f"{text!r} is not a list of whole numbers from 1 on, such as 1,5,10", param_hint="-k")
    return numbers


def pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """Read texts such as NAME=VALUE."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, is_pair, value = text.partition("=")
        if not is_pair or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=option)
        if name in found:
            raise typer.BadParameter(f"{name} is given twice: {found[name]!r} and {value!r}", param_hint=option)
        found[name] = value
    return found


def stops(texts: list[str] | None) -> tuple[str, ...]:
    r"""Read the texts of --stop, in which \n and \t stand for what a shell makes hard to write."""
    return tuple(text.replace("\\n", "\n").replace("\\t", "\t") for text in texts or ())
