"""Defences of a warm box, each with an attack that it stops: what keeps the candidate in its place."""

from __future__ import annotations

from tests.layers.removal import LOST, Edit, Row

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
        layer="`private-scratch`: beside it only root may write",
        attack="leave a file for a later candidate beside its folder",
        programs=(
            "tried(open, '/scratch/left', 'w')\ndef f(): return ''",
            "def f(): return 'file ' + ('found' if os.path.exists('/scratch/left') else 'not found')",
        ),
        counts=1,
        removed=(Edit("supervisor", "os.chmod(os.path.dirname(self.ground), 0o711)"),),
        expected="file not found",
        without="file not found",
        more=(NO_LANDLOCK,),
        without_more="file found",
        only="local",
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
        layer="`seccomp-candidate`: processors for itself alone",
        attack="choose the processors of its parent",
        programs=("def f(): return 'processors ' + tried(os.sched_setaffinity, os.getppid(), {0})",),
        removed=(NO_FILTER,),
        expected="processors refused",
        without="processors refused",
        gvisor="processors done",
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
        layer="`no-new-privileges`, set again by the supervisor",
        attack="ask whether new privileges can be had",
        programs=("def f(): return 'new privileges ' + ('refused' if libc.prctl(39, 0, 0, 0, 0) else 'possible')",),
        removed=(Edit("supervisor", "confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1)"),),
        expected="new privileges refused",
        without="new privileges refused",
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
        layer="`private-scratch`, new for each",
        attack="set the times of its own folder for a later candidate to read",
        programs=(
            "os.utime('.', ns=(1, 2))\ndef f(): return ''",
            "def f(): return 'times ' + ('left' if os.stat('.').st_mtime_ns == 2 else 'new')",
        ),
        removed=(
            Edit("supervisor", "os.rmdir(self.scratch)"),
            Edit("supervisor", "os.mkdir(self.scratch, 0o700)", "os.makedirs(self.scratch, 0o700, exist_ok=True)"),
        ),
        expected="times new",
        without="times left",
        counts=1,
    ),
    Row(
        layer="times of devices, set back for each",
        attack="touch a device for a later candidate to see",
        programs=(
            "os.utime('/dev/full')\ndef f(): return ''",
            "def f(): return 'times ' + ('left' if os.stat('/dev/full').st_mtime_ns else 'none')",
        ),
        removed=(Edit("supervisor", "leftovers.reset(self.nodes)"),),
        expected="times none",
        without="times left",
        counts=1,
        only="docker",
        gvisor="times left",
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
