"""Grade a corpus of cheats by tests that are sent along, as asserts, as calls and as in- and output; none may pass.

    python bench/inline_cheats.py [--corpus FOLDER] [--backend local] [--shape asserts --shape calls --shape program]

The corpus is a folder with `index.json`, by default `cheats` beside the data folder (BOXSCORE_DATA): records with `id`,
`kind`, `path`, `expect` and `danger`. Each member of the kinds function, resource and probe is a file that defines
`solve(xs)`, the sum of the squares of even numbers. Those that do harm are armed, but for endless ones (`--endless`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

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
REACHED = re.compile(r'PROBE \{.*"reached": true')


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
    return (ARM if armed else "") + source + (MAIN if shape == "program" else "")


def verdict(row: dict[str, str], shape: str, result: boxscore.Result) -> str:
    """What a result means: held, or how it is wrong. Probes print, which spoils what a program answers."""
    if result.outcome is boxscore.Outcome.INTERNAL:
        return "internal"
    passed = result.outcome is boxscore.Outcome.PASSED
    if row["expect"] == "pass":
        passed = passed or (shape == "program" and row["kind"] == "probe")
        return "reached" if REACHED.search(result.output) else "held" if passed else "refused"
    if row["expect"] == "policy":
        return "held"
    return "passed" if passed else "held"


def main() -> int:
    """Grade every member in every shape, and count."""
    data = Path(os.environ.get("BOXSCORE_DATA", "data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=data.parent / "cheats")
    parser.add_argument("--backend", default="local")
    parser.add_argument("--shape", action="append", choices=list(SHAPES))
    parser.add_argument("--only", default="")
    parser.add_argument("--endless", action="store_true")
    asked = parser.parse_args()
    rows = [row for row in members(asked.corpus) if asked.only in row["id"]]
    counts: Counter[tuple[str, str, str]] = Counter()
    began = time.monotonic()
    with boxscore.SyncGrader(backend=asked.backend, workers=2) as grader:
        for shape in asked.shape or SHAPES:
            for row in rows:
                if shape == "program" and row["id"] in PRINTS:
                    continue
                code = code_of(asked.corpus / row["path"], shape, endless=asked.endless)
                result = grader.grade_tests(code, SHAPES[shape], limits=LIMITS, sample_id=row["id"])
                found = verdict(row, shape, result)
                counts[shape, row["kind"], found] += 1
                if found != "held":
                    print(
                        f"{shape} {row['id']} ({row['expect']}): {found}: {result.outcome} {result.reason}", flush=True
                    )
    for (shape, kind, found), count in sorted(counts.items()):
        print(f"{shape:8} {kind:9} {found:9} {count}")
    print(f"{sum(counts.values())} graded in {time.monotonic() - began:.0f} s")
    return int(any(found != "held" for _, _, found in counts))


if __name__ == "__main__":
    sys.exit(main())
