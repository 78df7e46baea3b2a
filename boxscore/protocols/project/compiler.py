"""A Java compiler in a box of its own, where no code of a candidate is ever run: sources go in, class files come out.

Theory of operation. `sandbox/javac/Compiler.java` is compiled in the box once and then kept running: its JVM is warm,
which saves what `javac` takes to start. Sources cross as data and are compiled from memory with options of ours alone,
so there are no names, argument files or annotation processors for a sample to play with; class files come back as data.
Each request has a compiler of its own, so one sample leaves nothing for the next; even so, whatever an old JVM says
that is no plain answer (it ended, it crashed, it used up its time) is asked again of a new one, and only that is
believed.
"""

from __future__ import annotations

import re
import secrets
import struct
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from boxscore.boxes.contract import BoxSpec
from boxscore.errors import BoxError, BoxLost, HarnessError, LossCause, ProtocolError
from boxscore.protocols.retry import LAST_WORDS, with_last_words
from boxscore.protocols.wire import FrameReader
from boxscore.records import CompileError, Limits, Outcome
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Backend, Box, Stream


OLDEST = 11  # that our compiler's program is written for
LIBRARIES, RUNNER = "/usr/share/boxscore/libraries", "/usr/share/boxscore/jvm/runner.jar"
GET = "use the image `jvm` (`boxscore images build jvm`), or for local boxes install a JDK below /usr/lib/jvm"
JARS = "and put the jars there that `images/jvm/jars.txt` names"
MAKE = f"and make it there: `sandbox/jvm/build {RUNNER} '{LIBRARIES}/junit5/*'`"
_LIST = r"""
for home in /usr/lib/jvm/*; do
  [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
  printf 'home %s %s\n' "$(sed -n 's/^JAVA_VERSION=//p' "$home/release" | tr -d '"')" "$home"
done
runner=$1 root=$2; shift 2
for folder; do
  for jar in "$root/$folder"/*.jar; do [ -r "$jar" ] && printf 'jar %s %s\n' "$folder" "$jar"; done
done
[ -r "$runner" ] && printf 'runner jar %s\n' "$runner"
exit 0
"""
_LINE = re.compile(r"(home|jar|runner) (\S+) (/\S+)")


class JavaTools(Struct, frozen=True, kw_only=True):
    """Where a JDK is, which version of Java it has, and the jars of the libraries that were asked for.

    `runner` is the jar of our own that runs tests, "" where there is none.
    """

    home: str
    feature: int
    jars: tuple[str, ...]
    runner: str = ""

    def needed_runner(self) -> str:
        """The jar that runs tests. Raises HarnessError with what to do where there is none."""
        if not self.runner:
            raise HarnessError(f"there is no {RUNNER} here, which runs tests", details=(GET, MAKE))
        return self.runner


def find_tools(box: Box, libraries: Sequence[str], release: int) -> JavaTools:
    """Find the oldest JDK, from 11 on, that knows a release, and the jars.

    Raises HarnessError with what to do where something is missing, or BoxError.
    """
    done = box.run(["sh", "-c", _LIST, "sh", RUNNER, LIBRARIES, *libraries])
    if done.exit_code != 0:
        raise BoxError(f"what a box has for Java cannot be listed: exit code {done.exit_code}, signal {done.signal}")
    lines = done.stdout.decode(errors="replace").splitlines()
    found = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    feature, home = _jdk([(_feature(version), path) for kind, version, path in found if kind == "home"], release)
    jars = [(folder, path) for kind, folder, path in found if kind == "jar"]
    if missing := {*libraries} - {folder for folder, _ in jars}:
        raise HarnessError(f"there are no jars in {LIBRARIES}/{min(missing)} here", details=(GET, JARS))
    runner = next((path for kind, _, path in found if kind == "runner"), "")
    return JavaTools(home=home, feature=feature, jars=tuple(path for _, path in jars), runner=runner)


def _jdk(homes: Sequence[tuple[int, str]], release: int) -> tuple[int, str]:
    """The version and the home of the JDK to take. Raises HarnessError where there is none."""
    fitting = sorted((feature, home) for feature, home in homes if feature >= max(release, OLDEST))
    if not fitting:
        known = ", ".join(str(feature) for feature in sorted({feature for feature, _ in homes})) or "none"
        raise HarnessError(f"there is no JDK for Java {release} here; there is {known}", details=(GET,))
    return fitting[0]


def _feature(version: str) -> int:
    """The number of a Java by its version: 8 for 1.8.0_392, 17 for 17.0.15; 0 where it cannot be read."""
    numbers = re.match(r"(?:1\.)?(\d+)", version)
    return int(numbers[1]) if numbers else 0


