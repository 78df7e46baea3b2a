"""Ask SWE-bench Pro's own program what it makes of outputs and rows. Runs where pandas, tqdm and docker are.

    python bench/agreement/official_pro.py CLONE REQUESTS ANSWERS

CLONE is its repository. Files are as `bench.official.ask` writes and reads them. Nothing of boxscore is imported, and
nothing of theirs that opens a container is run.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose swebench.py is not theirs
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.official import answer_all

Request = dict[str, Any]


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
        program: Any = importlib.import_module("swe_bench_pro_eval")
        program.modal = object()  # it must be there, but outputs that exist need no container
        program.main()
    found: dict[str, bool] = json.loads((Path(request["folder"]) / "eval_results.json").read_text())
    return found


def entry_script(request: Request, _: list[str]) -> str:
    """The script that it would run for a row."""
    found: str = importlib.import_module("swe_bench_pro_eval").create_entryscript(request["row"])
    return found


def image(request: Request, _: list[str]) -> str:
    """The image that it would run in."""
    row, module = request["row"], importlib.import_module("helper_code.image_uri")
    found: str = module.get_dockerhub_image_uri(row["instance_id"], "jefzda", row["repo"])
    return found


if __name__ == "__main__":
    clone, source, target = (Path(one).resolve() for one in sys.argv[1:])
    os.chdir(clone)  # its Dockerfiles are found from here
    sys.path.insert(0, str(clone))
    answer_all({"verdicts": verdicts, "entry_script": entry_script, "image": image}, source, target)
