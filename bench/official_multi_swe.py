"""Ask the multi-swe-bench package what it makes of logs and of folders of logs. Runs in that package's own environment.

    python bench/official_multi_swe.py REQUESTS ANSWERS

REQUESTS is a JSON list of requests with a `kind`; ANSWERS gets a list: for each `{"answer": …}`, or `{"error": …}`
where the program raised or took too long. Nothing of boxscore is imported, and nothing here opens a container.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

Request = dict[str, Any]

MOST_S = 120
SETS = ("passed", "failed", "skipped")


class TooLongError(Exception):
    """The program took more than MOST_S."""


def load(name: str) -> Any:
    """A module of multi_swe_bench."""
    return importlib.import_module(f"multi_swe_bench.{name}")


def instance(request: Request) -> Any:
    """The official instance of a pull request, by its repository and number alone."""
    load("harness.repos")
    pulls = load("harness.pull_request")
    pull = pulls.PullRequest(
        org=request["org"],
        repo=request["repo"],
        number=request["number"],
        state="",
        title="",
        body="",
        base=pulls.Base(label="", ref="", sha=""),
        resolved_issues=[],
        fix_patch="",
        test_patch="",
    )
    config = load("harness.image").Config(need_clone=False, global_env=None, clear_env=False)
    return load("harness.instance").Instance.create(pull, config)


def statuses(request: Request) -> dict[str, list[str]]:
    """The sets that an instance's parser reads in a log."""
    found = instance(request).parse_log(request["log"])
    return {name: sorted(getattr(found, f"{name}_tests")) for name in SETS}


def evaluation(request: Request) -> dict[str, Any]:
    """The `final_report.json` that is made of a folder of logs and a file of records, and each `report.json`."""
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


KINDS = {"statuses": statuses, "evaluation": evaluation}


def too_long(*_: object) -> NoReturn:
    """End what takes too long."""
    raise TooLongError(f"more than {MOST_S} s")


def answer(request: Request) -> Request:
    """Ask one thing."""
    signal.alarm(MOST_S)
    try:
        return {"answer": KINDS[request["kind"]](request)}
    except Exception as error:  # noqa: BLE001 - whatever theirs raises is the answer
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    finally:
        signal.alarm(0)


def main() -> None:
    """Answer all requests."""
    signal.signal(signal.SIGALRM, too_long)
    requests = json.loads(Path(sys.argv[1]).read_text())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        answers = [answer(request) for request in requests]
    Path(sys.argv[2]).write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
