"""Ask official programs of repositories what they make of logs, outputs and rows, in an environment of their own.

    python bench/agreement/programs.py PROGRAM [CLONE…] REQUESTS ANSWERS

PROGRAM and its clones are

    swebench         a version of the package, which is installed
    multi-swe-bench  the package, which is installed
    swe-bench-pro    a clone of scaleapi/SWE-bench_Pro-os
    swe-rebench      clones of SWE-rebench/SWE-bench-fork (V1) and of SWE-rebench/SWE-rebench-V2

REQUESTS and ANSWERS are as `bench.official.ask` writes and reads them; kinds of requests are the functions below.
Nothing of boxscore is imported, and nothing of theirs that opens a container is run.
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

sys.path.pop(0)  # this folder, whose swebench.py is not theirs
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.official import answer_all

Request = dict[str, Any]


def load(name: str) -> Any:
    """A module of theirs."""
    return importlib.import_module(name)


SPEC_FIELDS = ("instance_id", "repo", "version", "log_parser", "eval_type")


def is_v4() -> bool:
    """Whether parsers go by repositories, as they did before v5."""
    return hasattr(load("swebench.harness.log_parsers"), "MAP_REPO_TO_PARSER")


def parsers(_: Request, __: list[str]) -> dict[str, str]:
    """The name of each parser's function by what it is asked for with: a repository (v4), or its own name."""
    module = load("swebench.harness.log_parsers")
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
        found: dict[str, Any] = load("swebench.harness.grading").get_eval_report(spec, prediction, path, True)  # noqa: FBT003
    return found


def statuses(request: Request, logs: list[str]) -> dict[str, list[str]]:
    """The sets that the parser of a pull request, known by its repository and number, reads in a log."""
    load("multi_swe_bench.harness.repos")
    pulls = load("multi_swe_bench.harness.pull_request")
    pull = pulls.PullRequest(
        **{name: request[name] for name in ("org", "repo", "number")},
        **dict.fromkeys(("state", "title", "body", "fix_patch", "test_patch"), ""),
        base=pulls.Base(label="", ref="", sha=""),
        resolved_issues=[],
    )
    config = load("multi_swe_bench.harness.image").Config(need_clone=False, global_env=None, clear_env=False)
    found = load("multi_swe_bench.harness.instance").Instance.create(pull, config).parse_log(logs[request["log"]])
    return {name: sorted(getattr(found, f"{name}_tests")) for name in ("passed", "failed", "skipped")}


def verdicts(request: Request, _: list[str]) -> dict[str, bool]:
    """The `eval_results.json` that the whole program makes of a folder of outputs, of `rows` and `patches`."""
    with tempfile.TemporaryDirectory() as folder:
        rows, patches = Path(folder) / "rows.jsonl", Path(folder) / "patches.json"
        rows.write_text("".join(json.dumps(row) + "\n" for row in request["rows"]))
        patches.write_text(json.dumps(request["patches"]))
        sys.argv = [
            "swe_bench_pro_eval.py",
            *("--raw_sample_path", str(rows), "--patch_path", str(patches), "--output_dir", request["folder"]),
            *("--scripts_dir", "run_scripts", "--dockerhub_username", "jefzda", "--num_workers", "4"),
        ]
        program: Any = load("swe_bench_pro_eval")
        program.modal = object()  # it must be there, but outputs that exist need no container
        program.main()
    found: dict[str, bool] = json.loads((Path(request["folder"]) / "eval_results.json").read_text())
    return found


def entry_script(request: Request, _: list[str]) -> str:
    """The script that it would run for a row."""
    found: str = load("swe_bench_pro_eval").create_entryscript(request["row"])
    return found


def image(request: Request, _: list[str]) -> str:
    """The image that it would run in."""
    row, module = request["row"], load("helper_code.image_uri")
    found: str = module.get_dockerhub_image_uri(row["instance_id"], "jefzda", row["repo"])
    return found


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
    parsers = load("swebench.harness.log_parsers").MAP_REPO_TO_PARSER
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
        grading = load("swebench.harness.grading")
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


KINDS = {
    "swebench": (parsers, report),
    "multi-swe-bench": (statuses,),
    "swe-bench-pro": (verdicts, entry_script, image),
    "swe-rebench": (parsers_v2, statuses_v1, report_v1, item_v2),
}


if __name__ == "__main__":
    name = sys.argv[1]
    *clones, source, target = (Path(one).resolve() for one in sys.argv[2:])
    os.environ["HF_HUB_OFFLINE"] = "1"
    if name == "swe-bench-pro":
        os.chdir(clones[0])  # its Dockerfiles are found from here
        sys.path.insert(0, str(clones[0]))
    elif name == "swe-rebench":
        use_fork(clones[0])
        use_v2(clones[1])
        os.chdir(target.parent)  # where V2's evaluator writes logs
    answer_all({one.__name__: one for one in KINDS[name]}, source, target)
