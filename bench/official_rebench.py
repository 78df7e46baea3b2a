"""Ask SWE-rebench's own programs what they make of logs. Runs where datasets, docker and unidiff are.

    python bench/official_rebench.py FORK V2 REQUESTS ANSWERS

FORK is a clone of SWE-rebench/SWE-bench-fork, V2 one of SWE-rebench/SWE-rebench-V2. REQUESTS is a JSON object: `logs`,
a list of texts, and `asked`, a list of requests with a `kind`. ANSWERS gets a list: for each `{"answer": …}`, or
`{"error": …}` where the program raised. Kinds are the functions below. Nothing of boxscore is imported, and nothing of
theirs that opens a container is run.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

Request = dict[str, Any]


def use_fork(place: Path) -> None:
    """Find modules of the fork without its packages' own imports, which need far more than grading does."""
    for name in ("swebench", "swebench.harness"):
        package = ModuleType(name)
        package.__path__ = [str(place.joinpath(*name.split(".")))]
        sys.modules[name] = package


def use_v2(place: Path) -> None:
    """Load V2's evaluator as the module `evaluator`."""
    spec = importlib.util.spec_from_file_location("evaluator", place / "scripts" / "eval.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no evaluator in {place}")
    sys.modules["evaluator"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["evaluator"])


def parsers_v2(_: Request, __: list[str]) -> list[str]:
    """The names of V2's parsers."""
    return sorted(sys.modules["evaluator"].log_parsers.NAME_TO_PARSER)


def statuses_v1(request: Request, logs: list[str]) -> dict[str, str]:
    """What a parser of the fork reads in a log."""
    parsers = importlib.import_module("swebench.harness.log_parsers").MAP_REPO_TO_PARSER
    found: dict[str, str] = parsers[request["parser"]](logs[request["log"]], SimpleNamespace())
    return found


def report_v1(request: Request, logs: list[str]) -> dict[str, Any]:
    """The report of a prediction whose test output is a log."""
    config = {"log_parser": request["parser"], "test_cmd": "pytest -rA"}
    lists = {name: request[name] for name in ("FAIL_TO_PASS", "PASS_TO_PASS")}
    spec = SimpleNamespace(instance_id="i", repo="org/lib", version="1", install_config=config, **lists)
    text = f"+ : '>>>>> Start Test Output'\n{logs[request['log']]}\n+ : '>>>>> End Test Output'\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_output.txt"
        path.write_bytes(text.encode())
        prediction = {"instance_id": "i", "model_patch": "diff", "model_name_or_path": "m"}
        grading = importlib.import_module("swebench.harness.grading")
        found: dict[str, Any] = grading.get_eval_report(spec, prediction, path, include_tests_status=True)["i"]
    return found


def item_v2(request: Request, logs: list[str]) -> dict[str, Any]:
    """The report's item of an instance whose container printed a log."""
    evaluator = sys.modules["evaluator"]
    evaluator.run_in_container = lambda **_: (0, logs[request["log"]])  # type: ignore[attr-defined]
    row = request["row"]
    outcome = {"instance_id": row["instance_id"], "result": evaluator.evaluate_instance(row, "image", None)}
    found: dict[str, Any] = evaluator.build_report_item(row, outcome)
    return {**found, "passed_actual": outcome["result"]["passed_actual"]}


KINDS = {function.__name__: function for function in (parsers_v2, statuses_v1, report_v1, item_v2)}


def answer(request: Request, logs: list[str]) -> Request:
    """One answer, or what the program raised."""
    try:
        return {"answer": KINDS[request["kind"]](request, logs)}
    except Exception as error:  # noqa: BLE001 - any of theirs is an answer too
        return {"error": repr(error)[:300]}


def main() -> None:
    """Answer the requests."""
    fork, v2, requests, answers = (Path(one).resolve() for one in sys.argv[1:])
    use_fork(fork)
    use_v2(v2)
    given = json.loads(requests.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # where V2's evaluator writes logs
        found = [answer(one, given["logs"]) for one in given["asked"]]
        answers.write_text(json.dumps(found), encoding="utf-8")
        os.chdir("/")


if __name__ == "__main__":
    main()
