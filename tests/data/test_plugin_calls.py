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
    Harness,
    HarnessError,
    Inputs,
    Instance,
    InstanceImage,
    MigrationTask,
    PatchTask,
    ProjectTask,
    Sample,
)
from boxscore.cli.app import main as run_main
from boxscore.data.harness_check import check_harness
from boxscore.data.plugin_calls import (
    check_files,
    check_record,
    extract_code,
    load_instances,
    make_task,
    prompt_messages,
    published_image,
    write_files,
)
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


def write(folder: Path, body: str = "", *rows: dict[str, Any]) -> tuple[Path, Path]:
    harness, data = folder / "mine.py", folder / "mine.jsonl"
    harness.write_text(SOURCE.format(body="".join(f"    {line}\n" for line in body.splitlines())))
    data.write_text("".join(json.dumps(row) + "\n" for row in (rows or (ROW,))))
    return harness, data


def all_of(harness: Harness, instance: Instance) -> None:
    prompt_messages(harness, instance)
    extract_code(harness, instance, Sample(instance_id="m/1", sample_id="7", text="x"))
    make_task(harness, instance)


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("load", "def load(self, path):\n    return [self.made(row) for row in (1,)]\ndef made(self, row):\n    1 / 0"),
        ("prompt", "def prompt(self, instance):\n    return 1 / 0"),
        ("extract", "def extract(self, instance, sample):\n    return 1 / 0"),
        ("task", "def task(self, instance):\n    return 1 / 0"),
        ("task", "def tests(self, instance):\n    return 1 / 0"),
        ("task", "def tests(self, instance):\n    raise SystemExit('1 / 0')"),
        ("task", "def tests(self, instance):\n    raise GeneratorExit('1 / 0')"),
    ],
)
def test_what_a_method_raises_is_told_with_its_line(tmp_path: Path, method: str, body: str) -> None:
    path, data = write(tmp_path, body)
    harness = load_harness(path)

    with pytest.raises(HarnessError) as caught:
        all_of(harness, *load_instances(harness, data))

    first, *rest = caught.value.lines()
    assert first.startswith(f"harness 'mine': {method} failed, ")
    assert ("'m/1'" in first) is (method != "load")
    assert ("'7'" in first) is (method == "extract")
    assert (
        first.endswith(("ZeroDivisionError: division by zero", "GeneratorExit: 1 / 0")) or "SystemExit: 1 / 0" in first
    )
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
        ("HARNESS = Mine()\nHARNESS.name = 'a/b'\n", "'name' must be letters"),
        ("HARNESS = Mine()\nHARNESS.name = '..'\n", "'name' must be letters"),
        ("HARNESS = Mine()\nHARNESS.parts = (1,)\n", "'parts' must be a tuple of names"),
        (
            "HARNESS = Mine()\nHARNESS.source = boxscore.DataSource(path=3)\n",
            "'source': Expected `str`, got `int` - at `$.path`",
        ),
    ],
)
def test_a_harness_that_is_none(tmp_path: Path, end: str, said: str) -> None:
    path, _ = write(tmp_path)
    path.write_text(path.read_text().replace("HARNESS = Mine()\n", end))

    with pytest.raises(HarnessError) as caught:
        load_harness(path)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "def load(self, path):\n    return [{}]",
            "load of harness 'mine' returned at place 0 dict {}, not a boxscore.Instance",
        ),
        (
            "def load(self, path):\n    return [boxscore.Instance(instance_id=3, prompt='', row={})]",
            "instance_id must be a string, not 3 (int)",
        ),
        (
            (
                "def load(self, path):\n    return [boxscore.Instance(instance_id='a', prompt='', row={},"
                " tags={'domain': 3})]"
            ),
            "tags['domain'] must be a string, not 3 (int)",
        ),
        (
            (
                "def load(self, path):\n    return [boxscore.Instance(instance_id='a', prompt='', row={},"
                " tags={'domain': ''})]"
            ),
            "tags['domain'] must have 1 to 512 characters, not 0",
        ),
        (
            "def load(self, path):\n    return [boxscore.Instance(instance_id='a', prompt='', row={}, tags=['db'])]",
            "tags must be a dictionary",
        ),
        (
            "def load(self, path):\n    return [boxscore.Instance(instance_id=n, prompt='', row={}) for n in 'abca']",
            "two instances named 'a', at places 0 and 3",
        ),
        ("def load(self, path):\n    return None", "load of harness 'mine' returned NoneType None, not a list of"),
        ("def load(self, path):\n    return {}", "load of harness 'mine' returned dict {}, not a list of"),
    ],
)
def test_instances_are_checked(tmp_path: Path, body: str, said: str) -> None:
    path, data = write(tmp_path, body)

    with pytest.raises(HarnessError) as caught:
        load_instances(load_harness(path), data)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def prompt(self, instance):\n    return 'Write f.'", "returned str 'Write f.', not a list of messages"),
        ("def prompt(self, instance):\n    return []", "returned no messages"),
        (
            "def prompt(self, instance):\n    return [{'role': 'robot', 'content': ''}]",
            "at place 0 a message without a role",
        ),
        (
            "def extract(self, instance, sample):\n    return 3",
            "extract of harness 'mine' must return a string or None, not int 3, of sample '7' of 'm/1'",
        ),
        ("def task(self, instance):\n    return None", "returned NoneType None, not a boxscore.FunctionTask"),
        ("def names(self, instance):\n    return ()", "names of harness 'mine', for 'm/1', returned (), not a tuple"),
        ("def names(self, instance):\n    return None", "names of harness 'mine', for 'm/1', returned None, not"),
        ("def tests(self, instance):\n    return instance.row", "Expected `str | null`, got `object` - at `$.tests`"),
    ],
)
def test_other_answers_are_checked(tmp_path: Path, body: str, said: str) -> None:
    path, data = write(tmp_path, body)
    harness = load_harness(path)
    (instance,) = load_instances(harness, data)
    with pytest.raises(HarnessError) as caught:
        all_of(harness, instance)

    assert said in str(caught.value)


