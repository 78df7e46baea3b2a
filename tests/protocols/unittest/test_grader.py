"""Tests beside programs, in real boxes: what honest ones may do, and what the others come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.unittest.task import UnittestDetail
from boxscore.records import LimitName, Outcome, Trust
from tests.protocols.unittest.conftest import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.records import Result

    Grade = Callable[..., list[Result]]

pytestmark = [pytest.mark.timeout(300)]

HONEST = {
    "plain": "def task(x): return x + 1",
    "threads": """
import threading
def task(x):
    found = []
    threads = [threading.Thread(target=found.append, args=(x + 1,)) for _ in range(8)]
    for one in threads: one.start()
    for one in threads: one.join()
    threading.Thread(target=threading.Event().wait, args=(500,)).start()
    return found[7]
""",
    "processes": """
import concurrent.futures, multiprocessing
def more(x): return x + 1
def task(x):
    with multiprocessing.Pool(2) as pool, concurrent.futures.ProcessPoolExecutor(2) as other:
        queue = multiprocessing.Queue()
        one = multiprocessing.Process(target=queue.put, args=(x,))
        one.start()
        assert queue.get() == x
        one.join()
        return max(pool.map(more, [x]) + list(other.map(more, [x])))
""",
    "programs": """
import os, subprocess, sys
def task(x):
    with open("more", "w") as file: file.write("#!/bin/sh\\necho $(($1 + 1))\\n")
    os.chmod("more", 0o755)
    one = subprocess.run(["./more", str(x)], capture_output=True, text=True, check=True).stdout
    two = subprocess.check_output([sys.executable, "-c", f"print({x} + 1)"], text=True)
    assert one == two == os.popen(f"echo $(({x} + 1))").read()
    return int(one)
""",
    "loopback": """
import http.server, socket, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(self.path[1:].encode())
    def log_message(self, *_): pass
def task(x):
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    with http.server.HTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = urllib.request.urlopen(f"http://localhost:{server.server_port}/{x + 1}").read()
        server.shutdown()
    return int(answer)
""",
    "files": """
import os, pathlib, shutil, sqlite3, tempfile, zipfile
def task(x):
    assert os.getuid() and os.getcwd() != "/" and not os.path.exists("/non/existent/path")
    (pathlib.Path.home() / ".config").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open("/tmp/fixed.txt", "w") as file:
        path = os.path.join(folder, "a.txt")
        file.write(str(x + 1)); file.flush()
        shutil.copy2("/tmp/fixed.txt", path)
        shutil.move(path, "b.txt")
        with zipfile.ZipFile("c.zip", "w") as archive: archive.write("b.txt")
        database = sqlite3.connect("d.db")
        database.execute("create table if not exists t (n integer)")
        database.execute("insert into t values (?)", (x + 1,))
        assert database.execute("select n from t order by rowid desc").fetchone() == (x + 1,)
        database.close()
        os.mkfifo("pipe"); os.unlink("pipe"); os.symlink("b.txt", "link"); os.unlink("link")
        os.listdir("/proc"); os.listdir("/")
    opened = [open("b.txt") for _ in range(500)]
    for one in opened: one.close()
    with open("b.txt") as file: return int(file.read())
""",
    "a descriptor of any number": """
import os
for one in range(3, 300):
    try: os.write(one, b'x' * 999)
    except OSError: pass
    os.dup2(0, one)
def task(x): return x + 1
""",
    "descriptors closed as daemons do": """
import os, sys
os.closerange(3, 100)
os.closerange(0, 1 << 16)
def task(x): return x + 1
""",
    "standard streams closed": """
import os, sys
sys.stdin.close(); sys.stdout.close(); os.close(2)
def task(x): return x + 1
""",
    "output caught by its descriptor": """
import os, sys, tempfile
def task(x):
    with tempfile.TemporaryFile() as file:
        kept = os.dup(1); os.dup2(file.fileno(), 1)
        os.system(f"echo {x + 1}")
        os.dup2(kept, 1); os.close(kept)
        file.seek(0)
        return int(file.read())
""",
    "a daemon": """
import os, sys
def task(x):
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        for one in range(3): os.open(os.devnull, os.O_RDWR)
        os.execv("/bin/sleep", ["sleep", "500"])
    os.waitpid(child, 0)
    return x + 1
""",
    "a fork that stays": """
import os, time
def task(x):
    if os.fork() == 0:
        os.setsid(); time.sleep(500); os._exit(0)
    return x + 1
