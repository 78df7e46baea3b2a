"""Records in the exact shape of Multi-SWE-bench's data, of repositories of our own under the names of known ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Tests = dict[str, str]

FIX = "diff --git a/lib.rs b/lib.rs\n--- a/lib.rs\n+++ b/lib.rs\n@@ -1 +1 @@\n-1\n+2\n"
TEST = "diff --git a/tests/a.rs b/tests/a.rs\n--- a/tests/a.rs\n+++ b/tests/a.rs\n@@ -1 +1 @@\n-1\n+2\n"
RUN: Tests = {"kept": "PASS", "flaky": "PASS", "gone": "PASS"}
BEFORE: Tests = {"kept": "PASS", "mended": "FAIL", "woken": "SKIP", "flaky": "PASS", "red": "FAIL"}
AFTER: Tests = {"kept": "PASS", "mended": "PASS", "woken": "PASS", "new": "PASS", "red": "FAIL"}


def stage(tests: Mapping[str, str]) -> dict[str, object]:
    words = {"passed": "PASS", "failed": "FAIL", "skipped": "SKIP"}
    lists = {f"{word}_tests": [name for name, found in tests.items() if found == one] for word, one in words.items()}
    return {**{f"{word}_count": len(lists[f"{word}_tests"]) for word in words}, **lists}


def record(
    run: Mapping[str, str] = RUN, before: Mapping[str, str] = BEFORE, after: Mapping[str, str] = AFTER, **changes: Any
) -> dict[str, Any]:
    names = {**run, **before, **after}
    tests = {
        name: {"run": run.get(name, "NONE"), "test": before.get(name, "NONE"), "fix": after.get(name, "NONE")}
        for name in names
    }
    passing = {name: one for name, one in tests.items() if one["fix"] == "PASS"}
    words = {"p2p": "PASS", "f2p": "FAIL", "s2p": "SKIP", "n2p": "NONE"}
    lists = {
        f"{key}_tests": {name: one for name, one in passing.items() if one["test"] == word}
        for key, word in words.items()
    }
    return {
        "org": "sharkdp",
        "repo": "fd",
        "number": 7,
        "state": "closed",
        "title": "Find it",
        "body": None,
        "base": {"label": "sharkdp:master", "ref": "master", "sha": "0123abcd" * 5},
        "resolved_issues": [{"number": 6, "title": "It is not found", "body": "Look for it."}],
        "fix_patch": FIX,
        "test_patch": TEST,
        "fixed_tests": {name: one for name, one in passing.items() if one["test"] != "PASS"},
        **lists,
        "run_result": stage(run),
        "test_patch_result": stage(before),
        "fix_patch_result": stage(after),
        "instance_id": "sharkdp__fd-7",
        "hints": "",
        **changes,
    }  # fmt: skip


def written(folder: Path, records: Sequence[Mapping[str, object]]) -> Path:
    path = folder / "multi_swe_bench.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    return path


def cargo_log(tests: Mapping[str, str]) -> str:
    words = {"PASS": "ok", "FAIL": "FAILED", "SKIP": "ignored"}
    return "".join(f"test {name} ... {words[one]}\n" for name, one in tests.items())
