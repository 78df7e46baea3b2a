"""Multi-SWE-bench's records as instances and tasks, and its predictions as samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import InputError, Sample, SampleKind, UsageError
from boxscore.data.plugins import load_harness
from boxscore.data.samples import read_samples
from boxscore.protocols.patch.logs import judge, parse_log, parser_names
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from harnesses.multi_swe_bench.repositories import REPOSITORIES
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


def test_a_log_that_contradicts_itself(tmp_path: Path) -> None:
    task = multi_swe_task(loaded(tmp_path))
    log = cargo_log(AFTER) + "test other ... ok\ntest other ... FAILED\n"

    judged = judge(task, parse_log(task.parser, log), log)

    assert not judged.resolved
    assert judged.spoilt_by == ("other",)


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


@pytest.mark.parametrize("name", REPOSITORIES)
def test_every_repository(tmp_path: Path, name: str) -> None:
    task = published(tmp_path, name)

    assert task.parser in parser_names()
    assert task.image.pinned is not None


@pytest.mark.parametrize("name", [name for name, one in REPOSITORIES.items() if one.recipe is not None])
def test_every_recipe(tmp_path: Path, name: str) -> None:
    org, _, repo = name.partition("/")
    task = multi_swe_task(loaded(tmp_path, org=org, repo=repo))

    assert task.image.repository == (name, "0123abcd" * 5)
    assert task.image.pinned is None
    assert task.commands[0].startswith("set -e\n")


def test_official_predictions(tmp_path: Path) -> None:
    path = tmp_path / "patches.jsonl"
    rows = [
        {"org": "sharkdp", "repo": "fd", "number": 7, "fix_patch": "a"},
        {"org": "sharkdp", "repo": "bat", "number": "8", "fix_patch": None},
        {"instance_id": "sharkdp__fd-9", "model_patch": "c", "model_name_or_path": "m"},
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))

    found = list(read_samples(path, ["sharkdp/fd:pr-7", "sharkdp/bat:pr-8", "sharkdp/fd:pr-9"]))

    assert [(one.instance_id, one.text, one.kind) for one in found] == [
        ("sharkdp/fd:pr-7", "a", SampleKind.PATCH),
        ("sharkdp/bat:pr-8", "", SampleKind.PATCH),
        ("sharkdp/fd:pr-9", "c", SampleKind.PATCH),
    ]


def test_a_chat_answer(tmp_path: Path) -> None:
    harness, instance = load_harness("multi-swe-bench"), loaded(tmp_path)
    texts = [f"So:\n```diff\n{FIX}```\nDone.", f"So:\n{FIX}", "I cannot."]

    found = [
        harness.extract(instance, Sample(instance_id="x", sample_id="0", text=one, kind=SampleKind.ANSWER))
        for one in texts
    ]

    assert found == [FIX, FIX, None]
    assert instance.prompt in harness.prompt(instance)[0]["content"]