CPU_S, WALL_S, START_S = 30.0, 1800.0, 300.0
HEAP_MIB = 640
LIMITS = Limits(
    cpu_s=86_400.0,  # the JVM bounds each request by itself
    memory_bytes=1 << 30,
    processes=128,
    disk_bytes=32 << 20,
    output_bytes=1 << 16,
)
CLASS_BYTES = 32 << 20  # of all class files that one request makes
FRAME_BYTES = 64 << 20
REQUESTS = 1_000  # that one JVM serves
CLASSES = "/scratch/compiler"
NUMBER_BITS = 48
OPTIONS = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto", f"-Xmx{HEAP_MIB}m"),
    *("-XX:+ExitOnOutOfMemoryError", "-XX:+DisplayVMOutputToStderr"),
    *("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"),
)
OUT_OF_MEMORY = "java.lang.OutOfMemoryError"
REFUSED = {
    "timeout": (Outcome.TIMEOUT, f"the compiler took more than {CPU_S:g} s"),
    "too_large": (Outcome.BUILD_FAILED, f"it compiles to more than 5,000 classes or {CLASS_BYTES} bytes"),
    "crashed": (Outcome.BUILD_FAILED, "the compiler gives up on it"),
    "memory": (Outcome.MEMORY, f"the compiler needs more than {HEAP_MIB} MiB for it"),
    "ended": (Outcome.BUILD_FAILED, "the compiler does not survive it"),
}


class Unit(Struct, frozen=True, kw_only=True):
    """What is compiled together: sources by their paths, with class files by their names and the jars of libraries."""

    sources: Mapping[str, bytes]
    classes: Mapping[str, bytes] = {}
    libraries: tuple[str, ...] = ()
    release: int = 17


class Compiled(Struct, frozen=True, kw_only=True):
    """What came of a unit: class files by their names (`a/b/C`), or the reason why there are none.

    `outcome` is None where it compiled. `shadowed` are those of its classes that the libraries have, too.
    """

    outcome: Outcome | None = None
    reason: str = ""
    errors: tuple[CompileError, ...] = ()
    classes: Mapping[str, bytes] = {}
    shadowed: tuple[str, ...] = ()
    cpu_s: float = 0.0


class _Ready(Struct, frozen=True, forbid_unknown_fields=True):
    ready: bool
    release: int


