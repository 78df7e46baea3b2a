"""Count at which level of trust the tests of a benchmark can be passed: of references, so that none fails for itself.

    boxscore grade BENCH --gold --out RUN
    bench/levels.py RUN [RUN…] [--json FILE]

Each line is one run: how many references passed, the share of them at each level, and how many of the expected values
of blind ones were checked outside of the box. Below it stands why others are no better, most frequent first, with the
places and numbers of reasons left out. Nothing is graded here.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from boxscore import Outcome, Trust
from boxscore.run.store import read_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore import Result

LEVELS = (Trust.BLIND, Trust.WATCHED, Trust.CLAIM)
MOST_REASONS = 8


def levels(results: Sequence[Result]) -> dict[str, Any]:
    """Count levels, checked values and reasons of the references that passed."""
    passed = [one for one in results if one.outcome is Outcome.PASSED]
    counts = Counter(one.trust for one in passed)
    every = [found for one in passed if (found := getattr(one.detail, "evidence", None)) and found.checked]
    reasons = Counter(why for one in passed if one.trust is not Trust.BLIND for why in _reasons(one))
    return {
        "references": len(results),
        "passed": len(passed),
        "levels": {level.value: counts[level] for level in LEVELS},
        "checked": sum(one.checked for one in every),
        "expected": sum(one.expected for one in every),
        "reasons": dict(reasons.most_common(MOST_REASONS)),
    }


def _reasons(result: Result) -> list[str]:
    evidence = getattr(result.detail, "evidence", None)
    said = evidence.reason.split("; ") if evidence else []
    plain = (why.removeprefix("not blind: ").partition(":")[0] for why in said if why)
    return [re.sub(r"\d+(\.\d+)?", "N", why) for why in plain]


def _line(name: str, found: dict[str, Any]) -> str:
    shares = " | ".join(f"{count} ({count / max(1, found['passed']):.0%})" for count in found["levels"].values())
    passed, checked = (
        f"{found[one]} of {found[all_]}" for one, all_ in (("passed", "references"), ("checked", "expected"))
    )
    return f"| {name} | {passed} | {shares} | {checked} |"


def main() -> None:
    """Print a table of runs, and why what is not blind is not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--json", type=Path, default=None)
    asked = parser.parse_args()
    found = {run.name: levels(list(read_run(run)[2].values())) for run in asked.runs}
    print("| run | references passed | blind | watched | claim | values checked, of blind ones |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, one in found.items():
        print(_line(name, one))
    for name, one in found.items():
        for reason, count in one["reasons"].items():
            print(f"{name}: {count} times {reason}")
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
