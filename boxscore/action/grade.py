"""The step *grade*: grades samples in boxes, judges them by the baseline, and leaves the verdict. It has no secret."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

from boxscore.action.baseline import read_baseline
from boxscore.action.inputs import KEYLESS, folder_name
from boxscore.action.verdict import EXIT_CODES, ActionVerdict, judged, outputs_of, write_verdict
from boxscore.action.workflow import boxscore, set_outputs
from boxscore.boxes.registry import auto_backend
from boxscore.compare.gate import GateRules, gate_runs
from boxscore.compare.read import read_compared
from boxscore.data.plugins import shipped_harness
from boxscore.errors import BoxscoreError, InputError, SandboxUnavailable, UsageError
from boxscore.images.recipes import recipes
from boxscore.report.printable import printable
from boxscore.run.store import RECORD, RESULTS
from boxscore.score.noninferiority import Verdict, all_of
from boxscore.workflow_commands import without_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.action.baseline import Baseline
    from boxscore.action.inputs import Inputs, JobPaths
    from boxscore.boxes.contract import Backend
    from boxscore.compare.read import ComparedRun

USAGE = 2
_INPUTS = ("margin", "baseline", "fail-under")  # what has the name of an option of `boxscore gate`
_ENDED = (USAGE, 3)  # of a command: what the run is not valid for, and no interrupt


def grade(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Grade and judge; the exit code is 0 where there is a verdict, whatever it is, for *finish* to act on."""
    shutil.rmtree(paths.runs, ignore_errors=True)
    baseline = read_baseline(paths)
    try:
        if not inputs.benchmarks:
            raise UsageError("input benchmark: name one, or several in lines")
        if inputs.baseline and not baseline.asked:  # else it would pass by being compared with nothing
            raise UsageError("input baseline: run the step baseline, with the same input, before the step grade")
        if inputs.margins and not (inputs.baseline or baseline.asked):  # likewise
            raise UsageError("input margin: there is no baseline to be worse than: give the input baseline too")
        codes = [_graded(bench, inputs, paths, environ) for bench in inputs.benchmarks]
        stopped = next((code for code in codes if code not in {0, *_ENDED}), 0)
        if stopped:
            return stopped
        verdict = judge_runs(inputs, paths, baseline, codes)
    except BoxscoreError as error:
        sys.stderr.write(without_commands(f"boxscore: {printable('; '.join(error.lines()), 2000)}\n"))
        verdict = _invalid(inputs, _lines_of(error), code=USAGE if isinstance(error, UsageError) else 3)
    write_verdict(verdict, paths.verdict_file)
    set_outputs(outputs_of(verdict, paths), environ)
    return 0


