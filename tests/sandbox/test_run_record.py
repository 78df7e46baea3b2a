"""What is noted in the processes of tests, and that these are as they would be without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.resources import sandbox_program

if TYPE_CHECKING:
    from pathlib import Path


Recorded = tuple[str, list[tuple[str, int, str]]]


def recorded(tmp_path: Path, files: dict[str, str], *command: str, path: str = "{}") -> Recorded:
    tree, folder = tmp_path / "tree", tmp_path / "record"
    for name, text in {**files, "../record/sitecustomize.py": sandbox_program("run_record")}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    env = {**os.environ, "PYTHONPATH": path.format(folder)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    notes = tmp_path / "record.jsonl"
    found = map(json.loads, notes.read_text().splitlines() if notes.exists() else ())
    return done.stdout + done.stderr, [(note["path"], note["line"], note["rule"]) for note in found]


TESTS = "import unittest, lib\nclass Case(unittest.TestCase):\n    def test_one(self):\n        lib.one()\n"


@pytest.mark.parametrize(
    ("lib", "rule", "line"),
    [
        ("import unittest\nunittest.TestCase.assertEqual = lambda *_: None\ndef one(): pass\n", "runner", 2),
        ("import builtins\ndef every(_): return True\nbuiltins.all = every\ndef one(): pass\n", "runner", 2),
        ("import gc\ndef one():\n    gc.get_objects()\n", "frames", 3),
        ("import gc\ndef one():\n    getattr(gc, 'get_ref' + 'errers')(1)\n", "frames", 3),
        ("import sys\ndef one():\n    sys.settrace(None)\n", "low-level", 3),
        ("def other(): pass\ndef one():\n    one.__code__ = other.__code__\n", "frames", 3),
        ("import os\ndef one():\n    if os.fork() == 0:\n        os._exit(0)\n", "fork", 3),
        ("def one():\n    open('test_it.py').read()\n", "reads-tests", 2),
        ("def one():\n    open('/proc/self/cmdline').read()\n", "files", 2),
    ],
)
def test_what_hints_at_forging_is_noted(tmp_path: Path, lib: str, rule: str, line: int) -> None:
    said, notes = recorded(tmp_path, {"lib.py": lib, "test_it.py": TESTS}, "-m", "unittest", "test_it")

    assert "OK" in said
    assert notes == [("lib.py", line, rule)]


@pytest.mark.parametrize(
    "lib",
    [
        "def one():\n    open('data.txt', 'w').write('x')\n",
        "import multiprocessing\ndef one():\n    multiprocessing.get_context('fork').Process(target=print).start()\n",
        "import logging, collections\ndef one():\n    collections.namedtuple('A', 'b')\n    logging.warning('x')\n",
        "from unittest import mock\ndef one():\n    mock.Mock()()\n",
        "import subprocess\ndef one():\n    subprocess.run(['true'])\n",
        "class Text(str):\n    def __eq__(self, other): return True\ndef one(): Text('a') == 1\n",
    ],
)
@pytest.mark.parametrize("runner", [("-m", "unittest", "test_it"), ("-m", "pytest", "test_it.py")])
def test_ordinary_code_is_not_noted(tmp_path: Path, lib: str, runner: tuple[str, ...]) -> None:
    _, notes = recorded(tmp_path, {"lib.py": lib, "test_it.py": TESTS}, *runner)

    assert notes == []
