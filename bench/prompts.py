"""Compare our prompts with those of the official programs, byte for byte.

    bench/prompts.py BENCH=PROMPTS ... --data DATA

Each PROMPTS was written by `bench/official_prompts.py`. Prints for each benchmark and variant how many prompts are
equal, of how many that the official program makes, and exits with 1 if one differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from boxscore.data.harness_check import load_all
from boxscore.data.prompts import render_prompt

Row = dict[str, Any]


def differences(benchmark: str, official: list[Row], data: Path) -> dict[str, list[str]]:
    """By variant, the instances whose prompt is another one; those that the benchmark does not have are among them."""
    harness, loaded = load_all(benchmark, data)
    instances = {one.instance_id: one for one in loaded}
    found: dict[str, list[str]] = {row["variant"]: [] for row in official}
    for row in official:
        instance = instances.get(row["instance_id"])
        ours = None if instance is None else render_prompt(harness, instance, variant=row["variant"])
        messages, completion = row.get("messages", []), row.get("completion")
        if ours is None or list(ours.messages) != messages or ours.completion != completion:
            found[row["variant"]].append(row["instance_id"])
    return found


def main() -> int:
    """Compare, benchmark by benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="BENCH=PROMPTS")
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    differ = 0
    for pair in options.pairs:
        benchmark, _, path = pair.partition("=")
        official = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
        counts = Counter(row["variant"] for row in official)
        for variant, names in differences(benchmark, official, options.data).items():
            differ += len(names)
            few = f"; not {', '.join(names[:5])}" if names else ""
            print(f"{benchmark} {variant}: {counts[variant] - len(names)} of {counts[variant]} equal{few}")
    return min(differ, 1)


if __name__ == "__main__":
    sys.exit(main())
