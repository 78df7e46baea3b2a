"""Multi-SWE-bench's records as instances and tasks, and its predictions as samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import InputError, UsageError
from boxscore.protocols.patch.logs import judge, parse_log
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from tests.harnesses.multi_swe_bench.records import AFTER, FIX, cargo_log, record, written

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Instance, PatchTask

DIGEST = "sha256:" + "0" * 64


def loaded(folder: Path, **changes: Any) -> Instance:
    (instance,) = load_multi_swe(written(folder, [record(**changes)]))
    return instance


def test_a_record_becomes_a_task(tmp_path: Path) -> None:
    instance = loaded(tmp_path)
    task = multi_swe_task(instance)

    assert instance.instance_id == "sharkdp/fd:pr-7"
    assert instance.prompt == "It is not found\nLook for it."
    assert instance.cluster == "sharkdp/fd"
    assert task.fail_to_pass == ("mended", "woken", "new")
    assert task.pass_to_pass == ("kept",)
    assert task.must_not_fail == ("flaky", "gone")
    assert task.parser == "multi-swe-cargo"
    assert task.reference == FIX
    assert task.allowed == ("lib.rs",)


@pytest.mark.parametrize(
    ("changed", "resolved"),
    [
        ({}, True),
        ({"flaky": "PASS", "gone": "SKIP", "other": "FAIL", "red": "FAIL"}, True),
        ({"kept": "FAIL"}, False),
        ({"kept": "SKIP"}, False),
        ({"kept": None}, False),
        ({"mended": "FAIL"}, False),
        ({"woken": "SKIP"}, False),
        ({"new": None}, False),
        ({"flaky": "FAIL"}, False),
        ({"gone": "FAIL"}, False),
    ],
)
def test_what_resolves_it(tmp_path: Path, changed: dict[str, str | None], resolved: bool) -> None:  # noqa: FBT001
    after = {name: one for name, one in {**AFTER, **changed}.items() if one is not None}
    task, log = multi_swe_task(loaded(tmp_path)), cargo_log(after)

    assert judge(task, parse_log(task.parser, log), log).resolved is resolved


@pytest.mark.parametrize(
    "shape",
    [
        json.dumps,
        lambda tests: {"name": list(tests), "fix": ["PASS"] * len(tests)},
    ],
)
def test_other_shapes_of_lists(tmp_path: Path, shape: Any) -> None:
    row = record()
    row["p2p_tests"], row["number"] = shape(row["p2p_tests"]), "7"

    (instance,) = load_multi_swe(written(tmp_path, [row]))

    assert multi_swe_task(instance).pass_to_pass == ("kept",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": "seven"}, "number"),
        ({"base": {"label": "x"}}, "sha"),
        ({"fix_patch": 7}, "fix_patch"),
        ({"p2p_tests": "{"}, "p2p_tests"),
        ({"run_result": "[" * 100_000}, "run_result"),
        ({"p2p_tests": 3}, "p2p_tests"),
        ({"test_patch_result": None}, "test_patch_result"),
    ],
)
def test_a_broken_record(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        loaded(tmp_path, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"org": "django", "repo": "django"}, "django/django is not supported"),
        ({"org": "ponylang", "repo": "ponyc"}, "no recipe.*mswebench/ponylang_m_ponyc:pr-7"),
        ({"f2p_tests": {}, "s2p_tests": {}, "n2p_tests": {}}, "no test is fixed"),
        ({"p2p_tests": {"red": {}}}, "'red', which is FAIL in test_patch_result and not PASS"),
    ],
)
def test_what_cannot_be_graded(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        multi_swe_task(loaded(tmp_path, **changes))


def published(folder: Path, name: str, number: int = 7) -> PatchTask:
    org, _, repo = name.partition("/")
    (folder / "digests.json").write_text(json.dumps({f"mswebench/{org}_m_{repo}:pr-{number}".lower(): DIGEST}))
    return multi_swe_task(loaded(folder, org=org, repo=repo, number=number))


def test_the_published_image_comes_first(tmp_path: Path) -> None:
    task = published(tmp_path, "BurntSushi/ripgrep")

    assert task.image.pinned == f"mswebench/burntsushi_m_ripgrep@{DIGEST}"
    assert task.image.tree == "/home/ripgrep"
    assert "rm -f /home/fix.patch /home/test.patch" in task.image.instance
    assert "grep -v 'git apply' /home/fix-run.sh" in task.commands[0]
