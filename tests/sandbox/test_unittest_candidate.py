"""The process of a program and its tests, without a box around it: what it reports of tests of every kind."""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from boxscore import resources
from unittest_report import Report, read_report

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0f" * 16
RUN = """
import os, sys
sys.path.insert(0, sys.argv[1])
import unittest_candidate
for number, descriptor in enumerate(map(int, sys.argv[2:]), 3):
    os.dup2(descriptor, number)
os._exit(unittest_candidate.run(4, 6))
"""
HEAD = "import unittest\nclass TestCases(unittest.TestCase):\n"
PYTEST = pytest.mark.skipif(importlib.util.find_spec("pytest") is None, reason="needs pytest")


class Ran(NamedTuple):
    """What a process left: its status, how it began, the report's bytes, what it observed, its log."""

    status: int
    began: bytes
    data: bytes
    observed: bytes
    log: str

    def report(self, keep: tuple[str, ...] = ()) -> Report:
        assert self.began == b"r"
        return read_report(self.data, KEY, keep)

    def statuses(self) -> dict[str, str]:
        return {test: status for test, status, _ in self.report().tests}


def run(folder: Path, program: str, tests: str, required: tuple[str, ...] = ("TestCases.x",), **more: object) -> Ran:
    request = {
        "runner": "unittest",
        "module": "program",
        "setup": b"",
        "files": (),
        "environment": (),
        "keep": (),
        "program": program.encode(),
        "tests": tests.encode(),
        "required": required,
        "key": KEY,
    } | more
    data = marshal.dumps(request, 2)
    files = ("request", "observed", "report")
    with contextlib.ExitStack() as stack:
        asked, observed, report = (stack.enter_context((folder / name).open("w+b")) for name in files)
        asked.write(struct.pack("<I", len(data)) + data)
        asked.seek(0)
        read, write = os.pipe()
        own = folder / "own"
        own.mkdir()
        ends = [asked.fileno(), write, observed.fileno(), report.fileno()]
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(resources.folder("sandbox")), *map(str, ends)],
            pass_fds=ends,
            cwd=own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=100,
            check=False,
        )
        os.close(write)
        with os.fdopen(read, "rb") as answers:
            began = answers.read()
        (size,) = struct.unpack("<I", report.read(4))
        return Ran(done.returncode, began, report.read(size), observed.read(), done.stdout.decode())


KINDS = f"""{HEAD}
    def test_passes(self): self.assertEqual(f(1), 2)
    def test_fails(self): self.assertEqual(f(1), 3)
    def test_raises(self): f(None)
    def test_exits(self): import sys; sys.exit(0)
    @unittest.skip("no")
    def test_skipped(self): f(1)
    def test_skips(self): self.skipTest("no")
    @unittest.expectedFailure
    def test_expected(self): self.assertEqual(f(1), 3)
    @unittest.expectedFailure
    def test_unexpected(self): self.assertEqual(f(1), 2)
    def test_subtests(self):
        for i in range(3):
            with self.subTest(i=i): self.assertNotEqual(f(i), 2)
    def test_skipped_subtest(self):
        with self.subTest(): self.skipTest("no")
    def test_error_in_subtest(self):
        with self.subTest(): f(None)
    def test_fails_late(self):
        self.addCleanup(f, None)
"""


def test_each_kind_of_test_has_its_status(tmp_path: Path) -> None:
    ran = run(tmp_path, "def f(x): print('called'); return x + 1", KINDS)

    assert {test.removeprefix("TestCases.test_"): status for test, status in ran.statuses().items()} == {
        "passes": "passed",
        "fails": "failed",
        "raises": "error",
        "exits": "error",
        "skipped": "skipped",
        "skips": "skipped",
        "expected": "expected_failure",
        "unexpected": "unexpected_success",
        "subtests": "failed",
        "skipped_subtest": "skipped",
        "error_in_subtest": "error",
        "fails_late": "error",
    }
    assert (
        next(why for test, _, why in ran.report().tests if test.endswith("_fails")) == "line 5: AssertionError: 2 != 3"
    )
    assert (ran.status, "called" in ran.log) == (1, True)


