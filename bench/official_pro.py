"""Ask SWE-bench Pro's own program what it makes of outputs, patches and rows. Runs where pandas and tqdm are.

    python bench/official_pro.py CLONE REQUESTS ANSWERS

CLONE is its repository. REQUESTS is a JSON list of requests with a `kind`; ANSWERS gets a list of the answers. Kinds
are the functions below. Nothing of boxscore is imported, and nothing of theirs that opens a container is run.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

Request = dict[str, Any]


def load(name: str) -> Any:
    """A module of theirs."""
    return importlib.import_module(name)


def verdicts(request: Request) -> dict[str, bool]:
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
        program = load("swe_bench_pro_eval")
        program.modal = (
            object()
        )  # it is asked for before the outputs that are there are looked at, and not used for them
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            program.main()
    found: dict[str, bool] = json.loads((Path(request["folder"]) / "eval_results.json").read_text())
    return found


def entry_script(request: Request) -> str:
    """The script that it would run for a row."""
    found: str = load("swe_bench_pro_eval").create_entryscript(request["row"])
    return found


def image(request: Request) -> str:
    """The image that it would run in."""
    found: str = load("helper_code.image_uri").get_dockerhub_image_uri(request["id"], "jefzda", request["repo"])
    return found


def stripped(request: Request) -> str:
    """A patch as it would apply it."""
    found: str = load("swe_bench_pro_eval").strip_binary_hunks(request["patch"])
    return found


KINDS = {function.__name__: function for function in (verdicts, entry_script, image, stripped)}


def main() -> None:
    """Answer the requests."""
    clone, requests, answers = sys.argv[1:]
    asked = json.loads(Path(requests).read_text(encoding="utf-8"))
    target = Path(answers).resolve()
    os.chdir(clone)  # its Dockerfiles are found from here
    sys.path.insert(0, clone)
    target.write_text(json.dumps([KINDS[one["kind"]](one) for one in asked]), encoding="utf-8")


if __name__ == "__main__":
    main()