def function(**changes: Any) -> FunctionTask:
    given: dict[str, Any] = {"entry_point": "f", "names": ("f",), "tests": "assert f()", **changes}
    return FunctionTask(**given)


IMAGE = InstanceImage(name="x")


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
        (MigrationTask(image=IMAGE, release=18), "the task: Invalid enum value 18 - at `$.release`"),  # type: ignore[arg-type]
    ],
)
def test_every_field_of_a_task_is_checked(record: Struct, said: str) -> None:
    with pytest.raises(HarnessError) as caught:
        check_record(record, "the task:")

    assert said in str(caught.value)


def test_an_entry_point_that_the_reference_lacks(tmp_path: Path) -> None:
    path, data = write(tmp_path, "", {**ROW, "entry_point": "g"})

    found = check_harness(path, data=data)

    assert "m/1: task: the reference does not define g; it defines f" in found


def test_tests_that_are_not_python_are_told_before_a_box_opens(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, data = write(tmp_path, "", {**ROW, "tests": "assert f(1) == 1\nassert ("})
    command = ["grade", str(path), "--data", str(data), "--gold", "--out", str(tmp_path / "run"), "--dry-run"]

    with pytest.raises(SystemExit):
        run_main([*command, "--backend", "local"])

    said = "the tests are not Python: '(' was never closed, line 2"
    assert f"1 of 1 instances have a broken task, such as 'm/1': {said}" in capfd.readouterr().err
    assert f"m/1: task: {said}" in check_harness(path, data=data)
    assert list(PROTOCOL.warnings(function(helpers="return 1"))) == [
        "the helpers are not Python: 'return' outside function, line 1"
    ]


def graded(folder: Path) -> GradedRun:
    return GradedRun(
        run_id="r", folder=folder, files=None, instances=(), samples=(), results=(), tasks={}, printed=lambda _: ""
    )


def optional(harness: Harness, folder: Path) -> list[object]:
    instance = Instance(instance_id="m/1", prompt="", row={})
    check_files(harness, folder, "r")
    return [published_image(harness, instance), write_files(harness, graded(folder))]


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("check_files", "def check_files(self, folder, run_id):\n    return 1 / 0"),
        ("published_image", "def published_image(self, instance):\n    return 1 / 0"),
        ("published_image", "def published_image(self, instance):\n    return 1"),
        ("write_files", "def write_files(self, run):\n    return 1 / 0"),
    ],
)
def test_what_a_harness_may_have_is_blamed_like_the_rest(tmp_path: Path, method: str, body: str) -> None:
    path, _ = write(tmp_path, body)

    with pytest.raises(HarnessError, match=method) as caught:
        optional(load_harness(path), tmp_path)

    assert str(path) in str(caught.value)


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
    [
        "@property\ndef title(self):\n    return 1 / 0",
        "@property\ndef counts_missing(self):\n    return 1 / 0",
        "def __getattr__(self, name):\n    return 1 / 0",
    ],
)
def test_an_attribute_that_raises_is_told_with_its_line(tmp_path: Path, body: str) -> None:
    path, _ = write(tmp_path, body)

    with pytest.raises(HarnessError, match="cannot be read: ZeroDivisionError") as caught:
        load_harness(path)

    assert caught.value.details[0].startswith(f"at {path}:{line_of(path, '1 / 0')}")


