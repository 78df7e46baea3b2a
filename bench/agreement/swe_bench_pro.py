"""Compare boxscore with SWE-bench Pro's own program, value by value. No container is started.

    bench/agreement/swe_bench_pro.py CLONE [--envs DIR] [--logs 8]

CLONE is the benchmark's repository with its `run_scripts/` and `dockerfiles/`; its program runs in an environment of
its own, made when missing. Required tests and files to run are the real ones of each instance, from its
`instance_info.txt`. What is compared:

    verdicts  what an output of the parser comes to, for outputs of many kinds for each instance; theirs is the whole
              program, which reads outputs that exist
    reread    the same program on the folder that boxscore wrote for each outcome
    commands  what runs the tests, and the settings before it
    images    the tag of the published image, where a row does not name it
    parsers   what each distinct parser reads in recorded logs, by the official rule and as boxscore decodes it

Prints counts and each difference; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import Compared, ask, cache, environment
from boxscore import GradedRun, Outcome, PatchDetail, PatchTask, Result, Sample, SampleKind, Trust
from boxscore.protocols.patch.log_program import decode_output
from boxscore.protocols.patch.logs import judge
from harnesses.swebench.pro import RESULTS, RUN_SCRIPT, make_task, pro_row, published_tag, write_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harnesses.swebench.pro import ProRow

Row = dict[str, Any]
Tests = list[Row]

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/protocols/patch/logs/recorded"
PREFIX = "p"
DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-1\n+2\n"


def _with(change: Callable[[Tests], Tests]) -> Callable[[Tests], bytes]:
    return lambda tests: json.dumps({"tests": change([dict(one) for one in tests])}).encode()


def _status(place: int, word: str) -> Callable[[Tests], Tests]:
    return lambda tests: [*tests[:place], {**tests[place], "status": word}, *tests[place + 1 :]]


# What a parser may write, made of the required tests, all of which passed.
OUTPUTS: dict[str, Callable[[Tests], bytes]] = {
    "all passed": _with(lambda tests: tests),
    "others too": _with(lambda tests: [*tests, {"name": "x", "status": "PASSED"}, {"name": "y", "status": "FAILED"}]),
    "reversed": _with(lambda tests: tests[::-1]),
    "first missing": _with(lambda tests: tests[1:]),
    "last missing": _with(lambda tests: tests[:-1]),
    "none": _with(lambda _: []),
    **{f"first {word}": _with(_status(0, word)) for word in ("FAILED", "SKIPPED", "ERROR", "passed", "XFAIL", "")},
    "last FAILED": _with(_status(-1, "FAILED")),
    "passed, then failed": _with(lambda tests: [*tests, {**tests[0], "status": "FAILED"}]),
    "failed, then passed": _with(lambda tests: [{**tests[0], "status": "FAILED"}, *tests]),
    "more fields": _with(lambda tests: [{**one, "time": 1.5} for one in tests]),
    "a blank more": _with(lambda tests: [{**tests[0], "name": f"{tests[0]['name']} "}, *tests[1:]]),
    "no status": _with(lambda tests: [*tests, {"name": "x"}]),
    "no list": lambda _: b"{}",
    "no JSON": lambda _: b"PASSED",
    "empty": lambda _: b"",
}


class Case(NamedTuple):
    """A public instance: its row in the data set's shape, as boxscore reads it, and its task."""

    row: Row
    read: ProRow
    task: PatchTask


def load_cases(clone: Path) -> Iterator[Case]:
    """A row for each public instance, with the repository's own values where it has them."""
    for place in sorted((clone / "dockerfiles" / "instance_dockerfile").iterdir()):
        text = (clone / "run_scripts" / place.name / "instance_info.txt").read_text(encoding="utf-8")
        info = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
        commit = info["Base Commit"].strip()
        row = {
            "instance_id": place.name,
            "repo": info["Repository"].strip(),
            "base_commit": commit,
            "fail_to_pass": info["FAIL_TO_PASS"],
            "pass_to_pass": info.get("PASS_TO_PASS", "[]"),
            "selected_test_files_to_run": info["Test Files"],
            "before_repo_set_cmd": f"git reset --hard {commit}\ngit checkout {'5' * 40} -- a.py",
        }
        read = pro_row(row, clone / "run_scripts", path=clone, line=1)
        yield Case(row, read, make_task(read, pinned=f"jefzda/sweap-images@sha256:{'0' * 64}"))


def required(row: Row) -> Tests:
    """The required tests of a row, all passed."""
    names = [*ast.literal_eval(row["fail_to_pass"]), *ast.literal_eval(row["pass_to_pass"])]
    return [{"name": name, "status": "PASSED"} for name in names]


def official_verdicts(command: Sequence[str | Path], cases: Sequence[Case], folder: str) -> dict[str, bool]:
    """What the official program says of a folder of outputs."""
    rows = [case.row for case in cases]
    patches = [{"instance_id": row["instance_id"], "patch": DIFF, "prefix": PREFIX} for row in rows]
    (answer,) = ask(command, [{"kind": "verdicts", "rows": rows, "patches": patches, "folder": folder}])
    found: dict[str, bool] = answer["answer"]
    return found


def compare_verdicts(command: Sequence[str | Path], cases: Sequence[Case], compared: Compared) -> None:
    """Judge outputs of each kind for each instance."""
    for kind, make in OUTPUTS.items():
        with tempfile.TemporaryDirectory() as folder:
            ours = {}
            for row, _, task in cases:
                output = make(required(row))
                place = Path(folder) / row["instance_id"]
                place.mkdir()
                (place / f"{PREFIX}_output.json").write_bytes(output)
                statuses = decode_output(output)
                ours[row["instance_id"]] = not isinstance(statuses, str) and judge(task, statuses, "").resolved
            theirs = official_verdicts(command, cases, folder)
        for name, verdict in ours.items():
            compared.value("verdicts", f"{kind}: {name}", verdict, theirs[name])


