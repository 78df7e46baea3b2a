"""The program protocol: which tasks it takes, what each kind of end becomes on real boxes, what a script finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.program.protocol import MAX_CASES, PROTOCOL
from boxscore.protocols.program.task import Case, Comparison, ProgramDetail, ProgramTask, Rule
from boxscore.records import LimitName, Limits, Outcome, Trust
from tests.layers.nested import NestedBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.contract import Backend
    from boxscore.records import Result

    Grade = Callable[..., Result]


ADD = "print(sum(map(int, input().split())))\n"


def detail_of(result: Result) -> ProgramDetail:
    assert isinstance(result.detail, ProgramDetail)
    return result.detail


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (ADD, Outcome.PASSED),
        ("print(3)", Outcome.WRONG),
        ("", Outcome.WRONG),
        ("import sys\nsys.stdout.buffer.write(b'\\xff\\n')", Outcome.WRONG),
        (ADD + "print('\\0', end='')", Outcome.WRONG),
        ("print(input() input())", Outcome.SYNTAX),
        ("x = 1\x00", Outcome.SYNTAX),
        (ADD + "raise SystemExit(4)", Outcome.ERROR),
        (ADD + "1 / 0", Outcome.ERROR),
        (ADD + "import os; os._exit(1)", Outcome.ERROR),
        (ADD + "import os; os.abort()", Outcome.SIGNAL),
        ("import ctypes; ctypes.string_at(0)", Outcome.SIGNAL),
        ("while True: pass", Outcome.TIMEOUT),
        (ADD + "while True: pass", Outcome.TIMEOUT),
        ("import time; time.sleep(600)", Outcome.TIMEOUT),
        ("b = []\nwhile True: b.append(bytes(1 << 24))", Outcome.MEMORY),
        ("while True: print('y' * 4096)", Outcome.OUTPUT_LIMIT),
        ("import sys\nwhile True: sys.stderr.write('y' * 4096)", Outcome.OUTPUT_LIMIT),
        ("import socket; socket.socket()", Outcome.FORBIDDEN),
        ("open('/etc/passwd').read()", Outcome.FORBIDDEN),
        ("import os, time\nfor _ in range(200):\n if os.fork() == 0: time.sleep(60)", Outcome.PROCESS_LIMIT),
    ],
)
def test_each_kind_of_end_has_its_outcome(grade: Grade, code: str, outcome: Outcome) -> None:
    result = grade(code)

    assert (result.outcome, result.trust) == (outcome, Trust.ORACLE), result


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))\nsys.exit()",
        "print(sum(map(int, open(0).read().split())))",
        "print(sum(map(int, open('/dev/stdin').read().split())))",
        "open('/dev/stdout', 'w').write(str(sum(map(int, input().split()))))",
        "import os\nos.write(1, str(sum(map(int, os.read(0, 99).split()))).encode())",
        "f = open(1, 'w')\nf.write(str(sum(map(int, input().split()))))",
        "import atexit\natexit.register(lambda: print(sum(map(int, input().split()))))",
        "def main():\n print(sum(map(int, input().split())))\nif __name__ == '__main__':\n main()",
        "import sys\nassert sys.argv == ['main.py'] and 'import sys' in open(__file__).read()\n" + ADD,
        (
            "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(1 << 26)\n"
            "def f(n): return n and f(n - 1)\n"
            "def main(): print(f(30_000) + sum(map(int, input().split())))\nthreading.Thread(target=main).start()"
        ),
        "import grader\nprint(grader.add(input()))",
        "import os, sys\nif os.fork() == 0:\n " + ADD + " sys.stdout.flush()\n os._exit(0)\nos.wait()",
        "import fractions, decimal, collections, heapq\n" + ADD,
    ],
)
def test_a_script_finds_what_it_would_find_elsewhere(grade: Grade, code: str) -> None:
    helper = "def add(text): return sum(map(int, text.split()))\n"

    assert grade(code, files=(("grader.py", helper),)).outcome is Outcome.PASSED


LEAVES = """
import os
for folder in (".", "/tmp", "/dev/shm"):
    os.makedirs(f"{folder}/closed/inner"); os.chmod(f"{folder}/closed", 0)
    os.mkdir(f"{folder}/sticky"); os.chmod(f"{folder}/sticky", 0o1777); open(f"{folder}/sticky/file", "w").close()
    for change in (lambda: os.chmod(folder, 0), lambda: os.utime(folder, (5, 5))):
        try: change()
        except PermissionError: pass
"""
FINDS = """
import os
for folder in ("/tmp", "/dev/shm"):
    assert (os.listdir(folder), os.stat(folder).st_mtime, oct(os.stat(folder).st_mode)) == ([], 0, "0o41777")
    open(f"{folder}/own", "w").close()
