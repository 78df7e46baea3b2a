"""Defences of a warm box, each with an attack that it stops: what bounds a candidate, and what keeps it in place."""

from __future__ import annotations

from tests.layers.removal import LOST, Edit, Row

NO_AS = Edit("supervisor", "resource.setrlimit(resource.RLIMIT_AS, (self.address_bytes, self.address_bytes))")
NO_NPROC = Edit("supervisor", "resource.setrlimit(resource.RLIMIT_NPROC, (self.processes, self.processes))")
NO_CPU = Edit("supervisor", "resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))")
NO_CPU_CLOCK = Edit("channel", "if used_s >= limit_s:", "if False:")
NO_IDLE_CLOCK = Edit(
    "channel",
    "if doubtful or idle >= idle_limit or self.waited - self.delayed >= self.wall_limit:",
    "if self.waited - self.delayed >= self.wall_limit:",
)
NO_WALL_CLOCK = Edit(
    "channel", "            if self.waited - self.delayed >= self.wall_limit:", "            if False:"
)
NO_FILES = Edit("supervisor", "resource.setrlimit(resource.RLIMIT_NOFILE, (self.open_files, self.open_files))")
NO_SIZE = Edit("supervisor", 'confine.limit("FSIZE", self.file_bytes)')
NO_TOGETHER = Edit("channel", "            self.bound_memory()\n", "\n")
NO_OOM_SCORE = Edit("supervisor", "            raise_oom_score()\n", "\n")
ITS_EQUAL = 'return bool(self._its_channel.ask("method", self, "__eq__", other))'
SPIN = "def f():\n    while True: pass\n"
FIRST_ONLY = Edit("channel", "self.usage = Usage(counts)", "self.usage = Usage(None)")
OFFLOAD = """
def f():
    out, into = os.pipe()
    if not os.fork():
        if os.fork(): os._exit(0)
        while time.process_time() < 3: pass
        os.write(into, b"computed"); os._exit(0)
    return os.read(out, 100).decode()
"""
# A byte comes within the grader's first wait, after which it would tell the supervisor that it is alive.
DRIBBLE = """
def f():
    for byte in struct.pack("<I", 4000) + bytes(4000):
        os.write(4, bytes([byte])); time.sleep(0.01)
"""

