"""Compare boxscore with swebench on logs, reports, predictions and scripts, value by value. No container is started.

    bench/patch_agreement.py [--data DIR] [--envs DIR] [--mutants 40] [--seed 1] [--json FILE]

Both versions of swebench, 4.1.0 and 5.0.2, are asked in environments of their own (from PyPI, made when missing), by
`bench/official_patch.py`. What is compared:

    statuses     each log parser on each log: recorded ones, odd ones, and recorded ones with lines out of order
    forms        likewise where there are several forms of logs: they choose by instance, we by what the log holds
    reports      `report.json` of real records, for each log inside and outside of the markers
    summary      the summary of a run with an outcome of each kind; theirs is made of the logs that boxscore wrote
    again        `report.json` made from the `test_output.txt` that boxscore wrote
    predictions  files of predictions
    scripts      what is run between the markers, for every version of every repository and every v5 task

Where boxscore differs on purpose a value is counted as `meant`, under its reason. Prints counts and each other
difference; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import patch_cases as cases
from bench.official import cache, environment
from boxscore import Outcome
from boxscore.data.samples import read_samples
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.statuses import Status
from harnesses.swebench import load_swebench, swebench_task
from harnesses.swebench.commands import TRACE
from harnesses.swebench.load import instance_of
from harnesses.swebench.log_formats import repository_parser
from harnesses.swebench.logs import GradedPrediction, Layout, instance_report
from harnesses.swebench.report import write_reports
from harnesses.swebench.row import SweRow, swe_row
from harnesses.swebench.specs import SPECS, read_specs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.patch_cases import Log
    from boxscore import Instance

Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
WORDS = {status.value for status in Status}
SHOWN = 20
OUTPUTS = sum(1 for _ in cases.outputs(""))  # of each log
JUNIT = " --junitxml=/scratch/report.xml"
FORMS: dict[str, tuple[Row, ...]] = {  # what a parser looks into, for each form it knows
    "parse_log_immutable_js": ({"instance_id": "immutable-js__immutable-js-2006"}, {"instance_id": "i-2005"}),
    "parse_log_jekyll": ({"instance_id": "jekyll__jekyll-9141"}, {"instance_id": "jekyll__jekyll-8761"}),
    "parse_log_lighthouse": ({"version": "9.5"}, {"version": "3.0"}, {"version": "2.0"}),
    "parse_log_next": ({"version": "1.27"}, {"version": "1.20"}),
}
JUNK = re.compile(rf"^(?:{'|'.join(sorted(WORDS))})[^\s]", re.MULTILINE)


class Compared:
    """Counts of values by what was compared, and the differences."""

    def __init__(self) -> None:
        self.equal: Counter[str] = Counter()
        self.meant: Counter[tuple[str, str]] = Counter()
        self.differences: list[tuple[str, str, str]] = []

    def value(self, part: str, name: str, ours: object, theirs: object, *, meant: str = "") -> None:
        """Count one value; `meant` is why it may differ, if it may."""
        if ours == theirs:
            self.equal[part] += 1
        elif meant:
            self.meant[part, meant] += 1
        else:
            self.differences.append((part, name, f"ours {_short(ours)}, theirs {_short(theirs)}"))

    def fields(self, part: str, name: str, ours: Row, theirs: Row, *, meant: str = "") -> None:
        """Count each field of two objects."""
        for field in sorted(ours.keys() | theirs.keys()):
            mine, other = ours.get(field, "absent"), theirs.get(field, "absent")
            self.value(part, f"{name}: {field}", mine, other, meant=meant)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) < 300 else f"{text[:300]}…"  # noqa: PLR2004 - for people


class Official:
    """One version of swebench in its environment."""

    def __init__(self, envs: Path, layout: Layout) -> None:
        self.layout, self._python = layout, environment(envs, f"swebench-{layout}")

    def ask(self, asked: Sequence[Row], logs: Sequence[str] = ()) -> list[Row]:
        """Ask many things at once; the answers in the same order."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "requests", Path(folder) / "answers"
            source.write_text(json.dumps({"logs": list(logs), "asked": list(asked)}), encoding="utf-8")
            program = ROOT / "bench" / "official_patch.py"
            subprocess.run([self._python, program, source, target], check=True)
            answers: list[Row] = json.loads(target.read_text(encoding="utf-8"))
        return answers


