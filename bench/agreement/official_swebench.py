"""Ask a version of swebench what it makes of logs. Runs in that version's own environment.

    python bench/agreement/official_swebench.py REQUESTS ANSWERS

REQUESTS is a JSON object: `logs`, a list of texts, and `asked`, a list of requests with a `kind`. ANSWERS gets a list:
for each request `{"answer": …}`, or `{"error": …}` where the program raised or took too long. Kinds are the functions
below. Nothing of boxscore is imported, and of swebench nothing that opens a container.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.pop(0)  # this folder, whose swebench.py is not theirs
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.official import answer_all

Request = dict[str, Any]

SPEC_FIELDS = ("instance_id", "repo", "version", "log_parser", "eval_type")


def load(name: str) -> Any:
    """A module of swebench, whose messages are kept from the answers."""
    return importlib.import_module(f"swebench.{name}")


def is_v4() -> bool:
    """Whether parsers go by repositories, as they did before v5."""
    return hasattr(load("harness.log_parsers"), "MAP_REPO_TO_PARSER")


def parsers(_: Request, __: list[str]) -> dict[str, str]:
    """The name of each parser's function by what it is asked for with: a repository (v4), or its own name."""
    module = load("harness.log_parsers")
    found = module.MAP_REPO_TO_PARSER if is_v4() else module.PARSER_REGISTRY
    return {name: function.__name__ for name, function in found.items()}


def report(request: Request, logs: list[str]) -> dict[str, Any]:
    """The `report.json` of a prediction whose test output is a log."""
    row = request["row"]
    lists = {name: json.loads(row[name]) for name in ("FAIL_TO_PASS", "PASS_TO_PASS")}
    spec = SimpleNamespace(**{name: row.get(name) for name in SPEC_FIELDS}, **lists)
    prediction = {"instance_id": row["instance_id"], "model_patch": request["patch"], "model_name_or_path": "m"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_output.txt"
        path.write_bytes(logs[request["log"]].encode())
        found: dict[str, Any] = load("harness.grading").get_eval_report(spec, prediction, path, True)  # noqa: FBT003
    return found


KINDS = {"parsers": parsers, "report": report}


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    answer_all(KINDS, *map(Path, sys.argv[1:]))
