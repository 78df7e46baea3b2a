"""The two that a race over patches compares: how each is started, and what each says of time and verdicts.

swebench 5.0.2 takes what a record carries: the name of a local image, a script, the name of a log parser. So each
instance becomes such a record. Its image is boxscore's own, with the repository put where swebench looks for it; its
script restores and patches the test files and runs the commands, as swebench's own scripts do.
"""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import docker

from boxscore.images.layers import instance_reference
from boxscore.protocols.patch.diff import read_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.protocols.patch.task import PatchTask

Row = dict[str, Any]

TREE = "/testbed"
LABEL = "boxscore.bench"
EOF = "EOF_114329324912"
JUNIT = re.compile(r" --junitxml=\S+")
STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - \w+ - ", re.MULTILINE)
RUNTIME = re.compile(r"Test runtime: ([\d_.]+) seconds")
NOTHING = "diff --git a/bench-note.txt b/bench-note.txt\nnew file mode 100644\n--- /dev/null\n+++ b/bench-note.txt\n"
NOTHING += "@@ -0,0 +1 @@\n+This fixes nothing.\n"


class Entry(NamedTuple):
    """An instance of the race: its id here, the id that swebench gets, and its task."""

    name: str
    official: str
    task: PatchTask


class Graded(NamedTuple):
    """What one contender made of one prediction; `tests_s` is what it says its tests took."""

    resolved: bool
    whole_s: float
    tests_s: float

    @property
    def overhead_s(self) -> float:
        """Everything but the tests."""
        return self.whole_s - self.tests_s


def official_id(name: str) -> str:
    """An id that can be part of a container's name."""
    return name.replace("/", "__")


def make_image(task: PatchTask) -> str:
    """The image of an instance with its repository at TREE, made on boxscore's own; returns its name."""
    reference = instance_reference(task.image)
    tag = f"boxscore-bench/{reference.rpartition(':')[2]}:latest"
    text = (
        f"FROM {reference}\nUSER root\nLABEL {LABEL}=1\n"
        f"RUN cp -a /boxscore/tree/. {TREE}/ && git config --system --add safe.directory {TREE}\n"
    )
    docker.from_env().images.build(fileobj=io.BytesIO(text.encode()), tag=tag, rm=True)
    return tag


def remove_images() -> None:
    """Remove all that `make_image` made."""
    client = docker.from_env()
    for image in client.images.list(filters={"label": f"{LABEL}=1"}):
        for tag in image.tags:
            client.images.remove(tag, noprune=False)


def record(entry: Entry, image: str) -> Row:
    """An instance as a record of swebench 5."""
    task = entry.task
    return {
        "instance_id": entry.official,
        "image": image,
        "repo": entry.official,
        "version": "1",
        "base_commit": "HEAD",
        "patch": task.reference,
        "test_patch": task.test_patch,
        "problem_statement": "",
        "FAIL_TO_PASS": json.dumps(as_read(task.fail_to_pass)),
        "PASS_TO_PASS": json.dumps(as_read(task.pass_to_pass)),
        "log_parser": f"parse_log_{task.parser.removesuffix('-v4').replace('-', '_')}",
        "eval_type": "pass_and_fail",
        "eval_script": eval_script(task),
    }


def as_read(tests: Sequence[str]) -> list[str]:
    """Ids of tests as swebench reads them off a log: it makes one blank of several."""
    return [" ".join(test.split()) for test in tests]


def eval_script(task: PatchTask) -> str:
    """The script of an instance, in the order and with the looks at the tree of swebench's own."""
    paths = list(dict.fromkeys(path for part in read_files(task.test_patch) for path in part.paths))
    restored = [f"git checkout HEAD -- '{path}' || rm -f '{path}'" for path in paths]
    lines = [
        "#!/bin/bash",
        "set -uxo pipefail",
        f"cd {TREE}",
        *(f"export {name}='{value}'" for name, value in task.env),
        "mkdir -p /scratch",
        "git status",
        "git show",
        "git -c core.fileMode=false diff HEAD",
        *task.build,
        *restored,
        f"git apply -v - <<'{EOF}'",
        f"{task.test_patch}\n{EOF}",
        ": '>>>>> Start Test Output'",
        *(JUNIT.sub("", command) for command in task.commands),
        ": '>>>>> End Test Output'",
        *restored,
    ]
    return "\n".join(lines) + "\n"


def predictions(entries: Sequence[Entry], kind: str, *, official: bool) -> list[Row]:
    """The predictions of a set: `gold`, or `nothing`, which applies and fixes nothing."""
    return [
        {
            "instance_id": one.official if official else one.name,
            "model_name_or_path": kind,
            "model_patch": one.task.reference if kind == "gold" else NOTHING,
        }
        for one in entries
    ]


def read_official(folder: Path, kind: str, run_id: str, entries: Sequence[Entry]) -> dict[str, Graded]:
    """What swebench's logs say. Raises FileNotFoundError for an instance that it could not grade."""
    found = {}
    for one in entries:
        logs = folder / "logs" / "run_evaluation" / run_id / kind / one.official
        report = json.loads((logs / "report.json").read_text())[one.official]
        found[one.name] = Graded(report["resolved"], *times((logs / "run_instance.log").read_text("utf-8")))
    return found


def times(log: str) -> tuple[float, float]:
    """From an instance's log: seconds from its first line to its last, when the container is gone; and of the tests.

    What it does before the first line and after the last is not in it.
    """
    stamps = [datetime.strptime(one, "%Y-%m-%d %H:%M:%S,%f") for one in STAMP.findall(log)]  # noqa: DTZ007 - differences
    said = RUNTIME.search(log)
    if not stamps or said is None:
        raise ValueError(f"no times in the log of an instance: {log[-300:]!r}")
    return (stamps[-1] - stamps[0]).total_seconds(), float(said[1].replace("_", ""))


def read_ours(run: Path) -> dict[str, Graded]:
    """What boxscore's results say."""
    rows = [json.loads(line) for line in (run / "results.jsonl").read_text("utf-8").split("\n")[:-1]]
    return {
        row["instance_id"]: Graded(row["outcome"] == "passed", row["wall_s"], row["detail"]["test_s"]) for row in rows
    }