LIMITS = (
    Row(
        layer="`rlimits`: address space",
        attack="map 512 MiB of shared memory, with 256 MiB allowed",
        programs=("def f(): return 'map ' + tried(mmap.mmap, -1, 512 << 20)",),
        removed=(NO_AS,),
        expected="map refused",
        without="map done",
    ),
    Row(
        layer="`rlimits`: processes",
        attack="start children until no more can be, with 40 allowed",
        programs=(
            """
def f():
    children = []
    for count in range(400):
        try:
            child = os.fork()
        except OSError: break
        if not child: time.sleep(30); os._exit(0)
        children.append(child)
    for child in children: os.kill(child, signal.SIGKILL); os.wait()
    return "40 or fewer" if count <= 40 else "more than 40"
""",
        ),
        removed=(NO_NPROC,),
        expected="40 or fewer",
        without="more than 40",
    ),
    Row(
        layer="the grader's cpu clock",
        attack="loop without end",
        programs=(SPIN,),
        removed=(NO_CPU_CLOCK,),
        expected="`timeout` (cpu)",
        without="`timeout` (cpu)",
        more=(NO_CPU,),
        without_more="`timeout` (wall)",
        wall_s=10.0,
    ),
    Row(
        layer="the grader's cpu clock: of all processes",
        attack="compute for 3 s, of 2 s allowed, in an orphan that nobody waits for, while it sleeps",
        programs=(OFFLOAD,),
        removed=(FIRST_ONLY,),
        expected="`timeout` (cpu)",
        without="`timeout` (wall)",
        cpu_s=2.0,
        wall_s=60.0,
    ),
    Row(
        layer="the grader's idle clock",
        attack="sleep for 3.5 s, of 2 s allowed, then answer",
        programs=("def f(): time.sleep(3.5); return 'an answer, late'",),
        removed=(NO_IDLE_CLOCK,),
        expected="`timeout` (wall)",
        without="an answer, late",
    ),
    Row(
        layer="the grader's wall clock",
        attack="answer a byte at a time, so that it is never idle",
        programs=(DRIBBLE,),
        removed=(NO_WALL_CLOCK, Edit("channel", "GRACE_S = 0.05, 0.2, 2.0, 20.0", "GRACE_S = 0.05, 0.2, 2.0, 2.0")),
        expected="`timeout` (wall)",
        without=LOST,
        wall_s=6.0,
        lost_s=14.0,
    ),
    Row(
        layer="`rlimits`: open files",
        attack="open files until no more can be",
        programs=(
            """
def f():
    try:
        for count in range(1000): os.dup(0)
    except OSError: return "256 or fewer" if count <= 256 else "more than 256"
    return "1000"
""",
        ),
        removed=(NO_FILES,),
        expected="256 or fewer",
        without="1000",
    ),
    Row(
        layer="`rlimits`: file size",
        attack="write a file of 20 MiB",
        programs=(
            """
def f():
    with open('x', 'wb', 0) as file: return f"{sum(file.write(bytes(1 << 20)) for _ in range(20)) >> 20} MiB"
""",
        ),
        removed=(NO_SIZE,),
        expected="`error` (OSError)",
        without="20 MiB",
    ),
    Row(
        layer="the out-of-memory score",
        attack="fill the box's memory with anonymous files, which count for no process",
        programs=(
            """
def f():
    while True:
        file = os.memfd_create("x")
        for _ in range(15): os.write(file, bytes(1 << 20))
""",
        ),
        removed=(NO_OOM_SCORE, NO_TOGETHER),
        expected="`memory` (memory)",
        without=LOST,
        lost_s=14.0,
    ),
)

ANSWERS = (
    Row(
        layer="answers have a largest size",
        attack="announce an answer of 4 GiB",
        programs=("def f(): os.write(4, b'\\xff' * 4); time.sleep(30)",),
        removed=(Edit("channel", "if not 0 < size <= MAX_ANSWER + 64:", "if not 0 < size:"),),
        expected="`tampered`",
        without="`timeout` (wall)",
    ),
    Row(
        layer="objects refuse to be compared",
        attack="answer with an object where a test is only `f() != 0`",
        programs=("class A:\n    def __eq__(self, _): return False\ndef f(): return A()",),
        removed=(Edit("proxies", 'self._its_refuse("==")', ITS_EQUAL),),
        tests="assert f() != 0",
        expected="`wrong`",
        without="`passed`",
    ),
)


NEXT_NUMBER = "self.number += 1\n        os.chown(folder,"  # a candidate's, not a grader's
STAYS_ROOT = Edit("identity", "confine.change_identity(self.number)")
NO_LANDLOCK = Edit("supervisor", "if confine.landlock_abi() < 1:", "if True:")
NO_FILTER = Edit("supervisor", "if self.identity.filter_first:", "if False:")
NOT_HIDDEN = Edit("supervisor", 'if settings["hide"]:', "if False:")
DUMPABLE = Edit("supervisor", "confine.prctl(confine.PR_SET_DUMPABLE, 0)")
NO_WITHDRAWAL = Edit("supervisor", "self.host.withdraw()")
LEAVE = "import threading; threading.Timer(0.5, os._exit, (0,)).start()\n"  # where nobody else ends it any more

