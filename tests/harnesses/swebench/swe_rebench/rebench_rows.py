"""Rows of ours in the shape of SWE-rebench's, V1 and V2, with log parsers in the shape of V2's repository."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.harnesses.swebench.shop import GOLD, TEST_PATCH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

V1, V2 = "toy__shop-1", "toy__shop-2"
IMAGE_V1 = "swerebench/sweb.eval.x86_64.toy_1776_shop-1:latest"
IMAGE_V2 = "docker.io/swerebenchv2/toy-shop:2-0123abc"
DIGEST = f"sha256:{'2' * 64}"
BASE = "0" * 40
MENDED, KEPT = (f"tests/test_price.py::PriceTest::test_{name}" for name in ("total", "cheapest"))
REQUIREMENTS = """iniconfig==2.0.0
packaging==24.2
pluggy==1.5.0
pytest==8.3.4
-e git+https://github.com/toy/shop.git@0123abcd#egg=shop
shop-of-nobody-at-all==0.0.1
"""
SYMBOLS = """from enum import Enum


class TestStatus(str, Enum):
    PASSED = "PASSED"
    FAILED = "FAILED"
"""
PARSERS = """from lib.agent.swe_constants import TestStatus


def parse_log_words(log):
    return {name: TestStatus[word] for word, name in (line.split(" ", 1) for line in log.splitlines() if " " in line)}


def parse_log_ok(log):
    lines = [line.split(" ... ") for line in log.splitlines() if " ... " in line]
    return {line[0].split(" ")[0]: "PASSED" if line[-1] == "ok" else "FAILED" for line in lines}


NAME_TO_PARSER = {"words": parse_log_words}
"""

CONFIG_V1: dict[str, object] = {
    "env_vars": None,
    "env_yml_path": None,
    "install": "pip install -e .",
    "log_parser": "parse_log_pytest",
    "no_use_env": None,
    "packages": "requirements.txt",
    "pip_packages": ["pytest"],
    "pre_install": None,
    "python": "3.11",
    "reqs_path": ["requirements.txt"],
    "test_cmd": "pytest --no-header -rA --tb=line --color=no -p no:cacheprovider -W ignore::DeprecationWarning",
}
CONFIG_V2: dict[str, object] = {
    "base_image_name": "python_3.11",
    "docker_specs": None,
    "install": ["pip install -e ."],
    "log_parser": "parse_log_ok",
    "log_parsers": None,
    "test_cmd": ["python3 -m unittest -v tests.test_price"],
}


def v1_row(**changes: object) -> dict[str, object]:
    return {
        "instance_id": V1,
        "repo": "toy/shop",
        "base_commit": BASE,
        "environment_setup_commit": None,
        "patch": GOLD,
        "test_patch": TEST_PATCH,
        "problem_statement": "The total is too low.",
        "hints_text": None,
        "created_at": "2025-02-03 12:00:00",
        "version": "0.1",
        "FAIL_TO_PASS": [MENDED],
        "PASS_TO_PASS": [KEPT],
        "FAIL_TO_FAIL": [],
        "PASS_TO_FAIL": [],
        "license_name": "MIT License",
        "meta": {"has_test_patch": True},
        "install_config": CONFIG_V1,
        "requirements": REQUIREMENTS,
        "environment": "name: shop\ndependencies:\n  - python=3.11.9=h955ad1f_0\n  - pip:\n      - pytest==8.3.4\n",
        "docker_image": IMAGE_V1.removesuffix(":latest"),
        **changes,
    }


def v2_row(**changes: object) -> dict[str, object]:
    return {
        "instance_id": V2,
        "repo": "toy/shop",
        "base_commit": BASE,
        "patch": GOLD,
        "test_patch": TEST_PATCH,
        "problem_statement": "The total is too low.",
        "pr_description": "Count every price.",
        "interface": "def total(prices)",
        "language": "python",
        "created_at": 1609298073000,
        "FAIL_TO_PASS": ["test_total"],
        "PASS_TO_PASS": ["test_cheapest"],
        "meta": {},
        "install_config": CONFIG_V2,
        "image_name": IMAGE_V2,
        **changes,
    }


def write_data(folder: Path, *rows: Mapping[str, object], digests: Mapping[str, str] | None = None) -> Path:
    agent = folder / "lib" / "agent"
    agent.mkdir(parents=True, exist_ok=True)
    (agent / "log_parsers.py").write_text(PARSERS)
    (agent / "swe_constants.py").write_text(SYMBOLS)
    (folder / "digests.json").write_text(json.dumps({IMAGE_V2: DIGEST} if digests is None else dict(digests)))
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path
