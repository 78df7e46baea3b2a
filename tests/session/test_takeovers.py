"""Callers' tests that try to stay in their box: nobody else's tests are read, nor verdicts given, and nobody waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.protocols.program.task import Rule
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from boxscore.records import Result

WRONG = "def merge_spans(spans): return []"
RIGHT = """
import threading
def g(x):
    thread = threading.Thread(target=bytearray, args=(100 << 20,))
    thread.start()
    thread.join()
    with open("/tmp/answer.txt", "w") as file:
        file.write("y" * 5_000)
    return x
"""
PROMPT_S = 120.0  # neighbours wait for a turn or a new box, never for somebody's patience
BOXES = [
    pytest.param("docker", marks=pytest.mark.docker, id="docker"),
    pytest.param("local", marks=pytest.mark.bubblewrap, id="local"),
]

TOOLS = """
import fcntl, json, marshal, os, signal, struct, sys, time
def _local(name):
    frame = sys._getframe()
    while frame:
        if name in frame.f_locals: return frame.f_locals[name]
        frame = frame.f_back
def _dispatcher():
    frame = sys._getframe()
    while frame:
        found = frame.f_locals.get("self")
        if hasattr(found, "host") and hasattr(found, "outbox"): return found
        frame = frame.f_back
D = _dispatcher()
N = _local("number")
INCOMING, OUTGOING, SOCKET = D.host.incoming, D.host.outgoing, D.supervisor
ME = os.getpid()
def say(message):
    data = json.dumps(message).encode()
    os.write(OUTGOING, struct.pack("<I", len(data)) + data)
def passed(number, reason=""):
    if hasattr(D, "comparer"):
        return {"number": number, "end": reason, "outcome": "wrong", "unsure": False, "built": None, "cases": []}
    return {"number": number, "outcome": "passed", "reason": reason, "error_type": None, "limit": None,
        "unsure": False, "parts": {}, "output": "", "output_truncated": False, "cpu_s": 0.001, "wall_s": 0.001,
        "memory_bytes": None}
def read(count):
    data = b""
    while len(data) < count:
        part = os.read(INCOMING, count - len(data))
        if not part: os._exit(0)
        data += part
    return data
def steal():
    seen = ""
    while True:
        try:
            kind, *rest = marshal.loads(read(struct.unpack("<I", read(4))[0]))
        except (EOFError, ValueError): continue
        if kind in ("instance", "programs"): seen = repr(rest)
        if kind in ("sample", "program"): say(passed(rest[0], "STOLEN " + seen[:200]))
def child():
    if os.fork(): return False
    os.setsid()
    if os.fork(): os._exit(0)
    return True
"""

TRICKS = {
    "bounds the candidates to come": """
SOCKET.send(struct.pack("<cddqqq", b"R", 5.0, 5.0, 1 << 26, 1 << 26, 1)); SOCKET.recv(64)
SOCKET.send(b"K"); SOCKET.recv(64); say(passed(N)); os._exit(5)
""",
    "leaves files": """
SOCKET.send(b"K"); SOCKET.recv(64)
open("/tmp/answer.txt", "w").write("STOLEN"); os.chmod("/tmp/answer.txt", 0)
say(passed(N)); os._exit(5)
""",
    "floods the host": """
SOCKET.send(b"K"); SOCKET.recv(64); signal.setitimer(signal.ITIMER_PROF, 0); say(passed(N))
while True: os.write(OUTGOING, bytes(1 << 16))
""",
    "gives signs of life": """
SOCKET.send(b"K"); SOCKET.recv(64); signal.setitimer(signal.ITIMER_PROF, 0)
while True: say({"alive": True}); time.sleep(1)
""",
    "stops the next grader": """
if child():
    got = None
    while got is None:
        for pid in range(2, 4000):
            if pid in (os.getpid(), ME): continue
            try: os.kill(pid, signal.SIGSTOP); got = pid
            except OSError: pass
        time.sleep(0.0005)
    steal()
""",
    "never ends": "say(passed(N)); steal()",
    "a child reads on": "if child(): steal()",
    "ends at once and leaves a reader": "if child(): steal()\nsay(passed(N)); os._exit(5)",
    "ends without its input": "say(passed(N)); os._exit(5)",
    "holds the socket": """
if child():
    while True: SOCKET.send(b"P"); time.sleep(0.05)
""",
    "says that it leaves": "SOCKET.send(b'L\\x05'); steal()",
    "starts candidates": """
if child():
    while True:
        SOCKET.send(struct.pack("<cdd", b"S", 9.0, 900.0)); time.sleep(0.05)
""",
    "forks in a loop": """
if child():
    while True:
        try:
            if os.fork(): os._exit(0)
        except OSError: pass
""",
    "forks many": """
for _ in range(30):
    try:
        if child():
            while True: time.sleep(0.01)
    except OSError: pass
""",
    "is stopped": "say(passed(N)); os.kill(ME, signal.SIGSTOP)",
    "stops its child": "if child(): os.kill(os.getpid(), signal.SIGSTOP)",
    "ignores signals": """
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
if child():
    while True: time.sleep(1)
""",
    "changes its pipes": """
for one in (INCOMING, OUTGOING):
    fcntl.fcntl(one, fcntl.F_SETFL, os.O_NONBLOCK | os.O_DIRECT)
    try: fcntl.fcntl(one, 1031, 4096)
    except OSError: pass
""",
    "talks on": """