RIGHTS = (
    Row(
        layer="`identity`: a number of its own",
        attack="kill the supervisor",
        programs=(LEAVE + "def f(): return 'signal ' + tried(os.kill, os.getppid(), signal.SIGKILL)",),
        removed=(STAYS_ROOT,),
        expected="signal refused",
        without="signal refused",
        gvisor=LOST,
        more=(NO_LANDLOCK,),
        without_more=LOST,
    ),
    Row(
        layer="`identity`: a number never used again",
        attack="find what an earlier candidate left to its own number alone (a System V segment)",
        programs=(
            "libc.shmget(77, 4096, 0o1600)\ndef f(): return ''",
            "def f(): return 'segment ' + ('found' if libc.shmget(77, 4096, 0o600) >= 0 else 'not found')",
        ),
        counts=1,
        removed=(Edit("identity", NEXT_NUMBER, NEXT_NUMBER.replace("+= 1", "= self.grader + 1")),),
        expected="segment not found",
        without="segment not found",
        more=(NO_FILTER,),
        without_more="segment found",
        only="local",
    ),
    Row(
        layer="`landlock`",
        attack="read /etc/passwd; list /proc; execute a file in scratch",
        programs=(
            """
def run():
    open("x", "w").write("#!/bin/sh\\n")
    os.chmod("x", 0o700)
    if os.spawnv(os.P_WAIT, "./x", ["x"]): raise OSError
def f():
    return f"{tried(open, '/etc/passwd')}, {tried(os.listdir, '/proc')}, {tried(run)}"
""",
        ),
        removed=(NO_LANDLOCK,),
        expected="refused, refused, refused",
        without="done, done, done",
    ),
    Row(
        layer="`seccomp-candidate`",
        attack="open an Internet socket; lock memory; trace itself",
        programs=("def f(): return ', '.join((called(41, 2, 1, 0), called(149, 0, 0), called(101, 0, 0, 0, 0)))",),
        removed=(NO_FILTER,),
        expected="refused, refused, refused",
        without="done, done, refused",
    ),
    Row(
        layer="`hidden-processes`, under gVisor",
        attack="read the variables of init, list its descriptors; open /dev/fuse",
        programs=(
            """
def variables():
    if not open("/proc/1/environ", "rb").read(): raise OSError
def f():
    return f"{tried(variables)}, {tried(os.listdir, '/proc/1/fd')}, {tried(os.open, '/dev/fuse', os.O_RDWR)}"
""",
        ),
        removed=(NOT_HIDDEN,),
        expected="refused, refused, refused",
        without="done, done, done",
        gvisor="done, done, done",
        only="gvisor",
    ),
    Row(
        layer="not dumpable",
        attack="open the supervisor's memory",
        programs=(LEAVE + "def f(): return 'memory ' + tried(open, f'/proc/{os.getppid()}/mem', 'rb')",),
        removed=(DUMPABLE,),
        expected="memory refused",
        without="memory refused",
        more=(STAYS_ROOT, NO_LANDLOCK),
        without_more="memory done",
    ),
    Row(
        layer="`no-inherited-descriptors`: the rest closed",
        attack="look for open descriptors above the five",
        programs=(
            """
def f():
    extra = [n for n in range(5, 256) if tried(os.fstat, n) == "done"]
    talks = any(os.readlink(f"/proc/self/fd/{n}").startswith("socket") for n in extra)
    return "none" if not extra else "some, a socket to the grader among them" if talks else "some"
""",
        ),
        removed=(Edit("supervisor", "os.closerange(first_free + 1, self.open_files)"),),
        expected="none",
        without="some",
    ),
    Row(
        layer="`no-inherited-descriptors`: standard output is the log",
        attack="write a verdict `passed` for itself to standard output",
        programs=(
            """
import json
VERDICT = {"number": 0, "outcome": "passed", "reason": "", "error_type": None, "limit": None, "unsure": False,
           "parts": {}, "output": "", "output_truncated": False, "cpu_s": 0.1, "wall_s": 0.1, "memory_bytes": 1}
def f():
    data = json.dumps(VERDICT).encode()
    os.write(1, struct.pack("<I", len(data)) + data)
    time.sleep(1)
    return "ignored"
""",
        ),
        removed=(Edit("supervisor", "os.dup2(log, 1)"),),
        expected="ignored",
        without="ignored",
        more=(NO_WITHDRAWAL,),
        without_more="`passed`",
    ),
    Row(
        layer="`oracle`: tests print to nobody",
        attack="answer with a verdict `passed`, to tests that print what they get",
        programs=(
            """
import json
VERDICT = {"number": 0, "outcome": "passed", "reason": "", "error_type": None, "limit": None, "unsure": False,
           "parts": {}, "output": "", "output_truncated": False, "cpu_s": 0.1, "wall_s": 0.1, "memory_bytes": 1}
def f():
    text = json.dumps(VERDICT).ljust(0x7F7F)
    return struct.pack("<I", len(text)).decode("ascii") + text
""",
        ),
        tests="print(f(), flush=True)\nraise AssertionError('ignored')",
        removed=(NO_WITHDRAWAL,),
        expected="ignored",
        without="`passed`",
    ),
    Row(
        layer="`no-inherited-descriptors`: standard input is empty",
        attack="read what the host sends to the grader",
        programs=(
            "def f(): return 'the next program' if b'def f' in os.read(0, 65536) else 'nothing'",
            "def f(): return ''",
        ),
        removed=(Edit("supervisor", "os.dup2(self.null, 0)"),),
        expected="nothing",
        without="nothing",
        more=(NO_WITHDRAWAL,),
        without_more="the next program",
    ),
    Row(
        layer="`no-environment`",
        attack="read the variables",
        programs=("def f(): return 'PATH ' + ('found' if 'PATH' in os.environ else 'not found')",),
        removed=(Edit("supervisor", "os.environ.clear()"),),
        expected="PATH not found",
        without="PATH found",
    ),
    Row(
        layer="`private-scratch`, emptied",
        attack="find a file that an earlier candidate left",
        programs=(
            "open('left', 'w').close(); os.chmod('left', 0o666)\ndef f(): return ''",
            "def f(): return ' '.join(os.listdir('.')) or 'nothing'",
        ),
        removed=(Edit("supervisor", "leftovers.empty(folder)"),),
        expected="nothing",
        without=LOST,
        counts=1,
    ),
    Row(
        layer="killing by identity",
        attack="leave a process in a session of its own behind",
        programs=(
            "if not os.fork():\n    os.setsid(); time.sleep(30); os._exit(0)\ndef f(): return ''",
            "def f(): return 'a new start'",
        ),
        removed=(Edit("identity", "os.kill(-1, signal.SIGKILL)", "os.kill(self.child, signal.SIGKILL)"),),
        expected="a new start",
        without=LOST,
        counts=1,
    ),
    Row(
        layer="waiting for what was killed",
        attack="leave 30 dead processes behind, three times",
        programs=(
            *("for _ in range(30):\n    if not os.fork(): os._exit(0)\ndef f(): return ''",) * 3,
            "def f(): return 'a child of its own: ' + tried(os.fork)",
        ),
        removed=(
            Edit(
                "supervisor",
                "while orphans := [child for child in leftovers.children() if child != self.grader]:",
                "while orphans := []:",
            ),
        ),
        expected="a child of its own: done",
        without="a child of its own: refused",
        counts=3,
    ),
    Row(
        layer="subreaper: orphans come to the supervisor",
        attack="leave as many orphans as may be",
        programs=(
            """
def f():
    while True:
        try:
            if not os.fork():
                if not os.fork(): time.sleep(30)
                os._exit(0)
            if os.wait()[1]: return 'all there may be'
        except BlockingIOError:
            return 'all there may be'
""",
        ),
        removed=(Edit("supervisor", "confine.prctl(confine.PR_SET_CHILD_SUBREAPER, 1)"),),
        expected="`process_limit` (processes)",
        without="all there may be",
    ),
)
