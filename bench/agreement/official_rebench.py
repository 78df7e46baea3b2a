"""Ask SWE-rebench's own programs what they make of logs. Runs where datasets, docker, dotenv and unidiff are.

    python bench/agreement/official_rebench.py FORK V2 REQUESTS ANSWERS

FORK is a clone of SWE-rebench/SWE-bench-fork, V2 one of SWE-rebench/SWE-rebench-V2. Files are as `bench.official.ask`
writes and reads them. Nothing of boxscore is imported, and nothing of theirs that opens a container is run.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

sys.path.pop(0)  # this folder, whose swebench.py is not theirs
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.official import answer_all

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
    return found


if __name__ == "__main__":
    fork, v2, source, target = (Path(one).resolve() for one in sys.argv[1:])
    use_fork(fork)
    use_v2(v2)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # where V2's evaluator writes logs
        answer_all({one.__name__: one for one in (parsers_v2, statuses_v1, report_v1, item_v2)}, source, target)
        os.chdir("/")
