"""Compare boxscore with SWE-rebench's own programs on logs and verdicts, value by value. No container is started.

    bench/rebench_agreement.py FORK V2 --python PYTHON

FORK is a clone of SWE-rebench/SWE-bench-fork (V1), V2 one of SWE-rebench/SWE-rebench-V2; PYTHON has datasets,
docker, requests and unidiff. Logs are recorded ones of our own suites and odd ones. What is compared:

    v1 statuses  what each of V1's parsers reads in each log; `meant` are differences as in `patch_agreement.py`
    v1 reports   `resolved` and the lists of tests, for lists of required tests made of what a log has
    v2 verdicts  each of V2's parsers on each log, for such lists: the verdict, what was fixed and what was broken;
                 ours reads the log with the program that runs in a box

Prints counts and each difference; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import patch_cases
from bench.patch_agreement import Compared, _meant, show
from boxscore import InstanceImage, Outcome, PatchTask, Result, Status, Trust
from boxscore.protocols.patch.log_program import decode_output
from boxscore.protocols.patch.logs import judge, parse_log
from boxscore.records import PatchDetail
from harnesses.swebench.rules import V4
from harnesses.swebench.swe_rebench.report import report_item
from harnesses.swebench.swe_rebench.rows import PARSERS, V1_PARSERS, v2_row
from harnesses.swebench.swe_rebench.task import V2, log_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, Any]
WORDS = frozenset(Status)
TASK = PatchTask(
    image=InstanceImage(name="i"), fail_to_pass=(), pass_to_pass=(), commands=("true",), parser="pytest", rule=V4
)


class Official:
    """SWE-rebench's programs, in an environment of their own."""

    def __init__(self, fork: Path, v2: Path, python: Path, logs: Sequence[str]) -> None:
        self._places, self._python, self._logs = (fork, v2), python, list(logs)

    def ask(self, asked: Sequence[Row]) -> list[Row]:
        """Ask many things at once; the answers in the same order."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "requests", Path(folder) / "answers"
            source.write_text(json.dumps({"logs": self._logs, "asked": list(asked)}), encoding="utf-8")
            program = ROOT / "bench" / "official_rebench.py"
            subprocess.run([self._python, program, *self._places, source, target], check=True)
            answers: list[Row] = json.loads(target.read_text(encoding="utf-8"))
        return answers


def required(passed: Sequence[str], others: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Lists of required tests: all that passed, all but one, with one that failed, with one that is not there."""
    yield list(passed[:1]), list(passed[1:])
    yield list(passed[:1]), list(passed[2:])
    yield list(passed[1:]), list(passed[:1])
    yield [*passed[:1], *others[:1]], list(passed[1:])
    yield list(passed[:1]), [*passed[1:], "tests/test_gone.py::test_gone"]
    yield [f"{name} [1.5 ms]" for name in passed[:1]], [f"{name} (2s)" for name in passed[1:]]


def v1(official: Official, logs: Sequence[str], compared: Compared) -> None:
    """Compare statuses and reports of V1."""
    pairs = [(parser, place) for parser in V1_PARSERS for place in range(len(logs))]
    answers = official.ask([{"kind": "statuses_v1", "parser": parser, "log": place} for parser, place in pairs])
    cases = []
    for (parser, place), theirs in zip(pairs, answers, strict=True):
        mine, other = parse_log(V1_PARSERS[parser], logs[place]), theirs["answer"]
        for test in sorted(mine.keys() | other.keys()):
            pair = mine.get(test), other.get(test)
            compared.value(
                "v1 statuses", f"{parser}, log {place}: {test}", *pair, meant=_meant(test, *pair, logs[place])
            )
        # From here on their statuses count on both sides: what is compared is the rule.
        ours = {test: Status(word) for test, word in other.items() if word in WORDS}
        passed = [name for name, status in ours.items() if status in V4.passing]
        others = [name for name, status in ours.items() if status not in V4.passing]
        cases += [(parser, place, ours, lists) for lists in required(passed, others)] if passed else []
    asked = [
        {"kind": "report_v1", "parser": parser, "log": place, "FAIL_TO_PASS": mends, "PASS_TO_PASS": keeps}
        for parser, place, _, (mends, keeps) in cases
    ]
    for (parser, place, ours, (mends, keeps)), theirs in zip(cases, official.ask(asked), strict=True):
        judged = judge(structs.replace(TASK, fail_to_pass=tuple(mends), pass_to_pass=tuple(keeps)), ours, logs[place])
        told = theirs["answer"]
        name = f"{parser}, log {place}, {len(mends)} and {len(keeps)}"
        skipped = any(ours.get(test) is Status.SKIPPED for test in mends)
        meant = "a test that must be fixed is skipped" if skipped else ""
        compared.value("v1 reports", f"{name}: resolved", judged.resolved, told["resolved"], meant=meant)
        for field, lists in (("FAIL_TO_PASS", judged.fail_to_pass), ("PASS_TO_PASS", judged.pass_to_pass)):
            split = {"success": list(lists[0]), "failure": list(lists[1])}
            compared.value("v1 reports", f"{name}: {field}", split, told["tests_status"][field])


