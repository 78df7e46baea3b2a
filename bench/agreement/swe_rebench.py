"""Compare boxscore with SWE-rebench's own programs on logs and verdicts, value by value. No container is started.

    bench/agreement/swe_rebench.py FORK V2 [--envs DIR] [--logs 5]

FORK is a clone of SWE-rebench/SWE-bench-fork (V1), V2 one of SWE-rebench/SWE-rebench-V2. Both run in an
environment of their own, made when missing. Logs are recorded ones of our own suites and odd ones. What is compared:

    v1 statuses  what each of V1's parsers reads in each log
    v1 reports   `resolved` and the lists of tests, for lists of required tests made of what a log has
    v2 verdicts  each of V2's parsers on each log, for such lists: the verdict, what was fixed and what was broken;
                 ours reads the log with the program that runs in a box

Where boxscore differs on purpose a value counts as intended, under its reason. Prints counts and each other
difference; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import Compared, ask, cache, environment
from boxscore import InstanceImage, Outcome, PatchDetail, PatchTask, Result, Status, Trust
from boxscore.protocols.patch.log_program import decode_output
from boxscore.protocols.patch.logs import judge, parse_log
from harnesses.swebench.rules import V4
from harnesses.swebench.swe_rebench import PARSERS, V1_PARSERS, V2, log_program, report_item, v2_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]
Command = tuple[str | Path, ...]

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/protocols/patch/logs/recorded"
WORDS = frozenset(Status)
ITEM = ("passed_match", "from_fail_to_pass", "failed_from_pass_to_pass")
TASK = PatchTask(
    image=InstanceImage(name="i"), fail_to_pass=(), pass_to_pass=(), commands=("true",), parser="pytest", rule=V4
)
ODD = (
    "",
    "\n\n\n",
    "PASSED\n",
    "PASSED a\nFAILED a - x\nPASSED a\n",
    "FAILED a - b - c - d\n",
    "PASSED: a\nXFAILED b\nERRORS c\n",
    "SKIPPED [1] a.py:1: why\nPASSED [100%]\n",
    "\x1b[32mPASSED\x1b[0m a.py::\x1b[1mtest_b\x1b[0m\n",
    "a.py::test_b PASSED\nb.py::test_c FAILED [ 3%]\n",
    "PASSED a.py::test_b[/x/y/z.txt]\nPASSED a.py::test_b[//x/y]\nPASSED a.py::test_b[/x/*]\nPASSED a.py::b[c[d]]\n",
    "test_a (b.C) ... ok\ntest_d (b.C) ... FAIL\ntest_e (b.C) ... skipped 'x'\ntest_f (b.C) ... ERROR\n",
    "PASSED \u00e4\u00f6.py::test_\u03b1[\u4e2d]\nPASSED a\u2028b\u0085c\x0bd\x0ce\rf\x1cg\n",
)


def required(passed: Sequence[str], others: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """FAIL_TO_PASS and PASS_TO_PASS: what passed, but one, with one that failed, one that is absent, or times."""
    yield list(passed[:1]), list(passed[1:])
    yield list(passed[:1]), list(passed[2:])
    yield list(passed[1:]), list(passed[:1])
    yield [*passed[:1], *others[:1]], list(passed[1:])
    yield list(passed[:1]), [*passed[1:], "tests/test_gone.py::test_gone"]
    yield [f"{name} [1.5 ms]" for name in passed[:1]], [f"{name} (2s)" for name in passed[1:]]


def reason_for(test: str, ours: str | None, theirs: str | None, log: str) -> str:
    """Why a status may differ; "" if it may not."""
    if theirs is not None and theirs not in WORDS:
        return "a word that is no status"
    if ours == "FAILED" and "SUBFAIL" in log and test in log:
        return "a subtest failed"
    if theirs == "SKIPPED" and ours is None and re.fullmatch(r"\[\d+\]", test):
        return "a count of skipped tests"
    return ""


def compare_v1(command: Command, logs: Sequence[str], compared: Compared) -> None:
    """Compare statuses and reports of V1."""
    pairs = [(parser, place) for parser in V1_PARSERS for place in range(len(logs))]
    answers = ask(command, [{"kind": "statuses_v1", "parser": parser, "log": place} for parser, place in pairs], logs)
    cases = []
    for (parser, place), answer in zip(pairs, answers, strict=True):
        ours, theirs = parse_log(V1_PARSERS[parser], logs[place]), answer["answer"]
        for test in sorted(ours.keys() | theirs.keys()):
            pair = ours.get(test), theirs.get(test)
            reason = reason_for(test, *pair, logs[place])
            compared.value("v1 statuses", f"{parser}, log {place}: {test}", *pair, reason=reason)
        # From here on their statuses count on both sides: what is compared is the rule.
        read = {test: Status(word) for test, word in theirs.items() if word in WORDS}
        passed = [name for name, status in read.items() if status in V4.passing]
        others = [name for name, status in read.items() if status not in V4.passing]
        cases += [(parser, place, read, lists) for lists in required(passed, others)] if passed else []
    asked = [
        {"kind": "report_v1", "parser": parser, "log": place, "FAIL_TO_PASS": fixed, "PASS_TO_PASS": kept}
        for parser, place, _, (fixed, kept) in cases
    ]
    for (parser, place, read, (fixed, kept)), answer in zip(cases, ask(command, asked, logs), strict=True):
        judged = judge(structs.replace(TASK, fail_to_pass=tuple(fixed), pass_to_pass=tuple(kept)), read, logs[place])
        report = answer["answer"]
        name = f"{parser}, log {place}, {len(fixed)} and {len(kept)}"
        skipped = any(read.get(test) is Status.SKIPPED for test in fixed)
        reason = "a test that must be fixed is skipped" if skipped else ""
        compared.value("v1 reports", f"{name}: resolved", judged.resolved, report["resolved"], reason=reason)
        for field, lists in (("FAIL_TO_PASS", judged.fail_to_pass), ("PASS_TO_PASS", judged.pass_to_pass)):
            split = {"success": list(lists[0]), "failure": list(lists[1])}
            compared.value("v1 reports", f"{name}: {field}", split, report["tests_status"][field])


def compare_v2(command: Command, clone: Path, logs: Sequence[str], compared: Compared) -> None:
    """Compare verdicts of V2, whose parsers are theirs on both sides."""
    cases = []
    for parser in ask(command, [{"kind": "parsers_v2"}])[0]["answer"]:
        for place, log in enumerate(logs):
            found = read_log(clone, parser, log)
            read = {} if isinstance(found, str) else found
            passed = [name for name, status in read.items() if status == "PASSED"]
            others = [name for name, status in read.items() if status != "PASSED"]
            cases += [(place, found, row(parser, *lists)) for lists in required(passed or ["t"], others)]
    asked = [{"kind": "item_v2", "log": place, "row": made} for place, _, made in cases]
    for (place, found, made), answer in zip(cases, ask(command, asked, logs, may_fail=True), strict=True):
        item = our_item(clone, made, {} if isinstance(found, str) else found)
        name = f"{made['install_config']['log_parser']}, log {place}"
        if "error" in answer:  # their parser raised: ours must make nothing of the log, and fail it
            compared.value(
                "v2 verdicts", f"{name}: raised", (isinstance(found, str), item["passed_match"]), (True, False)
            )
            continue
        for field in ITEM:
            compared.value("v2 verdicts", f"{name}: {field}", item[field], answer["answer"][field])


def row(parser: str, fixed: list[str], kept: list[str]) -> Row:
    """A row of V2 that requires these tests."""
    return {
        "instance_id": "i",
        "repo": "org/lib",
        "base_commit": "0",
        "patch": "diff --git a/a b/a\n",
        "test_patch": "diff --git a/b b/b\n",
        "install_config": {"test_cmd": ["make test"], "log_parser": parser},
        "image_name": "org/lib:1",
        "FAIL_TO_PASS": fixed,
        "PASS_TO_PASS": kept,
    }


def read_log(clone: Path, parser: str, log: str) -> dict[str, Status] | str:
    """What the program that runs in a box reads in a log that came on standard output."""
    files = log_program(parser, tuple((name, (clone / name).read_text("utf-8")) for name in PARSERS)).files
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files:
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        stdout, stderr, output = (Path(folder) / name for name in ("stdout.log", "stderr.log", "output.json"))
        stdout.write_text(log, encoding="utf-8")
        stderr.write_text("")
        command: list[str | Path] = [
            sys.executable,
            "-I",
            "-S",
            "-B",
            Path(folder) / files[0][0],
            stdout,
            stderr,
            output,
        ]
        subprocess.run(command, check=False, capture_output=True)
        return decode_output(output.read_bytes() if output.is_file() else b"")


def our_item(clone: Path, made: Row, read: dict[str, Status]) -> Row:
    """The item of our report."""
    one = v2_row(made, made["install_config"], path=clone / "rows", line=1)
    task = structs.replace(TASK, fail_to_pass=one.fail_to_pass, pass_to_pass=one.pass_to_pass, rule=V2)
    judged = judge(task, read, "")
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
    options.add_argument("--envs", type=Path, default=cache(), help="where the programs' environment is")
    options.add_argument("--logs", type=int, default=5, help="how many logs V2's parsers read")
    asked = options.parse_args()
    logs = [path.read_text("utf-8", errors="replace") for path in sorted(RECORDED.glob("*.log"))]
    compared = Compared()
    program = environment(asked.envs, "swe-rebench"), Path(__file__).with_name("programs.py"), "swe-rebench"
    command = (*program, asked.fork.resolve(), asked.v2.resolve())
    compare_v1(command, [*logs, *ODD], compared)
    compare_v2(command, asked.v2.resolve(), logs[: asked.logs], compared)
    return compared.show()


if __name__ == "__main__":
    sys.exit(main())
