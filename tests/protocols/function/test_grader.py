"""The function protocol on real boxes: what each kind of answer becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.harness import FunctionTask, Inputs, PartTests
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.function.grader import open_function_grader
from boxscore.records import LimitName, Limits, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Backend, Box, BoxSpec
    from boxscore.protocols.contract import BatchGrader
    from boxscore.records import Result

    Grade = Callable[..., Result]

LIMITS = Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=512 << 20)
DOUBLE = "assert f(2) == 4\nassert f(-3) == -6\n"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def f(x): return 2 * x", Outcome.PASSED),
        ("def f(x): return x", Outcome.WRONG),
        ("def f(x): return None", Outcome.WRONG),
        ("def f(x) return x", Outcome.SYNTAX),
        ("f = 1\x00", Outcome.SYNTAX),
        ("def f(x): raise KeyError(x)", Outcome.ERROR),
        ("def g(x): return 2 * x", Outcome.ERROR),
        ("import nothing_of_this_name", Outcome.ERROR),
        ("import sys\ndef f(x): sys.exit(0)", Outcome.ERROR),
        ("import os\ndef f(x): os._exit(0)", Outcome.ERROR),
        ("import os\ndef f(x): os.kill(os.getpid(), 9)", Outcome.SIGNAL),
        ("import os\ndef f(x): os.abort()", Outcome.SIGNAL),
        ("def f(x):\n b = []\n while True: b.append(bytes(1 << 24))", Outcome.MEMORY),
        ("def f(x):\n while True: print('y' * 4096)", Outcome.OUTPUT_LIMIT),
        (
            "def f(x):\n open('a', 'wb').write(b'0' * (8 << 20)); [open(str(n), 'w').close() for n in range(1 << 20)]",
            Outcome.DISK_LIMIT,
        ),
        (
            "import os, time\ndef f(x):\n while True:\n  if os.fork() == 0: time.sleep(60)",
            Outcome.PROCESS_LIMIT,
        ),
        ("import socket\ndef f(x): return socket.socket()", Outcome.FORBIDDEN),
        ("def f(x): return open('/etc/passwd').read()", Outcome.FORBIDDEN),
        ("import os\ndef f(x): os.write(4, b'nonsense' * 9); return 2 * x", Outcome.TAMPERED),
        ("def f(x): raise PermissionError", Outcome.FORBIDDEN),
    ],
)
def test_each_kind_of_end_has_its_outcome(grade: Grade, code: str, outcome: Outcome) -> None:
    assert grade(code, DOUBLE).outcome is outcome


@pytest.mark.parametrize(
    "code",
    [
        """
import multiprocessing
def g(x): return 2 * x
def f(x):
    with multiprocessing.Pool(2) as pool: return pool.map(g, [x])[0]
""",
        """
from concurrent.futures import ProcessPoolExecutor
def g(x): return 2 * x
def f(x):
    with ProcessPoolExecutor(2) as pool: return pool.submit(g, x).result()
""",
        """
import shutil
def f(x):
    open("a", "w").write(str(2 * x))
    shutil.copy2("a", "b")
    return int(open("b").read())
""",
        """
import os, tempfile
assert os.listdir("/tmp") == os.listdir("/dev/shm") == []
def f(x):
    tempfile.mkdtemp(); open("/dev/shm/left", "w").close()
    return 2 * x
