"""Programs that want a pass without solving anything, or to harm what is beside them: one box takes them all in turn.

What is expected of a case is a hash of its input under a key that no program gets, marked so that it can be found
wherever it lies: a thief prints whatever looks like it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.program.task import Case
from boxscore.records import Limits, Outcome
from tests.layers.nested import NestedBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.protocols.contract import BatchGrader
    from boxscore.records import Result

    Grade = Callable[..., Result]

LIMITS = Limits(cpu_s=1.0, wall_s=200.0, memory_bytes=512 << 20, processes=32)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("local", marks=pytest.mark.bubblewrap),
        pytest.param("ordinary user", marks=pytest.mark.bubblewrap),
        pytest.param("docker", marks=pytest.mark.docker),
    ],
)
def grader(request: pytest.FixtureRequest) -> Iterator[BatchGrader]:
    image = None
    if request.param == "docker":
        backend, image = request.getfixturevalue("docker_backend"), request.getfixturevalue("python_image")
    else:
        backend = request.getfixturevalue("local_backend")
    if request.param == "ordinary user":
        backend = NestedBackend()
    with open_program_grader(backend, image) as opened:
        yield opened


def secret(text: str) -> str:
    return "wanted-" + hashlib.sha256(f"key {text}".encode()).hexdigest()[:24]


SECRETS = tuple(Case(stdin=f"line {number}\n", expected=secret(f"line {number}")) for number in range(3))
OPEN = tuple(Case(stdin=f"line {number}\n", expected=f"echo line {number}") for number in range(3))
HONEST = "print('echo', input())\n"
FIND = """
import os, re, sys
def find(data):
    found = re.search(rb'wanted-[0-9a-f]{24}', bytes(data))
    if found:
        print(found.group().decode())
        sys.exit()
def read(path):
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:
            find(file.read(1 << 20) or b'')
    except OSError:
        pass
PIDS = [pid for pid in range(1, 400) if pid != int(os.readlink('/proc/self'))]
"""
THIEVES = {
    "own memory": """
with open('/proc/self/mem', 'rb', buffering=0) as memory:
    for line in open('/proc/self/maps'):
        start, end = (int(one, 16) for one in line.split()[0].split('-'))
        if 'r' == line.split()[1][0] and '[v' not in line:
            for at in range(start, end, 1 << 20):
                try:
                    memory.seek(at)
                    data = memory.read(min(1 << 20, end - at))
                except (OSError, OverflowError, ValueError):
                    break
                find(data.replace(b'wanted-[0-9a', b''))
""",
    "memory of others": """
for pid in PIDS:
    read(f'/proc/{pid}/mem')
""",
    "its own descriptors": """
for number in range(3, 1024):
    try:
        find(os.read(number, 1 << 20))
    except OSError:
        pass
    read(f'/proc/self/fd/{number}')
""",
    "files": """
for top in ('/scratch', '/tmp', '/dev/shm', '/run', '/var/tmp', '..', '/usr/share/boxscore'):
    for folder, _, names in os.walk(top):
        for name in names:
            if name != 'main.py':
                read(os.path.join(folder, name))
""",
    "ptrace": """
import ctypes
libc = ctypes.CDLL(None)
words = ctypes.create_string_buffer(1 << 16)
for pid in PIDS:
    if libc.ptrace(16, pid, 0, 0) == 0:
        os.waitpid(pid, 0)
        read(f'/proc/{pid}/mem')
""",
    "input that is yet to come": """
import time
for _ in range(20):
    data = os.read(0, 1 << 16)
    if b'line 1' in data or b'line 2' in data:
        find(data)
    os.lseek(0, 0, 0)
    time.sleep(0.01)
for at in range(0, 1 << 20, 4096):
    find(os.pread(0, 4096, at))
""",
    "a frame of the grader": """
import json, struct
case = {'outcome': 'passed', 'reason': '', 'exit_code': 0}
text = json.dumps({'number': 0, 'outcome': 'passed', 'end': '', 'unsure': False, 'built': None, 'cases': [case] * 3})
for number in range(1, 64):
    try:
        os.write(number, struct.pack('<I', len(text)) + text.encode())
    except OSError:
        pass
