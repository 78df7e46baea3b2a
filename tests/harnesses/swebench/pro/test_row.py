"""Rows of SWE-bench Pro, and the scripts that belong to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import InputError
from harnesses.swebench.pro import load_swebench_pro, published_tag
from tests.harnesses.swebench.pro.pro_rows import row, write_data

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instance_id": "../../etc"}, "instance_id"),
        ({"instance_id": ".hidden"}, "instance_id"),
        ({"selected_test_files_to_run": "[]"}, "selected_test_files_to_run"),
        ({"selected_test_files_to_run": "__import__('os').getcwd()"}, "selected_test_files_to_run"),
        ({"fail_to_pass": "not a list"}, "fail_to_pass"),
        ({"base_commit": 7}, "base_commit"),
        ({"before_repo_set_cmd": None}, "before_repo_set_cmd"),
    ],
)
def test_a_row_that_is_not_as_it_must_be(tmp_path: Path, changes: dict[str, object], field: str) -> None:
    path = write_data(tmp_path, row())
    path.write_text(json.dumps(row(**changes)))

    with pytest.raises(InputError) as error:
        load_swebench_pro(path)

    assert error.value.field == field


@pytest.mark.parametrize(
    ("instance_id", "repo", "tag"),
    [
        ("instance_toy__Shop-5a1e-vnan", "Toy/Shop", "toy.shop-toy__Shop-5a1e"),
        ("instance_toy__shop-5a1e-v7b6", "toy/shop", "toy.shop-toy__shop-5a1e-v7b6"),
        (
            "instance_element-hq__element-web-7a-vnan",
            "element-hq/element-web",
            "element-hq.element-element-hq__element-web-7a",
        ),
        (
            "instance_element-hq__element-web-ec0f940ef0e8e3b61078f145f34dc40d1938e6c5-vnan",
            "element-hq/element-web",
            "element-hq.element-web-element-hq__element-web-ec0f940ef0e8e3b61078f145f34dc40d1938e6c5-vnan",
        ),
        ("instance_toy__shop-" + "5" * 200, "toy/shop", ("toy.shop-toy__shop-" + "5" * 200)[:128]),
    ],
)
def test_tags(instance_id: str, repo: str, tag: str) -> None:
    assert published_tag(instance_id, repo) == tag
