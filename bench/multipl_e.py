"""Compare verdicts on MultiPL-E with those that somebody published beside their samples.

    bench/multipl_e.py samples PRED.jsonl LANGUAGE > samples.jsonl
    boxscore grade multipl-e-LANGUAGE -p samples.jsonl --run-id RUN
    bench/multipl_e.py compare DETAILS.json runs/RUN

PRED.jsonl and DETAILS.json are as the evaluation of Qwen2.5-Coder writes them (`pred_java_output.jsonl`,
`humaneval-java-details.json`): `generation` is the prompt with the completion as it was cut, `passed` the verdict.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path


def samples(predictions: Path, language: str) -> None:
    """Print the predictions as samples."""
    for line in predictions.read_text("utf-8").splitlines():
        row = json.loads(line)
        print(json.dumps({"task_id": f"multipl-e-{language}/{row['task_id']}", "solution": row["generation"]}))


def compare(details: Path, run: Path) -> None:
    """Print how many verdicts agree, and each that does not."""
    published = {name: bool(one[0][1]["passed"]) for name, one in json.loads(details.read_text("utf-8")).items()}
    counts: Counter[str] = Counter()
    for line in (run / "results.jsonl").read_text("utf-8").splitlines():
        result = json.loads(line)
        name = result["instance_id"].rpartition("/")[2]
        ours = result["outcome"] == "passed"
        counts[f"ours {ours}, published {published[name]}"] += 1
        if ours is not published[name]:
            print(name, result["outcome"], result["reason"])
    print(dict(counts))


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("samples", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("other")
    asked = parser.parse_args()
    if asked.do == "samples":
        samples(asked.file, asked.other)
    else:
        compare(asked.file, Path(asked.other))


if __name__ == "__main__":
    main()
