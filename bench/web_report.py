"""Compare Web-Bench's metrics and reports with what its own program makes of the same random walks.

    python bench/web_report.py CLONE [--runs 200] [--seed 1]

CLONE is a clone of the benchmark's repository. Its reporters are bundled by esbuild, which comes from npm with the
packages that they load. Prints how many numbers and reports agree.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from pathlib import Path
from typing import Any

from bench.bundled import bundled_run
from harnesses.web_bench.metrics import METRICS, metrics
from harnesses.web_bench.official import (
    OfficialRun,
    Tried,
    TriedTask,
    evaluation_report,
    model_report,
    project_report,
)
from harnesses.web_bench.walks import Walk

PACKAGES = ("lodash@4", "dayjs@1", "promise-fs@2", "fs-extra@11")
REPORTERS = "tools/evaluator/src"
ENTRY = """
import { getErrorRate, getPassRate } from '%(source)s/utils/report'
import { EvaluationReport } from '%(source)s/plugins/utils/report/evaluation-reporter'
import { ProjectReporter } from '%(source)s/plugins/utils/report/project-reporter'
import fs from 'fs'

const group = (made) => Object.values(made.reduce((all, one) => {
  (all[one.settings.name] ??= []).push(one)
  return all
}, {}))
const report = new EvaluationReport()
const config = { agentMode: 'local' }
const counted = (one) => one.taskSnippets.filter((task) => task.id !== 'init')
const answer = JSON.parse(fs.readFileSync(0, 'utf8')).map((made) => {
  for (const one of made) one.tasks = one.taskSnippets.map((t) => ({ task: { id: t.id, isInit: t.id === 'init' } }))
  return {
    rates: made.map((one) => [
      ...getPassRate(counted(one), one.settings.taskCount, 2),
      ...getErrorRate(counted(one), one.settings.taskCount, 2),
    ]),
    whole: report.getEvaluationReportContent({ projectsList: group(made), evalConfig: config }),
    projects: group(made).map((projects) => report.getProjectReportContent({ projects, evalConfig: config })),
    models: made.map((one) => new ProjectReporter().getModelReportContent({
      taskSnippets: one.taskSnippets, taskSnippetsWithoutInit: counted(one), retry: 2,
      allTaskCount: one.settings.taskCount, model: one.settings.model, projectName: one.settings.name,
    })),
  }
})
process.stdout.write(JSON.stringify(answer))
"""
EXPORTED = re.compile(r"\* Exported: .*")


def main() -> None:
    """Make walks, have both report them, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    every = [random_run(draw) for _ in range(options.runs)]
    told = official(options.clone.absolute(), every)
    numbers = [
        (list(theirs), [metrics([one.walk]).published(metric) for metric in METRICS])
        for run, found in zip(every, told, strict=True)
        for one, theirs in zip(run, found["rates"], strict=True)
    ]
    print(f"rates of walks: {sum(theirs == ours for theirs, ours in numbers)} of {len(numbers)} equal")
    for part in ("whole", "projects", "models"):
        pairs = [pair for run, found in zip(every, told, strict=True) for pair in reports(run, found, part)]
        equal = sum(undated(theirs) == undated(ours) for theirs, ours in pairs)
        print(f"reports, {part}: {equal} of {len(pairs)} equal to the byte but for their date")


def random_run(draw: random.Random) -> list[OfficialRun]:
    """Some projects by some models, each walk by the rule that stops it; models come in the order of the first."""
    models = [f"model-{number}" for number in range(draw.randint(1, 3))]
    names = draw.sample(["calculator-files", "dom", "react", "svg-chart", "vue"], draw.randint(1, 4))
    return [random_walk(draw, project, model) for project in names for model in models]


def random_walk(draw: random.Random, project: str, model: str) -> OfficialRun:
    """A walk through 1 to 40 tasks, with an init or without."""
    count, chance = draw.randint(1, 40), draw.random()
    tasks = [TriedTask(name="init", text="make it", attempts=tries(draw, chance))] if draw.random() < 0.5 else []  # noqa: PLR2004 - half
    counted = []
    for number in range(1, count + 1):
        task = TriedTask(name=f"task-{number}", text=f"do {number}.", attempts=tries(draw, chance))
        counted.append(task)
        if not any(one.passed for one in task.attempts):
            break
    walk = Walk(
        project=project,
        tasks=tuple(f"task-{number}" for number in range(1, count + 1)),
        tried=tuple(tuple(one.passed for one in task.attempts) for task in counted),
    )
    return OfficialRun(model=model, project=project, walk=walk, tasks=(*tasks, *counted))


def tries(draw: random.Random, chance: float) -> tuple[Tried, ...]:
    """One attempt, or two where the first failed."""
    files = {f"dir/a{draw.randint(0, 9)}.js": "let a = `1`\n", "index.html": "<p>"}
    first = draw.random() < chance
    failed = Tried(passed=False, files=files, error="Error: \u2718 1 failed", picture="p.png")
    if first:
        return (Tried(passed=True, files=files),)
    return failed, Tried(passed=True) if draw.random() < chance else failed


def official(clone: Path, every: list[list[OfficialRun]]) -> list[dict[str, Any]]:
    """What the benchmark's program says of runs."""
    given = json.dumps([[as_given(one) for one in run] for run in every])
    with bundled_run({"entry.ts": ENTRY % {"source": clone / REPORTERS}}, PACKAGES, given) as (_, said):
        found: list[dict[str, Any]] = json.loads(said)
    return found


def as_given(run: OfficialRun) -> dict[str, Any]:
    """A run as the benchmark's program holds it."""
    return {
        "settings": {
            "name": run.title,
            "model": run.model,
            "taskCount": len(run.walk.tasks),
            "retry": 2,
        },
        "agent": {"key": run.model},
        "taskSnippets": [
            {
                "id": task.name,
                "description": task.text,
                "inputTokens": 0,
                "outputTokens": 0,
                "result": [
                    {
                        "success": one.passed,
                        "errorMessage": one.error,
                        "screenshot": one.picture,
                        "request": "{}",
                        "response": dict(one.files),
                    }
                    for one in task.attempts
                ],
            }
            for task in run.tasks
        ],
    }


def reports(run: list[OfficialRun], found: dict[str, Any], part: str) -> list[tuple[str, str]]:
    """Their reports and ours."""
    if part == "whole":
        return [(found[part], evaluation_report(run, "now"))]
    if part == "models":
        return [(theirs, model_report(one, "now")) for one, theirs in zip(run, found[part], strict=True)]
    names = list(dict.fromkeys(one.project for one in run))
    ours = [project_report([one for one in run if one.project == name], "now") for name in names]
    return list(zip(found[part], ours, strict=True))


def undated(text: str) -> str:
    """A report without the time at which it was written."""
    return EXPORTED.sub("* Exported:", text)


if __name__ == "__main__":
    main()
