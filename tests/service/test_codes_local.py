"""The six codes of verl's client, of programs that run in boxes."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

import httpx
import pytest

from boxscore.service.app import make_app
from boxscore.service.settings import ServiceSettings
from boxscore.session.grader import Grader
from tests.service import verl_client as verl

CASES: dict[str, tuple[dict[str, Any], bool | int]] = {
    "right": ({"code": "print(int(input()) + 1)", "stdin": "41"}, True),
    "wrong": ({"code": "print(int(input()) + 2)", "stdin": "41"}, False),
    "raises": ({"code": "1 / 0"}, verl.RUN),
    "too much memory": ({"code": "print(len('x' * (2 << 30)) and 42)", "memory_limit_MB": 256}, verl.RUN),
    "too long": ({"code": "while True: pass", "run_timeout": 0.5}, verl.LATE),
    "sleeps": ({"code": "import time; time.sleep(60)", "run_timeout": 0.5, "compile_timeout": 0.5}, verl.LATE),
    "not here": ({"code": "print 42", "language": "lua"}, verl.SANDBOX),
    "compiled": ({"code": '#include <cstdio>\nint main() { puts("42"); }', "language": "cpp"}, True),
    "does not compile": ({"code": "int main( {", "language": "cpp"}, verl.COMPILE),
}


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_codes_of_programs_that_run() -> None:
    compiler = shutil.which("g++") is not None
    wanted = {name: code for name, (asked, code) in CASES.items() if compiler or asked.get("language") != "cpp"}

    async def main() -> dict[str, Any]:
        async with Grader(backend="local", workers=2) as grader:
            transport = httpx.ASGITransport(make_app(grader, ServiceSettings(max_wait_s=120.0, run_code_slack_s=120.0)))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=120) as client:

                async def code(name: str) -> Any:
                    asked = {"language": "python", "run_timeout": 60, "compile_timeout": 100, **CASES[name][0]}
                    return (await verl.case_code(lambda path, content: client.post(path, json=content), asked, "42"))[0]

                return dict(zip(wanted, await asyncio.gather(*map(code, wanted)), strict=True))

    assert asyncio.run(asyncio.wait_for(main(), 120)) == wanted


FORGERS = {
    "leaves": "import os\nos._exit(0)",
    "leaves when called": "import sys\ndef add(a, b): sys.exit(0)",
    "equals everything": "class Same:\n    def __eq__(self, other): return True\ndef add(a, b): return Same()",
    "looks for what is wanted": (
        "import sys\n"
        "def add(a, b):\n"
        "    frame = sys._getframe()\n"
        "    while frame.f_back: frame = frame.f_back\n"
        "    return next((v for v in frame.f_locals.values() if v in (3, 4)), None)"
    ),
    "says so": "print('passed')",
}


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_no_forged_pass() -> None:
    tests = ["assert add(1, 2) == 3", "assert add(2, 2) == 4"]

    async def main() -> list[Any]:
        async with Grader(backend="local", workers=1) as grader:
            transport = httpx.ASGITransport(make_app(grader, ServiceSettings(max_wait_s=120.0)))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=120) as client:
                asked = {"tests": tests, "least_trust": "oracle"}
                posts = [("/v1/grade", {**asked, "code": code}) for code in FORGERS.values()]
                posts.append(("/test_program", {**asked, "program": FORGERS["equals everything"]}))
                return [(await client.post(path, json=content)).json() for path, content in posts]

    *graded, marked = asyncio.run(asyncio.wait_for(main(), 120))

    for name, result in zip(FORGERS, graded, strict=True):
        assert result["withheld"] is (name == "equals everything"), name
        assert result["outcome"] not in ({"passed"} if result["withheld"] else {"passed", "internal"}), name
    assert marked["error"] == "withheld"
