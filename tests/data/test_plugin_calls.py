"""Harnesses of users: whatever is wrong with one is said with the line of its file, and before a box opens."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import (
    FunctionTask,
    GradedRun,
    HarnessError,
    Inputs,
    InstanceImage,
    MigrationTask,
    PatchTask,
    ProjectTask,
    Sample,
)
from boxscore.cli.app import main as run_main
from boxscore.data import plugin_calls as calls
from boxscore.data.harness_check import check_harness
from boxscore.data.plugins import load_harness
from boxscore.interrupt import leave_on_signals
from boxscore.protocols.function.protocol import PROTOCOL
from boxscore.stray_prints import only_answers_on_stdout

if TYPE_CHECKING:
    from pathlib import Path

    from msgspec import Struct

SOURCE = """import boxscore


class Mine(boxscore.FunctionHarness):
    name = "mine"
    title = "mine: a function"
    source = boxscore.DataSource(path="mine.jsonl")
    completes = False
{body}

HARNESS = Mine()
"""
ROW = {
    "task_id": "m/1",
    "prompt": "Write f(), which gives 1.",
    "entry_point": "f",
    "tests": "assert f() == 1",
    "reference": "def f(): return 1",
}


def write(folder: Path, body: str = "", row: dict[str, Any] = ROW) -> tuple[Path, Path]:
    harness, data = folder / "mine.py", folder / "mine.jsonl"
    harness.write_text(SOURCE.format(body="".join(f"    {line}\n" for line in body.splitlines())))
    data.write_text(json.dumps(row) + "\n")
    return harness, data


def call_all(path: Path, data: Path) -> None:
    """Load a harness and call all that it must have, and what some may have."""
    harness = load_harness(path)
    (instance,) = calls.load_instances(harness, data)
    calls.prompt_messages(harness, instance)
    calls.extract_code(harness, instance, Sample(instance_id="m/1", sample_id="7", text="x"))
    calls.make_task(harness, instance)
    calls.check_files(harness, data.parent, "r")
    calls.published_image(harness, instance)
    run = GradedRun(
        run_id="r", folder=data.parent, files=None, instances=(), samples=(), results=(), tasks={}, printed=str
    )
    calls.write_files(harness, run)


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (
            "load failed, reading ",
            "def load(self, path):\n    return [self.made(row) for row in (1,)]\ndef made(self, row):\n    1 / 0",
        ),
        ("prompt failed, instance 'm/1'", "def prompt(self, instance):\n    return 1 / 0"),
        ("extract failed, instance 'm/1', sample '7'", "def extract(self, instance, sample):\n    return 1 / 0"),
        ("task failed, instance 'm/1'", "def task(self, instance):\n    return 1 / 0"),
        ("task failed, instance 'm/1': SystemExit", "def tests(self, instance):\n    raise SystemExit('1 / 0')"),
        ("task failed, instance 'm/1': Generator", "def tests(self, instance):\n    raise GeneratorExit('1 / 0')"),
        ("check_files failed, folder ", "def check_files(self, folder, run_id):\n    return 1 / 0"),
        ("published_image failed, instance 'm/1'", "def published_image(self, instance):\n    return 1 / 0"),
        ("write_files failed, folder ", "def write_files(self, run):\n    return 1 / 0"),
        ("cannot be read: ZeroDivisionError", "@property\ndef title(self):\n    return 1 / 0"),
        ("cannot be read: ZeroDivisionError", "def __getattr__(self, name):\n    return 1 / 0"),
    ],
)
def test_what_a_harness_raises_is_told_with_its_line(tmp_path: Path, said: str, body: str) -> None:
    path, data = write(tmp_path, body)

    with pytest.raises(HarnessError) as caught:
        call_all(path, data)

    first, *rest = caught.value.lines()
    assert said in first
    assert rest[0].startswith(f"at {path}:{line_of(path, '1 / 0')}")
    assert "1 / 0" in rest[1]


@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("import os\n\ndef broken(:\n", "SyntaxError", 3),
        ("import os\n\n1 / 0\n", "ZeroDivisionError", 3),
        ("import sys\nsys.exit(0)\n", "a harness must not end the program", 2),
        ("import no_such_module_anywhere\n", "ModuleNotFoundError", 1),
        ("\nraise GeneratorExit\n", "GeneratorExit", 2),
    ],
)
def test_a_file_that_cannot_be_run(tmp_path: Path, source: str, said: str, line: int) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)

    with pytest.raises(HarnessError, match=said) as caught:
        load_harness(path)

    assert caught.value.details[0] == f"at {path}:{line}"


@pytest.mark.parametrize("command", [True, False])
def test_what_a_file_prints_is_not_the_output_of_a_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], *, command: bool
) -> None:
    path, _ = write(tmp_path)
    path.write_text("print('hello')\n" + path.read_text())

    with only_answers_on_stdout() if command else nullcontext():
        load_harness(path)
        thread = threading.Thread(target=print, args=("own",))
        thread.start()
        thread.join()

    assert capfd.readouterr() == (("own\n", "hello\n") if command else ("hello\nown\n", ""))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("", "end it with `HARNESS = Mine()`"),
        ("HARNESS = Mine\n", "is the class Mine, not an object"),
        ("HARNESS = None\n", "the harness has no attribute 'name'"),
        ("HARNESS = Mine()\nHARNESS.name = 'a b'\n", "'name' must be letters"),
        ("HARNESS = Mine()\nHARNESS.name = '..'\n", "'name' must be letters"),
        ("HARNESS = Mine()\nHARNESS.parts = (1,)\n", "'parts' must be a tuple of names"),
        ("HARNESS = Mine()\nHARNESS.source = boxscore.DataSource(path=3)\n", "'source': Expected `str`, got `int`"),
        ("HARNESS = Mine()\nHARNESS.counts_missing = 'no'\n", "'counts_missing' must be bool"),
        ("HARNESS = Mine()\nHARNESS.task = 3\n", "no method 'task'"),
        ("HARNESS = Mine()\nHARNESS.image = 3\n", "'image' must be str"),
        ("HARNESS = Mine()\nHARNESS.trust = 'claim'\n", ", Trust.CLAIM, "),
        ("HARNESSES = (Mine(), Mine())\n", "two harnesses are named 'mine'"),
    ],
)
def test_a_harness_that_is_none(tmp_path: Path, end: str, said: str) -> None:
    path, _ = write(tmp_path)
    path.write_text(path.read_text().replace("HARNESS = Mine()\n", end))

    with pytest.raises(HarnessError) as caught:
        load_harness(path)

    assert str(caught.value).startswith(str(path))
    assert said in " ".join(caught.value.lines())


def loads(text: str) -> str:
    return f"def load(self, path):\n    return {text}"


def instances(more: str, *, name: str = "'a'") -> str:
    return loads(f"[boxscore.Instance(instance_id={name}, prompt='', row={{}}{more}]")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (loads("None"), "load of harness 'mine' returned NoneType None, not a list of"),
        (loads("{}"), "load of harness 'mine' returned dict {}, not a list of"),
        (loads("[{}]"), "load of harness 'mine' returned at place 0 dict {}, not a boxscore.Instance"),
        (instances(")", name="3"), "instance_id must be a string, not 3 (int)"),
        (instances(", tags={'domain': 3})"), "tags['domain'] must be a string, not 3 (int)"),
        (instances(", tags={'domain': ''})"), "tags['domain'] must have 1 to 512 characters, not 0"),
        (instances(", tags=['db'])"), "tags must be a dictionary"),
        (instances(") for n in 'abca'", name="n"), "two instances named 'a', at places 0 and 3"),
        (instances(")", name="'\\ud800'"), "half of a surrogate pair"),
        ("def prompt(self, instance):\n    return 'Write f.'", "returned str 'Write f.', not a list of messages"),
        ("def prompt(self, instance):\n    return []", "returned no messages"),
        ("def prompt(self, instance):\n    return [{'role': 'robot', 'content': ''}]", "at place 0 a message without"),
        (
            "def extract(self, instance, sample):\n    return 3",
            "extract of harness 'mine' must return a string or None, not int 3, of sample '7' of 'm/1'",
        ),
        ("def extract(self, instance, sample):\n    return '\\ud800'", "half of a surrogate pair"),
        ("def task(self, instance):\n    return None", "returned NoneType None, not a boxscore.FunctionTask"),
        ("def names(self, instance):\n    return ()", "names of harness 'mine', for 'm/1', returned (), not a tuple"),
        ("def tests(self, instance):\n    return instance.row", "Expected `str | null`, got `object` - at `$.tests`"),
        ("def tests(self, instance):\n    return '\\ud800'", "half of a surrogate pair"),
        ("def published_image(self, instance):\n    return 1", "published_image of harness 'mine' returned int 1"),
    ],
)
def test_what_a_harness_returns_is_checked(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(HarnessError) as caught:
        call_all(*write(tmp_path, body))

    assert said in str(caught.value)


def function(**changes: Any) -> FunctionTask:
    given: dict[str, Any] = {"entry_point": "f", "names": ("f",), "tests": "assert f()", **changes}
    return FunctionTask(**given)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (function(tests=5), "the task: Expected `str | null`, got `int` - at `$.tests`"),
        (function(names=["f"]), "the task: field 'names' must be tuple, not list ['f']"),
        (function(names=("f", 3)), "the task: Expected `str`, got `int` - at `$.names[1]`"),
        (function(limits={"cpu_s": 3}), "the task: field 'limits' must be Limits, not dict {'cpu_s': 3}"),
        (
            function(inputs=Inputs(arguments=((1,),), base="1")),  # type: ignore[arg-type]
            "the task: field 'inputs': Expected `int | null`, got `str` - at `$.base`",
        ),
        (
            PatchTask(image=InstanceImage(name=3), fail_to_pass=(), pass_to_pass=(), commands=(), parser="pytest"),  # type: ignore[arg-type]
            "the task: field 'image': Expected `str`, got `int` - at `$.name`",
        ),
        (
            ProjectTask(files=(("A.java", "YQ=="),), replaced=(), tests=(), required=()),  # type: ignore[arg-type]
            "the task: Expected `bytes`, got `str` - at `$.files[0][1]`",
        ),
        (MigrationTask(image=InstanceImage(name="x"), release=18), "the task: Invalid enum value 18 - at `$.release`"),  # type: ignore[arg-type]
    ],
)
def test_every_field_of_a_task_is_checked(record: Struct, said: str) -> None:
    with pytest.raises(HarnessError) as caught:
        calls.check_record(record, "the task:")

    assert said in str(caught.value)


UNIT_TASK = """def task(self, instance):
    return boxscore.UnittestTask(tests='class T: pass', entry_point='f', reference='', required=('T.test_f',))