def _graded(bench: str, inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Grade the samples of one benchmark into a run of its own, and draw its page."""
    folder = paths.runs / folder_name(bench)
    predictions = inputs.predictions_of(bench)
    if predictions is not None and not predictions.exists():
        raise InputError("there are no samples here (input predictions)", path=predictions)
    if predictions is None and not inputs.model.startswith(KEYLESS):
        raise UsageError(
            f"the step grade needs predictions: make those of {inputs.model or 'a model'} in a job of its own, "
            "by the step sample, which has the key and runs no code"
        )
    arguments = ["run" if predictions is None else "grade", bench, "--out", str(folder)]
    if predictions is None:
        arguments += ["-m", inputs.model, "-n", str(inputs.samples)]
    else:
        arguments += ["-p", str(predictions)]
    arguments += ["-k", inputs.k] if inputs.k else []
    arguments += [] if inputs.limit is None else ["--limit", str(inputs.limit)]
    image = missing_image(bench, environ)
    if image is not None:
        boxscore(["images", "build", image], environ)  # one that cannot be built is missed, and named, by what follows
    code = boxscore(arguments, environ)
    if (folder / "report.json").is_file():
        boxscore(["report", str(folder)], environ, shown=False)
    return code


def judge_runs(inputs: Inputs, paths: JobPaths, baseline: Baseline, codes: Sequence[int]) -> ActionVerdict:
    """Judge the graded runs by their baselines. `codes` are the exit codes of grading them. Raises BoxscoreError."""
    folders = [paths.runs / folder_name(bench) for bench in inputs.benchmarks]
    lost = [
        bench
        for bench, place in zip(inputs.benchmarks, folders, strict=True)
        if not all((place / name).is_file() for name in (RECORD, RESULTS))
    ]
    if lost:
        code = USAGE if USAGE in codes else 3
        return _invalid(inputs, [f"{', '.join(lost)}: could not be graded: see the log"], code=code)
    runs, sides = _sides(folders, baseline)
    if not sides and inputs.fail_under is None:
        if not baseline.asked:
            return _unjudged(inputs, runs, Verdict.PASS, ("nothing to judge by: no baseline and no fail-under",))
        missing = f"{baseline.note}, of another benchmark" if baseline.runs else baseline.note
        return _unjudged(inputs, runs, Verdict.INCONCLUSIVE, (missing,))
    margins = inputs.margins if sides else {}
    rules = GateRules(margins=margins, fail_under=inputs.fail_under, k=inputs.first_k)
    try:
        report = gate_runs(runs, sides, rules)
    except UsageError as error:  # they cannot be compared, or no run could pass: their scores are shown all the same
        return _unjudged(inputs, runs, Verdict.INVALID, _lines_of(error), code=USAGE)
    judgements = tuple(
        judged(run.report, k=inputs.first_k, verdict=pair.verdict, reason=pair.reason, pair=pair)
        for run, pair in zip(runs, report.pairs, strict=True)
    )
    return ActionVerdict(
        name=inputs.name,
        verdict=report.verdict,
        exit_code=EXIT_CODES[report.verdict],
        warn=inputs.on_inconclusive == "warn",
        notes=(baseline.note,) if baseline.note else (),
        benchmarks=judgements,
    )


def _sides(folders: Sequence[Path], baseline: Baseline) -> tuple[list[ComparedRun], list[ComparedRun]]:
    """The runs and the baselines of their benchmarks; a baseline may have more benchmarks. Raises InputError."""
    runs = read_compared([str(folder) for folder in folders])
    wanted = [baseline.runs[run.benchmark] for run in runs if run.benchmark in baseline.runs]
    if not wanted:
        return runs, []
    every = read_compared([*(str(folder) for folder in folders), *wanted])
    return every[: len(runs)], every[len(runs) :]


def _unjudged(
    inputs: Inputs, runs: Sequence[ComparedRun], usual: Verdict, reasons: Sequence[str], *, code: int | None = None
) -> ActionVerdict:
    """A verdict that no gate has given: the usual one of a run that is valid, and the scores."""
    judgements = tuple(
        judged(
            run.report,
            k=inputs.first_k,
            verdict=usual if run.invalid is None else Verdict.INVALID,
            reason=run.invalid or "",
        )
        for run in runs
    )
    verdict = all_of(one.verdict for one in judgements)
    return ActionVerdict(
        name=inputs.name,
        verdict=verdict,
        exit_code=EXIT_CODES[verdict] if code is None else code,
        warn=inputs.on_inconclusive == "warn",
        reasons=tuple(reasons),
        benchmarks=judgements,
    )


def _invalid(inputs: Inputs, reasons: Sequence[str], *, code: int) -> ActionVerdict:
    return ActionVerdict(name=inputs.name, verdict=Verdict.INVALID, exit_code=code, reasons=tuple(reasons))


def _lines_of(error: BoxscoreError) -> list[str]:
    """What went wrong, by the names of inputs; advice to give an option that is no input is left out."""
    named = [re.sub(rf"--(?={'|'.join(_INPUTS)})", "the input ", line) for line in error.lines()]
    return [line for line in named if not re.search(r"(^|\s)--\w", line)]


_WITH_IMAGES = "docker"


def missing_image(
    bench: str, environ: Mapping[str, str], *, choose: Callable[[], Backend] = auto_backend
) -> str | None:
    """The recipe of the image to build before a benchmark that ships with boxscore is graded.

    None where boxes have no images, another image is asked for, or each instance has its own, which grading builds. No
    harness of a checkout is run here.
    """
    backend = environ.get("BOXSCORE_BACKEND") or "auto"
    if backend not in {"auto", _WITH_IMAGES} or environ.get("BOXSCORE_IMAGE"):
        return None
    harness = None if "/" in bench else shipped_harness(bench.partition("@")[0])
    if harness is None or harness.image not in {one.name for one in recipes()}:
        return None
    try:
        backend = choose().name if backend == "auto" else backend
    except SandboxUnavailable:  # grading says what is missing
        return None
    return harness.image if backend == _WITH_IMAGES else None
