"""What runs in the process of a program and its tests: puts files in place, loads both, runs the tests, reports.

From the first line of the program on, nothing here can be trusted, and nothing outside does. The report, in the lines
that `unittest_report.py` describes, is written to a file that is mapped before the program begins: no descriptor leads
to it, so a program may close all that are open, as daemons do. What tests observe goes to the file that is open as 5.
"""

from __future__ import annotations

import json
import marshal
import mmap
import os
import resource
import sys
import time
from fnmatch import fnmatchcase
from types import ModuleType
from typing import TYPE_CHECKING

from candidate import ANSWERS, REPORT, REQUESTS
from frames import LENGTH, read_exactly, write_all
from program_candidate import open_streams, place
from program_frames import RUNNING
from unittest_report import MAX_FILE, MAX_FILES, MAX_ID, MAX_KEPT, MAX_NAME, MAX_REASON, MAX_REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

    from unittest_grader import Request

MODULE, TESTS, PROGRAM_FILE, TESTS_FILE = "__test__", "<tests>", "__test__.py", "test_program.py"
PASSING = ("passed", "skipped", "expected_failure")
WALKED = 2_000  # entries of the working folder that are looked at for files to keep


class Raised(Exception):  # noqa: N818 - it is a part of the report
    """The program, or the tests outside of any test, did not get through."""

    def __init__(self, stage: str, error: BaseException) -> None:
        super().__init__()
        self.stage, self.error = stage, error


class Reporter:
    """Writes lines to the report; a process that was forked from this one writes none."""

    def __init__(self, report: mmap.mmap, key: str) -> None:
        self.report, self.key, self.owner = report, key, os.getpid()
        self.size = 0
        self.order: list[str] = []
        self.worst: dict[str, tuple[str, str]] = {}

    def say(self, *fields: Any) -> None:
        """Write one line, so far as there is room, and say how long the report is."""
        if os.getpid() != self.owner:
            os._exit(1)
        line = json.dumps(fields).encode() + b"\n"
        begin = LENGTH.size + self.size
        line = line[: len(self.report) - begin]
        self.report[begin : begin + len(line)] = line
        self.size += len(line)
        self.report[: LENGTH.size] = LENGTH.pack(self.size)

    def note(self, test: str, status: str, reason: str = "") -> None:
        """Remember the first status of a test, but a later one that is worse: subtests and teardown are part of it."""
        test = test[:MAX_ID]
        if test not in self.worst:
            self.order.append(test)
        elif self.worst[test][0] in ("failed", "error") or status in PASSING:
            return
        self.worst[test] = status, reason[:MAX_REASON]

    def end(self, files: Iterator[tuple[str, bytes]]) -> int:
        for test in self.order:
            self.say("test", test, *self.worst[test])
        for name, data in files:
            self.say("file", name, data.hex())
        self.say("end", self.key, len(self.order))
        return 0 if all(status in PASSING for status, _ in self.worst.values()) else 1

    def raised(self, raised: Raised) -> int:
        """Report the tests until then, and what was raised; return the exit status that goes with it."""
        for test in self.order if raised.stage != "syntax" else ():
            self.say("test", test, *self.worst[test])
        self.say("raised", raised.stage, type(raised.error).__name__[:100], text_of(raised.error), self.key)
        return 1


def main() -> NoReturn:
    os._exit(run(ANSWERS, REPORT))


def run(answers: int, report: int) -> int:
    request = receive()
    reporter = Reporter(mapped(report), request["key"])
    settle(request)
    write_all(answers, RUNNING)
    try:
        if request["runner"] == "pytest":
            run_pytest(request, reporter)
        else:
            run_unittest(request, reporter)
        status = reporter.end(kept(request["keep"]))
    except Raised as raised:
        status = reporter.raised(raised)
    flush()
    return status


def mapped(report: int) -> mmap.mmap:
    """Map the file of the report, as large as any may be, or any file; one byte more shows that it was too long."""
    most, size = resource.getrlimit(resource.RLIMIT_FSIZE)[0], LENGTH.size + MAX_REPORT + 1
    os.ftruncate(report, size if most == resource.RLIM_INFINITY else min(most, size))
    found = mmap.mmap(report, 0)
    os.close(report)
    return found


def receive() -> Request:
    head = read_exactly(REQUESTS, LENGTH.size)
    data = None if head is None else read_exactly(REQUESTS, LENGTH.unpack(head)[0])
    if data is None:
        os._exit(1)
    os.close(REQUESTS)
    request: Request = marshal.loads(data)
    return request


def settle(request: Request) -> None:
    """Make the process look as tests find it: folders and files, variables, streams, and a `__main__` of its own."""
    base = os.getcwd()
    home = os.path.join(base, "home")
    for folder in ("home", "work"):
        os.mkdir(folder)
    os.chdir("work")
    os.umask(0o022)
    place(request["files"])
    os.environ.update({"HOME": home, "PWD": os.getcwd(), "USER": "box", "LOGNAME": "box"})
    os.environ.update(dict(request["environment"]))
    time.tzset()
    open_streams("backslashreplace")
    sys.argv = [""]
    sys.modules["__main__"] = ModuleType("__main__")


def flush() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()  # type: ignore[union-attr]
        except BaseException:
            pass  # the program closed it, or put something else in its place


