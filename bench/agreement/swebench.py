"""Grade published predictions of real instances, and compare with what was published and with swebench's own reading.

    bench/agreement/swebench.py PREDICTIONS --data ROWS --out DIR [-i ID]... [--benchmark swe-bench-lite] [--envs DIR]
                         [--tally-only]

PREDICTIONS are JSON lines as the benchmark takes them, each with a `verdict`: `resolved`, or any other word. ROWS are
the benchmark's records; BOXSCORE_REPOS and BOXSCORE_CACHE hold as ever. One instance after the other: its image is
built, then its predictions are graded, before which its reference and the empty patch are (the reference gate). DIR
keeps a run directory for each instance and `instances.jsonl` with its times; what is there is not done again, and
`--tally-only` does nothing more.

Then it counts, by repository, references that resolve, and verdicts that are as published on those; lists each that is
not; and lets swebench 4.1.0 and 5.0.2, in environments of their own, judge the `test_output.txt` that boxscore wrote.
Exit code 1 where one of them comes to another verdict than boxscore did.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import ask, cache, environment, read_rows, write_rows
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore import Instance

Row = dict[str, Any]
RESOLVED, PASSED = "resolved", "passed"
LOG_BYTES = 16 << 20
WHOLE = {"eval_type": "pass_and_fail"}  # as v5 says of what classic records are


class Graded(NamedTuple):
    """One prediction: what boxscore said, and what was published. `log` is what swebench would have kept."""

    instance_id: str
    model: str
    outcome: str
    reason: str
    published: str
    patch: str
    log: str

    @property
    def agrees(self) -> bool:
        """Whether both resolved it or neither did."""
        return (self.outcome == PASSED) == (self.published == RESOLVED)


def measure(instance_id: str, predictions: Sequence[Row], options: argparse.Namespace) -> Row:
    """Build an instance's image and grade its predictions, in a process each; say how long both took."""
    folder = options.out / instance_id
    folder.mkdir(parents=True, exist_ok=True)
    samples = folder / "predictions.jsonl"
    write_rows(samples, [{name: one[name] for name in one if name != "verdict"} for one in predictions])
    common = [options.benchmark, "--data", options.data, "-i", instance_id, "-j", "1"]
    began = time.monotonic()
    code, said = _boxscore("images", "build", *common)
    found: Row = {"instance_id": instance_id, "build_s": _since(began), "build": code}
    if code == 0:
        began = time.monotonic()
        run, logs = folder / "run", folder / "logs"
        code, said = _boxscore("grade", *common, "-p", samples, "--out", run, "--benchmark-files", logs, "--no-reuse")
        found |= {"grade_s": _since(began), "grade": code}
    return found | ({"said": said[-2000:]} if code else {})


