"""A repository of ours in the shape of SWE-bench Pro, from a published image to the official files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.images.layers import instance_reference
from harnesses.swebench.pro import load_swebench_pro, swebench_pro_task
from tests.harnesses.swebench.pro.pro_rows import (
    IMAGE,
    KEPT,
    MENDED,
    NAME,
    SOLUTION,
    row,
    write_data,
)
from tests.harnesses.swebench.publishing import forget, publish, run
from tests.harnesses.swebench.shop import GOLD, NEW_TESTS, OLD_TESTS, PRICE, TEST_PATCH, diff

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]

LOGO, LOGO_PATHS = b"\x89PNG\0", "a/tests/logo.png b/tests/logo.png"
FILES = {
    "base/shop/__init__.py": b"",
    "base/shop/price.py": PRICE.encode(),
    "base/tests/__init__.py": b"",
    "base/tests/test_price.py": OLD_TESTS.encode(),
    "solution/tests/test_price.py": NEW_TESTS.encode(),
    "solution/tests/logo.png": LOGO,
}
# A published image as the benchmark's are: /app with its whole history, which holds the solution; all of it is root's.
DOCKERFILE = r"""FROM BASE
SHELL ["/bin/bash", "-c"]
ENV GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
ADD files.tar /tmp/files/
RUN mkdir -p /app && cd /app && git init -q && cp -r /tmp/files/base/. . && git add -A && git commit -qm base-ONCE \
 && git rev-parse HEAD > /base && cp -r /tmp/files/solution/. . && git add -A && git commit -qm solution \
 && git rev-parse HEAD > /solution && git reset -q --hard "$(cat /base)" && echo changed >> shop/price.py \
 && chmod 700 ~root && echo tool > ~root/.tool && rm -r /tmp/files
"""
# Of each sample, what is to come of it.
CLAIM = json.dumps({"tests": [{"name": name, "status": "PASSED"} for name in (MENDED, KEPT)]})
IN_A_FILE = f"""
import pathlib
for place in ("/scratch/output.json", "/workspace/output.json", "/workspace/parser.py", "/app/output.json"):
    try:
        pathlib.Path(place).write_text({CLAIM!r})
    except OSError:
        pass
"""
UNREADABLE = "\nimport os\nos.write(2, bytes([255, 10]))\n"
SAMPLES = {
    "gold": (GOLD, "passed"),
    "binary": (f"diff --git a/x.bin b/x.bin\nBinary files /dev/null and b/x.bin differ\n{GOLD}", "passed"),
    "empty": ("", "no_code"),
    "wrong": (diff("shop/price.py", PRICE, PRICE.replace("prices[1:]", "prices[:1]")), "wrong"),
    "elsewhere": (diff("shop/other.py", PRICE, PRICE + "\n"), "patch_rejected"),
    "own tests": (
        diff("tests/test_price.py", OLD_TESTS, OLD_TESTS + "\n    def test_total(self):\n        pass\n"),
        "wrong",
    ),
    "in a file": (diff("shop/price.py", PRICE, PRICE + IN_A_FILE), "wrong"),
    "no text": (diff("shop/price.py", PRICE, PRICE.replace("prices[1:]", "prices") + UNREADABLE), "error"),
}


def test_from_a_published_image_to_the_official_files(
    client: DockerClient, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if run("images", "build", "patch-python")[0] != 0:
        pytest.skip("the base of its image cannot be had here")
    digest, base, solution = publish(client, registry, "jefzda/sweap-images", DOCKERFILE, FILES)
    monkeypatch.setenv("BOXSCORE_MIRROR", registry)
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    tests = "tests/test_price.py tests/logo.png"
    one = row(base_commit=base, before_repo_set_cmd=f"git checkout {solution} -- {tests}")
    one["test_patch"] = f"{TEST_PATCH}diff --git {LOGO_PATHS}\nBinary files {LOGO_PATHS.replace(' ', ' and ')} differ\n"
    data = write_data(tmp_path, one, digests={IMAGE: digest})
    image = swebench_pro_task(load_swebench_pro(data)[0]).image
    folder = tmp_path / "predictions"
    folder.mkdir()
    for prefix, (patch, _) in SAMPLES.items():
        prediction = {"instance_id": NAME, "patch": patch, "prefix": prefix}
        (folder / f"{prefix}.json").write_text(json.dumps([prediction]))
    words = ("--data", str(data), "--backend", "docker", "-q")
    try:
        code, said = run(
            "grade", "swe-bench-pro", *words, "-p", str(folder), "--out", str(tmp_path / "run"),
            "--benchmark-files", str(tmp_path / "files"),
        )  # fmt: skip
        validated, found = run("validate", "swe-bench-pro", "--data", str(data), "--backend", "docker")
    finally:
        forget(client, instance_reference(image))

    assert (code, validated) == (0, 0), (said, found)
    samples = [json.loads(line) for line in (tmp_path / "run" / "samples.jsonl").read_text().splitlines()]
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    names = {sample["sample_id"]: sample["model"] for sample in samples}
    outcomes = {names[result["sample_id"]]: (result["outcome"], result["reason"]) for result in results}
    assert {name: outcome for name, (outcome, _) in outcomes.items()} == {
        name: outcome for name, (_, outcome) in SAMPLES.items()
    }, outcomes
    assert "the data set's log parser ended with exit code 1" in outcomes["no text"][1]
    for prefix, (_, outcome) in SAMPLES.items():
        name = f"{prefix.replace(' ', '_')}_eval_results.json"
        assert json.loads((tmp_path / "files" / name).read_text()) == {NAME: outcome == "passed"}
    output = json.loads((tmp_path / "files" / NAME / "gold_output.json").read_text())
    assert output == json.loads(CLAIM)
    assert SOLUTION not in found