"""


@pytest.mark.parametrize(
    ("body", "row", "said"),
    [
        ("", {"entry_point": "g"}, "task: the reference does not define g; it defines f"),
        ("", {"tests": "assert f()\nassert ("}, "task: the tests are not Python: '(' was never closed, line 2"),
        (UNIT_TASK, {}, "trust is oracle, which no verdict on a UnittestTask has: docs/security.md has the levels"),
    ],
)
def test_what_breaks_the_contract(tmp_path: Path, body: str, row: dict[str, str], said: str) -> None:
    path, data = write(tmp_path, body, {**ROW, **row})

    assert f"m/1: {said}" in check_harness(path, data=data)


def test_tests_that_are_not_python_are_told_before_a_box_opens(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, data = write(tmp_path, "", {**ROW, "tests": "assert ("})
    command = ["grade", str(path), "--data", str(data), "--gold", "--out", str(tmp_path / "run"), "--dry-run"]

    with pytest.raises(SystemExit):
        run_main([*command, "--backend", "local"])

    assert "1 of 1 instances have a broken task, such as 'm/1': the tests are not Python" in capfd.readouterr().err
    assert list(PROTOCOL.warnings(function(helpers="return 1"))) == [
        "the helpers are not Python: 'return' outside function, line 1"
    ]


def test_a_traceback_is_there_for_the_asking(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, data = write(tmp_path, "def task(self, instance):\n    return 1 / 0")
    command = ["show", str(path), "m/1", "--data", str(data)]

    with pytest.raises(SystemExit):
        run_main(command)
    plain = capfd.readouterr().err
    with pytest.raises(SystemExit):
        run_main(["--debug", *command])
    debug = capfd.readouterr().err

    assert len(plain.splitlines()) == 4
    assert "Traceback" not in plain
    assert debug.endswith(plain)
    assert "Traceback" in debug
    assert sys.exc_info() == (None, None, None)


@pytest.mark.parametrize(
    "body",
    ["def load(self, path):\n    os.kill(os.getpid(), signal.SIGINT)", "os.kill(os.getpid(), signal.SIGINT)"],
)
def test_an_interrupt_is_not_blamed_on_the_harness(tmp_path: Path, body: str) -> None:
    path, data = write(tmp_path, body)
    path.write_text(f"import os, signal\n{path.read_text()}")

    with pytest.raises(SystemExit) as caught, leave_on_signals(lambda _: None):
        call_all(path, data)

    assert caught.value.code == 130
