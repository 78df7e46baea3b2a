"""The inputs on which boxscore and swebench are compared: logs as runners print them, odd ones, records, reports."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.markers import between_markers, failed_early, test_exit_code
from boxscore import Outcome, Result, Sample, SampleKind, Trust
from boxscore.protocols.patch.logs import judge, parse_log
from boxscore.protocols.patch.run import SuiteRun
from boxscore.protocols.patch.verdict import verdict_of
from boxscore.protocols.statuses import Status
from boxscore.records import Applied, PatchDetail
from harnesses.swebench import swebench_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from boxscore import Instance
    from boxscore.protocols.patch.task import PatchTask

Row = dict[str, Any]

RECORDED = "tests/protocols/patch/logs/recorded"
PUBLISHED = ("swebench/validated_logs/*.log", "swebench/swesmith_test_logs/tests/**/test_output*.txt")
START, END = "+ : '>>>>> Start Test Output'", "+ : '>>>>> End Test Output'"
PATCH = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n"
TEST_PATCH = "".join(
    f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-a\n+b\n"
    for name in ("tests/a/test_one.py", "tests/data.json", "test/two.spec.js", "tests/three/test_two.py")
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
    "test_a (b.C) ... Testing against Django installed in x\n(0 silenced).\nok\n",
    "test_a (b.C) ... Internal Server Error: /x/\nok\n",
    "test_a ... \nnoise\nok\nERROR: test_b (c)\nFAIL: test_d\n",
    "___________ sympy/a.py:test_b ___________\ntest_a ok\ntest_b F\ntest_c E\ntest_d[x] ok\n",
    "  ✓ a (3 ms)\n  ✕ b\n  ○ c\n  ✔ d (12ms)\n  1) e\n",
    "ok 1 - a\nnot ok 2 - b # TODO\n    ok 3 c\n",
    "--- PASS: TestA (0.00s)\n    --- FAIL: TestA/b_c (1.20s)\n--- SKIP: TestD (0.00s)\n",
    "test a::b ... ok\ntest a::c ... FAILED\ntest a::d ... ignored\n",
    "+ mvnd test -Dtest=a.B#c\n[INFO] BUILD SUCCESS\n+ mvnd test -Dtest=a.B#d\n[INFO] BUILD FAILURE\n",
    "A > b PASSED\nA > c FAILED\n> d PASSED\nA > e\nnoise\nPASSED\n",
    "Chrome 1.2.3 (Linux x86_64) a b FAILED\n\nExecuted 3 of 3\n",
    "  1) a\n     b:\n     AssertionError: x\n",
    "PASSED \u00e4\u00f6.py::test_\u03b1[\u4e2d]\nPASSED a\u2028b\u0085c\x0bd\x0ce\rf\x1cg\n",
)


class Log(NamedTuple):
    """A log with a name."""

    name: str
    text: str


def logs(root: Path, data: Path, *, mutants: int, seed: int) -> list[Log]:
    """Recorded logs of our own and of real instances, odd ones, and recorded ones with lines out of order or cut."""
    files = [*sorted((root / RECORDED).glob("*.log")), *(one for part in PUBLISHED for one in sorted(data.glob(part)))]
    found = [Log("/".join(path.parts[-2:]), path.read_text("utf-8", errors="replace")) for path in files]
    found += [Log(f"odd {number}", text) for number, text in enumerate(ODD, 1)]
    chance = random.Random(seed)
    texts = [one for one in found if one.text.strip()]
    return found + [Log(f"mutant {number}", _mutant(chance, texts)) for number in range(1, mutants + 1)]


def _mutant(chance: random.Random, texts: Sequence[Log]) -> str:
    lines = [line for one in chance.sample(texts, 2) for line in one.text.split("\n")[:400]]
    for _ in range(chance.randint(1, 8)):
        here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[here], lines[there] = lines[there], lines[here][: chance.randint(0, 80)]
        lines.insert(there, chance.choice(("", " ", "\t", "PASSED", "ok", " - ", "\x1b[31m", "\r")) + lines[here])
    return "\n".join(lines)


def wrapped(log: str, *, code: int | None = None) -> str:
    """A log between the markers, as an eval script leaves it, with the exit code if v5's."""
    after = "" if code is None else f"\n>>>>> Test Exit Code: {code}"
    return f"+ git apply -v -\n{START}\n{log}\n{END}{after}\n"


