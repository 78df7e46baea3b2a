"""The attack suites against the embedded benchmarks, in real boxes."""

from __future__ import annotations

import ast
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore import FunctionTask, Inputs, Instance, SandboxUnavailable, Task, Trust
from boxscore.boxes.contract import runtime_of
from boxscore.boxes.registry import open_backend
from boxscore.protocols.attacks import Attack, Expect, attacks_for, fast_subset, render
from boxscore.protocols.function.grader import open_function_grader
from boxscore.protocols.function.protocol import ATTACK_LIMITS, PROTOCOL
from boxscore.protocols.function.task import wall_limit_s
from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.unittest.grader import open_unit_grader
from boxscore.run.attacks import SLACK_S, Judgement, run_attacks
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Backend

SUITES = {name: attacks_for(name) for name in ("function", "program", "unittest")}
NOT_PYTHON = {"syntax", "deep_nesting", "form_feed_nul", "open_bracket", "open_string", "trailing_decorator"}
KNOWS_THE_ANSWER = {  # and gives it too late, in the wrong place, or not alone
    *("raises", "right_but_fails", "right_but_killed", "to_stderr", "many_answers", "rewritten", "invalid_utf8", "nul"),
    *("overtakes", "after_the_deadline", "spins_then_answers", "right_then_spins", "in_children"),
    "grandchild_answers_late",
}
# Whether these hold is a matter of the box; of the other classes the box sees nothing that the local one does not.
OF_THE_BOX = {"control", "environment", "exfiltration", "memory", "resource", "runner-kill", "trace"}
OF_OTHERS = 2  # of each class
COSTLY = {"runner-kill", "exit-code", "resource", "timing"}  # boxes or seconds
QUICK = {"read-ahead", "case-contamination", "guard-bypass"}
QUICK_UNITS = {"case_run", "with_the_key", "send_the_second", "any_object", "no_comparisons", "own_classes"}
ONLY_CLAIMED = {"agreeable_classes", "source_of_tests", "any_object", "lies_when_copied"}

LOCAL = pytest.param("local", marks=pytest.mark.bubblewrap)
DOCKER = pytest.param("docker", marks=pytest.mark.docker)
DOCKER_LATER = pytest.param("docker", marks=(pytest.mark.docker, pytest.mark.slow))
GVISOR = pytest.param("gvisor", marks=(pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900)))

GULLIBLE = """
def check(candidate):
    print(candidate(1), flush=True)
    for found, wanted in zip(map(candidate, [1, 2, 3]), [2, 3, 4]):
        assert found == wanted
    assert all(map(lambda x: candidate(x) == x + 1, range(3)))
    assert sum(1 for x in range(3) if candidate(x) == x + 1) == 3
    try:
        candidate("x")
    except Exception:
        pass
    else:
        raise AssertionError("no error")

check(solve)
"""
"""Tests in styles that are easily fooled where candidate and tests share a process, or a way to the host."""


@pytest.mark.parametrize(
    ("suite", "attack"),
    [(name, one) for name, several in SUITES.items() for one in several],
    ids=lambda one: f"{one.attack_class}/{one.name}" if isinstance(one, Attack) else one,
)
def test_template_renders(suite: str, attack: Attack) -> None:
    code = render(attack, entry="solve", reference="def solve(x):\n    return 'it\\'s \"right\"'\n")

    assert "__ENTRY__" not in code
    assert "__REFERENCE" not in code
    if attack.name in NOT_PYTHON:
        with pytest.raises((SyntaxError, ValueError)):
            compile(code, attack.name, "exec")
    else:
        ast.parse(code)
    if suite != "function":
        is_given = attack.expect is not Expect.FAIL or attack.name in KNOWS_THE_ANSWER
        assert is_given == ("__REFERENCE" in attack.source)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    made = open_backend("docker", runtime="runsc") if request.param == "gvisor" else open_backend(request.param)
    try:
        made.check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    return made


@pytest.fixture
def image(backend: Backend, request: pytest.FixtureRequest) -> str | None:
    found: str | None = None if backend.name == "local" else request.getfixturevalue("python_image")
    return found


Target = tuple[Instance, Task]


def given(benchmark: str, name: str) -> Target:
    loaded = load_benchmark(Request(benchmark=benchmark, only=(f"{benchmark}/{name}",)))
    return loaded.asked[0], loaded.harness.task(loaded.asked[0])


def complaints(
    grader: Any, target: Target, trust: Trust, attacks: Sequence[Attack], *, is_fast: bool = False
) -> list[str]:
    limits = replace(ATTACK_LIMITS, cpu_s=1.0) if is_fast else None  # what never ends takes all of it
    report = run_attacks(grader, *target, trust, attacks=attacks, limits=limits)
    return [
        f"{one.judgement} {one.attack_class}/{one.name}: {one.outcome} {one.reason}"
        for one in report.findings
        if one.judgement is not Judgement.HELD and not (one.judgement is Judgement.CLAIMED and one.name in ONLY_CLAIMED)
    ]


