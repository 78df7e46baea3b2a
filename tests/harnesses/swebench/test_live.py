"""SWE-bench-Live's records as tasks, and its windows of months."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harnesses.swebench import Months, load_swebench_live, swebench_live_task
from harnesses.swebench.rules import LIVE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Instance, PatchTask

PARSER = "def parser(log):\n    return {}\n"
IMAGE = "starryzhang/sweb.eval.x86_64.org_1776_lib-1"


def record(**changes: object) -> dict[str, object]:
    return {
        "repo": "org/lib",
        "instance_id": "org__lib-1",
        "base_commit": "0123abcd",
        "patch": "diff --git a/lib.py b/lib.py\n",
        "test_patch": "diff --git a/test.py b/test.py\n",
        "problem_statement": "It is wrong.",
        "created_at": "2025-06-30T12:00:00Z",
        "rebuild_cmds": ["export MODE=x", "make"],
        "test_cmds": ["cd /testbed", "make check"],
        "print_cmds": ["cat log"],
        "log_parser": PARSER,
        "FAIL_TO_PASS": ["a"],
        "PASS_TO_PASS": ["b"],
        "docker_image": IMAGE,
        **changes,
    }


def loaded(folder: Path, *records: dict[str, object], months: Months | None = None) -> Sequence[Instance]:
    (folder / "rows.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    (folder / "digests.json").write_text(json.dumps({f"{IMAGE}:latest": f"sha256:{'1' * 64}"}))
    return load_swebench_live(folder / "rows.jsonl", months)


def task(folder: Path, **changes: object) -> PatchTask:
    return swebench_live_task(loaded(folder, record(**changes))[0])


def test_task(tmp_path: Path) -> None:
    """The record's own commands and rule, in its own image."""
    made = task(tmp_path)

    assert made.build == ("export MODE=x ; make",)
    assert (made.fail_to_pass, made.pass_to_pass, made.rule) == (("a",), ("b",), LIVE)
    assert made.image.pinned == f"{IMAGE}@sha256:{'1' * 64}"
    assert made.allowed == ("lib.py",)


def test_what_is_printed_is_the_log(tmp_path: Path) -> None:
    made = task(tmp_path)

    assert made.commands == (
        "set -o pipefail\nexport MODE=x\n{\ncd /testbed\nmake check\n} > /scratch/tests.log 2>&1\ncat log",
    )


@pytest.mark.parametrize(
    ("given", "parser", "source"), [(PARSER, "box", PARSER.strip()), ("pytest", "pytest", None), (None, "pytest", None)]
)
def test_parsers(tmp_path: Path, given: str | None, parser: str, source: str | None) -> None:
    """A parser of the record's own is for a box; the word is for ours."""
    made = task(tmp_path, log_parser=given)

    assert (made.parser, made.parser_source) == (parser, source)


@pytest.mark.parametrize(
    ("window", "dates"),
    [
        ("2025-06..2025-07", ["2025-06-01", "2025-07-31"]),
        ("2025-07..", ["2025-07-31", "2025-08-01"]),
        ("..2025-06", ["2025-05-31", "2025-06-01"]),
        ("2025-08", ["2025-08-01"]),
    ],
)
def test_months(tmp_path: Path, window: str, dates: list[str]) -> None:
    """A window has its first and last month whole."""
    every = ["2025-05-31", "2025-06-01", "2025-07-31", "2025-08-01"]
    records = [record(instance_id=f"org__lib-{day}", created_at=f"{day}T00:00:00Z") for day in every]

    found = loaded(tmp_path, *records, months=Months.of(window))

    assert [one.instance_id.removeprefix("org__lib-") for one in found] == dates
