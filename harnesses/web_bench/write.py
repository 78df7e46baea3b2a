"""What is written about a run: the metrics, and the reports of the benchmark's own program if they are asked for."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

import boxscore
from boxscore import Outcome, WebDetail, WebTask

from .metrics import METRICS, plain, tables
from .official import OfficialRun, Tried, TriedTask, evaluation_report, model_report, project_report
from .walks import ATTEMPTS, Graded, graded_by_model, walks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from boxscore import Estimate, GradedRun, WebAttempt

    from .metrics import Metrics, Tables

HEAD = (
    f"| | projects | walks | tasks | {' | '.join(f'`{metric}`' for metric in METRICS)} |\n"
    f"|{' --- |' * (4 + len(METRICS))}"
)
MEANING = (
    "`prefix_pass@n` is the share of tasks before the first of which n attempts all failed, `error@1` that of tasks "
    "whose first attempt failed: Web-Bench's pass@n and error@1, which are no estimates of pass@k. Bounds are 95 % "
    "intervals over projects."
)


def markdown(models: Mapping[str, Tables]) -> str:
    """The tables of each model. Names of models and projects are in backticks, without any of their own."""
    return "\n".join(
        ["# Web-Bench", "", MEANING, *(line for name, own in models.items() for line in _model(name, own))]
    )


def _model(name: str, found: Tables) -> Iterator[str]:
    yield from ("", f"## {_code(name)}" if name else "## All samples", "", HEAD, _row("all", found.all))
    for part in (found.kinds, found.levels):
        yield from (_row(key, own) for key, own in part.items())
    yield from (_row(_code(key), own) for key, own in found.projects.items())


def _row(name: str, found: Metrics) -> str:
    cells = [_cell(found.estimates[metric]) for metric in METRICS]
    return f"| {name} | {found.projects} | {found.walks} | {found.tasks} | {' | '.join(cells)} |"


def _cell(found: Estimate) -> str:
    if found.value is None:
        return "-"
    bounds = "" if found.low is None or found.high is None else f" ({found.low:.1%} to {found.high:.1%})"
    return f"{found.value:.1%}{bounds}"


def _code(name: str) -> str:
    kept = "".join(" " if one in "`|\n\r" else one for one in name)
    return f"`{kept}`"


METRICS_FILE, TABLE_FILE = "web_bench_metrics.json", "web_bench_metrics.md"
ENDING = ".report.md"
BINARY = "<Binary content...>"


def write_results(run: GradedRun, left_out: Mapping[str, str]) -> Sequence[Path]:
    """Write the metrics beside the run, or metrics and reports into the folder asked for. Raises StoreError."""
    graded = graded_by_model(run)
    folder = run.files or run.folder
    try:
        if run.files is not None:
            boxscore.make_own_folder(run.files)
            _write_reports(run, graded, run.files)
        found = {model: tables(walks(own)) for model, own in graded.items()}
        told = {model: plain(own) | {"whole_projects": _whole(graded[model])} for model, own in found.items()}
        document = {"left_out": dict(left_out), **({"models": told} if set(told) != {""} else told[""])}
        text = msgspec.json.format(msgspec.json.encode(document), indent=4) + b"\n"
        table = f"{markdown(found)}\n".encode()
        return [_write(folder / METRICS_FILE, text), _write(folder / TABLE_FILE, table)]
    except OSError as error:
        raise boxscore.StoreError(f"{folder} cannot be written: {error.strerror}") from error


def _whole(graded: Iterable[Graded]) -> int:
    """How many samples are finished projects, whose tasks were judged at once."""
    return sum(isinstance(one.result.detail, WebDetail) and one.result.detail.whole for one in graded)


def _write_reports(run: GradedRun, graded: Mapping[str, Sequence[Graded]], folder: Path) -> None:
    now = datetime.now().astimezone().strftime("%Y/%m/%d %H:%M:%S")
    own = [_official(run, one, label) for label, samples in _by_label(graded).items() for one in samples]
    own.sort(key=lambda pair: pair[0].project)
    runs = [one for one, _ in own]
    if not runs:
        return
    _write(folder / f"Evaluation-{run.run_id}{ENDING}", evaluation_report(runs, now).encode())
    names = boxscore.distinct_names(
        {one.model for one in runs}, lambda model: boxscore.plain_name(model.replace("/", "-"))
    )
    for title in dict.fromkeys(one.title for one in runs):
        below = folder / title
        same = [one for one in runs if one.title == title]
        _write(below / f"{title}-{run.run_id}{ENDING}", project_report(same, now).encode())
    for one, pictures in own:
        name = f"{one.title}-{names[one.model]}-{run.run_id}"
        below = folder / one.title / name
        _write(below / f"{name}{ENDING}", model_report(one, now).encode())
        for picture, data in pictures.items():
            _write(below / picture, data)


def _by_label(graded: Mapping[str, Sequence[Graded]]) -> dict[str, list[Graded]]:
    """Group samples by a name that the reports take for a model: a model has one walk through a project there."""
    found: dict[str, list[Graded]] = defaultdict(list)
    for model, samples in graded.items():
        seen: dict[str, int] = defaultdict(int)
        for one in samples:
            number = seen[one.sample.instance_id] = seen[one.sample.instance_id] + 1
            found[(model or "samples") + (f"-{number}" if number > 1 else "")].append(one)
    return dict(found)


def _official(run: GradedRun, one: Graded, label: str) -> tuple[OfficialRun, dict[str, bytes]]:
    project = one.sample.instance_id
    task = run.tasks.get(project)
    texts = {step.name: step.text for step in task.steps} if isinstance(task, WebTask) else {}
    detail = one.result.detail if isinstance(one.result.detail, WebDetail) else WebDetail()
    answers = _answers(one.sample.text)
    tried: dict[str, list[Tried]] = defaultdict(list)
    pictures: dict[str, bytes] = {}
    for attempt in detail.attempts:
        own = tried[attempt.task]
        if len(own) == ATTEMPTS:
            continue
        picture = f"{attempt.task}-{len(own) + 1}.jpg" if attempt.screenshot else ""
        if picture:
            pictures[picture] = attempt.screenshot
        files = answers.get(attempt.task, [])
        own.append(_tried(attempt, files[len(own)] if len(own) < len(files) else {}, picture))
    tasks = tuple(TriedTask(name=name, attempts=tuple(own), text=texts.get(name, "")) for name, own in tried.items())
    return OfficialRun(model=label, project=project, walk=one.walk, tasks=tasks), pictures


def _tried(attempt: WebAttempt, files: Mapping[str, str], picture: str) -> Tried:
    passed = attempt.outcome is Outcome.PASSED
    error = "" if passed else attempt.log or attempt.reason or attempt.outcome
    return Tried(passed=passed, files=files, error=error, picture=picture)


def _answers(text: str) -> dict[str, list[dict[str, str]]]:
    """The files of a sample's attempts, by task; none if the text is not a sample."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    try:
        attempts = msgspec.json.decode(text, type=dict[str, Any]).get("attempts", ())
        for attempt in attempts:
            files: Iterable[tuple[str, object]] = attempt["files"].items()
            found[attempt["task"]].append({path: own if isinstance(own, str) else BINARY for path, own in files})
    except (msgspec.DecodeError, UnicodeError, RecursionError, KeyError, TypeError, AttributeError):
        return {}
    return found


def _write(path: Path, text: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    boxscore.replace_file(path, text)
    return path
