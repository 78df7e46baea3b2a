"""A repository of ours in the shape of SWE-rebench's: V1 built from PyPI, V2 in a published image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.images.layers import instance_reference
from harnesses.swebench.swe_rebench import load_swe_rebench, swe_rebench_task
from tests.harnesses.swebench.publishing import forget, publish, run
from tests.harnesses.swebench.shop import GOLD, OLD_TESTS, PRICE, diff
from tests.harnesses.swebench.swe_rebench.rebench_rows import IMAGE_V2, V2, v2_row, write_data

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]

SETUP = '[project]\nname = "shop"\nversion = "0.1"\n\n[tool.setuptools]\npackages = ["shop"]\n'
FILES = {
    "pyproject.toml": SETUP,
    "shop/__init__.py": "",
    "shop/price.py": PRICE,
    "tests/__init__.py": "",
    "tests/test_price.py": OLD_TESTS,
}
# As V2's images are: the repository in a folder of its name, where its commands run as root.
DOCKERFILE = r"""FROM BASE
SHELL ["/bin/bash", "-c"]
ENV GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
ADD files.tar /shop/
RUN cd /shop && git init -q && git add -A && git commit -qm base-ONCE && git rev-parse HEAD > /base && touch /solution
WORKDIR /shop
"""
WRONG = diff("shop/price.py", PRICE, PRICE.replace("prices[1:]", "prices[:1]"))
BREAKS = diff("shop/price.py", PRICE, PRICE.replace("prices[1:]", "prices").replace("min(", "max("))
MORE = "\nimport sys\nprint('test_more ... ok', file=sys.stderr)\n"
ANOTHER = diff("shop/price.py", PRICE, PRICE.replace("prices[1:]", "prices") + MORE)


def predictions(path: Path, name: str, patches: dict[str, str]) -> Path:
    lines = [{"instance_id": name, "model_name_or_path": model, "model_patch": text} for model, text in patches.items()]
    path.write_text(json.dumps(lines))
    return path


def outcomes(folder: Path) -> dict[str, str]:
    lines = {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for name in ("samples", "results")
    }
    models = {sample["sample_id"]: sample["model"] for sample in lines["samples"]}
    return {models[one["sample_id"]]: one["outcome"] for one in lines["results"]}


def test_v2_is_graded_in_its_published_image(
    client: DockerClient, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if run("images", "build", "patch-python")[0] != 0:
        pytest.skip("the base of its image cannot be had here")
    files = {name: text.encode() for name, text in FILES.items()}
    digest, base, _ = publish(client, registry, "swerebenchv2/toy-shop", DOCKERFILE, files)
    monkeypatch.setenv("BOXSCORE_MIRROR", registry)
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    data = write_data(tmp_path, v2_row(base_commit=base), digests={IMAGE_V2: digest})
    image = swe_rebench_task(load_swe_rebench(data)[0]).image
    patches = {"gold": GOLD, "empty": "", "wrong": WRONG, "breaks": BREAKS, "another": ANOTHER}
    given = predictions(tmp_path / "p.json", V2, patches)
    words = ("--data", str(data), "--backend", "docker")
    try:
        code, said = run("grade", "swe-rebench-v2", *words, "-q", "-p", str(given), "--out", str(tmp_path / "run"))
        validated, found = run("validate", "swe-rebench-v2", *words)
    finally:
        forget(client, instance_reference(image))

    assert (code, validated) == (0, 0), (said, found)
    expected = {"gold": "passed", "empty": "no_code", "wrong": "wrong", "breaks": "wrong", "another": "wrong"}
    assert outcomes(tmp_path / "run") == expected
    report = json.loads((tmp_path / "run" / "gold_eval_report.json").read_text())
    assert report["all_ok"]
    assert report["items"][0]["from_fail_to_pass"] == ["test_total"]
    report = json.loads((tmp_path / "run" / "breaks_eval_report.json").read_text())
    assert report["items"][0]["failed_from_pass_to_pass"] == ["test_cheapest"]