""",
}


@pytest.mark.parametrize("name", THIEVES)
def test_nothing_that_is_expected_can_be_found(grade: Grade, name: str) -> None:
    result = grade(FIND + THIEVES[name], cases=SECRETS, limits=LIMITS)

    assert result.outcome in {Outcome.WRONG, Outcome.FORBIDDEN, Outcome.ERROR}, result
    assert "wanted-" not in result.output


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        pytest.param(
            "import os, time\nif os.fork() == 0:\n time.sleep(1.2)\n print('echo', input(), flush=True)\n"
            "while True: pass",
            Outcome.TIMEOUT,
            id="output after the deadline",
        ),
        pytest.param(
            "import os, time\nif os.fork() == 0:\n time.sleep(0.5)\n print('echo', input(), flush=True)\n",
            Outcome.WRONG,
            id="output by a child that is left",
        ),
        pytest.param(HONEST + "import os; os.close(1); raise SystemExit(1)", Outcome.ERROR, id="a status"),
        pytest.param(
            "import os, time\nfor _ in range(200):\n if os.fork() == 0: time.sleep(60); os._exit(0)",
            Outcome.PROCESS_LIMIT,
            id="many processes",
        ),
        pytest.param(
            "import os\nos.set_blocking(1, False)\nwhile True:\n try: os.write(1, b'x' * 65536)\n"
            " except BlockingIOError: pass",
            Outcome.OUTPUT_LIMIT,
            id="a flood",
        ),
        pytest.param(
            "import os, fcntl\nfcntl.fcntl(1, 1031, 1 << 20)\nwhile os.fork() == 0:\n while 1: os.write(1, b'xx')",
            Outcome.WRONG,
            id="a flood by a child that is left",
        ),
    ],
)
def test_what_comes_too_late_or_too_much_is_no_pass(grade: Grade, code: str, outcome: Outcome) -> None:
    """A program is its first process: what was right when it ended, within its limits, counts, and nothing else."""
    result = grade(code, cases=OPEN, limits=LIMITS)

    # A child may have time for a flood; and root, as which the tests run, has as many processes as it likes.
    others = {Outcome.WRONG: Outcome.OUTPUT_LIMIT, Outcome.PROCESS_LIMIT: Outcome.WRONG}
    assert result.outcome in {outcome, others.get(outcome)}


PROBES = {
    "files that were left": """
import os
left = [name for name in os.listdir() if name != 'main.py']
for name in ('left', 'main.pyc'):
    open(name, 'w').write('x')
os.makedirs('a/b/c')
os.symlink('/etc', 'a/link')
os.chmod('a', 0)
assert not left, left
""",
    "processes that were left": """
import ctypes, os, time
left = []
for pid in range(1, 1000):
    try:
        left += [pid] if open(f'/proc/{pid}/comm').read() == 'left-behind\\n' else []
    except OSError:
        pass
assert not left, left
ctypes.CDLL(None).prctl(15, b'left-behind')
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(1)
        time.sleep(60)
    os._exit(0)
os.wait()
""",
    "a program that was changed": """
import os, sys
assert len(open('main.py').read()) > 100 and 'tampered' + '!' not in open('main.py').read()
open('main.py', 'w').write('print("tampered" + "!")')
""",
    "signals": """
import os, signal
for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
    for pid in range(1, 400):
        if pid != os.getpid():
            try:
                os.kill(pid, number)
            except OSError:
                pass
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass
""",
    "shared memory": """
import ctypes
libc = ctypes.CDLL(None)
for call in (29, 68, 64):
    assert libc.syscall(call, 4711, 64, 0o1777) < 0
""",
}


@pytest.mark.parametrize("name", PROBES)
def test_nothing_is_left_for_the_next_case(grade: Grade, name: str) -> None:
    result = grade(PROBES[name] + HONEST, cases=OPEN, limits=LIMITS)

    assert result.outcome is Outcome.PASSED, (result.reason, result.output)


def test_the_box_has_taken_no_harm(grade: Grade) -> None:
    assert grade(HONEST, cases=OPEN, limits=LIMITS).outcome is Outcome.PASSED
    assert grade(HONEST, cases=SECRETS, limits=LIMITS).outcome is Outcome.WRONG
