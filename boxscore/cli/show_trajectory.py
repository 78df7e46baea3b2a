"""`boxscore show … --trajectory`: what an agent did, for people to read, or in ATIF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.agents.trajectory import read_trajectory
from boxscore.cli.output import OK, console, plain, print_json
from boxscore.cli.show_run import names_of_samples
from boxscore.errors import UsageError
from boxscore.run.folders import find_run
from boxscore.run.store import read_run
from boxscore.sampling.records import TRAJECTORIES, trajectory_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from boxscore.agents.trajectory import Document, Metrics, Part, Step, ToolCall, Trace

FIRST_LINES, LAST_LINES = 30, 20  # of a text that is longer than both
LONGEST_LINE = 400


def trajectory_command(name: str, *, only: tuple[str, ...], json: bool) -> int:
    """Show what agents did in a run, or what is in a file of ATIF or of mini-swe-agent.

    Raises UsageError, InputError.
    """
    path = Path(name)
    if not path.is_file():
        return _show_of_run(find_run(name), only, json=json)
    if only:
        raise UsageError(f"{name} is one trajectory: there are no instances of it to choose")
    return _show([(name, read_trajectory(path))], json=json)


def _show_of_run(folder: Path, only: Sequence[str], *, json: bool) -> int:
    """Show what agents did in a run for some instances, named `ID`, or for some samples, named `ID/SAMPLE`.

    Raises UsageError for what is not there, InputError for a file that is no trajectory.
    """
    if not only:
        raise UsageError("--trajectory shows samples: name them by -i ID or -i ID/SAMPLE")
    _, samples, _ = read_run(folder)
    found = []
    for instance, number in names_of_samples(folder, samples, only):
        path = trajectory_path(folder, instance, number)
        if path.is_file():
            found.append((f"{instance}, sample {number}", read_trajectory(path)))
    if not found:
        raise UsageError(
            f"{folder / TRAJECTORIES} holds nothing of {', '.join(only)}; only `boxscore run` writes there"
        )
    return _show(found, json=json)


def _show(found: Sequence[tuple[str, Trace]], *, json: bool) -> int:
    if json:
        documents = [trace.atif for _, trace in found]
        print_json(documents[0] if len(documents) == 1 else documents)
        return OK
    for name, trace in found:
        with console() as page:
            _print(page, name, trace.document)
    return OK


def _print(page: Console, name: str, document: Document) -> None:
    from rich.rule import Rule
    from rich.text import Text

    def line(text: str, style: str = "") -> None:
        page.print(Text(text, style=style), soft_wrap=True)

    agent = document.agent
    model = f", model {agent.model_name}" if agent.model_name else ""
    line(plain(f"{name}: {agent.name} {agent.version}{model}; {document.schema_version}"), "bold")
    for step in document.steps:
        page.print(Rule(Text(plain(_head(step)), style=_STYLES[step.source]), align="left", characters="-"))
        for text, style in _body(step):
            line(text, style)
    page.print(Rule(characters="-"))
    for text in _end(document):
        line(text, "bold")
    for place, one in enumerate(document.subagent_trajectories or (), 1):
        _print(page, f"{name}, subagent {place}", one)


_STYLES = {"system": "yellow", "user": "cyan", "agent": "green"}


def _head(step: Step) -> str:
    return f"{step.step_id} {step.source}{_took(step.metrics)}"


def _took(metrics: Metrics | None) -> str:
    if metrics is None:
        return ""
    tokens = f", {metrics.prompt_tokens or 0:,} + {metrics.completion_tokens or 0:,} tokens"
    cached = f" ({metrics.cached_tokens:,} cached)" if metrics.cached_tokens else ""
    cost = f", ${metrics.cost_usd:.6f}" if metrics.cost_usd is not None else ""
    return (tokens if metrics.prompt_tokens or metrics.completion_tokens else "") + cached + cost


def _body(step: Step) -> Iterator[tuple[str, str]]:
    """The lines of a step, with their styles."""
    if step.reasoning_content:
        yield from ((f"  {one}", "dim italic") for one in _lines(step.reasoning_content))
    yield from ((one, "") for one in _lines(step.message))
    seen = step.observation.results if step.observation else []
    for call in step.tool_calls or ():
        arguments = call.arguments
        only = next(iter(arguments.values())) if len(arguments) == 1 else None
        yield from (
            (f"> {one}", "bold")
            for one in _lines(f"{call.function_name}: {only}" if isinstance(only, str) else _call(call))
        )
        for one in seen:
            if one.source_call_id == call.tool_call_id:
                yield from ((f"  {text}", "dim") for text in _lines(one.content))
    for one in seen:
        if one.source_call_id is None:
            yield from ((f"  {text}", "dim") for text in _lines(one.content))


def _call(call: ToolCall) -> str:
    return f"{call.function_name}: " + ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())


def _lines(content: str | list[Part] | None) -> list[str]:
    """The lines of a text without control characters; of a long one the first and the last."""
    text = content if isinstance(content, str) else "\n".join(_part(part) for part in content or ())
    lines = text.rstrip().splitlines() if text.strip() else []
    missing = len(lines) - FIRST_LINES - LAST_LINES
    if missing > 1:
        lines = [*lines[:FIRST_LINES], f"... {missing:,} lines; --json has all ...", *lines[-LAST_LINES:]]
    return [plain(_shortened(one)) for one in lines]


def _shortened(line: str) -> str:
    missing = len(line) - LONGEST_LINE
    return line if missing <= 0 else f"{line[:LONGEST_LINE]} ... {missing:,} characters ..."


def _part(part: Part) -> str:
    where = f" {part.source.path}" if part.source is not None else ""
    return part.text if part.text is not None else f"[{part.type}{where}]"


def _end(document: Document) -> Iterator[str]:
    """What all came to, and what is ours of it."""
    totals = document.final_metrics
    if totals is not None:
        cost = f", ${totals.total_cost_usd:.6f}" if totals.total_cost_usd is not None else ""
        tokens = f"{totals.total_prompt_tokens or 0:,} + {totals.total_completion_tokens or 0:,} tokens"
        yield f"{len(document.steps)} steps, {tokens}{cost}"
    ours = (document.extra or {}).get("boxscore")
    if isinstance(ours, dict):
        for name, value in ours.items():
            if isinstance(value, str | int | float) and value != "":
                first = str(value).splitlines()[:1] or [""]
                yield plain(f"{str(name)[:100]}: {first[0][:200]}")
    if document.notes:
        yield plain(document.notes[:LONGEST_LINE])