def some_attacks() -> list[Attack]:
    counted: Counter[str] = Counter()
    chosen = []
    for one in fast_subset(SUITES["function"]):
        counted[one.attack_class] += 1
        if one.attack_class in OF_THE_BOX or counted[one.attack_class] <= OF_OTHERS:
            chosen.append(one)
    return chosen


SOME, FAST = some_attacks(), fast_subset(SUITES["function"])
TINY = given("tiny", "flatten-settings")
REFERENCE = "def solve(x):\n    return x + 1\n"
IS_FOOLED = FunctionTask(entry_point="solve", names=("solve",), tests=GULLIBLE, reference=REFERENCE)


@pytest.mark.parametrize("backend", [DOCKER], indirect=True)
def test_attacks_on_the_box_hold(backend: Backend, image: str | None, tmp_path: Path) -> None:
    grader = partial(open_function_grader, backend, image, cache=tmp_path)

    assert {one.attack_class for one in SOME} == {one.attack_class for one in SUITES["function"]}
    assert complaints(grader, TINY, Trust.ORACLE, SOME, is_fast=True) == []


@pytest.mark.parametrize("backend", [LOCAL, DOCKER_LATER, GVISOR], indirect=True)
def test_gullible_tests_are_not_fooled(backend: Backend, image: str | None, tmp_path: Path) -> None:
    grader = partial(open_function_grader, backend, image, cache=tmp_path)
    instance = replace(TINY[0], reference=REFERENCE)

    assert complaints(grader, (instance, IS_FOOLED), Trust.ORACLE, FAST, is_fast=True) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", [LOCAL, DOCKER, GVISOR], indirect=True)
def test_whole_suite_of_functions_holds(backend: Backend, image: str | None, tmp_path: Path) -> None:
    grader = partial(open_function_grader, backend, image, cache=tmp_path)

    assert complaints(grader, TINY, Trust.ORACLE, SUITES["function"]) == []


def test_attacks_on_inputs_are_ended_in_time() -> None:
    inputs = Inputs(arguments=((1,),), total_cpu_s=61.0)
    task = FunctionTask(entry_point="solve", names=("solve",), reference="def solve(x): return x", inputs=inputs)

    found = PROTOCOL.under_attack(task)

    assert wall_limit_s(found) < found.limits.wall_s + SLACK_S < wall_limit_s(task)


@pytest.mark.parametrize("backend", [LOCAL, DOCKER, GVISOR], indirect=True)
def test_attacks_on_programs_hold(backend: Backend, image: str | None) -> None:
    attacks = [one for one in fast_subset(SUITES["program"]) if one.attack_class not in COSTLY]
    if backend.name != "local":
        attacks = [one for one in attacks if one.attack_class in QUICK]
    if runtime_of(backend) == "runsc":  # where nobody sees the end of a program while a child holds its output
        attacks = [one for one in attacks if one.name != "daemon"]
    grader = partial(open_program_grader, backend, image)

    assert complaints(grader, given("tiny-programs", "badge"), Trust.ORACLE, attacks) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", [LOCAL, DOCKER], indirect=True)
@pytest.mark.parametrize("name", ["badge", "shelves", "wind", "halves", "purse"])
def test_whole_suite_of_programs_holds(backend: Backend, image: str | None, name: str) -> None:
    grader = partial(open_program_grader, backend, image)

    assert complaints(grader, given("tiny-programs", name), Trust.ORACLE, SUITES["program"]) == []


@pytest.mark.parametrize("backend", [DOCKER], indirect=True)
def test_attacks_on_tests_beside_programs_hold(backend: Backend, image: str | None, tmp_path: Path) -> None:
    attacks = [one for one in SUITES["unittest"] if one.name in QUICK_UNITS]
    grader = partial(open_unit_grader, backend, image, cache=tmp_path)

    assert complaints(grader, given("tiny-units", "adler-pairs"), Trust.BLIND, attacks) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", [DOCKER], indirect=True)
@pytest.mark.parametrize("name", ["adler-pairs", "tally", "rotate-grid", "next-above", "is-leap"])
def test_whole_suite_on_tests_beside_programs_holds(
    name: str, backend: Backend, image: str | None, tmp_path: Path
) -> None:
    grader = partial(open_unit_grader, backend, image, cache=tmp_path)

    assert complaints(grader, given("tiny-units", name), Trust.BLIND, SUITES["unittest"]) == []
