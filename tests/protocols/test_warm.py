"""What is sent into a warm box before anything else: modules, as text and compiled."""

from __future__ import annotations

import marshal
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from typing import Any

import pytest

from boxscore.protocols.warm import BOOT, _compiled

SAYS = (
    ("other", "WORD = 'heard'"),
    ("supervisor", 'import other\ndef main():\n    "text"\n    print(other.WORD, main.__doc__)\n'),
)


@pytest.mark.parametrize(
    ("magic", "said"),
    [(MAGIC_NUMBER, "heard None\n"), (b"\0\0\r\n", "heard text\n")],
    ids=["the same Python", "another"],
)
def test_modules_are_compiled_where_they_cannot_be_taken_as_they_are(magic: bytes, said: str) -> None:
    modules = marshal.dumps((magic, _compiled(SAYS), SAYS), 2)

    done = subprocess.run(
        [sys.executable, "-P", "-c", BOOT],
        input=len(modules).to_bytes(4, "little") + modules,
        capture_output=True,
        check=True,
        timeout=120,
    )

    assert done.stdout.decode() == said


def test_what_is_compiled_here_is_as_if_compiled_there() -> None:
    source = '"""Said."""\ndef f(x: list): "said"; return x\n'

    ((name, code),) = marshal.loads(_compiled((("toy", source),)))
    scope: dict[str, Any] = {}
    exec(code, scope)

    assert (name, code.co_filename, scope.get("__doc__")) == ("toy", "toy.py", None)
    assert scope["f"].__annotations__ == {"x": list}