def statuses(official: Official, logs: Sequence[Log], compared: Compared) -> None:
    """Compare what parsers read."""
    names = official.ask([{"kind": "parsers"}])[0]["answer"]
    # Many repositories share a function; each is asked for once, as is each parser of ours.
    chosen = {
        (function, _ours(name, official)): name for name, function in sorted(names.items()) if function not in FORMS
    }
    asked = [
        {"kind": "statuses", "name": name, "log": number} for name in chosen.values() for number in range(len(logs))
    ]
    for request, answer in zip(asked, official.ask(asked, [one.text for one in logs]), strict=True):
        log = logs[request["log"]]
        part, name = f"statuses of {official.layout}", f"{request['name']} on {log.name}"
        if "error" in answer:
            compared.value(part, name, "read", answer["error"], meant="theirs raised")
            continue
        ours: dict[str, str] = dict(parse_log(_ours(request["name"], official), log.text))
        for test in sorted(ours.keys() | answer["answer"].keys()):
            mine, other = ours.get(test), answer["answer"].get(test)
            compared.value(part, f"{name}: {test}", mine, other, meant=_meant(test, mine, other, log.text))


def forms(official: Official, logs: Sequence[Log], compared: Compared) -> None:
    """Compare parsers that know several forms: ours has to read a log as one of theirs does."""
    names = official.ask([{"kind": "parsers"}])[0]["answer"]
    texts = [one.text for one in logs]
    for name, function in names.items():
        asked = [
            {"kind": "statuses", "name": name, "log": number, "spec": spec}
            for spec in FORMS.get(function, ())
            for number in range(len(logs))
        ]
        answers = official.ask(asked, texts) if asked else []
        for number, log in enumerate(logs if asked else ()):
            theirs = [one.get("answer") for one in answers[number :: len(logs)]]
            ours: dict[str, str] = dict(parse_log(_ours(name, official), log.text))
            match = ours if ours in theirs else next(iter(theirs))
            own = "minitest's own names" if any("#" in test for test in ours) else ""
            compared.value(f"forms of {official.layout}", f"{name} on {log.name}", ours, match, meant=own)


def _ours(name: str, official: Official) -> str:
    return name if official.layout > 4 else repository_parser(name)  # noqa: PLR2004 - a version


def _meant(test: str, ours: str | None, theirs: str | None, log: str) -> str:
    """Why a status may differ; "" if it may not."""
    if theirs is not None and theirs not in WORDS:
        return "a word that is no status"
    if ours == "FAILED" and "SUBFAIL" in log and test in log:
        return "a subtest failed"
    if theirs is None and "#" in test:
        return "minitest's own names"
    if theirs == "SKIPPED" and ours is None and re.fullmatch(r"\[\d+\]", test):
        return "a count of skipped tests"
    if theirs is None and ">" in test:
        return "a status on the line after its name, as v5 reads it"
    return ""


def reports(official: Official, data: Path, logs: Sequence[Log], compared: Compared) -> None:
    """Compare `report.json` of each record, for logs of its own runner and others."""
    texts = [output for log in logs for output in cases.outputs(log.text)]
    for row, one in _records(official, data):
        asked = [{"kind": "report", "row": row, "patch": cases.PATCH, "log": number} for number in range(len(texts))]
        for number, answer in enumerate(official.ask(asked, texts)):
            output = texts[number]
            graded, task = cases.result(one, output, layout=official.layout)
            sample = cases.sample(one.instance_id, cases.PATCH)
            ours = instance_report(sample, graded, task=task, layout=official.layout)
            part = f"reports of {official.layout}"
            name = f"{one.instance_id} on {logs[number // OUTPUTS].name}, {number % OUTPUTS}"
            if "error" in answer:
                compared.value(part, name, "read", answer["error"], meant="theirs raised")
                continue
            mine, other = ours[one.instance_id], answer["answer"][one.instance_id]
            assert isinstance(mine, dict)
            compared.fields(part, name, mine, other, meant=_meant_report(mine, other, output, row))


def _meant_report(mine: Row, other: Row, output: str, row: Row) -> str:
    if "SUBFAIL" in output:
        return "a subtest failed"
    if row.get("eval_type") is None and other["resolved"] and not mine["resolved"] and "SKIPPED" in output:
        return "a skipped FAIL_TO_PASS"
    return "a word that is no status" if JUNK.search(output) else ""


def _records(official: Official, data: Path) -> Iterator[tuple[Row, Instance]]:
    """Records of both kinds, as that version takes them."""
    path = data / "swebench" / "real_instances.jsonl"
    table = read_specs(path.with_name(SPECS))
    for line, row in enumerate(map(json.loads, path.read_text("utf-8").splitlines()), 1):
        parser = repository_parser(row["repo"]).removesuffix("-v4").replace("-", "_")
        changed = row if official.layout == 4 else cases.later(row, f"parse_log_{parser}")  # noqa: PLR2004 - a version
        read = swe_row(changed, path=path, line=line)
        read = msgspec.structs.replace(read, spec=table.of(row["repo"], row["version"]))
        yield changed, instance_of(read)
    if official.layout == 4:  # noqa: PLR2004 - as above
        return
    for one in load_swebench(data / "swebench_multimodal" / "sweb.yaml")[::8]:
        task = msgspec.convert(one.row, SweRow)
        lists = {"FAIL_TO_PASS": list(task.fail_to_pass), "PASS_TO_PASS": list(task.pass_to_pass)}
        yield {**one.row, **{name: json.dumps(value) for name, value in lists.items()}}, one