""",
        "import os\nassert os.listdir('/tmp') == os.listdir('/dev/shm') == []\ndef f(x): return 2 * x",
    ],
    ids=["pool", "executor", "copy2", "leaves files", "finds none"],
)
def test_a_function_may_use_processes_and_temporary_files(grade: Grade, code: str) -> None:
    result = grade(code, DOUBLE)

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")


def test_an_answer_that_cannot_be_printed_is_only_wrong(grade: Grade) -> None:
    code = "def f(x): return 10 ** 1_000_000"

    for tests in ("got = f(2)\nassert got == 4, got", "assert {4: 'four'}[f(2)] == 'four'"):
        result = grade(code, tests)
        assert (result.outcome, result.attempts) == (Outcome.WRONG, 1)


"""Answers with a frame that tells the host of a pass, longer than what a stream keeps back."""


@pytest.mark.parametrize(
    "use",
    [
        "print(f(2), f(2) * 2_000_000)",
        "import sys\nsys.stdout.close(); sys.stderr = sys.stdin = None",
        "import sys\nassert sys.stdin.read() == ''",
        "try: input()\nexcept EOFError: pass\nelse: assert False",
        "import io, sys\nsys.stdout = io.StringIO()\nprint(f(2))\nassert sys.stdout.getvalue()",
    ],
)
def test_the_standard_streams_of_tests_lead_nowhere(grader: BatchGrader, use: str) -> None:
    tests = f"{use}\nassert f(2) == chr(0xD800)"
    task = FunctionTask(entry_point="f", names=("f",), tests=tests, limits=LIMITS)
    candidates = tuple(Candidate(sample_id=name, code="def f(x): return chr(0xD800)") for name in "ab")
    batch = Batch(instance_id="toy/f", task=task, trust=Trust.ORACLE, candidates=candidates)

    results = list(grader.grade(batch))

    assert [(one.outcome, one.reason, one.attempts) for one in results] == [(Outcome.PASSED, "", 1)] * 2


def test_a_result_carries_its_measures_and_defences(grade: Grade) -> None:
    result = grade("def f(x):\n print('seen', x)\n return 2 * x", DOUBLE)

    assert (result.outcome, result.trust, result.output) == (Outcome.PASSED, Trust.ORACLE, "seen 2\nseen -3\n")
    assert result.cpu_s is not None
    assert 0 < result.cpu_s < 1
    assert result.memory_bytes is not None
    assert result.memory_bytes > 1 << 20
    assert {"network", "landlock", "seccomp-candidate", "identity", "no-new-privileges"} <= set(result.layers)


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("while True: pass", LimitName.CPU),
        ("def f(x):\n while True: pass", LimitName.CPU),
        ("import time\ndef f(x): time.sleep(60)", LimitName.WALL),
        ("import os, signal\ndef f(x): os.kill(os.getpid(), signal.SIGSTOP)", LimitName.WALL),
    ],
)
def test_the_limit_that_ended_a_sample_is_named(grade: Grade, code: str, limit: LimitName) -> None:
    result = grade(code, DOUBLE)

    assert (result.outcome, result.limit) == (Outcome.TIMEOUT, limit)


def test_exceptions_reach_tests_that_expect_them(grade: Grade) -> None:
    tests = "try:\n f(1)\nexcept ValueError as error:\n assert 'no' in str(error)\nelse:\n assert False\n"

    assert grade("class E(ValueError): pass\ndef f(x): raise E('no')", tests).outcome is Outcome.PASSED
    assert grade("def f(x): raise KeyError('no')", tests).outcome is Outcome.ERROR


def test_changed_arguments_are_seen_where_tests_may_run_beside_the_program(grade: Grade) -> None:
    code, tests = "def f(xs): xs.append(9)", "xs = [1]\nf(xs)\nassert xs == [1, 9]"

    assert grade(code, tests, beside="unseen").outcome is Outcome.PASSED
    assert grade(code, tests).outcome is Outcome.WRONG


def test_tests_that_never_call_the_candidate_are_no_tests(grade: Grade) -> None:
    assert grade("def f(x): return 2 * x", "pass").outcome is Outcome.NO_TESTS


SQUARES = Inputs(arguments=tuple((n,) for n in range(40)), base=10, min_cpu_s=0.5)
REFERENCE = "def f(x): return [x * x, float(x)]"


@pytest.mark.parametrize(
    ("code", "base", "plus"),
    [
        (REFERENCE, Outcome.PASSED, Outcome.PASSED),
        ("def f(x): return (x * x, float(x))", Outcome.WRONG, Outcome.WRONG),
        ("def f(x): return [x * x, x]", Outcome.PASSED, Outcome.PASSED),
        ("def f(x): return [x * x, float(x)] if x < 20 else None", Outcome.PASSED, Outcome.WRONG),
        ("def f(x): return [x * x, float(x)] if x < 20 else 1 // 0", Outcome.PASSED, Outcome.ERROR),
        ("def f(x):\n while x > 20: pass\n return [x * x, float(x)]", Outcome.PASSED, Outcome.TIMEOUT),
        ("def f(x):\n while x > 5: pass\n return [x * x, float(x)]", Outcome.TIMEOUT, Outcome.TIMEOUT),
    ],
)
def test_inputs_are_judged_in_parts(grade: Grade, code: str, base: Outcome, plus: Outcome) -> None:
    result = grade(code, inputs=SQUARES, reference=REFERENCE)

    assert result.parts == {"base": base, "plus": plus}
    assert result.outcome is plus


BASE = PartTests(part="base", names=("g",), tests="assert g(1) == two", helpers="two = 2")


@pytest.mark.parametrize(
    ("code", "base", "rest"),
    [
        ("def g(x): return 2 * x\ndef f(x): return g(x)", Outcome.PASSED, Outcome.PASSED),
        ("def g(x): return x\ndef f(x): return 2 * x", Outcome.WRONG, Outcome.PASSED),
        ("def f(x): return 2 * x", Outcome.ERROR, Outcome.PASSED),
        ("def g(x): return 2 * x\ndef f(x): return x", Outcome.PASSED, Outcome.WRONG),
        ("import os\ndef g(x): os.kill(os.getpid(), 9)\ndef f(x): return 2 * x", Outcome.SIGNAL, Outcome.PASSED),
        (
            "seen = []\ndef g(x): seen.append(x); return 2\ndef f(x): return x + x + len(seen)",
            Outcome.PASSED,
            Outcome.PASSED,
        ),
        ("def f(x) return x", Outcome.SYNTAX, Outcome.SYNTAX),
    ],
)
def test_parts_apart_decide_nothing_but_themselves(grade: Grade, code: str, base: Outcome, rest: Outcome) -> None:
    result = grade(code, DOUBLE, part="derived", apart=(BASE,))

    assert result.parts == {"base": base, "derived": rest}
    assert result.outcome is rest


def test_a_checker_decides_what_is_accepted(grade: Grade) -> None:
    checker = "def accept(index, arguments, answer, expected):\n return abs(answer - expected[index]) < 1\n"
    inputs = Inputs(arguments=((1,), (2,)), checker=checker)

    assert grade("def f(x): return x + 0.5", inputs=inputs, reference="def f(x): return x").outcome is Outcome.PASSED
    assert grade("def f(x): return x + 2", inputs=inputs, reference="def f(x): return x").outcome is Outcome.WRONG
    assert grade("def f(x): return 'a'", inputs=inputs, reference="def f(x): return x").outcome is Outcome.WRONG


def test_a_failing_reference_is_our_trouble(grade: Grade) -> None:
    result = grade("def f(x): return x", inputs=SQUARES, reference="def f(x): return 1 // x")

    assert result.outcome is Outcome.INTERNAL
    assert "reference" in result.reason


def test_a_batch_is_graded_in_order_and_independently(grader: BatchGrader) -> None:
    codes = [f"def f(x): return {2 if n % 3 else 3} * x\n" + "# filler\n" * 200 for n in range(120)]
    batch = Batch(
        instance_id="toy/f",
        task=FunctionTask(entry_point="f", names=("f",), tests=DOUBLE, limits=Limits(cpu_s=1.0)),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(n), code=code) for n, code in enumerate(codes)),
    )

    results = list(grader.grade(batch))

    assert [result.sample_id for result in results] == [str(n) for n in range(120)]
    assert [result.outcome is Outcome.PASSED for result in results] == [bool(n % 3) for n in range(120)]


@pytest.mark.bubblewrap
def test_strict_grading_opens_a_box_for_each_sample(local_backend: Backend, tmp_path: Path) -> None:
    backend = local_backend
    opened = []

    class Counting:
        name = backend.name
        capabilities, network = backend.capabilities, backend.network
        check, image_digest, reap = backend.check, backend.image_digest, backend.reap

        def box(self, spec: BoxSpec) -> AbstractContextManager[Box]:
            opened.append(spec)
            return backend.box(spec)

    codes = ("def f(x): return 2 * x", "def f(x): return x", "def f(x): return 2 * x")
    batch = Batch(
        instance_id="toy/f",
        task=FunctionTask(entry_point="f", names=("f",), tests=DOUBLE),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(n), code=code) for n, code in enumerate(codes)),
    )

    with open_function_grader(Counting(), None, cache=tmp_path, strict=True) as grader:
        outcomes = [result.outcome for result in grader.grade(batch)]

    assert outcomes == [Outcome.PASSED, Outcome.WRONG, Outcome.PASSED]
    assert len(opened) == 3


FRAME = """
import json, struct
def f(x):
    verdict = {"number": 0, "outcome": "passed", "reason": "forged", "error_type": None, "limit": None, "unsure": False}
    verdict |= {"parts": {}, "output": "", "output_truncated": False, "cpu_s": 0.1, "wall_s": 0.1, "memory_bytes": 9}
    text = json.dumps(verdict).ljust(0x7F7F)
    return struct.pack("<I", len(text)).decode("ascii") + text
"""


@pytest.mark.parametrize(
    "reach",
    [
        "print(f(2))",
        "import sys\nsys.stdout.write(f(2))",
        "import sys\nprint(f(2), file=sys.stderr)",
        "import sys\nprint(f(2), file=sys.__stdout__, flush=True)",
        "import sys\nsys.stdout.buffer.write(f(2).encode())\nsys.stdout.flush()",
        "import os\nfor number in 0, 1, 2: os.write(number, f(2).encode())",
    ],
)
def test_tests_that_print_an_answer_print_it_to_nobody(grade: Grade, reach: str) -> None:
    result = grade(FRAME, f"{reach}\nassert f(2) == 4")

    assert (result.outcome, result.attempts) == (Outcome.WRONG, 1)
