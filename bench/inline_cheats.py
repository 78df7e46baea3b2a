"""Grade a corpus of cheats by tests that are sent along, as asserts, as calls and as in- and output; none may pass.

    python bench/inline_cheats.py [--corpus FOLDER] [--backend local | --service URL] [--shape asserts] [--only TEXT]

The corpus is a folder with `index.json`, by default `cheats` beside the data folder (BOXSCORE_DATA): records with `id`,
`kind`, `path`, `expect` and `danger`. Each member of the kinds function, resource and probe is a file that defines
`solve(xs)`, the sum of the squares of even numbers. Those that do harm are armed, but for endless ones (`--endless`).
A pass that is only a claim is counted as `claimed`; any other pass of a cheat fails the bench.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import boxscore

INPUTS = [[1, 2, 3, 4], [], [-2, 5], [10, 11, 12], [0]]
OUTPUTS = [20, 0, 4, 244, 0]
CALLS = {"fn_name": "solve", "inputs": [[one] for one in INPUTS], "outputs": OUTPUTS}
SHAPES: dict[str, Any] = {
    "asserts": [f"assert solve({one}) == {other}" for one, other in zip(INPUTS, OUTPUTS, strict=True)],
    "calls": CALLS,
    "program": [(json.dumps(one), str(other)) for one, other in zip(INPUTS, OUTPUTS, strict=True)],
}
ARM = "import os as _os; _os.environ['CHEATS_ARMED'] = '1'\n"
MAIN = "\nimport json as _json, sys as _sys\nprint(solve(_json.loads(_sys.stdin.read())))\n"
LIMITS = boxscore.Limits(cpu_s=0.5, wall_s=10.0, memory_bytes=512 << 20, processes=32, disk_bytes=32 << 20)
ENDLESS = re.compile(r"while ARMED:\s+try: posix\.fork\(\)")
PRINTS = {"ok_02_prints"}  # honest as a function, and wrong as a program, whose answer is what it prints
FUNCTIONS = ("asserts", "calls")
REACHED = re.compile(r'PROBE \{.*"reached": true')


class Answer(NamedTuple):
    """What became of one program."""

    outcome: str
    reason: str
    output: str
    trust: str


Ask = Callable[[str, str], Answer]


def members(corpus: Path) -> list[dict[str, str]]:
    """The records of the kinds that are functions."""
    rows = json.loads((corpus / "index.json").read_text("utf-8"))
    return [
        row for row in rows if row["kind"] in ("function", "resource", "probe") and (corpus / row["path"]).is_file()
    ]


def code_of(path: Path, shape: str, *, endless: bool) -> str:
    """A member as a program for a shape of tests."""
    source = path.read_text("utf-8", "surrogateescape")
    armed = endless or not ENDLESS.search(source)
    return (ARM if armed else "") + source + ("" if shape in FUNCTIONS else MAIN)


def verdict(row: dict[str, str], shape: str, answer: Answer) -> str:
    """What an answer means: held, or how it is wrong. Probes print, which spoils what a program answers."""
    if answer.outcome == boxscore.Outcome.INTERNAL:
        return "internal"
    passed = answer.outcome == boxscore.Outcome.PASSED
    if row["expect"] == "pass":
        passed = passed or (shape not in FUNCTIONS and row["kind"] == "probe")
        return "reached" if REACHED.search(answer.output) else "held" if passed else "refused"
    if row["expect"] == "policy":
        return "held"
    if passed and answer.trust in ("claim", "none"):
        return "claimed"
    return "passed" if passed else "held"


def by_grader(grader: boxscore.SyncGrader) -> Ask:
    """Ask a grader of this process."""

    def ask(shape: str, code: str) -> Answer:
        result = grader.grade_tests(code, SHAPES[shape], limits=LIMITS)
        return Answer(result.outcome, result.reason, result.output, result.trust)

    return ask


def by_service(url: str, token: str) -> Ask:
    """Ask a `boxscore serve`: by `/v1/grade`, and programs by SandboxFusion's `/submit` too."""

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url.rstrip("/") + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=300) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def ask(shape: str, code: str) -> Answer:
        if shape != "submit":
            limits = {name: getattr(LIMITS, name) for name in LIMITS.__struct_fields__}
            found = post("/v1/grade", {"code": code, "tests": SHAPES[shape], "limits": limits})
            return Answer(found["outcome"], found["reason"], found["output"], found["trust"])
        tests = [{"input": {"stdin": one}, "output": {"stdout": other}} for one, other in SHAPES["program"]]
        config = {"language": "python", "run_timeout": LIMITS.cpu_s, "provided_data": {"id": 1, "test": tests}}
        found = post("/submit", {"dataset": "cheats", "id": 1, "completion": code, "config": config})
        assert found["accepted"] == (found["extra"]["outcome"] == "passed")
        return Answer(found["extra"]["outcome"], found["extra"]["reason"], "", found["extra"]["trust"])

    return ask


def tally(rows: list[dict[str, str]], shapes: list[str], asked: argparse.Namespace, ask: Ask) -> Counter[str]:
    """Have every member graded in every shape; count by shape, kind and verdict, and tell what did not hold."""
    counts: Counter[str] = Counter()
    for shape in shapes:
        for row in rows:
            if shape not in FUNCTIONS and row["id"] in PRINTS:
                continue
            answer = ask(shape, code_of(asked.corpus / row["path"], shape, endless=asked.endless))
            found = verdict(row, shape, answer)
            counts[f"{shape:8} {row['kind']:9} {found}"] += 1
            if found not in ("held", "claimed"):
                told = f"{shape} {row['id']} ({row['expect']}): {found}: {answer.outcome} {answer.reason}"
                print(told, flush=True)
    return counts


def main() -> int:
    """Grade every member in every shape, and count."""
    data = Path(os.environ.get("BOXSCORE_DATA", "data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=data.parent / "cheats")
    parser.add_argument("--backend", default="local")
    parser.add_argument("--service", metavar="URL", help="ask a `boxscore serve`, whose token is in BOXSCORE_TOKEN")
    parser.add_argument("--shape", action="append", choices=[*SHAPES, "submit"])
    parser.add_argument("--only", default="")
    parser.add_argument("--endless", action="store_true")
    asked = parser.parse_args()
    if not (asked.corpus / "index.json").is_file():
        parser.error(f"there is no {asked.corpus / 'index.json'}")
    rows = [row for row in members(asked.corpus) if asked.only in row["id"]]
    began = time.monotonic()
    if asked.service:
        ask = by_service(asked.service, os.environ.get("BOXSCORE_TOKEN", ""))
        counts = tally(rows, asked.shape or [*SHAPES, "submit"], asked, ask)
    else:
        with boxscore.SyncGrader(backend=asked.backend, workers=2) as grader:
            counts = tally(rows, asked.shape or list(SHAPES), asked, by_grader(grader))
    for found, count in sorted(counts.items()):
        print(f"{found:30} {count}")
    print(f"{counts.total()} graded in {time.monotonic() - began:.0f} s")
    return int(any(not found.endswith((" held", " claimed")) for found in counts))


if __name__ == "__main__":
    sys.exit(main())