""",
}
FLAGGED = {
    "a descriptor of any number",
    "programs",
    "output caught by its descriptor",
    "a daemon",
    "a fork that stays",
}  # as they meet the interpreter or descriptors


LEAVES_PORTS = """
import os, socket
low, high = map(int, open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
listening = socket.create_server(("127.0.0.1", 20001), backlog=4000)
def connected(port):
    one = socket.socket(); one.bind(("127.0.0.1", port)); one.connect(("127.0.0.1", 20001))
    return one, listening.accept()[0]
for port in (8000, *range(low, high + 1)):
    one, other = connected(port); one.shutdown(1); other.close(); one.close()
if os.fork() == 0:
    one, other = connected(8080); one.close()
    one, other = connected(8081); one.setblocking(False)
    try:
        while one.send(bytes(1 << 16)): pass
    except BlockingIOError: one.close()
    server = socket.create_server(("127.0.0.1", 8082))
    named = socket.socket(socket.AF_UNIX); named.bind("\\0name")
    datagrams = socket.socket(type=socket.SOCK_DGRAM); datagrams.bind(("127.0.0.1", 8083))
    os.read(os.pipe()[0], 1)
def task(x): return x + 1
"""
FINDS_PORTS = """
import socket
for port in (0, 8000, 8080, 8081, 8082): socket.create_server(("127.0.0.1", port)).close()
for port in (8000, 8080): one = socket.socket(); one.bind(("127.0.0.1", port)); one.close()
socket.socket(socket.AF_UNIX).bind("\\0name"); socket.socket(type=socket.SOCK_DGRAM).bind(("127.0.0.1", 8083))
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
def task(x): return x + 1
"""


def test_no_port_stays_taken(grade: Grade) -> None:
    found = grade(LEAVES_PORTS, FINDS_PORTS, FINDS_PORTS, limits=replace(LIMITS, cpu_s=20.0))

    assert [(one.outcome, one.reason, one.attempts) for one in found] == [(Outcome.PASSED, "", 1)] * 3


def test_honest_programs_pass(grade: Grade) -> None:
    """What tests of whole programs ask for is there; code that reaches below the interpreter is worth a claim."""
    results = grade(*HONEST.values())

    assert {name: (one.outcome, one.reason) for name, one in zip(HONEST, results, strict=True)} == dict.fromkeys(
        HONEST, (Outcome.PASSED, "")
    )
    assert {name: one.trust for name, one in zip(HONEST, results, strict=True)} == {
        name: Trust.CLAIM if name in FLAGGED else Trust.WATCHED for name in HONEST
    }


REPORTER = """
import sys
frame = sys._getframe()
while "reporter" not in frame.f_locals: frame = frame.f_back
reporter = frame.f_locals["reporter"]
"""
OTHERS = {
    "wrong": ("def task(x): return x", Outcome.WRONG),
    "not defined": ("def other(x): return x", Outcome.ERROR),
    "no Python": ("def task(x) return x", Outcome.SYNTAX),
    "raises when it is read": ("raise ValueError('x')", Outcome.ERROR),
    "leaves when it is read": ("import sys; sys.exit(0)", Outcome.ERROR),
    "leaves in a test": ("import sys\ndef task(x): sys.exit(0)", Outcome.ERROR),
    "leaves at once": ("import os\ndef task(x): os._exit(0)", Outcome.ERROR),
    "leaves by a system call": ("import ctypes\ndef task(x): ctypes.CDLL(None).syscall(231, 0)", Outcome.ERROR),
    "leaves by the C library": ("import ctypes\ndef task(x): ctypes.CDLL(None).exit(0)", Outcome.ERROR),
    "leaves from a thread": (
        """
import os, threading
def task(x):
    threading.Thread(target=os._exit, args=(0,)).start()
    threading.Event().wait(100)
""",
        Outcome.ERROR,
    ),
    "leaves where it is collected": ("import os\nclass Gone:\n def __del__(self): os._exit(0)\nGone()", Outcome.ERROR),
    "skips": ("import unittest\ndef task(x): raise unittest.SkipTest('no')", Outcome.ERROR),
    "crashes": ("import ctypes\ndef task(x): ctypes.string_at(0)", Outcome.SIGNAL),
    "empties the suite": (
        "import unittest\nunittest.TestSuite.__iter__ = lambda self: iter(())\ndef task(x): return 0",
        Outcome.ERROR,
    ),
    "hides the tests": (
        "import unittest\nunittest.TestLoader.getTestCaseNames = lambda *_: []\ndef task(x): return 0",
        Outcome.ERROR,
    ),
    "finds tests of its own": (
        "import unittest\nunittest.TestLoader.getTestCaseNames = lambda *_: ['id']\ndef task(x): return 0",
        Outcome.TAMPERED,
    ),
    "writes a report": (
        'import os\nos.write(4, b\'["test", "TestCases.test_one", "passed", ""]\\n["end", "", 1]\\n\')\nos._exit(0)',
        Outcome.ERROR,
    ),
    "writes into the report": (f"{REPORTER}reporter.say('{{}}')\ndef task(x): return x + 1", Outcome.TAMPERED),
    "reports without an end": (
        f"{REPORTER}while True: reporter.say('test', 'x' * 9999)\ndef task(x): return x + 1",
        Outcome.TIMEOUT,
    ),
    "reports too much": (
        f"{REPORTER}for _ in range(20): reporter.say('x' * 999_999)\ndef task(x): return x + 1",
        Outcome.OUTPUT_LIMIT,
    ),
    "prints a report": ("print('OK\\nRan 2 tests in 0.000s')\ndef task(x): return 0", Outcome.WRONG),
    "sends no end of lines": (
        "import os\ndef task(x):\n while True: os.write(4, b'[1]\\n' * 9999)",
        Outcome.OUTPUT_LIMIT,
    ),
    "sends one line without an end": (
        "import os\ndef task(x):\n while True: os.write(4, b'x' * 99999)",
        Outcome.OUTPUT_LIMIT,
    ),
    "prints without an end": ("def task(x):\n while True: print('x' * 99999)", Outcome.OUTPUT_LIMIT),
    "ends after its report": (
        """
import os, sys
class Stream:
    def write(self, text): pass
    def flush(self): os._exit(7)
sys.stdout = Stream()
def task(x): return x + 1
""",
        Outcome.TAMPERED,
    ),
    "asks another address": (
        "import socket\ndef task(x): return socket.create_connection(('192.0.2.1', 80), 5)",
        Outcome.ERROR,
    ),
}


def test_other_programs_do_not_pass(grade: Grade) -> None:
    """Each comes to what it is; one that patches what compares would pass, as a report is a claim."""
    results = grade(*(program for program, _ in OTHERS.values()))
    came_to = {name: one.outcome for name, one in zip(OTHERS, results, strict=True)}

    assert came_to == {name: outcome for name, (_, outcome) in OTHERS.items()}


@pytest.mark.slow
def test_limits_end_a_program(grade: Grade) -> None:
    loop, sleeper, greedy, forked = grade(
        "def task(x):\n while True: pass",
        "import time\ndef task(x): time.sleep(500)",
        "def task(x):\n kept = []\n while True: kept.append(bytearray(1 << 20))",
        "import os\ndef task(x):\n for _ in range(8):\n  if os.fork() == 0:\n   while True: pass\n os.wait()",
    )

    assert [(one.outcome, one.limit) for one in (loop, sleeper, forked)] == [
        (Outcome.TIMEOUT, LimitName.CPU),
        (Outcome.TIMEOUT, LimitName.WALL),
        (Outcome.TIMEOUT, LimitName.CPU),
    ]
    assert greedy.outcome in {Outcome.MEMORY, Outcome.ERROR}


LEAVES = """
import atexit, builtins, json, os, resource, signal, socket, subprocess, sys, threading, types
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), "."):
    os.makedirs(f"{folder}/left/deep")
    open(f"{folder}/left/deep/file", "w").close()
    os.chmod(f"{folder}/left/deep", 0)