def outputs(log: str) -> Iterator[str]:
    """What a `test_output.txt` may hold around a log."""
    yield from (wrapped(log), wrapped(log, code=0), wrapped(log, code=1))
    yield from (log, f"{START}\n{log}", f"{log}\n{START}\n{END}\n", f">>>>> Patch Apply Failed\n{wrapped(log)}")


def result(instance: Instance, output: str, *, layout: int) -> tuple[Result, PatchTask]:
    """What boxscore makes of a box in which `output` was printed, and the task."""
    task = swebench_task(instance)
    inner = None if failed_early(output) else between_markers(output)
    if inner is None:
        return _result(instance, output, Outcome.NO_TESTS, None), task
    statuses = parse_log(task.parser, inner) or parse_log(task.parser, output)
    code = test_exit_code(output) if layout > 4 else 0  # noqa: PLR2004 - v5's scripts print it
    failing = any(status in (Status.FAILED, Status.ERROR) for status in statuses.values())
    disagrees = bool(code) and bool(statuses) and not failing
    judged = judge(task, statuses, output)
    ran = SuiteRun(
        log=output,
        truncated=False,
        statuses=statuses,
        exit_code=code,
        limit=None,
        disagreement="the exit code" if disagrees else "",
    )
    detail = PatchDetail(
        applied=Applied(rung="git apply"),
        tests=judged.tests,
        fail_to_pass=judged.fail_to_pass,
        pass_to_pass=judged.pass_to_pass,
    )
    outcome = Outcome.TAMPERED if disagrees else verdict_of(task, ran, judged)[0]
    return _result(instance, output, outcome, detail), task


def _result(instance: Instance, output: str, outcome: Outcome, detail: PatchDetail | None) -> Result:
    return Result(
        instance_id=instance.instance_id,
        sample_id="0",
        outcome=outcome,
        trust=Trust.WATCHED,
        output=output,
        wall_s=1800.0,
        detail=detail,
    )


def classic(row: Row, *, spec: tuple[str, str] | None = None) -> Row:
    """A record as v4 takes it; `spec` names another repository and version."""
    repo, version = spec or (row["repo"], row["version"])
    return {**row, "repo": repo, "version": version}


def later(row: Row, parser: str, *, fail_only: bool = False) -> Row:
    """A classic record as v5's data sets have it."""
    script = "\n".join(("#!/bin/bash", "set -uxo pipefail", START.removeprefix("+ "), "true", END.removeprefix("+ ")))
    return {
        **row,
        "image": f"swebench/{row['instance_id'].lower()}:latest",
        "eval_script": f"{script}\n",
        "log_parser": parser,
        "eval_type": "fail_only" if fail_only else "pass_and_fail",
    }


def predictions(rows: Sequence[Row]) -> dict[str, str]:
    """Files of predictions by name: a list, an object and lines, with null, empty, odd and unneeded fields."""
    texts: list[Any] = [PATCH, "", None, "\u00e4\n\u2028", " "]
    found = [
        {"instance_id": row["instance_id"], "model_name_or_path": "lab/model", "model_patch": text, "extra": {"a": 1}}
        for row, text in zip(rows, texts, strict=False)
    ]
    return {
        "list.json": json.dumps(found),
        "object.json": json.dumps({one["instance_id"]: one for one in found}, indent=1),
        "lines.jsonl": "".join(f"{json.dumps(one)}\n" for one in found),
        "lines-not-ascii.jsonl": "\n".join(json.dumps(one, ensure_ascii=False) for one in found),
    }


def sample(name: str, text: str, *, sample_id: str = "0") -> Sample:
    """A prediction as boxscore has it."""
    return Sample(instance_id=name, sample_id=sample_id, text=text, kind=SampleKind.PATCH, model="lab/model")
