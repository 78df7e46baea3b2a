"""Ask a version of swebench what it makes of logs. Runs in that version's own environment.

    python bench/agreement/official_swebench.py REQUESTS ANSWERS

REQUESTS is a JSON object: `logs`, a list of texts, and `asked`, a list of requests with a `kind`. ANSWERS gets a list:
for each request `{"answer": …}`, or `{"error": …}` where the program raised or took too long. Kinds are the functions
below. Nothing of boxscore is imported, and of swebench nothing that opens a container.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

Request = dict[str, Any]

MOST_S = 20
SPEC_FIELDS = ("instance_id", "repo", "version", "log_parser", "eval_type")


class TooLongError(Exception):
    """The program took more than MOST_S."""


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


def too_long(*_: object) -> NoReturn:
    """End what takes too long."""
    raise TooLongError(f"more than {MOST_S} s")


def answer(request: Request, logs: list[str]) -> Request:
    """Ask one thing."""
    signal.alarm(MOST_S)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return {"answer": KINDS[request["kind"]](request, logs)}
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    finally:
        signal.alarm(0)


def main() -> None:
    """Read, ask and write."""
    source, target = map(Path, sys.argv[1:3])
    signal.signal(signal.SIGALRM, too_long)
    os.environ["HF_HUB_OFFLINE"] = "1"
    given = json.loads(source.read_text(encoding="utf-8"))
    answers = [answer(request, given["logs"]) for request in given["asked"]]
    target.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