@pytest.mark.parametrize("line", ["counts_missing = 'no'", "files_versions = 5", "apply_strategies = 5"])
def test_what_a_harness_may_have_besides_is_of_its_type(tmp_path: Path, line: str) -> None:
    path, _ = write(tmp_path, line)

    with pytest.raises(HarnessError, match=f"'{line.split(maxsplit=1)[0]}' must be"):
        load_harness(path)


@pytest.mark.parametrize(
    "body",
    [
        "def load(self, path):\n    return [boxscore.Instance(instance_id='\\ud800', prompt='', row={})]",
        "def extract(self, instance, sample):\n    return '\\ud800'",
        "def tests(self, instance):\n    return '\\ud800'",
    ],
)
def test_no_text_of_a_harness_holds_half_of_a_character(tmp_path: Path, body: str) -> None:
    path, data = write(tmp_path, body)
    harness = load_harness(path)

    with pytest.raises(HarnessError, match="half of a surrogate pair"):
        all_of(harness, *load_instances(harness, data))


@pytest.mark.parametrize(
    "body",
    [
        "def load(self, path):\n    os.kill(os.getpid(), signal.SIGINT)",
        "def extract(self, instance, sample):\n    os.kill(os.getpid(), signal.SIGINT)",
        "os.kill(os.getpid(), signal.SIGINT)",
    ],
)
def test_an_interrupt_is_not_blamed_on_the_harness(tmp_path: Path, body: str) -> None:
    path, data = write(tmp_path, body)
    path.write_text(f"import os, signal\n{path.read_text()}")

    with pytest.raises(SystemExit) as caught, leave_on_signals(lambda _: None):
        load_and_call(path, data)

    assert caught.value.code == 130


def load_and_call(path: Path, data: Path) -> None:
    harness = load_harness(path)
    all_of(harness, *load_instances(harness, data))


def test_a_trust_that_no_verdict_on_its_tasks_has(tmp_path: Path) -> None:
    made = "tests='class T: pass', entry_point='f', reference=instance.reference, required=('T.test_f',)"
    body = f"def task(self, instance):\n    return boxscore.UnittestTask({made})\n"
    said = "m/1: trust is oracle, which no verdict on a UnittestTask has: docs/security.md has the levels"
    path, data = write(tmp_path, body)

    assert said in check_harness(path, data=data)

    path, data = write(tmp_path, f"trust = boxscore.Trust.CLAIM\n{body}")

    assert said not in check_harness(path, data=data)
