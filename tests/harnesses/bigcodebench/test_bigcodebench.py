"""BigCodeBench: its parts and versions, how a program is found in a sample, and the task made of a row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import InputError, Sample, SampleKind, UnittestTask, UsageError
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Harness, Instance

STUB = "import math\ndef task_func(x):\n"
SOLUTION = "def task_func(x):\n    return math.sqrt(x)\n"
TESTS = """import unittest
class TestCases(unittest.TestCase):
    def test_root(self):
        self.assertEqual(task_func(4), 2)
    def helper(self):
        pass
    def test_one(self):
        self.assertEqual(task_func(1), 1)
"""
ROW = {
    "task_id": "BigCodeBench/13",
    "complete_prompt": 'import math\n\ndef task_func(x):\n    """Give the root of x."""\n',
    "instruct_prompt": f"Give the root of x. Start with:\n```\n{STUB}```",
    "canonical_solution": "    return math.sqrt(x)",
    "code_prompt": STUB,
    "test": TESTS,
    "entry_point": "task_func",
    "libs": "['math']",
}


def instance_of(harness: Harness, folder: Path, **changed: str) -> Instance:
    path = folder / "rows.jsonl"
    path.write_text(json.dumps(ROW | changed) + "\n")
    (instance,) = harness.load(path)
    return instance


def program_of(harness: Harness, instance: Instance, text: str, kind: SampleKind) -> str | None:
    return harness.extract(
        instance, Sample(instance_id=instance.instance_id, sample_id="0", kind=kind, text=text, model="m")
    )


class TestParts:
    """What may stand behind the @."""

    @pytest.mark.parametrize(
        ("part", "wrong"),
        [
            ("", "there is no part ''"),
            ("easy", "there is no part 'easy'"),
            ("hard+v0.1.5", "there is no part 'v0.1.5'"),
            ("hard+hard", "each part is named once"),
            ("v0.1.0_hf+v0.1.1", "and one version"),
            ("hard+instruct", "are graded alike"),
        ],
    )
    def test_what_is_no_part(self, part: str, wrong: str) -> None:
        with pytest.raises(UsageError, match=wrong) as caught:
            load_harness(f"bigcodebench@{part}")

        assert "Parts are `hard`, `uncalibrated` and a version (v0.1.0_hf, " in str(caught.value)


class TestVersions:
    """Later versions are made of the first."""

    def test_a_row_of_a_later_version_stays(self, tmp_path: Path) -> None:
        prompt = 'def task_func(x):\n    """\n    Requirements:\n    - math\n    """\n'
        changed = {"task_id": "BigCodeBench/37", "complete_prompt": prompt}

        once = instance_of(load_harness("bigcodebench"), tmp_path, **changed).row
        twice = instance_of(load_harness("bigcodebench"), tmp_path, **{name: str(once[name]) for name in once}).row

        assert once["complete_prompt"] == "import pandas as pd\n" + prompt.replace(
            "    - math", "    - pandas\n    - math"
        )
        assert twice == once


class TestExtract:
    """How a program is found in a sample."""

    def test_the_stub_goes_before_it(self, tmp_path: Path) -> None:
        harness = load_harness("bigcodebench")
        instance = instance_of(harness, tmp_path)

        found = program_of(harness, instance, f"```python\n{SOLUTION}```", SampleKind.ANSWER)

        assert found == f"{STUB}\n    pass\n{SOLUTION}"

    def test_a_completion_goes_after_the_prompt(self, tmp_path: Path) -> None:
        harness = load_harness("bigcodebench@uncalibrated")
        instance = instance_of(harness, tmp_path)

        found = program_of(harness, instance, "    return 2\n\nprint(task_func(1)", SampleKind.COMPLETION)

        head = ROW["complete_prompt"].replace("math\n\n", "math\n")
        assert found is not None
        assert found.rstrip("\n") == f"{head}    return 2"

    def test_what_tries_the_function_out_is_cut(self, tmp_path: Path) -> None:
        harness = load_harness("bigcodebench@uncalibrated")
        instance = instance_of(harness, tmp_path)
        answer = "def task_func(x):\n    result = x\n    return result\n\nresult = task_func(1)\nresult = 2\n"

        found = program_of(harness, instance, f"```\n{answer}```", SampleKind.ANSWER)

        assert found == "def task_func(x):\n    result = x\n    return result\n"


class TestTask:
    """The task made of a row."""

    def test_required_are_the_test_methods(self, tmp_path: Path) -> None:
        harness = load_harness("bigcodebench")

        task = harness.task(instance_of(harness, tmp_path))

        assert isinstance(task, UnittestTask)
        assert task.required == ("TestCases.test_root", "TestCases.test_one")
        assert task.skipped_passes
        assert ("TZ", "UTC") in task.environment

    @pytest.mark.parametrize("test", ["x = 1\n", "class TestCases:\n    def check(self): pass\n", "class ("])
    def test_without_tests_there_is_no_instance(self, tmp_path: Path, test: str) -> None:
        with pytest.raises(InputError, match=r"rows\.jsonl:1: field 'test'"):
            instance_of(load_harness("bigcodebench"), tmp_path, test=test)
