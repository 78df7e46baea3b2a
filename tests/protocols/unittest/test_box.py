"""The warm box of tests beside programs: its control, what it imports before it forks, and one for ordinary users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxLost, SandboxUnavailable
from boxscore.protocols.unittest.grader import prove, prove_pytest
from boxscore.protocols.unittest.run import OBSERVATIONS, run_unit
from boxscore.protocols.unittest.task import UnittestTask, box_limits
from boxscore.protocols.warm import UNITTEST, open_warm_box, sandbox_sources
from boxscore.records import Limits
from tests.layers.nested import NestedBackend

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

pytestmark = [pytest.mark.timeout(300)]

LIMITS = Limits(cpu_s=20.0, wall_s=120.0, memory_bytes=1 << 30, processes=64)
TESTS = """
import unittest
class TestCases(unittest.TestCase):
    def test_it(self):
        self.assertEqual(task(), 42)
"""
TASK = UnittestTask(tests=TESTS, entry_point="task", reference=None, required=("TestCases.test_it",), limits=LIMITS)
BLIND = [
    ("unittest_candidate", 'note(test, "failed", reason_of(error))\n    result', 'note(test, "passed")\n    result'),
    ("unittest_candidate", "suite.run(", "str("),
    ("unittest_candidate", "    os._exit(run(ANSWERS, REPORT))", "    os._exit(9)"),
    (
        "unittest_report",
        'raise SampleEnd("error", "the process ended before its tests did")',
        'return Report([(f"TestCases.test_{one}", "passed", "") for one in ("files", "value")], [])',
    ),
]


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("module", "old", "new"), BLIND)
def test_a_box_that_does_not_tell_right_from_wrong_is_refused(
    local_backend: Backend, module: str, old: str, new: str
) -> None:
    sources = tuple(
        (name, text.replace(old, new) if name == module else text) for name, text in sandbox_sources(UNITTEST)
    )
    assert sources != sandbox_sources(UNITTEST)

    with (
        open_warm_box(local_backend, None, box_limits(LIMITS), sources=sources, parts=UNITTEST) as warm,
        pytest.raises(BoxLost),
    ):
        prove(warm, LIMITS)


@pytest.mark.bubblewrap
def test_a_box_without_pytest_is_told_from_a_program_that_fails(local_backend: Backend) -> None:
    sources = tuple(
        (name, text.replace("import pytest  #", "import no_such_pytest as pytest  #"))
        for name, text in sandbox_sources(UNITTEST)
    )

    with (
        open_warm_box(local_backend, None, box_limits(LIMITS), sources=sources, parts=UNITTEST) as warm,
        pytest.raises(SandboxUnavailable, match="No module named 'no_such_pytest'") as raised,
    ):
        prove_pytest(warm, LIMITS)

    assert any("install pytest" in line for line in raised.value.details)


@pytest.mark.docker
def test_what_is_imported_before_the_fork_works_after_it(docker_backend: Backend, python_image: str) -> None:
    program = """
import multiprocessing, sys, threading
import numpy
def product(n): return float((numpy.ones((n, n)) @ numpy.ones((n, n))).sum())
def task():
    assert "numpy" in BEFORE and "this" in BEFORE and "nothing_like_it" not in sys.modules
    found = []
    threads = [threading.Thread(target=lambda: found.append(product(50))) for _ in range(4)]
    for one in threads: one.start()
    for one in threads: one.join()
    with multiprocessing.Pool(2) as pool: found += pool.map(product, [50] * 4)
    assert set(found) == {50.0 ** 3}
    return 42
"""
    parts = replace(UNITTEST, preload=(*UNITTEST.preload, "this", "numpy", "nothing_like_it"))

    with open_warm_box(docker_backend, python_image, box_limits(LIMITS), parts=parts) as warm:
        ran = run_unit(warm, TASK, f"import sys\nBEFORE = set(sys.modules)\n{program}", TESTS, TASK.required)

    assert (dict(ran.statuses), ran.reason, ran.output) == ({"TestCases.test_it": "passed"}, "", "")


@pytest.mark.bubblewrap
def test_an_ordinary_users_box(local_backend: Backend) -> None:
    del local_backend  # which skips where nothing works

    with open_warm_box(NestedBackend(), None, box_limits(LIMITS), parts=UNITTEST) as warm:
        ran = run_unit(warm, TASK, "open('/tmp/a', 'w').close()\ndef task(): return 42", TESTS, TASK.required)
        after = run_unit(warm, TASK, "import os\ndef task(): return 42 + len(os.listdir('/tmp'))", TESTS, TASK.required)

    assert [dict(one.statuses) for one in (ran, after)] == [{"TestCases.test_it": "passed"}] * 2


@pytest.mark.bubblewrap
def test_observations_are_bounded(local_backend: Backend) -> None:
    with open_warm_box(local_backend, None, box_limits(LIMITS), parts=UNITTEST) as warm:
        few, many, none = (
            run_unit(
                warm,
                TASK,
                f"with open('{OBSERVATIONS}', 'ab') as file: file.write(b'x' * {count})\ndef task(): return 42",
                TESTS,
                TASK.required,
            )
            for count in (3, 5 << 20, 0)
        )

    assert (few.observations, few.observed_all) == (b"xxx", True)
    assert (len(many.observations), many.observed_all) == (4 << 20, False)
    assert (none.observations, none.observed_all) == (b"", True)