def _boxscore(*words: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "boxscore", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    return done.returncode, done.stderr.decode(errors="replace")


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


def graded(folder: Path, published: dict[tuple[str, str], Row]) -> Iterable[Graded]:
    """What has become of the predictions of the instance that a folder is named after."""
    results = folder / "run" / "results.jsonl"
    last = {row["sample_id"]: row for row in read_rows(results)} if results.exists() else {}
    for sample_id, result in last.items():
        model = sample_id.rpartition("/")[0] or sample_id
        given = published[folder.name, model]
        log = next(folder.glob(f"logs/run_evaluation/*/{model}/{folder.name}/test_output.txt"), None)
        text = "" if log is None else log.read_bytes()[:LOG_BYTES].decode(errors="replace")
        yield Graded(
            instance_id=folder.name,
            model=model,
            outcome=result["outcome"],
            reason=result["reason"],
            published=given["verdict"],
            patch=given["model_patch"],
            log=text,
        )


def gated(found: Iterable[Graded]) -> set[str]:
    """The instances whose reference does not resolve, or was not graded."""
    return {one.instance_id for one in found if one.outcome == "internal"}


def table(instances: Iterable[str], found: Sequence[Graded], repositories: dict[str, str]) -> list[str]:
    """Count by repository: instances, references that resolve, predictions of those, and those as published."""
    shut, seen = gated(found), {one.instance_id for one in found}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name in instances:
        counts[repositories[name]].update(instances=1, references=int(name in seen - shut))
    for one in found:
        if one.instance_id not in shut:
            counts[repositories[one.instance_id]].update(
                predictions=1, agree=int(one.agrees), passed=int(one.outcome == PASSED)
            )
    total = sum(counts.values(), Counter())
    columns = ("instances", "references", "predictions", "agree", "passed")
    lines = [f"| repository | {' | '.join(columns)} |", "| --- |" + " --- |" * len(columns)]
    return lines + [
        f"| {name} | {' | '.join(str(row[column]) for column in columns)} |"
        for name, row in [*sorted(counts.items()), ("all", total)]
    ]


def reread(found: Sequence[Graded], rows: dict[str, Row], envs: Path) -> list[str]:
    """Where a version of swebench makes another verdict of a log than boxscore did; first, how many it made."""
    logged = [one for one in found if one.log]
    logs = [one.log for one in logged]
    parsers: dict[str, str] = {}
    lines = []
    for version in (4, 5):
        command = (environment(envs, f"swebench-{version}"), Path(__file__).with_name("programs.py"), "swebench")
        parsers = parsers or ask(command, [{"kind": "parsers"}])[0]["answer"]
        asked = [
            {
                "kind": "report",
                "row": {**WHOLE, **rows[one.instance_id], "log_parser": parsers[rows[one.instance_id]["repo"]]},
                "patch": one.patch,
                "log": number,
            }
            for number, one in enumerate(logged)
        ]
        said = [
            (one, answer["answer"][one.instance_id][RESOLVED] if "answer" in answer else answer["error"])
            for one, answer in zip(logged, ask(command, asked, logs, may_fail=True), strict=True)
        ]
        other = [(one, resolved) for one, resolved in said if resolved != (one.outcome == PASSED)]
        lines.append(f"swebench {version}: {len(said)} logs, {len(said) - len(other)} verdicts as boxscore's")
        lines += [
            f"  {one.instance_id} {one.model}: {resolved}, {one.outcome}: {one.reason}" for one, resolved in other
        ]
    return lines


def _instances(options: argparse.Namespace) -> list[Instance]:
    return list(load_harness(options.benchmark).load(options.data))


def main() -> int:
    """Measure what is missing, then count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("-i", "--instance", action="append", default=[])
    parser.add_argument("--benchmark", default="swe-bench-lite")
    parser.add_argument("--envs", type=Path, default=cache() / "envs")
    parser.add_argument("--tally-only", action="store_true")
    options = parser.parse_args()
    published = {(row["instance_id"], row["model_name_or_path"]): row for row in read_rows(options.predictions)}
    repositories = {one.instance_id: str(one.row["repo"]) for one in _instances(options)}
    log = options.out / "instances.jsonl"
    measured = {row["instance_id"]: row for row in read_rows(log)} if log.exists() else {}
    wanted = options.instance or [name for name in repositories if any(name == one for one, _ in published)]
    for name in () if options.tally_only else [one for one in wanted if one not in measured]:
        os.environ["NO_COLOR"] = "1"
        measured[name] = measure(name, [row for (one, _), row in published.items() if one == name], options)
        write_rows(log, list(measured.values()))
        print(json.dumps({key: value for key, value in measured[name].items() if key != "said"}), flush=True)
    found = [one for name in measured for one in graded(options.out / name, published)]
    print("\n".join(table(measured, found, repositories)))
    for one in found:
        if one.instance_id not in gated(found) and not one.agrees:
            print(f"{one.instance_id} {one.model}: published {one.published}, here {one.outcome}: {one.reason}")
    for name in sorted(gated(found)):
        print(f"{name}: {next(one.reason for one in found if one.instance_id == name)}")
    differences = reread(found, {row["instance_id"]: row for row in read_rows(options.data)}, options.envs)
    print("\n".join(differences))
    return int(any(line.startswith("  ") for line in differences))


if __name__ == "__main__":
    sys.exit(main())