say(passed(N)); say({"turn": "00" * 16}); say(passed(N + 1, "STOLEN"))
say({"held_bytes": 1}); os.write(OUTGOING, b"junk")
os._exit(5)
""",
    "gives up the box": """
say(passed(N)); say({"failure": "limit", "detail": "STOLEN", "limit": "NOFILE", "value": 1, "needed": 2})
""",
    "traces its parent": """
import ctypes
if os.fork() == 0:
    ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)
    steal()
""",
    "changes its limits": """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)); os.sched_setaffinity(0, {0}); os.nice(19); os.umask(0o777)
signal.alarm(1)
""",
    "leaves a daemon": "if child(): time.sleep(900)",
}


def hostile_tests(trick: str) -> str:
    return f"assert f(1) == 1\n{TOOLS}\n{trick}"


def checker_with(trick: str) -> boxscore.Comparison:
    body = "\n".join(f"    {line}" for line in f"{TOOLS}\n{trick}".strip().splitlines())
    names = "global D, N, INCOMING, OUTGOING, SOCKET, ME, _local, _dispatcher, say, passed, read, steal, child"
    modules = "global fcntl, json, marshal, os, signal, struct, sys, time"
    text = f"def accept(input, output, expected):\n    {names}\n    {modules}\n{body}\n    return True\n"
    return boxscore.Comparison(rule=Rule.CHECKER, checker=text)


async def hostile(grader: boxscore.Grader, trick: str) -> None:
    limits = Limits(cpu_s=2.0, wall_s=2.0)
    request = grader.grade_tests("def f(x): return x", [hostile_tests(trick)], entry_point="f", limits=limits)
    try:
        await asyncio.wait_for(request, 2.0)
    except (TimeoutError, boxscore.BoxscoreError):
        return


async def hostile_checker(grader: boxscore.Grader, trick: str) -> None:
    request = grader.grade_tests("print(1)", [["", "1\n"]], comparison=checker_with(trick))
    try:
        await asyncio.wait_for(request, 2.0)
    except (TimeoutError, boxscore.BoxscoreError):
        return


async def neighbours(grader: boxscore.Grader) -> list[tuple[Outcome, Outcome]]:
    limits = Limits(cpu_s=2.0, wall_s=2.0)
    wrong, right = Outcome.WRONG, Outcome.PASSED
    requests = [
        (grader.grade_tests("def g(x): return 0", ["assert g(7) == 'secret'"], entry_point="g", limits=limits), wrong),
        (grader.grade_tests(RIGHT, ["assert g(7) == 7"], entry_point="g", limits=limits), right),
        (grader.grade_tests("print(2)", [["SECRET", "3\n"]]), wrong),
        (grader.grade_tests("print(2)", [["SECRET", "2\n"]]), right),
    ]
    results: list[Result] = await asyncio.wait_for(asyncio.gather(*(one for one, _ in requests)), PROMPT_S)
    assert not any("STOLEN" in f"{one.reason}{one.output}" for one in results)
    return [(one.outcome, wanted) for one, (_, wanted) in zip(results, requests, strict=True)]


@pytest.mark.parametrize("backend", BOXES)
def test_tests_and_checkers_that_stay_speak_for_nobody_else(backend: str) -> None:
    """After each trick, in the only worker's boxes, the neighbours get their own verdicts."""

    async def main() -> dict[str, list[tuple[Outcome, Outcome]]]:
        found = {}
        async with boxscore.Grader(backend=backend, workers=1) as grader:
            for name, trick in TRICKS.items():
                await hostile(grader, trick)
                await hostile_checker(grader, trick)
                found[name] = await neighbours(grader)
        return found

    found = asyncio.run(main())

    assert {name for name, each in found.items() if any(one != wanted for one, wanted in each)} == set()


@pytest.mark.parametrize("backend", BOXES)
def test_many_at_once_speak_for_nobody_else(backend: str) -> None:
    """The same with more than 64 requests at once, half of them hostile, and a sample of a benchmark after them."""

    async def main() -> list[tuple[Outcome, Outcome]]:
        async with boxscore.Grader("tiny", backend=backend, workers=2) as grader:
            tricks = [play(grader, trick) for trick in TRICKS.values() for play in (hostile, hostile_checker)]
            playing = asyncio.gather(*tricks)
            each = await asyncio.gather(*(neighbours(grader) for _ in range(7)))
            await playing
            of_benchmark = await grader.grade({"task_id": "tiny/merge-spans", "solution": WRONG})
            return [*(one for some in each for one in some), (of_benchmark.outcome, Outcome.WRONG)]

    assert [one for one in asyncio.run(main()) if one[0] != one[1]] == []


@pytest.mark.parametrize("backend", BOXES)
def test_a_grader_has_none_of_the_supervisors_files(backend: str) -> None:
    """Not the rules for candidates to come, which it could add to, nor the pipe in which they say that they hold."""
    tests = """
import os
assert f(1) == 1
paths = [f"/proc/self/fd/{one}" for one in os.listdir("/proc/self/fd")]
links = [os.readlink(path) for path in paths if os.path.islink(path)]
assert not [one for one in links if "landlock" in one or one.endswith("/children")], links
"""

    async def main() -> Result:
        async with boxscore.Grader(backend=backend, workers=1) as grader:
            return await grader.grade_tests("def f(x): return x", [tests], entry_point="f")

    result = asyncio.run(main())

    assert result.outcome is Outcome.PASSED, result.reason
