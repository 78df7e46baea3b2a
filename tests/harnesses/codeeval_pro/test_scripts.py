"""BigCodeBench-Lite Pro: scripts that become a test, and which instances need that."""

from __future__ import annotations

import os
import unittest
from typing import Any

import pytest

from boxscore import FunctionTask, Instance, UnittestTask
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from harnesses.codeeval_pro.scripts import PLAIN, as_test_case

PROGRAM = "def add(a, b):\n    return math.fsum([a, b])\n\n"
SCRIPT = """import math
# what it says is "import"
text = '''two
lines'''
for number in range(3):
    assert add(number, 1) == number + 1, text
assert len([text for _ in text]) == 9
"""


def ran(program: str, script: str) -> unittest.TestResult:
    namespace: dict[str, Any] = {"__name__": "program"}
    exec(program + as_test_case(script), namespace)
    found = unittest.defaultTestLoader.loadTestsFromTestCase(namespace["TestCases"])
    result = unittest.TestResult()
    found.run(result)
    return result


def test_a_script_is_one_test_that_shares_its_variables_with_the_program() -> None:
    result = ran(PROGRAM, SCRIPT)

    assert (result.testsRun, result.failures, result.errors) == (1, [], [])


@pytest.mark.parametrize(
    ("script", "failures", "errors"),
    [("import math\nassert add(1, 1) == 3", 1, 0), ("assert add(1, 1) == 2", 0, 1), ("pass", 0, 0)],
)
def test_whatever_ends_a_script_fails_the_test(script: str, failures: int, errors: int) -> None:
    result = ran(PROGRAM, script)

    assert (len(result.failures), len(result.errors)) == (failures, errors)


@pytest.fixture(name="instances")
def fixture_instances() -> dict[int, Instance]:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    harness = load_harness("bigcodebench-lite-pro")
    found = load_instances(harness, resolve(harness.source).path)
    return {int(one.instance_id.rpartition("/")[2]): one for one in found}


@pytest.mark.data
def test_published_rows_become_tasks(instances: dict[int, Instance]) -> None:
    harness = load_harness("bigcodebench-lite-pro")
    tasks = {number: harness.task(one) for number, one in instances.items()}

    assert len(tasks) == 57
    assert {number for number, task in tasks.items() if isinstance(task, FunctionTask)} == PLAIN
    others = {number: task for number, task in tasks.items() if isinstance(task, UnittestTask)}
    assert {task.required for task in others.values()} == {("TestCases.test_derived",)}
    zones = {number: task.environment for number, task in others.items() if task.environment}
    assert zones == {551: (("TZ", "Asia/Shanghai"),)}
    assert all(one.reference for one in instances.values())
