"""Ask the multi-swe-bench package what it makes of logs and folders of logs. Runs in that package's own environment.

    python bench/agreement/official_multi_swe.py REQUESTS ANSWERS

Files are as `bench.official.ask` writes and reads them. Nothing of boxscore is imported, and no container is opened.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose swebench.py is not theirs
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.official import answer_all

Request = dict[str, Any]


def load(name: str) -> Any:
    """A module of multi_swe_bench."""
    return importlib.import_module(f"multi_swe_bench.{name}")


def statuses(request: Request, logs: list[str]) -> dict[str, list[str]]:
    """The sets that the parser of a pull request, known by its repository and number, reads in a log."""
    load("harness.repos")
    pulls = load("harness.pull_request")
    pull = pulls.PullRequest(
        **{name: request[name] for name in ("org", "repo", "number")},
        **dict.fromkeys(("state", "title", "body", "fix_patch", "test_patch"), ""),
        base=pulls.Base(label="", ref="", sha=""),
        resolved_issues=[],
    )
    config = load("harness.image").Config(need_clone=False, global_env=None, clear_env=False)
    found = load("harness.instance").Instance.create(pull, config).parse_log(logs[request["log"]])
    return {name: sorted(getattr(found, f"{name}_tests")) for name in ("passed", "failed", "skipped")}


def evaluation(request: Request, _: list[str]) -> dict[str, Any]:
    """The `final_report.json` made of a folder of logs (`regen`) or of reports, and each `report.json`."""
    workdir, output = Path(request["workdir"]), Path(request["output"])
    load("harness.repos")
    load("harness.gen_report").CliArgs.from_dict(
        {
            "mode": "evaluation",
            "workdir": workdir,
            "output_dir": output,
            "specifics": None,
            "skips": None,
            "raw_dataset_files": None,
            "dataset_files": [request["dataset"]],
            "max_workers": 1,
            "log_dir": output,
            "log_level": "ERROR",
            "log_to_console": False,
            "regen": request["regen"],
        }
    ).run()
    reports = {str(path.relative_to(workdir)): json.loads(path.read_text()) for path in workdir.rglob("report.json")}
    return {"final": json.loads((output / "final_report.json").read_text()), "reports": reports}


if __name__ == "__main__":
    answer_all({"statuses": statuses, "evaluation": evaluation}, *map(Path, sys.argv[1:]))
