"""A row, scripts and a repository of ours in the shape of SWE-bench Pro's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.harnesses.swebench.shop import GOLD, TEST_PATCH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "instance_toy__shop-5a1e-vnan"
TAG = "toy.shop-toy__shop-5a1e"
IMAGE = f"jefzda/sweap-images:{TAG}"
BASE, SOLUTION = "0" * 40, "5" * 40
DIGEST = f"sha256:{'1' * 64}"
OTHER_TEST_PATCH = "diff --git a/tests/test_more.py b/tests/test_more.py\nnew file mode 100644\n"
RUN_SCRIPT = """#!/bin/bash
set -e
if [[ "$1" == *","* ]]; then
  IFS=',' read -r -a files <<< "$1"
else
  files=("$@")
fi
echo "Running selected tests: ${files[@]}"
modules=$(printf '%s\\n' "${files[@]}" | sed -e 's#/#.#g' -e 's#\\.py$##')
python3 -m unittest -v $modules
"""
PARSER = r'''"""Read what unittest printed, which goes to standard error."""

import json
import re
import sys
from pathlib import Path

WORDS = {"ok": "PASSED", "FAIL": "FAILED", "ERROR": "ERROR"}


def parse(stdout, stderr):
    found = re.findall(r"^(test_\w+) \([\w.]+\) \.\.\. (ok|FAIL|ERROR)$", stderr, re.MULTILINE)
    return [{"name": f"tests/test_price.py | {name}", "status": WORDS[word]} for name, word in found]


def main(stdout_path, stderr_path, output_path):
    stdout, stderr = (Path(path).read_text() for path in (stdout_path, stderr_path))
    Path(output_path).write_text(json.dumps({"tests": parse(stdout, stderr)}, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
'''
MENDED, KEPT = "tests/test_price.py | test_total", "tests/test_price.py | test_cheapest"


def row(**changes: object) -> dict[str, object]:
    return {
        "repo": "toy/shop",
        "instance_id": NAME,
        "base_commit": BASE,
        "patch": GOLD,
        "test_patch": TEST_PATCH + OTHER_TEST_PATCH,
        "problem_statement": "The total is too low.",
        "requirements": "It must count every price.",
        "interface": "No new interfaces are introduced.",
        "repo_language": "python",
        "fail_to_pass": str([MENDED]),
        "pass_to_pass": str([KEPT]),
        "issue_specificity": "[]",
        "issue_categories": "[]",
        "before_repo_set_cmd": f"git reset --hard {BASE}\ngit clean -fd \ngit checkout {BASE} \n"
        f"git checkout {SOLUTION} -- tests/test_price.py",
        "selected_test_files_to_run": '["tests/test_price.py"]',
        "dockerhub_tag": TAG,
        **changes,
    }


def write_data(folder: Path, *rows: Mapping[str, object], digests: Mapping[str, str] | None = None) -> Path:
    for one in rows:
        place = folder / "run_scripts" / str(one["instance_id"])
        place.mkdir(parents=True, exist_ok=True)
        (place / "run_script.sh").write_text(RUN_SCRIPT)
        (place / "parser.py").write_text(PARSER)
    known = {IMAGE: DIGEST} if digests is None else dict(digests)
    (folder / "digests.json").write_text(json.dumps(known))
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path
