"""Compare boxscore with SWE-bench Pro's own program, value by value. No container is started.

    bench/pro_agreement.py CLONE --python PYTHON

CLONE is the benchmark's repository with its `run_scripts/` and `dockerfiles/`; PYTHON has pandas and tqdm. Required
tests and files to run are the real ones of each instance, from its `instance_info.txt`. What is compared:

    verdicts  what an output of the parser comes to, for outputs of many kinds for each instance; theirs is the whole
              program, which takes outputs that are there
    again     the same program on the folder that boxscore wrote for each outcome
    scripts   the command that runs the tests, and the settings before it
    images    the tag of the published image, where a row does not tell it
    patches   patches without their binary files
    parsers   each distinct parser on logs, run here as theirs runs it, against its answer as boxscore decodes it

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
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import patch_cases
from bench.patch_agreement import Compared, show
from boxscore import GradedRun, Outcome, PatchTask, Result, Sample, SampleKind, Trust
from boxscore.protocols.patch.log_program import decode_output
from boxscore.protocols.patch.logs import judge
from boxscore.records import PatchDetail
from harnesses.swebench.patches import without_binaries
from harnesses.swebench.pro.report import RESULTS, write_outputs
from harnesses.swebench.pro.row import pro_row, published_tag
from harnesses.swebench.pro.task import RUN_SCRIPT, make_task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harnesses.swebench.pro.row import ProRow

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, Any]
Tests = list[Row]
PREFIX = "p"
DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-1\n+2\n"
BINARY = "diff --git a/b.png b/b.png\nindex 1..2 100644\n"
PATCHES = (
    *("", DIFF, "text\n" + DIFF, DIFF + DIFF.replace("a.py", "c.py"), DIFF.rstrip("\n"), DIFF.replace("\n", "\r\n")),
    *(
        f"{BINARY}{end}"
        for end in ("GIT binary patch\nliteral 1\nIcmZQz\n\n", "Binary files a/b.png and b/b.png differ\n")
    ),
    f"{DIFF}{BINARY}Binary files a/b.png and b/b.png differ\n{DIFF}",
    DIFF.replace("+2", "+Binary files a and b differ"),
)


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


class Official:
    """SWE-bench Pro's program, in an environment of its own."""

    def __init__(self, clone: Path, python: Path) -> None:
        self._clone, self._python = clone, python

    def ask(self, asked: Sequence[Row]) -> list[Any]:
        """Ask many things at once; the answers in the same order."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "requests", Path(folder) / "answers"
            source.write_text(json.dumps(list(asked)), encoding="utf-8")
            program = ROOT / "bench" / "official_pro.py"
            subprocess.run([self._python, program, self._clone, source, target], check=True)
            answers: list[Any] = json.loads(target.read_text(encoding="utf-8"))
        return answers


def instances(clone: Path) -> list[tuple[Row, ProRow, PatchTask]]:
    """A row for each public instance, in its own words where the repository has them, and what is made of it."""
    found = []
    for place in sorted((clone / "dockerfiles" / "instance_dockerfile").iterdir()):
        row = _row(clone, place.name)
        one = pro_row(row, clone / "run_scripts", path=clone, line=1)
        found.append((row, one, make_task(one, pinned=f"jefzda/sweap-images@sha256:{'0' * 64}")))
    return found


def _row(clone: Path, name: str) -> Row:
    info = (clone / "run_scripts" / name / "instance_info.txt").read_text(encoding="utf-8")
    told = dict(line.split(": ", 1) for line in info.splitlines() if ": " in line)
    commit = told["Base Commit"].strip()
    return {
        "instance_id": name,
        "repo": told["Repository"].strip(),
        "base_commit": commit,
        "fail_to_pass": told["FAIL_TO_PASS"],
        "pass_to_pass": told.get("PASS_TO_PASS", "[]"),
        "selected_test_files_to_run": told["Test Files"],
        "before_repo_set_cmd": f"git reset --hard {commit}\ngit checkout {'5' * 40} -- a.py",
    }


def _required(row: Row) -> Tests:
    names = [*ast.literal_eval(row["fail_to_pass"]), *ast.literal_eval(row["pass_to_pass"])]
    return [{"name": name, "status": "PASSED"} for name in names]


def verdicts(official: Official, found: Sequence[tuple[Row, ProRow, PatchTask]], compared: Compared) -> None:
    """Judge outputs of each kind for each instance."""
    rows = [row for row, _, _ in found]
    patches = [{"instance_id": row["instance_id"], "patch": DIFF, "prefix": PREFIX} for row in rows]
    for kind, make in OUTPUTS.items():
        with tempfile.TemporaryDirectory() as folder:
            ours = {}
            for row, _, task in found:
                output = make(_required(row))
                place = Path(folder) / row["instance_id"]
                place.mkdir()
                (place / f"{PREFIX}_output.json").write_bytes(output)
                statuses = decode_output(output)
                ours[row["instance_id"]] = not isinstance(statuses, str) and judge(task, statuses, "").resolved
            (theirs,) = official.ask([{"kind": "verdicts", "rows": rows, "patches": patches, "folder": folder}])
        for name, verdict in ours.items():
            compared.value("verdicts", f"{kind}: {name}", verdict, theirs[name])


def again(official: Official, found: Sequence[tuple[Row, ProRow, PatchTask]], compared: Compared) -> None:
    """Let their program read the folder that boxscore writes, for a run that ends in each outcome."""
    for outcome in (one for one in Outcome if one is not Outcome.INTERNAL):
        rows = [row for row, _, _ in found]
        samples = [
            Sample(instance_id=row["instance_id"], sample_id="0", text=DIFF, kind=SampleKind.PATCH, model=PREFIX)
            for row in rows
        ]
        results = [_result(row, outcome) for row in rows]
        with tempfile.TemporaryDirectory() as folder:
            run = GradedRun(
                run_id="run",
                folder=Path(folder),
                files=Path(folder),
                instances=tuple(row["instance_id"] for row in rows),
                samples=tuple(samples),
                results=tuple(results),
                tasks={row["instance_id"]: task for row, _, task in found},
                printed=lambda result: result.output,
            )
            write_outputs(run)
            ours = json.loads((Path(folder) / RESULTS).read_text())
            patches = [{"instance_id": one.instance_id, "patch": DIFF, "prefix": PREFIX} for one in samples]
            (theirs,) = official.ask([{"kind": "verdicts", "rows": rows, "patches": patches, "folder": folder}])
        for name in ours.keys() | theirs.keys():
            compared.value("again", f"{outcome}: {name}", ours.get(name), theirs.get(name))


def _result(row: Row, outcome: Outcome) -> Result:
    """A result whose required tests all passed, unless it is `wrong`: then the first did not."""
    tests = {one["name"]: one["status"] for one in _required(row)}
    if outcome is Outcome.WRONG:
        tests[next(iter(tests))] = "FAILED"
    return Result(
        instance_id=row["instance_id"],
        sample_id="0",
        outcome=outcome,
        trust=Trust.WATCHED,
        detail=PatchDetail(tests=tests),
    )


def scripts(official: Official, found: Sequence[tuple[Row, ProRow, PatchTask]], compared: Compared) -> None:
    """Compare the command that runs the tests, and the exports before it."""
    answers = official.ask([{"kind": "entry_script", "row": row} for row, _, _ in found])
    for (row, one, task), script in zip(found, answers, strict=True):
        lines = [line.strip() for line in script.splitlines()]
        (run,) = (line for line in lines if line.startswith(f"bash {RUN_SCRIPT} "))
        theirs = run.partition(" > /workspace/stdout.log")[0]
        compared.value("scripts", f"{row['instance_id']}: run", task.commands[0].splitlines()[-1], theirs)
        exports = [line for line in lines if line.startswith("export")]
        compared.value("scripts", f"{row['instance_id']}: exports", list(one.exports), exports)


def images(official: Official, found: Sequence[tuple[Row, ProRow, PatchTask]], compared: Compared) -> None:
    """Compare the tags of published images."""
    answers = official.ask([{"kind": "image", "id": row["instance_id"], "repo": row["repo"]} for row, _, _ in found])
    for (row, _, _), theirs in zip(found, answers, strict=True):
        ours = f"jefzda/sweap-images:{published_tag(row['instance_id'], row['repo'])}"
        compared.value("images", row["instance_id"], ours, theirs)


def patches(official: Official, compared: Compared) -> None:
    """Compare patches without their binary files."""
    answers = official.ask([{"kind": "stripped", "patch": patch} for patch in PATCHES])
    for patch, theirs in zip(PATCHES, answers, strict=True):
        compared.value("patches", patch[:80], without_binaries(patch), theirs)


def parsers(found: Sequence[tuple[Row, ProRow, PatchTask]], logs: Sequence[str], compared: Compared) -> None:
    """Run each distinct parser on logs in either stream: what passes must be the same however its answer is read."""
    for number, source in enumerate(dict.fromkeys(one.parser for _, one, _ in found)):
        with tempfile.TemporaryDirectory() as folder:
            program, output = Path(folder) / "parser.py", Path(folder) / "output.json"
            program.write_text(source, encoding="utf-8")
            for place, (stdout, stderr) in enumerate([*((log, "") for log in logs), *(("", log) for log in logs)]):
                for name, text in (("stdout.log", stdout), ("stderr.log", stderr)):
                    (Path(folder) / name).write_text(text, encoding="utf-8")
                output.unlink(missing_ok=True)
                logs_of = [str(Path(folder) / f"{name}.log") for name in ("stdout", "stderr")]
                command = [sys.executable, "-I", "-S", str(program), *logs_of, str(output)]
                subprocess.run(command, check=False, capture_output=True)
                written = output.read_bytes() if output.is_file() else b""
                ours, theirs = decode_output(written), _theirs(written)
                passed = None if isinstance(ours, str) else sorted(n for n, one in ours.items() if one == "PASSED")
                compared.value("parsers", f"{number}: log {place}", passed, theirs)
                if not stdout and not stderr:
                    compared.value("parsers on empty logs", str(number), isinstance(ours, str), False)  # noqa: FBT003


def _theirs(written: bytes) -> list[str] | None:
    """What their program takes as passed; None where it raises."""
    try:
        return sorted({one["name"] for one in json.loads(written)["tests"] if one["status"] == "PASSED"})
    except (ValueError, KeyError, TypeError):
        return None


def main() -> int:
    """Compare all; see the module."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("clone", type=Path)
    options.add_argument("--python", type=Path, required=True)
    options.add_argument("--logs", type=int, default=20, help="how many logs each parser reads, in either stream")
    asked = options.parse_args()
    clone = asked.clone.resolve()
    official, compared, found = Official(clone, asked.python), Compared(), instances(clone)
    verdicts(official, found, compared)
    again(official, found, compared)
    scripts(official, found, compared)
    images(official, found, compared)
    patches(official, compared)
    recorded = patch_cases.logs(ROOT, ROOT / "none", mutants=0, seed=1)
    parsers(found, ["", *(log.text for log in recorded[: asked.logs])], compared)
    show(compared)
    return 1 if compared.differences else 0


if __name__ == "__main__":
    sys.exit(main())