class _Answer(Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    end: Literal["compiled", "refused", "crashed", "too_large", "timeout", "memory", "ended"]
    error_count: int = 0
    errors: tuple[CompileError, ...] = ()
    classes: dict[str, bytes] = {}
    shadowed: tuple[str, ...] = ()
    cpu_ms: int = 0


class JavaCompiler:
    """Compiles units in a box of an image, which opens with the first; `kept` tells whether its JVM serves many."""

    def __init__(self, backend: Backend, image: str | None, *, kept: bool = True) -> None:
        self._backend, self._image, self._kept = backend, image, kept
        self._stack = ExitStack()
        self._box: Box | None = None
        self._machine: _Machine | None = None
        self._tools: dict[tuple[tuple[str, ...], int], JavaTools] = {}
        self._installed = set[int]()  # for which versions of Java our program is in the box

    def compile(self, unit: Unit) -> Compiled:
        """Compile a unit. Raises BoxError, TimeoutError, or HarnessError where box or image cannot do it."""
        try:
            return self._compile(unit)
        except (BoxLost, ProtocolError, TimeoutError):
            self.close()
            raise

    def tools(self, libraries: tuple[str, ...], release: int) -> JavaTools:
        """The JDK and jars that units with these libraries are compiled with. Raises as `compile` does."""
        key = libraries, release
        if key not in self._tools:
            self._tools[key] = find_tools(self._opened(), libraries, release)
        return self._tools[key]

    def close(self) -> None:
        """Close the box."""
        self._machine, self._box = None, None
        self._installed.clear()
        self._stack.close()

    def _compile(self, unit: Unit) -> Compiled:
        tools = self.tools(unit.libraries, unit.release)
        if not self._kept:
            self._end_machine()
        machine = self._serving(tools)
        was_new = not machine.served
        answer = machine.compile(unit, tools)
        if answer.end in {"ended", "memory", "timeout", "crashed"}:
            self._end_machine()
            if not was_new:
                answer = self._serving(tools).compile(unit, tools)
                if answer.end in {"ended", "memory", "timeout", "crashed"}:
                    self._end_machine()
        return _compiled(answer)

    def _opened(self) -> Box:
        if self._box is None:
            self._box = self._stack.enter_context(self._backend.box(BoxSpec(image=self._image, limits=LIMITS)))
        return self._box

    def _serving(self, tools: JavaTools) -> _Machine:
        """The JVM for a unit: the one that runs, if it is of the right JDK and has not done enough."""
        if self._machine is not None and (self._machine.home != tools.home or self._machine.served >= REQUESTS):
            self._end_machine()
        if self._machine is None:
            box = self._opened()
            if tools.feature not in self._installed:
                _install(box, tools)
                self._installed.add(tools.feature)
            self._machine = _Machine(box, tools)
        return self._machine

    def _end_machine(self) -> None:
        if self._machine is not None:
            self._machine.stop()
            self._machine = None


class _Machine:
    """One JVM with the compiler in it."""

    def __init__(self, box: Box, tools: JavaTools) -> None:
        self.home, self.served = tools.home, 0
        classes = f"{CLASSES}/{tools.feature}"
        self._stream: Stream = box.open([f"{tools.home}/bin/java", *OPTIONS, "-cp", classes, "Compiler"])
        self._reader = FrameReader(self._stream)
        try:
            self._reader.read(_Ready, START_S)
        except (BoxLost, TimeoutError) as error:
            said = self._stream.stop().strip()[-LAST_WORDS:]
            raise BoxLost(f"the compiler does not start: {said or error}", cause=LossCause.OUTSIDE) from error

    def compile(self, unit: Unit, tools: JavaTools) -> _Answer:
        """Ask for one unit; an end of the JVM that is its own doing is an answer, too. Raises BoxLost for others."""
        self.served += 1
        number = secrets.randbits(NUMBER_BITS)
        try:
            self._stream.send(request(number, unit, tools.jars), WALL_S)
            answer = self._reader.read(_Answer, WALL_S, FRAME_BYTES)
        except BoxLost as error:
            cause = self._stream.fate() if error.cause is LossCause.UNKNOWN else error.cause
            said = self._stream.stop()
            if cause is not LossCause.INSIDE:
                raise with_last_words(error, cause, said) from error
            return _Answer(number=number, end="memory" if OUT_OF_MEMORY in said else "ended")
        if answer.number != number:
            raise ProtocolError("an answer of the compiler out of turn")
        return answer

    def stop(self) -> None:
        """End the JVM."""
        self._stream.stop()


def _install(box: Box, tools: JavaTools) -> None:
    """Compile the compiler's own program, once in each box. Raises BoxError, HarnessError."""
    classes, source = f"{CLASSES}/{tools.feature}", (folder("sandbox") / "javac" / "Compiler.java").read_bytes()
    box.put(f"{classes}/Compiler.java", source)
    javac = (f"{tools.home}/bin/javac", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", "-proc:none")
    done = box.run(
        [*javac, "-d", classes, f"{classes}/Compiler.java"],
        limits=msgspec.structs.replace(LIMITS, cpu_s=CPU_S, wall_s=START_S),
    )
    if done.exit_code != 0:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()[-300:]
        raise HarnessError(f"the JDK in {tools.home} does not compile our own program: {said}")


def request(number: int, unit: Unit, jars: Sequence[str]) -> bytes:
    """The frame that asks for one unit: numbers, and counted lists of counted bytes, as the program reads them."""
    parts = [struct.pack(">qiqq", number, unit.release, int(CPU_S * 1000), CLASS_BYTES), struct.pack(">i", len(jars))]
    parts += [_counted(jar.encode()) for jar in jars]
    for files in (unit.sources, unit.classes):
        parts.append(struct.pack(">i", len(files)))
        parts += [_counted(name.encode()) + _counted(data) for name, data in files.items()]
    body = b"".join(parts)
    return struct.pack("<I", len(body)) + body


def _counted(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _compiled(answer: _Answer) -> Compiled:
    """What an answer comes to. Raises ProtocolError for one that our program does not give."""
    cpu_s = answer.cpu_ms / 1000
    if answer.end == "compiled":
        return Compiled(classes=answer.classes, shadowed=answer.shadowed, cpu_s=cpu_s)
    if answer.end == "refused":
        if not answer.errors:
            raise ProtocolError("the compiler refused a unit without an error")
        return Compiled(outcome=Outcome.BUILD_FAILED, reason=_first(answer), errors=answer.errors, cpu_s=cpu_s)
    outcome, reason = REFUSED[answer.end]
    return Compiled(outcome=outcome, reason=reason, errors=answer.errors, cpu_s=cpu_s)


def _first(answer: _Answer) -> str:
    first = answer.errors[0]
    place = f"{first.path}:{first.line}: " if first.path else ""
    count = "1 error" if answer.error_count == 1 else f"{answer.error_count} errors"
    return f"{count}; {place}{first.message.splitlines()[0] if first.message else ''}"
