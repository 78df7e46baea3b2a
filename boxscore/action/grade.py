"""The step *grade*: grades samples in boxes, judges them by a baseline, and leaves the verdict. It has no secret."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.action.baseline import read_baseline
from boxscore.action.verdict import EXIT_CODES, ActionVerdict, judged, outputs_of, write_verdict
from boxscore.action.workflow import boxscore, set_outputs
from boxscore.boxes.registry import auto_backend
from boxscore.compare.gate import GateRules, gate_runs
from boxscore.compare.read import read_compared
from boxscore.data.plugins import shipped_harness
from boxscore.errors import BoxscoreError, InputError, SandboxUnavailable, UsageError
from boxscore.images.recipes import recipes
from boxscore.models.registry import GOLD
from boxscore.report.printable import printable
from boxscore.run.store import RECORD, RESULTS
from boxscore.score.noninferiority import Verdict
from boxscore.workflow_commands import without_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.action.baseline import Baseline
    from boxscore.action.inputs import Inputs, JobPaths
    from boxscore.boxes.contract import Backend
    from boxscore.compare.read import ComparedRun

USAGE = 2
_INPUTS = ("margin", "baseline", "fail-under")  # what has the name of an option of `boxscore gate`
_ENDED = (USAGE, 3)  # of a command: what the run is not valid for, and no interrupt


def grade(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Grade and judge; the exit code is 0 where there is a verdict, whatever it is, for *finish* to act on."""
    shutil.rmtree(paths.run, ignore_errors=True)
    baseline = read_baseline(paths)
    try:
        if not inputs.benchmark:
            raise UsageError("input benchmark: name one")
        if inputs.baseline and not baseline.asked:  # else it would pass by being compared with nothing
            raise UsageError("input baseline: run the step baseline, with the same input, before the step grade")
        if inputs.margin is not None and not (inputs.baseline or baseline.asked):  # likewise
            raise UsageError("input margin: there is no baseline to be worse than: give the input baseline too")
        code = _graded(inputs, paths, environ)
        if code not in {0, *_ENDED}:
            return code
        verdict = judge_run(inputs, paths, baseline, code)
    except BoxscoreError as error:
        sys.stderr.write(without_commands(f"boxscore: {printable('; '.join(error.lines()), 2000)}\n"))
        verdict = _invalid(inputs, _lines_of(error), code=USAGE if isinstance(error, UsageError) else 3)
    write_verdict(verdict, paths.verdict_file)
    set_outputs(outputs_of(verdict, paths), environ)
    return 0


def _graded(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Grade the samples into a run, and draw its page."""
    if inputs.predictions and not Path(inputs.predictions).exists():
        raise InputError("there are no samples here (input predictions)", path=inputs.predictions)
    if not inputs.predictions and inputs.model != GOLD:
        raise UsageError(
            f"the step grade needs predictions: make those of {inputs.model or 'a model'} in a job of its own, "
            "by the step sample, which has the key and runs no code"
        )
    arguments = ["grade" if inputs.predictions else "run", inputs.benchmark, "--out", str(paths.run)]
    if inputs.predictions:
        arguments += ["-p", inputs.predictions]
    else:
        arguments += ["-m", inputs.model, "-n", str(inputs.samples)]
    arguments += ["-k", inputs.k] if inputs.k else []
    arguments += [] if inputs.limit is None else ["--limit", str(inputs.limit)]
    image = missing_image(inputs.benchmark, environ)
    if image is not None:
        boxscore(["images", "build", image], environ)  # one that cannot be built is missed, and named, by what follows
    code = boxscore(arguments, environ)
    if (paths.run / "report.json").is_file():
        boxscore(["report", str(paths.run)], environ, shown=False)
    return code


def judge_run(inputs: Inputs, paths: JobPaths, baseline: Baseline, code: int) -> ActionVerdict:
    """Judge the graded run by its baseline; `code` is the exit code of grading it. Raises BoxscoreError."""
    if not all((paths.run / name).is_file() for name in (RECORD, RESULTS)):
        why = f"{inputs.benchmark}: could not be graded: see the log"
        return _invalid(inputs, [why], code=USAGE if code == USAGE else 3)
    run, *sides = read_compared([str(paths.run), *([baseline.run] if baseline.run else [])])
    if not sides and inputs.fail_under is None:
        if not baseline.asked:
            return _unjudged(inputs, run, Verdict.PASS, ("nothing to judge by: no baseline and no fail-under",))
        return _unjudged(inputs, run, Verdict.INCONCLUSIVE, (baseline.note,))
    margins = {"": inputs.margin} if sides and inputs.margin is not None else {}
    rules = GateRules(margins=margins, fail_under=inputs.fail_under, k=inputs.first_k)
    try:
        report = gate_runs([run], sides, rules)
    except UsageError as error:  # they cannot be compared, or no run could pass: the score is shown all the same
        return _unjudged(inputs, run, Verdict.INVALID, _lines_of(error), code=USAGE)
    (pair,) = report.pairs
    return ActionVerdict(
        name=inputs.name,
        verdict=report.verdict,
        exit_code=EXIT_CODES[report.verdict],
        warn=inputs.on_inconclusive == "warn",
        notes=(baseline.note,) if baseline.note else (),
        judged=judged(run.report, k=inputs.first_k, verdict=pair.verdict, reason=pair.reason, pair=pair),
    )


def _unjudged(
    inputs: Inputs, run: ComparedRun, usual: Verdict, reasons: Sequence[str], *, code: int | None = None
) -> ActionVerdict:
    """A verdict that no gate has given: the usual one of a run that is valid, and the score."""
    verdict = usual if run.invalid is None else Verdict.INVALID
    return ActionVerdict(
        name=inputs.name,
        verdict=verdict,
        exit_code=EXIT_CODES[verdict] if code is None else code,
        warn=inputs.on_inconclusive == "warn",
        reasons=tuple(reasons),
        judged=judged(run.report, k=inputs.first_k, verdict=verdict, reason=run.invalid or ""),
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