def v2(official: Official, clone: Path, logs: Sequence[str], compared: Compared) -> None:
    """Compare verdicts of V2, whose parsers are theirs on both sides."""
    (names,) = official.ask([{"kind": "parsers_v2"}])
    cases = []
    for parser in names["answer"]:
        for place, log in enumerate(logs):
            ours = read(clone, parser, log)
            passed = [] if isinstance(ours, str) else [name for name, status in ours.items() if status == "PASSED"]
            others = [] if isinstance(ours, str) else [name for name, status in ours.items() if status != "PASSED"]
            cases += [(parser, place, ours, row(parser, *lists)) for lists in required(passed or ["t"], others)]
    asked = [{"kind": "item_v2", "log": place, "row": made} for _, place, _, made in cases]
    for (parser, place, ours, made), theirs in zip(cases, official.ask(asked), strict=True):
        item = our_item(clone, made, ours)
        name = f"{parser}, log {place}"
        told = theirs.get("answer", {"passed_match": False, "from_fail_to_pass": [], "failed_from_pass_to_pass": None})
        compared.value("v2 verdicts", f"{name}: passed_match", item["passed_match"], told["passed_match"])
        if "error" not in theirs:
            for field in ("from_fail_to_pass", "failed_from_pass_to_pass"):
                compared.value("v2 verdicts", f"{name}: {field}", item[field], told[field])
        else:
            compared.value("v2 parsers that raise", name, isinstance(ours, str), True)  # noqa: FBT003


def row(parser: str, mends: list[str], keeps: list[str]) -> Row:
    """A row of V2 that requires these tests."""
    return {
        "instance_id": "i",
        "repo": "org/lib",
        "base_commit": "0",
        "patch": "diff --git a/a b/a\n",
        "test_patch": "diff --git a/b b/b\n",
        "install_config": {"test_cmd": ["make test"], "log_parser": parser},
        "image_name": "org/lib:1",
        "FAIL_TO_PASS": mends,
        "PASS_TO_PASS": keeps,
    }


def read(clone: Path, parser: str, log: str) -> dict[str, Status] | str:
    """What the program that runs in a box reads in a log that came on standard output."""
    files = log_program(parser, tuple((name, (clone / name).read_text("utf-8")) for name in PARSERS)).files
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files:
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        paths = [Path(folder) / name for name in ("stdout.log", "stderr.log", "output.json")]
        paths[0].write_text(log, encoding="utf-8")
        paths[1].write_text("")
        command = [sys.executable, "-I", "-S", "-B", str(Path(folder) / files[0][0]), *map(str, paths)]
        subprocess.run(command, check=False, capture_output=True)
        return decode_output(paths[2].read_bytes() if paths[2].is_file() else b"")


def our_item(clone: Path, made: Row, ours: dict[str, Status] | str) -> Row:
    """The item of our report."""
    one = v2_row(made, made["install_config"], path=clone / "rows", line=1)
    task = structs.replace(TASK, fail_to_pass=one.fail_to_pass, pass_to_pass=one.pass_to_pass, rule=V2)
    judged = judge(task, {} if isinstance(ours, str) else ours, "")
    result = Result(
        instance_id="i",
        sample_id="0",
        outcome=Outcome.PASSED if judged.resolved else Outcome.WRONG,
        trust=Trust.CLAIM,
        detail=PatchDetail(tests=judged.tests),
    )
    return report_item(result, task)


def main() -> int:
    """Compare all; see the module."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("fork", type=Path)
    options.add_argument("v2", type=Path)
    options.add_argument("--python", type=Path, required=True)
    options.add_argument("--logs", type=int, default=12, help="how many logs V2's parsers read")
    asked = options.parse_args()
    logs = [log.text for log in patch_cases.logs(ROOT, ROOT / "none", mutants=0, seed=1)]
    official, compared = Official(asked.fork, asked.v2, asked.python, logs), Compared()
    v1(official, logs, compared)
    v2(official, asked.v2.resolve(), logs[: asked.logs], compared)
    show(compared)
    return 1 if compared.differences else 0


if __name__ == "__main__":
    sys.exit(main())