def summary(official: Official, data: Path, compared: Compared) -> None:
    """Compare the summary of a run with one made of its logs."""
    path = data / "swebench" / "real_instances.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    instances = load_swebench(path)
    tasks = {one.instance_id: swebench_task(one) for one in instances}
    outcomes = (*(one for one in Outcome if one not in (Outcome.NO_CODE, Outcome.INTERNAL)), Outcome.INTERNAL)
    results, samples = [], []
    for place, one in enumerate(instances[:-2]):
        log = "\n".join(f"PASSED {name}" for name in (*tasks[one.instance_id].fail_to_pass, "x"))
        graded, _ = cases.result(one, cases.wrapped(log), layout=official.layout)
        results.append(msgspec.structs.replace(graded, outcome=outcomes[place % len(outcomes)], output=log))
        samples.append(cases.sample(one.instance_id, cases.PATCH))
    samples += [cases.sample(instances[-2].instance_id, "")]
    part = f"summary of {official.layout}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        written = write_reports(
            folder,
            run_id="run1",
            model="lab/model",
            instances=[one.instance_id for one in instances],
            results=results,
            predictions=samples,
            logs=folder / "logs",
            tasks=tasks,
            layout=official.layout,
        )
        ours = json.loads(written.read_text("utf-8"))
        given = {
            one.instance_id: {
                "instance_id": one.instance_id,
                "model_name_or_path": "lab/model",
                "model_patch": one.text,
            }
            for one in samples
        }
        answer = official.ask([{"kind": "summary", "folder": scratch, "predictions": given, "rows": rows}])[0]["answer"]
    compared.value(part, "name of the file", written.name, answer["name"])
    theirs = answer["summary"]
    if official.layout == 4:  # noqa: PLR2004 - what it adds without a client is about a machine, not about the run
        theirs = {name: value for name, value in theirs.items() if name in ours}
    compared.fields(part, "summary", ours, theirs)


def again(official: Official, data: Path, compared: Compared) -> None:
    """Compare our report of an instance with theirs of the test output that we write."""
    for row, one in _records(official, data):
        tests = json.loads(row["FAIL_TO_PASS"]) + json.loads(row["PASS_TO_PASS"])
        printed = [
            "\n".join(f"{'FAILED' if place < failing else 'PASSED'} {test}" for place, test in enumerate(tests))
            for failing in (0, 1, len(tests))
        ]
        reports, outputs = [], []
        for log in printed:
            graded, task = cases.result(one, cases.wrapped(log), layout=official.layout)
            graded = msgspec.structs.replace(graded, output=log)
            sample = cases.sample(one.instance_id, cases.PATCH)
            reports.append(instance_report(sample, graded, task=task, layout=official.layout)[one.instance_id])
            outputs.append(GradedPrediction(sample=sample, result=graded, task=task).test_output)
        asked = [{"kind": "report", "row": row, "patch": cases.PATCH, "log": number} for number in range(len(printed))]
        for mine, answer in zip(reports, official.ask(asked, outputs), strict=True):
            assert isinstance(mine, dict)
            part, name = f"again of {official.layout}", one.instance_id
            compared.fields(part, name, mine, answer["answer"][one.instance_id])


