"""What the *unittest* protocol grades: a program, and the tests that run beside it, in its process."""

from __future__ import annotations

import ast
import enum
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from boxscore import syntax
from boxscore.protocols.contract import Task
from boxscore.records import Detail, Evidence, Limits

CASE = "TestCases"
SKIPS = frozenset(("skip", "skipIf", "skipUnless", "skipTest", "SkipTest", "skipif", "importorskip"))
BOX_CPU_S = 900.0  # the most that a sample is given, unless its task asks for more


class UnitStatus(enum.StrEnum):
    """What became of one test, all of its subtests and parameters taken together."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    EXPECTED_FAILURE = "expected_failure"
    UNEXPECTED_SUCCESS = "unexpected_success"


class UnittestTask(Task, frozen=True, kw_only=True):
    """How to grade an instance of the *unittest* protocol. Everything but the program is trusted.

    - `tests`: source of the tests. With the `runner` `unittest` it runs after the program, in the same module; with
      `pytest` it is a module of its own, which begins with all that the program defines
    - `entry_point`: what the program must define
    - `reference`: a whole program that passes, or None
    - `required`: ids of the tests that must each be reported once and pass; `test_ids` makes them
    - `runner`: `unittest`, or `pytest` where the image has it
    - `shown`: texts that models see, the prompt included; nothing in them is a secret
    - `files`: names and contents of files in the working folder
    - `environment`: variables, set before the program is read
    - `keep`: patterns of files that the result keeps: 32 of at most 256 KiB, 2 MiB in all
    - `setup`: source that runs before the program, in a namespace of its own
    - `module`: with `pytest`, the name of the program's module
    - `skipped_passes`: a skipped required test passes, if `tests` ask for skipping anywhere
    """

    tests: str
    entry_point: str
    reference: str | None
    required: tuple[str, ...]
    runner: Literal["unittest", "pytest"] = "unittest"
    shown: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    keep: tuple[str, ...] = ()
    setup: str = ""
    module: str = "program"
    skipped_passes: bool = False
    limits: Limits = Limits(
        cpu_s=60.0,
        wall_s=240.0,
        memory_bytes=4 << 30,
        processes=256,
        disk_bytes=512 << 20,
        output_bytes=1 << 20,
    )


def test_ids(source: str, case: str = CASE) -> tuple[str, ...]:  # noqa: PT028 - no test, but what reads some
    """The ids of the test methods of a class, in their order: `TestCases.test_x`. Raises SyntaxError.

    Of a name that is defined twice there is one test, as Python has it; methods of base classes are not seen.
    """
    classes = [node for node in syntax.parse(source).body if isinstance(node, ast.ClassDef) and node.name == case]
    methods = (node for node in (classes[-1].body if classes else ()) if isinstance(node, _FUNCTIONS))
    return tuple(dict.fromkeys(f"{case}.{node.name}" for node in methods if node.name.startswith("test")))


@lru_cache(maxsize=64)
def can_skip(source: str) -> bool:
    """Whether tests ask anywhere to be skipped: else a test that was skipped was so by the program."""
    try:
        nodes = list(ast.walk(syntax.parse(source)))
    except SyntaxError:
        return False
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return not SKIPS.isdisjoint(named | {node.id for node in nodes if isinstance(node, ast.Name)})


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def limits_in_force(task: UnittestTask) -> Limits:
    """The limits of one sample as they are enforced."""
    return replace(task.limits, wall_s=max(task.limits.wall_s, task.limits.cpu_s))


def box_limits(limits: Limits) -> Limits:
    """What a box must offer for samples under these limits. Times are each sample's own, so that many share a box."""
    return replace(limits, cpu_s=max(BOX_CPU_S, limits.cpu_s), wall_s=Limits().wall_s)


class UnittestDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="unittest"):
    """What the result of tests that ran beside a program says beyond its outcome.

    `tests` maps each required test to its status: `passed`, `failed`, `error`, `skipped`, `expected_failure`,
    `unexpected_success`, or `MISSING` where none was reported. `files` are those of the working folder that were
    kept.
    """

    tests: dict[str, str] = {}
    files: dict[str, bytes] = {}
    evidence: Evidence = Evidence()