subprocess.Popen(["sleep", "500"], start_new_session=True)
listening = socket.socket(); listening.bind(("127.0.0.1", 23456)); listening.listen()
named = socket.socket(socket.AF_UNIX); named.bind("\\0left"); named.listen()
if os.fork() == 0:
    import time; time.sleep(500)
os.environ["LEFT"] = "left"
for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGXCPU): signal.signal(number, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_NOFILE, (900, 900))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
os.umask(0o777)
sys.modules["left"] = types.ModuleType("left")
builtins.left = json.left = 7
atexit.register(os._exit, 0)
threading.Thread(target=threading.Event().wait, args=(500,), daemon=True).start()
for path in (f"/proc/{os.getppid()}/mem", "/usr/lib/python3/left.pth", "/left"):
    try: open(path, "r+b" if "mem" in path else "wb").close()
    except OSError: pass
    else: os._exit(9)
def task(x): return x + 1
"""
FINDS = """
import builtins, json, os, resource, signal, socket, sys
found = [folder for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), ".") if os.listdir(folder)]
found += [one for one in os.listdir("/proc") if one.isdigit() and os.stat(f"/proc/{one}").st_uid == os.getuid() - 1]
for family, address in ((socket.AF_INET, ("127.0.0.1", 23456)), (socket.AF_UNIX, "\\0left")):
    with socket.socket(family) as one:
        try: one.connect(address)
        except ConnectionRefusedError: pass
        else: found.append(address)
found += [name for name in ("LEFT",) if name in os.environ]
found += [number for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGXCPU)
          if signal.getsignal(number) is not signal.SIG_DFL]
if resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= 900 or resource.getrlimit(resource.RLIMIT_FSIZE)[1] <= 1 << 20:
    found.append("limits")
before = os.umask(0)
os.umask(before)
found += [name for name, there in {
    "umask": before != 0o22,
    "module": "left" in sys.modules,
    "names": hasattr(builtins, "left") or hasattr(json, "left"),
}.items() if there]
def task(x): return x + 1 if not found else found
"""


def test_neighbours_find_nothing(grade: Grade) -> None:
    results = grade(LEAVES, FINDS)

    assert [(one.outcome, one.reason) for one in results] == [(Outcome.PASSED, "")] * 2


def test_what_a_result_says(grade: Grade) -> None:
    program = "print('said')\ndef task(x):\n open(f'{x}.txt', 'w').write('kept')\n return x + (x != 2)"
    (result,) = grade(program, keep=("[01].txt",))

    assert isinstance(result.detail, UnittestDetail)
    assert result.detail.tests == {"TestCases.test_one": "passed", "TestCases.test_more": "failed"}
    assert result.detail.files == {"0.txt": b"kept", "1.txt": b"kept"}
    assert result.output == "said\n"
    assert "TestCases.test_more: failed: line 9: AssertionError: 2 != 3" in result.reason