def predictions(official: Official, data: Path, compared: Compared) -> None:
    """Compare what files of predictions hold."""
    lines = (data / "swebench" / "real_instances.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    known = [row["instance_id"] for row in rows]
    published = data / "swebench" / "docs" / "20240415_eval_bug" / "check-harness.jsonl"
    with tempfile.TemporaryDirectory() as scratch:
        paths = [published]
        for name, text in cases.predictions(rows).items():
            paths.append(Path(scratch) / name)
            paths[-1].write_text(text, encoding="utf-8")
        answers = official.ask([{"kind": "predictions", "path": str(path)} for path in paths])
        for path, answer in zip(paths, answers, strict=True):
            part = f"predictions of {official.layout}"
            theirs = {name: [model, patch or ""] for name, model, patch in answer["answer"]}
            found = read_samples(path, [*known, *theirs])
            ours = {one.instance_id: [one.model, one.text] for one in found}
            compared.fields(part, path.name, ours, theirs)


def scripts(official: Official, data: Path, compared: Compared) -> None:
    """Compare what is run between the markers."""
    pairs = list(_tasks_v4(data) if official.layout == 4 else _tasks_v5(data))  # noqa: PLR2004 - a version
    answers = official.ask([{"kind": "script", "row": row} for row, _ in pairs])
    for (row, one), answer in zip(pairs, answers, strict=True):
        part, name = f"scripts of {official.layout}", f"{row['instance_id']} {row['repo']} {row['version']}"
        if "error" in answer:
            compared.value(part, name, "made", answer["error"], meant="theirs raised")
            continue
        script = "\n".join(answer["answer"])
        inner = script.split(">>>>> Start Test Output'\n", 1)[1].split("\n: '>>>>> End Test Output", 1)[0]
        theirs = inner.removesuffix("\nSWEBENCH_TEST_EXIT_CODE=$?")
        compared.value(part, name, _command(one), theirs)


def _command(one: Instance) -> str:
    """Our test commands, without what stands before them and the report that is asked for."""
    command = swebench_task(one).commands[0].replace(JUNIT, "")
    if f"\n{TRACE}\n" in command:
        return command.split(f"\n{TRACE}\n", 1)[1]
    return command.rsplit("\n", 1)[-1]


def _tasks_v4(data: Path) -> Iterator[tuple[Row, Instance]]:
    path = data / "swebench" / SPECS
    table = read_specs(path)
    row: Row = {"base_commit": "0123abcd", "patch": cases.PATCH, "FAIL_TO_PASS": '["a"]', "PASS_TO_PASS": "[]"}
    for repo, versions in table.specs.items():
        if repo == "Automattic/wp-calypso":  # refused, and said so
            continue
        for number, version in enumerate(versions):
            made: Row = {
                **row,
                "instance_id": f"{repo.replace('/', '__')}-{number}",
                "repo": repo,
                "version": version,
                "test_patch": cases.TEST_PATCH,
            }
            read = swe_row(made, path=path, line=1)
            read = msgspec.structs.replace(read, spec=table.of(repo, version), language=table.languages[repo])
            yield made, instance_of(read)
    rows = (data / "swebench" / "real_instances.jsonl").read_text("utf-8").splitlines()
    yield from zip(map(json.loads, rows), load_swebench(data / "swebench" / "real_instances.jsonl"), strict=True)


def _tasks_v5(data: Path) -> Iterator[tuple[Row, Instance]]:
    for one in load_swebench(data / "swebench_multimodal" / "sweb.yaml"):
        task = msgspec.convert(one.row, SweRow)
        yield {**one.row, "FAIL_TO_PASS": list(task.fail_to_pass), "PASS_TO_PASS": list(task.pass_to_pass)}, one


def show(compared: Compared) -> None:
    """Print counts, then differences."""
    named = [*compared.equal, *(part for part, _ in compared.meant), *(one[0] for one in compared.differences)]
    parts = dict.fromkeys(named)
    for part in parts:
        reasons = {reason: count for (name, reason), count in compared.meant.items() if name == part}
        different = sum(one[0] == part for one in compared.differences)
        said = f"; meant: {', '.join(f'{count} {reason}' for reason, count in reasons.items())}" if reasons else ""
        print(f"{part}: {compared.equal[part]} equal, {different} different{said}")
    for one in compared.differences[:SHOWN]:
        print("  " + " | ".join(one))
    if len(compared.differences) > SHOWN:
        print(f"  and {len(compared.differences) - SHOWN} more")


def main() -> int:
    """Read the command line, compare and say; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare boxscore with swebench, value by value.")
    parser.add_argument("--data", type=Path, default=os.environ.get("BOXSCORE_DATA"))
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of the environments")
    parser.add_argument("--mutants", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write counts and differences to this file")
    asked = parser.parse_args()
    if asked.data is None:
        parser.error("name the folder of published data with --data or BOXSCORE_DATA")
    compared = Compared()
    logs = cases.logs(ROOT, asked.data, mutants=asked.mutants, seed=asked.seed)
    layouts: tuple[Layout, ...] = (4, 5)
    for layout in layouts:
        official = Official(asked.envs, layout)
        statuses(official, logs, compared)
        forms(official, logs, compared)
        reports(official, asked.data, logs, compared)
        summary(official, asked.data, compared)
        again(official, asked.data, compared)
        predictions(official, asked.data, compared)
        scripts(official, asked.data, compared)
    show(compared)
    if asked.json:
        meant = [[*key, count] for key, count in compared.meant.items()]
        written = {"equal": compared.equal, "meant": meant, "differences": compared.differences}
        asked.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return int(bool(compared.differences))


if __name__ == "__main__":
    sys.exit(main())