def load(source: bytes, name: str, namespace: dict[str, Any]) -> None:
    try:
        code = compile(source, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise Raised("syntax" if name != TESTS else "load", error) from None
    try:
        exec(code, namespace)
    except BaseException as error:
        raise Raised("load", error) from None


def run_unittest(request: Request, reporter: Reporter) -> None:
    import unittest  # noqa: PLC0415 - it is loaded already: by its name, the module of the standard library

    if request["setup"]:
        load(request["setup"], "<setup>", {"__name__": "setup", "__builtins__": __builtins__})
    module = ModuleType(MODULE)
    module.__dict__.update(
        __builtins__=__builtins__, __file__=PROGRAM_FILE, __package__=None, sys=sys, os=os, environ=os.environ
    )
    sys.modules[MODULE] = module
    load(request["program"], PROGRAM_FILE, module.__dict__)
    load(request["tests"], TESTS, module.__dict__)
    suite = unittest.TestSuite()
    try:
        for name in dict.fromkeys(test.partition(".")[0] for test in request["required"]):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(getattr(module, name)))
        suite.run(collector(unittest, reporter, request["required"]))
    except BaseException as error:
        raise Raised("run", error) from None


def collector(unittest: Any, reporter: Reporter, required: tuple[str, ...]) -> Any:
    def note(test: Any, status: str, reason: str = "") -> None:
        test = getattr(test, "test_case", test)  # a subtest is part of its test
        name = getattr(test, "_testMethodName", None)
        if name is not None:
            reporter.note(f"{type(test).__name__}.{name}", status, reason)
            return
        for one in required:  # what belongs to a class or a module, and keeps its tests from being run
            reporter.note(one, status, reason)

    def note_subtest(test: Any, _subtest: Any, error: Any) -> None:
        if error is not None:
            note(test, "failed" if issubclass(error[0], test.failureException) else "error", reason_of(error))

    result = unittest.TestResult()
    result.addSuccess = lambda test: note(test, "passed")
    result.addFailure = lambda test, error: note(test, "failed", reason_of(error))
    result.addError = lambda test, error: note(test, "error", reason_of(error))
    result.addSkip = lambda test, reason: note(test, "skipped", text_of(reason))
    result.addExpectedFailure = lambda test, error: note(test, "expected_failure", reason_of(error))
    result.addUnexpectedSuccess = lambda test: note(test, "unexpected_success")
    result.addSubTest = note_subtest
    return result


def run_pytest(request: Request, reporter: Reporter) -> None:
    try:
        import pytest  # noqa: PLC0415 - only where an image has it
    except ImportError as error:
        raise Raised("load", error) from None
    if request["setup"]:
        load(request["setup"], "<setup>", {"__name__": "setup", "__builtins__": __builtins__})
    name = request["module"]
    here = os.getcwd()
    place(((f"{name}.py", request["program"]), (TESTS_FILE, b"from %s import *\n" % name.encode() + request["tests"])))
    try:
        compile(request["program"], f"{name}.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise Raised("syntax", error) from None
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, here)
    plugin = Plugin(reporter)
    folders = ("-c", os.devnull, "--rootdir", here, "--confcutdir", here)  # it looks at no folder above
    options = ("-p", "no:cacheprovider", "--noconftest", *folders, "-q", "--color=no")
    try:
        pytest.main([*options, os.path.join(here, TESTS_FILE)], plugins=[plugin])
    except BaseException as error:
        raise Raised("run", error) from None
    if plugin.refused is not None:
        raise Raised("load", plugin.refused)


class Plugin:
    """What pytest tells of each test; a test that fails to be collected is kept as the reason of all."""

    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter
        self.refused: BaseException | None = None

    def pytest_exception_interact(self, call: Any, report: Any) -> None:
        if getattr(report, "when", None) is None or report.when == "collect":
            self.refused = call.excinfo.value

    def pytest_runtest_logreport(self, report: Any) -> None:
        test = report.nodeid.partition("::")[2].replace("::", ".")
        xfail = hasattr(report, "wasxfail")
        if report.outcome == "skipped":
            status = "expected_failure" if xfail else "skipped"
        elif report.outcome == "failed":
            status = "failed" if report.when == "call" else "error"
        elif report.when == "call":
            status = "unexpected_success" if xfail else "passed"
        else:
            return
        self.reporter.note(test, status, text_of(crash_of(report)))


def crash_of(report: Any) -> str:
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    return "" if crash is None else str(f"line {crash.lineno}: {crash.message}")


def reason_of(err: Any) -> str:
    kind, error, trace = err
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == TESTS:
            line = trace.tb_lineno
        trace = trace.tb_next
    text = text_of(error)
    return f"line {line}: " * bool(line) + str(kind.__name__) + f": {text}" * bool(text)


def text_of(value: object) -> str:
    """A text that is bounded, whatever its class does."""
    try:
        return str(value)[:MAX_REASON]
    except BaseException as error:
        return f"its text raised {type(error).__name__}"


def kept(patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Read the files of the working folder that are to be kept: small ones, and no links."""
    total = count = 0
    for name in names() if patterns else ():
        if len(name) > MAX_NAME or not any(fnmatchcase(name, one) for one in patterns):
            continue
        data = contents(name)
        if data is not None and count < MAX_FILES and total + len(data) <= MAX_KEPT:
            total, count = total + len(data), count + 1
            yield name, data


def names() -> Iterator[str]:
    seen = 0
    for folder, _, files in os.walk("."):
        for name in sorted(files):
            seen += 1
            if seen > WALKED:
                return
            yield os.path.normpath(os.path.join(folder, name))


def contents(name: str) -> bytes | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if found.st_mode & 0o170000 != 0o100000 or found.st_size > MAX_FILE:
            return None
        return file.read(MAX_FILE)