@pytest.mark.parametrize(
    ("program", "tests", "said"),
    [
        ("def f(", HEAD, b'"syntax", "SyntaxError"'),
        ("x = '''", "'''\n" + HEAD, b'"syntax", "SyntaxError"'),
        ("import nothing_like_it", HEAD, b'"load", "ModuleNotFoundError"'),
        ("import sys; sys.exit(0)", HEAD, b'"load", "SystemExit"'),
        ("pass", HEAD.replace("TestCases", "Other") + "    pass", b'"run", "AttributeError"'),
        ("pass", "def f(", b'"load", "SyntaxError"'),
        ("pass", HEAD + "    def test_a(self): raise KeyboardInterrupt", b'"run", "KeyboardInterrupt"'),
    ],
)
def test_what_keeps_tests_from_being_run_is_told(tmp_path: Path, program: str, tests: str, said: bytes) -> None:
    ran = run(tmp_path, program, tests)

    assert ran.data.startswith(b'["raised", ' + said)
    assert ran.status == 1


def test_the_process_is_as_tests_find_it(tmp_path: Path) -> None:
    tests = f"""{HEAD}
    def test_a(self):
        import json, os, sys, time
        self.assertEqual(open("in/a.txt").read(), "hi")
        self.assertEqual((os.environ["TZ"], time.tzname[0]), ("Asia/Tokyo", "JST"))
        self.assertEqual((__name__, __file__, environ is os.environ), ("__test__", "__test__.py", True))
        self.assertIs(sys.modules["__test__"].f, f)
        self.assertEqual((os.path.basename(os.getcwd()), sys.stdin.read()), ("work", ""))
        open(os.path.expanduser("~/own"), "w").close()
        self.assertEqual(before, 7)
"""
    ran = run(
        tmp_path,
        "import builtins\ndef f(): pass\nbefore = builtins.before",
        tests,
        files=(("in/a.txt", b"hi"),),
        environment=(("TZ", "Asia/Tokyo"),),
        setup=b"import builtins\nbuiltins.before = 7",
    )

    assert ran.report().tests == [("TestCases.test_a", "passed", "")]


def test_a_forked_process_reports_nothing(tmp_path: Path) -> None:
    ran = run(tmp_path, "import os\ndef f(): os.fork()", f"{HEAD}    def test_a(self): f()\n    def test_b(self): pass")

    assert ran.statuses() == {"TestCases.test_a": "passed", "TestCases.test_b": "passed"}


def test_small_files_are_kept(tmp_path: Path) -> None:
    program = """
import os
os.makedirs("plots/deep")
for name, size in (("a.png", 3), ("plots/deep/b.png", 2), ("c.txt", 1), ("large.png", 1 << 19)):
    with open(name, "wb") as file: file.write(bytes(size))
os.symlink("/etc/passwd", "link.png")
os.mkfifo("pipe.png")
os.mkdir("folder.png")
"""
    ran = run(tmp_path, program, f"{HEAD}    def test_a(self): pass", keep=("*.png",))

    assert dict(ran.report(("*.png",)).files) == {"a.png": "000000", "plots/deep/b.png": "0000"}


PYTESTS = """
import pytest
@pytest.fixture
def two(): return 2
@pytest.fixture
def broken(): raise ValueError
class TestF:
    def test_passes(self, two): assert f(1) == two
    def test_fails(self): assert f(1) == 3
    def test_raises(self):
        with pytest.raises(TypeError): f(None)
    @pytest.mark.parametrize("n", [1, 2])
    def test_each(self, n): assert f(n) == pytest.approx(2)
def test_broken(broken): pass
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_xfail(): assert f(1) == 3
@pytest.mark.xfail
def test_xpass(): assert f(1) == 2
"""


@PYTEST
def test_pytest_runs_tests_of_its_kind(tmp_path: Path) -> None:
    program = "open('conftest.py', 'w').write('raise ValueError')\ndef f(x): return x + 1"
    ran = run(tmp_path, program, PYTESTS, runner="pytest", module="python_7")

    assert ran.statuses() == {
        "TestF.test_passes": "passed",
        "TestF.test_fails": "failed",
        "TestF.test_raises": "passed",
        "TestF.test_each[1]": "passed",
        "TestF.test_each[2]": "failed",
        "test_broken": "error",
        "test_skipped": "skipped",
        "test_xfail": "expected_failure",
        "test_xpass": "unexpected_success",
    }
    assert ran.status == 1


@PYTEST
@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("def f(", b'"syntax", "SyntaxError"'),
        ("import nothing_like_it", b'"load", "'),
        ("import sys; sys.exit(0)", b'"'),
        ("import pytest; pytest.exit('done', 0)", b'"'),
        ("import pytest; pytest.skip('no', allow_module_level=True)", b'["end", '),
    ],
)
def test_pytest_that_collects_nothing_reports_no_test(tmp_path: Path, program: str, said: bytes) -> None:
    ran = run(tmp_path, program, PYTESTS, runner="pytest")

    assert said in ran.data
    assert b'"passed"' not in ran.data
