"""Run tests in a JVM of their own, in a box, and say what came of it."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.errors import HarnessError, ProtocolError
from boxscore.protocols.patch.verdict import LIMITS
from boxscore.protocols.statuses import Status
from boxscore.protocols.trusted import ending_of
from boxscore.records import LimitName, Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.boxes.contract import Box, Completed


MAX_FRAMES = 500_000
MAX_FRAME_BYTES = 1 << 17
MAX_TESTS = 100_000
FIELDS = {"start": 1, "test": 4, "broken": 4, "unloaded": 3, "late": 2, "trouble": 2, "end": 3}
WORST_FIRST = (Status.ERROR, Status.FAILED, Status.SKIPPED, Status.PASSED)


class Report(Struct, kw_only=True):
    """What a run reported.

    `odd` says how it is no report that the runner writes, "" where it is one so far; `ended` whether it came to its
    end. Of each test there are its worst status, why, how often it was run, and how often it passed then. `unloaded`
    are classes that could not be, `late` is the test that took too long, `trouble` what kept the runner from running
    tests.
    """

    started: bool = False
    ended: bool = False
    odd: str = ""
    statuses: dict[str, Status] = {}
    reasons: dict[str, str] = {}
    invocations: dict[str, int] = {}
    passes: dict[str, int] = {}
    unloaded: dict[str, str] = {}
    late: str | None = None
    trouble: str = ""

    @property
    def passing(self) -> bool:
        """Whether all that was reported has passed."""
        return all(status is Status.PASSED for status in self.statuses.values())

    def take(self, frame: Sequence[str]) -> str:
        """Take a frame; say what is odd about it, "" if nothing is."""
        match frame:
            case ("start",):
                self.started = True
            case ("end", _, _):
                self.ended = True
            case ("test" | "broken" as kind, test, status, reason):
                return self._test(test, status, reason, run=kind == "test")
            case ("unloaded", name, reason):
                if len(self.unloaded) < MAX_TESTS:
                    self.unloaded[name] = reason
            case ("late", test):
                self.late = test
            case (_, trouble):
                self.trouble = trouble
        return ""

    def _test(self, test: str, word: str, reason: str, *, run: bool) -> str:
        if word not in WORST_FIRST:
            return "the report has an unknown status"
        status = Status(word)
        if len(self.statuses) >= MAX_TESTS and test not in self.statuses:
            return "the report has too many tests"
        known = self.statuses.get(test, Status.PASSED)
        worst = min(known, status, key=WORST_FIRST.index)
        if reason and (test not in self.reasons or worst is not known):
            self.reasons[test] = reason
        self.statuses[test] = worst
        self.invocations[test] = self.invocations.get(test, 0) + run
        self.passes[test] = self.passes.get(test, 0) + (run and status is Status.PASSED)
        return ""


def request(
    key: str,
    *,
    classes: Iterable[str],
    tests: Iterable[str] = (),
    parameters: Iterable[tuple[str, str]] = (),
    method_s: float | None = None,
) -> bytes:
    """Ask for the tests of classes: all of them, or those that are named. Raises HarnessError for what fits no line."""
    words = [
        ("key", key),
        *([] if method_s is None else [("method-millis", str(max(1, int(1000 * method_s))))]),
        *(("class", name) for name in classes),
        *(("test", test) for test in tests),
        *(("parameter", f"{name}={value}") for name, value in parameters),
    ]
    if odd := [value for _, value in words if "\n" in value or not value.isprintable()]:
        raise HarnessError(f"a name that tests in Java cannot have: {odd[0]!r}")
    return "".join(f"{word} {value}\n" for word, value in words).encode()


def read_report(data: bytes, key: str) -> Report:
    """Read what came over the channel of a run that was given this key."""
    frames, odd = _frames(data)
    report = Report()
    for number, frame in enumerate(frames):
        if report.ended:
            odd = odd or "something follows the end of the report"
            break
        if frame[0] == "end" and (frame[1] != key or frame[2] != str(number)):
            odd = odd or "the end of the report is not the runner's"
            break
        if (frame[0] == "start") != (number == 0):
            odd = odd or "the report does not begin as the runner's does"
            break
        odd = odd or report.take(frame)
    report.odd, report.ended = odd, report.ended and not odd
    return report


def _frames(data: bytes) -> tuple[list[Sequence[str]], str]:
    """Cut a report into frames; say what is odd about the first that is none, with which reading ends."""
    *lines, rest = data.split(b"\n", MAX_FRAMES)
    frames: list[Sequence[str]] = []
    for line in lines:
        if len(line) > MAX_FRAME_BYTES:
            return frames, "a line of the report is too long"
        try:
            frame = msgspec.json.decode(line, type=tuple[str, ...])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return frames, "a line of the report cannot be read"
        if not frame or FIELDS.get(frame[0]) != len(frame):
            return frames, "the report has a line that the runner never writes"
        frames.append(frame)
    return frames, "the report ends in the middle of a line" if rest else ""


SCRATCH = "/scratch"
CHANNEL_BYTES = 32 << 20
KEY_BYTES = 16
PASSED, FAILED, BROKEN, LATE = 0, 1, 3, 4  # exit codes, as in sandbox/jvm/Runner.java
MEBIBYTE = 1 << 20
LEAST_HEAP_MIB = 256
UNNAMED = "a test"  # that has no id of its own
MAIN = "boxscore.jvm.Runner"

_START = """
jars=; for jar in $1; do jars=$jars$jar:; done
path=$jars$2 home=$3; shift 3
if [ -r "$home/lib/boxscore.path" ]; then
  case $path in "$(cat "$home/lib/boxscore.path")"*) set -- "-XX:SharedArchiveFile=$home/lib/boxscore.jsa" "$@" ;; esac
