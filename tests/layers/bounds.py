"""Defences of a warm box, each with an attack that it stops: what bounds the candidate."""

from __future__ import annotations

from tests.layers.removal import LOST, Edit, Row

NO_AS = Edit("supervisor", "resource.setrlimit(resource.RLIMIT_AS, (self.address_bytes, self.address_bytes))")
NO_DATA = Edit("supervisor", "resource.setrlimit(resource.RLIMIT_DATA, (self.memory_bytes, self.memory_bytes))")
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
NO_QUEUE = Edit("supervisor", 'for name in ("CORE", "MSGQUEUE"):', 'for name in ("CORE",):')
NO_FILTER = Edit("supervisor", "if self.identity.filter_first:", "if False:")
NO_LANDLOCK = Edit("supervisor", "if confine.landlock_abi() < 1:", "if True:")
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
        layer="`rlimits`: address space, with `memory` left",
        attack="write to 1 GiB of shared memory and hold it",
        programs=(
            """
def f():
    m = mmap.mmap(-1, 1 << 30)
    for at in range(0, 1 << 30, 4096): m[at] = 1
    return 'done'
""",
        ),
        removed=(NO_AS,),
        expected="`error` (OSError)",
        without="`memory` (memory)",
        gvisor="`memory` (memory)",
        cpu_s=8.0,
    ),
    Row(
        layer="`rlimits`: data segment",
        attack="map 512 MiB of private memory",
        programs=("def f(): return 'map ' + tried(mmap.mmap, -1, 512 << 20, mmap.MAP_PRIVATE)",),
        removed=(NO_DATA,),
        expected="map refused",
        without="map refused",
        more=(NO_AS,),
        without_more="map done",
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
        layer="the log is cut at the output limit",
        attack="print 15 MiB, with 1 MiB kept",
        programs=("def f(): os.write(1, b'x' * (15 << 20)); return 'printed'",),
        removed=(Edit("channel", "min(printed_bytes, log_limit)", "printed_bytes"),),
        expected="printed",
        without=LOST,
    ),
    Row(
        layer="`rlimits`: message queues",
        attack="make a queue that outlives it",
        programs=("def f(): return 'queue ' + called(240, b'left', os.O_CREAT | os.O_RDWR, 0o666, None)",),
        removed=(NO_QUEUE,),
        expected="queue refused",
        without="queue refused",
        more=(NO_FILTER, NO_LANDLOCK),
        without_more="queue done",
        only="local",
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
