"""Compare official verdicts with a run of boxscore, sample by sample.

    bench/agreement/compare.py VERDICTS RUN [--json FILE]

VERDICTS is what `functions.py` wrote, RUN a run directory or its `results.jsonl`. Prints how often both passed a
sample, both failed it, only boxscore passed it and only the official program did, with the id of each difference; where
the program scores `base` and `plus` apart they are compared apart as well. Exits with 1 if there is a difference or a
sample that only one side has, or that boxscore could not grade (`internal`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

Row = dict[str, Any]
Key = tuple[str, str]

# By what the official program and boxscore say; None is no verdict.
KINDS: dict[tuple[bool | None, bool | None], str] = {
    (True, True): "both_pass",
    (False, False): "both_fail",
    (False, True): "only_boxscore_passes",
    (True, False): "only_official_passes",
}


class Difference(NamedTuple):
    """A sample on which the two disagree, or that has no verdict on one side."""

    instance_id: str
    sample_id: str
    official: str
    boxscore: str
    reason: str


def key(row: Row) -> Key:
    """Instance and sample; benchmarks disagree about the part of an id before the slash (`Mbpp/2`, `mbpp/2`, `2`)."""
    return str(row["instance_id"]).rpartition("/")[2], str(row["sample_id"])


def read(path: Path) -> dict[Key, Row]:
    """Rows by key; where a sample stands twice, the later line counts."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return {key(row): row for row in rows}


def ours(row: Row, part: str) -> bool | None:
    """What boxscore says about a part: None where it says nothing.

    A part that was not run because a weaker part failed is a failure: official programs may run it all the same, so a
    `plus` of a sample whose `base` failed is left out by the caller.
    """
    outcome = row["outcome"] if part == "passed" else row["parts"].get(part)
    return None if outcome in (None, "internal") else outcome == "passed"


def compare(official: dict[Key, Row], graded: dict[Key, Row], part: str) -> Row:
    """Counts and differences of one part: `passed` (the whole), `base` or `plus`."""
    counts = dict.fromkeys([*KINDS.values(), "no_verdict"], 0)
    differences = []
    for name in sorted(official.keys() | graded.keys()):
        row, result = official.get(name), graded.get(name)
        if part == "plus" and (row is None or not row["base"]):
            continue
        they = row[part] if row else None
        we = ours(result, part) if result else None
        kind = KINDS.get((they, we), "no_verdict")
        counts[kind] += 1
        if kind not in ("both_pass", "both_fail"):
            differences.append(difference(name, row, result))
    return {"part": part, **counts, "differences": [item._asdict() for item in differences]}


def difference(name: Key, row: Row | None, result: Row | None) -> Difference:
    """Say what each side saw."""
    return Difference(
        *(str((row or result or {})["instance_id"]), name[1]),
        official=f"{'pass' if row['passed'] else 'fail'}: {row['detail']}" if row else "absent",
        boxscore=str(result["outcome"]) if result else "absent",
        reason=f"{result.get('error_type') or ''} {result.get('reason') or ''}".strip()[:200] if result else "",
    )


def show(compared: Row) -> None:
    """Print one part."""
    total = sum(value for value in compared.values() if isinstance(value, int))
    print(f"{compared['part']}: {total} samples")
    for name, value in compared.items():
        if isinstance(value, int):
            print(f"  {name.replace('_', ' '):22} {value:6}")
    for item in compared["differences"]:
        print(f"    {item['instance_id']} {item['sample_id']}: official {item['official']};", end=" ")
        print(f"boxscore {item['boxscore']} {item['reason']}".rstrip())


def main() -> int:
    """Read the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare official verdicts with a run of boxscore.")
    parser.add_argument("verdicts", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--json", type=Path, help="also write counts and differences to this file")
    asked = parser.parse_args()
    official = read(asked.verdicts)
    graded = read(asked.run / "results.jsonl" if asked.run.is_dir() else asked.run)
    parts = ["passed"]
    if any(row["base"] is not None for row in official.values()):
        parts += ["base", "plus"]
    compared = [compare(official, graded, part) for part in parts]
    for part in compared:
        show(part)
    if asked.json:
        asked.json.write_text(json.dumps(compared, indent=1) + "\n", encoding="utf-8")
    return int(any(part["differences"] for part in compared))


if __name__ == "__main__":
    sys.exit(main())