"""


@pytest.mark.bubblewrap
@pytest.mark.parametrize("user", ["root", "ordinary"])
def test_what_is_left_in_shared_folders_is_removed(local_backend: Backend, user: str) -> None:
    batch = Batch(
        instance_id="toy/left",
        task=ProgramTask(cases=(Case(expected=""),)),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(at), code=code) for at, code in enumerate((LEAVES, FINDS, FINDS))),
    )

    with open_program_grader(local_backend if user == "root" else NestedBackend(), None) as grader:
        found = [(one.outcome, one.attempts) for one in grader.grade(batch)]

    assert found == [(Outcome.PASSED, 1)] * 3


def test_a_failed_case_says_where_and_why(grade: Grade) -> None:
    cases = (Case(stdin="1 2", expected="3"), Case(stdin="5 5", expected="secret"), Case(stdin="1 1", expected="2"))

    result = grade(ADD, cases=cases)

    detail = detail_of(result)
    assert result.outcome is Outcome.WRONG
    assert result.reason == "case 2 of 3: line 1 is not the expected one: '10'"
    assert [case.outcome for case in detail.cases] == [Outcome.PASSED, Outcome.WRONG]
    assert (detail.first_failing, detail.compiled, detail.language) == (1, None, "python")


def test_an_exception_is_named(grade: Grade) -> None:
    result = grade("def f():\n    return {}['x']\nf()")

    (case,) = detail_of(result).cases
    assert (result.error_type, result.reason) == ("KeyError", "case 1 of 2: exit code 1: KeyError: 'x'")
    assert (case.exit_code, case.signal) == (1, None)
    assert case.errors.startswith(
        'Traceback (most recent call last):\n  File "/scratch/candidate/own/main.py", line 3, in <module>\n'
    )


CHECKER = "def accept(stdin, output, expected):\n    return sum(map(int, output.split())) == int(expected)\n"


@pytest.mark.parametrize(
    ("checker", "outcome"),
    [
        (CHECKER, Outcome.PASSED),
        ("def accept(stdin, output, expected):\n    return False\n", Outcome.WRONG),
        ("def accept(stdin, output, expected):\n    raise ValueError\n", Outcome.INTERNAL),
        ("def accept(stdin, output, expected):\n    return int(output) == int(expected)\n", Outcome.WRONG),
        ("def accept(stdin, output, expected) return\n", Outcome.INTERNAL),
        ("accepted = True\n", Outcome.INTERNAL),
        ("print('to nobody')\n" + CHECKER, Outcome.PASSED),
    ],
)
def test_a_checker_decides(grade: Grade, checker: str, outcome: Outcome) -> None:
    comparison = Comparison(rule=Rule.CHECKER, checker=checker)

    assert grade("print(1)\nprint(2)", cases=(Case(expected="3"),), comparison=comparison).outcome is outcome


def test_cases_together_have_a_limit(grade: Grade) -> None:
    code = "import time\nwhile time.process_time() < 0.3: pass\n" + ADD

    result = grade(code, cases=(Case(stdin="1 2", expected="3"),) * 5, total_cpu_s=0.5)

    assert (result.outcome, result.limit) == (Outcome.TIMEOUT, LimitName.CPU)
    assert [case.outcome for case in detail_of(result).cases][:2] == [Outcome.PASSED, Outcome.PASSED]


CASE = Case(stdin="1", expected="2")
ACCEPTING = "def accept(stdin, output, expected):\n    return True\n"


def task(**fields: object) -> ProgramTask:
    return ProgramTask(**({"cases": (CASE,)} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"language": "cobol"}, "known are python, cpp, javascript"),
        ({"cases": ()}, "holds 0"),
        ({"cases": (CASE,) * (MAX_CASES + 1)}, "from 1 to"),
        ({"comparison": Comparison(rule=Rule.CHECKER)}, "a 'checker' is needed"),
        ({"comparison": Comparison(checker=ACCEPTING)}, "and nowhere else"),
        ({"comparison": Comparison(rel_tol=-1.0)}, "0 or more"),
        ({"comparison": Comparison(abs_tol=float("nan"))}, "0 or more"),
        ({"total_cpu_s": 0.0}, "more than 0"),
        ({"files": (("../up", ""),)}, "'../up'"),
        ({"files": (("/top", ""),)}, "'/top'"),
        ({"files": (("main.py", ""),)}, "there already"),
        ({"files": (("a", ""), ("a", "x"))}, "there already"),
        ({"files": (("a", ""), ("a/b", "x"))}, "both a file and a folder"),
        ({"cases": (Case(stdin="\ud800"),)}, "case 1 is not text"),
        ({"cases": (Case(expected="\ud800"),)}, "what case 1 expects is not text"),
        ({"arguments": ("\ud800",)}, "is not text"),
        ({"arguments": ("a\0",)}, "NUL"),
        ({"cases": (Case(stdin="x" * 2000),), "limits": Limits(disk_bytes=1000)}, "1000 can be given"),
    ],
)
def test_a_task_that_cannot_be_graded_is_told_why(fields: dict[str, object], words: str) -> None:
    assert words in (PROTOCOL.invalid_reason(task(**fields)) or "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cases": (Case(),)}, "`no_tests`"),
        ({"comparison": Comparison(rule=Rule.CHECKER, checker="def accept(")}, "not Python"),
        ({"comparison": Comparison(rule=Rule.CHECKER, checker="x = 1")}, "does not define `accept`"),
    ],
)
def test_a_doubtful_task_is_warned_of(fields: dict[str, object], words: str) -> None:
    (warning,) = PROTOCOL.warnings(task(**fields))

    assert words in warning
