"""The tests that an agent may see: word for word in the prompt, and true of the reference."""

from __future__ import annotations

import ast
import json
import os
from typing import TYPE_CHECKING

import pytest

from boxscore import FunctionTask, Instance, Outcome, ProgramTask, SyncGrader
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances, visible_task
from boxscore.data.plugins import load_harness
from boxscore.data.prompts import render_prompt
from boxscore.data.shown_examples import shown_asserts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore import Task
    from boxscore.boxes.contract import Backend
    from boxscore.harness import Harness

# Instances whose prompt shows tests, and how many tests those are.
SHOWN = {
    "humaneval": (135, 379),
    "humanevalplus": (135, 379),
    "mbpp": (972, 2916),
    "mbpp-sanitized": (427, 1324),
    "mbppplus": (378, 378),
    "evoeval@difficult": (90, 317),
    "evoeval@tool_use": (83, 223),
    "tiny": (15, 19),
}
PROGRAM = {
    "question_content": "Add two numbers.",
    "platform": "atcoder",
    "contest_date": "2024-08-31",
    "starter_code": "",
    "difficulty": "easy",
    "metadata": "{}",
    "public_test_cases": json.dumps([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]),
    "private_test_cases": json.dumps([{"input": "CANARY", "output": "CANARY", "testtype": "stdin"}]),
}


def shown(name: str) -> Iterator[tuple[Harness, Instance, Task]]:
    if name not in ("tiny", "tiny-programs") and "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    harness = load_harness(name)
    for instance in load_instances(harness, resolve(harness.source).path):
        task = visible_task(harness, instance)
        if task is not None:
            yield harness, instance, task


def asserts(task: FunctionTask) -> list[str]:
    lines = (task.tests or "").splitlines()
    found = [(line, ast.parse(line).body[0]) for line in lines if not line.startswith("import ")]
    texts = []
    for line, statement in found:
        assert isinstance(statement, ast.Assert), line
        test = ast.get_source_segment(line, statement.test)
        assert test is not None
        texts.append(test)
    return texts


@pytest.mark.data
@pytest.mark.parametrize("name", SHOWN)
def test_visible_tests_are_in_the_prompt(name: str) -> None:
    instances = tests = 0
    for harness, instance, task in shown(name):
        assert isinstance(task, FunctionTask)
        assert (task.reference, task.inputs) == (None, None)
        sent = "".join(one["content"] for one in render_prompt(harness, instance).messages)
        for one in asserts(task):
            call, _, value = one.partition(" == ")
            assert one in sent or (call in sent and value in sent), (instance.instance_id, one)
        for line in task.helpers.splitlines():
            assert line.startswith(("import ", "from ")) or line.strip() in sent, instance.instance_id
        instances, tests = instances + 1, tests + len(asserts(task))

    assert (instances, tests) == SHOWN[name]


def test_cases_of_programs_are_in_the_question() -> None:
    found = {instance.instance_id: (instance, task) for _, instance, task in shown("tiny-programs")}

    assert set(found) == {"tiny-programs/badge", "tiny-programs/outline", "tiny-programs/outline-js"}
    for instance, task in found.values():
        assert isinstance(task, ProgramTask)
        assert len(task.cases) == 1 < len(instance.row["cases"])
        assert (task.cases[0].expected or "").strip() in instance.prompt


def test_public_tests_of_livecodebench_alone() -> None:
    harness = load_harness("livecodebench")
    program = Instance(instance_id="p", prompt=str(PROGRAM["question_content"]), row=dict(PROGRAM))
    bare = Instance(instance_id="q", prompt="Add.", row=PROGRAM | {"public_test_cases": "[]"})

    task = visible_task(harness, program)

    assert isinstance(task, ProgramTask)
    assert [(case.stdin, case.expected) for case in task.cases] == [("1 2\n", "3\n")]
    assert "CANARY" not in repr(task)
    assert visible_task(harness, bare) is None


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("    >>> f(1)\n    2\n", ["assert f(1) == 2"]),
        ("    >>> f(1)\n    \n", []),
        ("    >>> f(g(1))\n    2\n", []),
        ("    >>> f(1) + 1\n    2\n", []),
        ("    f('a)', b=[1]) ➞ {'x': 1}  # why\n", ["assert f('a)', b=[1]) == {'x': 1}"]),
        ("For example: f(1, 2) = 3.\n", ["assert f(1, 2) == 3"]),
        ("f(1) returns None\nf(1) -> x\nff(1) == 2\ng.f(1) == 2\n", ["assert f(1) == None"]),
        ('"""\nDo it.\nassert f (1) == 2\nassert f(\n"""\n', ["assert f (1) == 2"]),
        ("f(1) == 2\n>>> f(1)\n2\n", ["assert f(1) == 2"]),
        ("def f(x):\n", []),
    ],
)
def test_what_an_example_is(prompt: str, expected: list[str]) -> None:
    assert list(shown_asserts(prompt, "f")) == expected


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.bubblewrap
@pytest.mark.parametrize("name", [*SHOWN, "tiny-programs"])
def test_references_pass_the_visible_tests(name: str, local_backend: Backend) -> None:
    with SyncGrader(backend="local", workers=1) as grader:
        failed = [
            instance.instance_id
            for _, instance, task in shown(name)
            if grader.grade_task(task, instance.reference or "").outcome is not Outcome.PASSED
        ]

    assert failed == []
