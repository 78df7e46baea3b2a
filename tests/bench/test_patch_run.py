"""A run over many real instances: what is timed of it, what its images take, and what is said of a peer."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from bench.patch_field import Entry
from bench.patch_run import Watched, compare, disk_of, peer_command, peer_row, stored, summarise, told, watch
from boxscore import InstanceImage, PatchTask

if TYPE_CHECKING:
    from pathlib import Path

LOG = """2026-01-02 03:04:05,000 - INFO - Creating container for a...
2026-01-02 03:04:25,000 - INFO - Test runtime: 4.0 seconds
"""
ADDS = """import pathlib, sys, time
path = pathlib.Path(sys.argv[1], "results.jsonl")
path.open("a").write('{"instance_id": "b"}\\n')
time.sleep(float(sys.argv[2]))
"""


def result(name: str, outcome: str = "passed", wall_s: float = 5.0, test_s: float | None = 3.0) -> dict[str, Any]:
    """A line of results.jsonl."""
    return {
        "instance_id": name,
        "outcome": outcome,
        "reason": "why",
        "wall_s": wall_s,
        "detail": {"kind": "patch", "test_s": test_s} if test_s is not None else None,
    }


def watched(**changes: Any) -> Watched:
    """A command that ran for 20 s."""
    return Watched(20.0, 4.0, (1.0, 3.0, 2.0), 0, None)._replace(**changes)


def test_what_is_being_written_is_no_verdict(tmp_path: Path) -> None:
    """A line without its end is left for later; what a test printed is no end of a line."""
    (tmp_path / "results.jsonl").write_text('{"output": "a\u2028b"}\n{"instance', "utf-8")

    assert stored(tmp_path) == [{"output": "a\u2028b"}]
    assert stored(tmp_path / "none") == []


def test_a_run_to_its_end(tmp_path: Path) -> None:
    """The first verdict is the first that was not there before."""
    (tmp_path / "results.jsonl").write_text('{"instance_id": "a"}\n')

    seen = watch([sys.executable, "-c", ADDS, tmp_path, "1"], tmp_path, tmp_path / "log")
    nothing = watch([sys.executable, "-c", "print('said')"], tmp_path, tmp_path / "log")

    assert seen.first_s is not None
    assert seen.first_s <= seen.wall_s
    assert (seen.code, seen.stopped_s) == (0, None)
    assert nothing.first_s is None
    assert (tmp_path / "log").read_text() == "said\n"


def test_a_run_that_is_stopped(tmp_path: Path) -> None:
    """It gets SIGTERM, and how long it took to end is told."""
    seen = watch([sys.executable, "-c", ADDS, tmp_path, "100"], tmp_path, tmp_path / "log", stop_after_s=0.5)

    assert seen.code == -15
    assert seen.stopped_s is not None
    assert "ended by SIGTERM" in told(summarise(seen, [], 0))


def test_images_are_counted_once() -> None:
    """An instance's own is what it adds to its environment; layers that several are built on count once."""

    def image(name: str, size: int, parent: str = "") -> dict[str, Any]:
        return {"Id": name, "Size": size, "Parent": parent}

    inspected = {
        "id-base": image("id-base", 100),
        "env": (environment := image("id-env", 150, "id-base")),
        "id-env": environment,
        "id-step": image("id-step", 155, "id-env"),
        "one": image("id-one", 160, "id-step"),
        "two": image("id-two", 170, "id-env"),
    }
    names = ("one", "two", "two", "three")
    images = [{"reference": name, "parent": "env", "present": name != "three"} for name in names]

    assert disk_of(images, inspected) == (2, 10 + 20, 100 + 50 + 5 + 5 + 20)


def test_figures_of_a_run() -> None:
    """Only new results count, and only those whose tests ran have a time outside of them."""
    rows = [result("old"), result("a", wall_s=4.0), result("b", "wrong", 9.0), result("c", "internal", 1.0, None)]

    found = summarise(watched(), rows, 1)

    assert (found["before"], found["verdicts"], found["resolved"]) == (1, 3, 1)
    assert found["others"] == {"b": "why", "c": "why"}
    assert found["outside"] == {"median_s": 3.5, "most_s": 6.0, "tests_s": 6.0}
    assert found["load"] == [2.0, 3.0]
    assert "first verdict after 4.0 s, 3 in 20.0 s, 1 resolved" in told(found)
    assert "not resolved: c: why" in told(found)


def test_a_run_without_a_verdict() -> None:
    """What was interrupted before its first verdict is told as such."""
    found = summarise(watched(first_s=None, code=143, stopped_s=1.25), [], 0)

    assert found["outside"]["median_s"] == 0.0
    assert told(found).startswith("no verdict, 0 in 20.0 s")
    assert told(found).endswith("ended by SIGTERM, 1.25 s after it")


def test_a_peer_finds_its_files(tmp_path: Path) -> None:
    """It is started in the folder of its rows and predictions."""
    program = tmp_path / "swebench"
    program.write_text("#!/bin/sh\ncat $2 $4\n")
    program.chmod(0o755)
    for name in ("rows.jsonl", "preds.jsonl"):
        (tmp_path / name).write_text(f"{name}\n")

    seen = watch(peer_command(program, tmp_path, 1), tmp_path, tmp_path / "log")

    assert seen.code == 0
    assert (tmp_path / "log").read_text() == "rows.jsonl\npreds.jsonl\n"


def test_a_peer_that_cannot_grade_an_instance(tmp_path: Path) -> None:
    """An instance without a report is no verdict, and two that come to others disagree."""
    task = PatchTask(image=InstanceImage(name="a"), fail_to_pass=(), pass_to_pass=(), commands=(), parser="pytest")
    entries = [Entry(name, name, task) for name in ("a", "b", "c")]
    for name, resolved in (("a", True), ("b", False)):
        folder = tmp_path / "logs" / "run_evaluation" / "race" / "gold" / name
        folder.mkdir(parents=True)
        (folder / "run_instance.log").write_text(LOG)
        (folder / "report.json").write_text(json.dumps({name: {"resolved": resolved}}))

    found = peer_row(watched(wall_s=60.0), tmp_path, entries)

    assert (found["verdicts"], found["resolved"]) == (2, 1)
    assert (found["others"], found["not_graded"]) == (["b"], ["c"])
    assert found["outside"] == {"median_s": 16.0, "most_s": 16.0, "tests_s": 8.0}
    ours = summarise(watched(), [result("a"), result("b"), result("c")], 0)
    lines, agreed = compare(ours, found)
    assert not agreed
    assert "swebench to boxscore: whole, a verdict 4.50; outside of tests 8.0" in lines
    assert lines[-2:] == ["swebench does not resolve: b", "swebench does not resolve: c"]


def test_a_peer_that_agrees() -> None:
    """The same instances resolve."""
    ours = summarise(watched(), [result("a"), result("b", "wrong")], 0)
    theirs = {**ours, "others": ["b"], "not_graded": []}

    assert compare(ours, theirs)[1]