fi
exec 0>&1 1>&2
exec "$home/bin/java" -cp "$path" "$@"
""".strip()
"""Find our jars in their order, and the archive of what a JVM loads from them (see sandbox/jvm/archive).

The report goes to descriptor 0 (see sandbox/jvm/Channel.java), which is the program's output; what tests print is its
errors.
"""

JVM = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"),
    "-enableassertions",  # as Maven and Gradle have it
    "-Djunit.platform.launcher.interceptors.enabled=false",  # which a file of the class path could say
)

TESTNG, ENGINE = re.compile(r"/testng-\d[^/]*\.jar$"), "/usr/share/boxscore/libraries/testng/testng-engine-*.jar"
"""What runs the tests of TestNG, whichever version of it a class path has."""

NO_ATTACHING, AGENT = "-XX:+DisableAttachMechanism", "byte-buddy-agent"
"""Nothing attaches to the JVM, unless a library on its class path does so to mock classes."""


class Runner(Struct, frozen=True, kw_only=True):
    """Where our runner and JUnit are in a box: entries of a class path, in their order.

    They stand before all others, so that no class of another is taken for one of theirs.
    """

    class_path: tuple[str, ...] = ("/usr/share/boxscore/jvm/runner.jar", "/usr/share/boxscore/libraries/junit5/*")


class TestRun(Struct, frozen=True, kw_only=True):
    """What one run of tests said and came to. Statuses are the word of the tests' own process.

    `outcome` is what limits, the end of the process or the form of its report made of it, with `limit`, `signal` and
    `reason`; None where it ran to its end and reported. `late` is the test that took too long where that ended it, ""
    where it did not. `statuses` are the worst of each test's invocations, of which there were so many, and so many
    `passes`. `unloaded` are classes that could not be loaded, and why.
    """

    __test__ = False  # no test of pytest's

    outcome: Outcome | None = None
    reason: str = ""
    late: str = ""
    statuses: Mapping[str, Status] = {}
    reasons: Mapping[str, str] = {}
    invocations: Mapping[str, int] = {}
    passes: Mapping[str, int] = {}
    unloaded: Mapping[str, str] = {}
    exit_code: int | None = None
    signal: int | None = None
    limit: LimitName | None = None
    output: str = ""
    output_truncated: bool = False
    cpu_s: float | None = None
    wall_s: float = 0.0
    memory_bytes: int | None = None


def run_tests(  # noqa: PLR0913 - what a JVM is started with
    box: Box,
    *,
    java: str,
    class_path: Sequence[str],
    required: Sequence[str] = (),
    classes: Sequence[str] | None = None,
    runner: Runner = Runner(),  # noqa: B008 - a constant
    parameters: Sequence[tuple[str, str]] = (),
    method_s: float | None = None,
    cwd: str | None = None,
    limits: Limits,
) -> TestRun:
    """Run tests by JUnit 3, 4, 5 and TestNG in a fresh JVM, as the box's ordinary user.

    `java` is the home of a JDK or JRE from 8 on. `required` are ids, `package.Class#method` with `$` for nested
    classes: these are run and no others; without them all tests of `classes`, which are theirs unless given.
    `parameters` are JUnit's own, of the trusted tests' `junit-platform.properties`: nothing of the class path is asked
    for any. `method_s` bounds the seconds of one invocation of a test; the run ends with the first that takes longer.

    Raises BoxError where the box fails or no JVM starts in it, HarnessError for names that no test can have.
    """
    key = secrets.token_hex(KEY_BYTES)
    chosen = dict.fromkeys(test.partition("#")[0] for test in required) if classes is None else classes
    asked = request(key, classes=chosen, tests=required, parameters=parameters, method_s=method_s)
    path = f"{SCRATCH}/.boxscore-{secrets.token_hex(KEY_BYTES)}"
    box.put(path, asked, mode=0o600)
    done = box.run(
        command(java, runner, class_path, path, limits=limits),
        cwd=cwd,
        limits=structs.replace(limits, output_bytes=max(CHANNEL_BYTES, limits.output_bytes)),
    )
    return came_to(done, read_report(done.stdout, key), method_s=method_s)


def command(java: str, runner: Runner, class_path: Sequence[str], asked: str, *, limits: Limits) -> list[str]:
    """Start a JVM that does what is asked in a file, which it deletes."""
    heap = max(LEAST_HEAP_MIB, limits.memory_bytes * 5 // 8 // MEBIBYTE)
    testng = (ENGINE,) if any(TESTNG.search(one) for one in class_path) else ()
    first = " ".join(f"{one}.jar" if one.endswith("/*") else one for one in (*runner.class_path, *testng))
    attaching = () if any(AGENT in one for one in (*runner.class_path, *class_path)) else (NO_ATTACHING,)
    jvm = (*JVM, *attaching, f"-Xmx{heap}m", MAIN, asked)
    return ["sh", "-c", _START, "sh", first, ":".join(class_path), java, *jvm]


def came_to(done: Completed, report: Report, *, method_s: float | None) -> TestRun:
    """Say what a process and its report come to together. Raises ProtocolError where no JVM of ours started."""
    outcome, reason = _end(done, report, method_s)
    output = done.stderr.decode(errors="replace")
    if not report.started and done.limit is None and done.signal is None:
        raise ProtocolError(f"no JVM of ours started: {ending_of(done)}: {output[-500:].strip()}")
    late = outcome is Outcome.TIMEOUT and done.limit is None
    return TestRun(
        outcome=outcome,
        reason=reason,
        late=(report.late or UNNAMED) if late else "",
        statuses=report.statuses,
        reasons=report.reasons,
        invocations=report.invocations,
        passes=report.passes,
        unloaded=report.unloaded,
        exit_code=done.exit_code,
        signal=done.signal,
        limit=LimitName.WALL if late else done.limit,
        output=output,
        output_truncated=done.stderr_truncated,
        cpu_s=done.cpu_s,
        wall_s=done.wall_s,
        memory_bytes=done.memory_bytes,
    )


def _end(done: Completed, report: Report, method_s: float | None) -> tuple[Outcome | None, str]:
    """The outcome that the end of a run gives it by itself, and why; None where its tests decide."""
    if done.limit is not None:
        return LIMITS[done.limit], f"the tests were ended by their limit: {done.limit}"
    if done.signal is not None:
        return Outcome.SIGNAL, f"the tests ended with signal {done.signal}"
    if done.stdout_truncated:
        return Outcome.OUTPUT_LIMIT, "the report of the tests is too long"
    return _reported(done.exit_code, report, method_s)


def _reported(exit_code: int | None, report: Report, method_s: float | None) -> tuple[Outcome | None, str]:
    """The same for a process that ended by itself, with a report."""
    unlimited = "the report says that a test took too long, but tests had no limit"
    if odd := report.odd or (unlimited if report.late is not None and method_s is None else ""):
        return Outcome.TAMPERED, odd
    if report.late is not None and method_s is not None and exit_code == LATE:
        return Outcome.TIMEOUT, f"{report.late} took longer than {method_s:g} s"
    if not report.ended:
        return Outcome.ERROR, f"the process ended with exit code {exit_code} before the report of its tests"
    if report.trouble and exit_code == BROKEN:
        return Outcome.ERROR, f"no tests could be run: {report.trouble}"
    if report.trouble or exit_code != (PASSED if report.passing else FAILED):
        return Outcome.TAMPERED, f"the report of the tests does not fit exit code {exit_code}"
    return None, ""