def compare_reread(command: Sequence[str | Path], cases: Sequence[Case], compared: Compared) -> None:
    """Have the official program read the folder that boxscore writes, for a run that ends in each outcome."""
    for outcome in (one for one in Outcome if one is not Outcome.INTERNAL):
        names = tuple(case.row["instance_id"] for case in cases)
        with tempfile.TemporaryDirectory() as folder:
            run = GradedRun(
                run_id="run",
                folder=Path(folder),
                files=Path(folder),
                instances=names,
                samples=tuple(
                    Sample(instance_id=name, sample_id="0", text=DIFF, kind=SampleKind.PATCH, model=PREFIX)
                    for name in names
                ),
                results=tuple(result(case.row, outcome) for case in cases),
                tasks={case.row["instance_id"]: case.task for case in cases},
                printed=lambda one: one.output,
            )
            write_outputs(run)
            ours = json.loads((Path(folder) / RESULTS).read_text())
            theirs = official_verdicts(command, cases, folder)
        for name in ours.keys() | theirs.keys():
            compared.value("reread", f"{outcome}: {name}", ours.get(name), theirs.get(name))


def result(row: Row, outcome: Outcome) -> Result:
    """A result whose required tests all passed, unless it is `wrong`: then the first did not."""
    tests = {one["name"]: one["status"] for one in required(row)}
    if outcome is Outcome.WRONG:
        tests[next(iter(tests))] = "FAILED"
    detail = PatchDetail(tests=tests)
    return Result(instance_id=row["instance_id"], sample_id="0", outcome=outcome, trust=Trust.WATCHED, detail=detail)


def compare_commands(command: Sequence[str | Path], cases: Sequence[Case], compared: Compared) -> None:
    """Compare the command that runs the tests, the exports before it, and the tag of the image."""
    scripts = ask(command, [{"kind": "entry_script", "row": case.row} for case in cases])
    images = ask(command, [{"kind": "image", "row": case.row} for case in cases])
    for (row, read, task), script, image in zip(cases, scripts, images, strict=True):
        name = row["instance_id"]
        lines = [line.strip() for line in script["answer"].splitlines()]
        (run,) = (line for line in lines if line.startswith(f"bash {RUN_SCRIPT} "))
        official_run = run.partition(" > /workspace/stdout.log")[0]
        compared.value("commands", f"{name}: run", task.commands[0].splitlines()[-1], official_run)
        exports = [line for line in lines if line.startswith("export")]
        compared.value("commands", f"{name}: exports", list(read.exports), exports)
        tag = f"jefzda/sweap-images:{published_tag(name, row['repo'])}"
        compared.value("images", name, tag, image["answer"])


def compare_parsers(cases: Sequence[Case], logs: Sequence[str], compared: Compared) -> None:
    """Run each distinct parser on logs in either stream."""
    for number, source in enumerate(dict.fromkeys(case.read.parser for case in cases)):
        with tempfile.TemporaryDirectory() as folder:
            program, output = Path(folder) / "parser.py", Path(folder) / "output.json"
            program.write_text(source, encoding="utf-8")
            streams = [Path(folder) / "stdout.log", Path(folder) / "stderr.log"]
            for place, texts in enumerate([*((log, "") for log in logs), *(("", log) for log in logs)]):
                for path, text in zip(streams, texts, strict=True):
                    path.write_text(text, encoding="utf-8")
                output.unlink(missing_ok=True)
                command: list[str | Path] = [sys.executable, "-I", "-S", program, *streams, output]
                subprocess.run(command, check=False, capture_output=True)
                written = output.read_bytes() if output.is_file() else b""
                compared.value("parsers", f"{number}: log {place}", our_passed(written), official_passed(written))


def our_passed(written: bytes) -> list[str] | None:
    """The tests that boxscore has as passed in a parser's output; None where it makes nothing of it."""
    found = decode_output(written)
    return None if isinstance(found, str) else sorted(name for name, status in found.items() if status == "PASSED")


def official_passed(written: bytes) -> list[str] | None:
    """The same by the official program's rule; None where that raises."""
    try:
        return sorted({one["name"] for one in json.loads(written)["tests"] if one["status"] == "PASSED"})
    except (ValueError, KeyError, TypeError):
        return None


def main() -> int:
    """Compare all; see the module."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("clone", type=Path)
    options.add_argument("--envs", type=Path, default=cache(), help="where the program's environment is")
    options.add_argument(
        "--logs", type=int, default=8, help="recorded logs that each parser reads, beside an empty one"
    )
    asked = options.parse_args()
    clone = asked.clone.resolve()
    command = (
        environment(asked.envs, "swe-bench-pro"),
        Path(__file__).with_name("programs.py"),
        "swe-bench-pro",
        clone,
    )
    compared, cases = Compared(), list(load_cases(clone))
    compare_verdicts(command, cases, compared)
    compare_reread(command, cases, compared)
    compare_commands(command, cases, compared)
    recorded = [path.read_text("utf-8", errors="replace") for path in sorted(RECORDED.glob("*.log"))]
    compare_parsers(cases, ["", *recorded[: asked.logs]], compared)
    return compared.show()


if __name__ == "__main__":
    sys.exit(main())
