"""Harnesses of users: whatever is wrong with one is said with the line of its file, and before a box opens."""

from __future__ import annotations

import json
import sys
import threading
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
from boxscore.cli.app import app
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
from boxscore.protocols.function.protocol import PROTOCOL, reference_problem
from boxscore.records import Conditions
from boxscore.run.plan import make_plan
from tests.run.test_engine import FakeHarness

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
    """A harness file whose class has these lines too, and its data."""
    harness, data = folder / "mine.py", folder / "mine.jsonl"
    harness.write_text(SOURCE.format(body="".join(f"    {line}\n" for line in body.splitlines())))
    data.write_text("".join(json.dumps(row) + "\n" for row in (rows or (ROW,))))
    return harness, data


def all_of(harness: Harness, instance: Instance) -> None:
    """Call what a harness does with an instance, as a run does."""
    prompt_messages(harness, instance)
    extract_code(harness, instance, Sample(instance_id="m/1", sample_id="7", text="x"))
    make_task(harness, instance)


def line_of(path: Path, text: str) -> int:
    """The number of the line that holds a text."""
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
    """The message has method, exception, file and line of the harness, the line's text, and the instance."""
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
    """An error at import names the line, too."""
    path = tmp_path / "mine.py"
    path.write_text(source)

    with pytest.raises(HarnessError, match=said) as caught:
        load_harness(path)

    assert caught.value.details[0] == f"at {path}:{line}"


def test_what_a_file_prints_is_not_our_output(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output is for what was asked; a harness that prints does so on standard error."""
    path, _ = write(tmp_path)
    path.write_text("print('hello')\n" + path.read_text())

    load_harness(path)

    assert capfd.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("", "end it with `HARNESS = Mine()`"),
        ("HARNESS = Mine\n", "is the class Mine, not an object"),
        ("HARNESS = None\n", "None (NoneType) is not a harness: it has none of load, prompt, extract, task"),
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
    """What is missing or of the wrong kind is named, with the remedy."""
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
    """What `load` returns is checked: kinds, fields and ids, with both places of an id that is there twice."""
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
    """So is what the other methods return; tests of the base class become text."""
    path, data = write(tmp_path, body)
    harness = load_harness(path)
    (instance,) = load_instances(harness, data)
    with pytest.raises(HarnessError) as caught:
        all_of(harness, instance)

    assert said in str(caught.value)


def function(**changes: Any) -> FunctionTask:
    """A task with something changed."""
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
    """Field, what is expected and what is there: in records within records too."""
    with pytest.raises(HarnessError) as caught:
        check_record(record, "the task:")

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("entry_point", "said"),
    [("f g", "no name of a Python function"), ("", "no name"), ("class", "no name"), ("f()", "no name")],
)
def test_an_entry_point_that_cannot_be_one(tmp_path: Path, entry_point: str, said: str) -> None:
    """A name that no function can have is refused wherever the task is made."""
    path, data = write(tmp_path, "", {**ROW, "entry_point": entry_point})
    harness = load_harness(path)
    (instance,) = load_instances(harness, data)

    with pytest.raises(HarnessError, match=said):
        make_task(harness, instance)


def test_an_entry_point_that_the_reference_lacks(tmp_path: Path) -> None:
    """The check of the contract says so, and what the reference does define."""
    path, data = write(tmp_path, "", {**ROW, "entry_point": "g"})

    found = check_harness(path, data=data)

    assert "m/1: task: the reference does not define g; it defines f" in found


@pytest.mark.parametrize(
    "reference",
    [
        "def f(): pass",
        "f = 1",
        "if 1:\n    def f(): pass",
        "from math import sin as f",
        "global_ = f = max",
        "class f: pass",
    ],
)
def test_a_reference_that_defines_its_name_in_any_way(reference: str) -> None:
    """Definitions, assignments and imports count, at any depth."""
    assert reference_problem(function(reference=reference)) is None


def test_tests_that_are_not_python_are_told_before_a_box_opens(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As `validate` says it, so does `grade`, with the line; so does what only compiling finds."""
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


def test_what_is_found_does_not_repeat_how_to_see_more(tmp_path: Path) -> None:
    """A finding is a row of a table: what was raised and where."""
    path, data = write(tmp_path, "def task(self, instance):\n    return 1 / 0")

    (found, *_) = check_harness(path, data=data)

    assert "ZeroDivisionError" in found
    assert "--debug" not in found


def graded(folder: Path) -> GradedRun:
    """A run without anything in it."""
    return GradedRun(
        run_id="r", folder=folder, files=None, instances=(), samples=(), results=(), tasks={}, printed=lambda _: ""
    )


def optional(harness: Harness, folder: Path) -> list[object]:
    """Call what not every harness has."""
    instance = Instance(instance_id="m/1", prompt="", row={})
    check_files(harness, folder, "r")
    return [published_image(harness, instance), write_files(harness, graded(folder))]


def test_what_a_harness_need_not_have(tmp_path: Path) -> None:
    """One without files or images of its own has none."""
    assert optional(load_harness(write(tmp_path)[0]), tmp_path) == [None, ()]


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
    """The method is named, and the line of its file."""
    path, _ = write(tmp_path, body)

    with pytest.raises(HarnessError, match=method) as caught:
        optional(load_harness(path), tmp_path)

    assert str(path) in str(caught.value)


def test_code_that_differs_from_call_to_call_is_told(tmp_path: Path) -> None:
    """Sample and instance are named, each by its word."""
    path, data = write(
        tmp_path, "calls = 0\ndef extract(self, instance, sample):\n    self.calls += 1\n    return f'f = {self.calls}'"
    )
    harness = load_harness(path)
    samples = [Sample(instance_id="m/1", sample_id="7", text="")]
    plan = make_plan(harness, load_instances(harness, data), samples, asked=Conditions(backend="fake"))

    with pytest.raises(HarnessError, match="extracts different code from sample '7' of 'm/1' on each call"):
        list(plan.batches({("m/1", "7")}, workers=1))


def test_a_traceback_is_there_for_the_asking(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By default a readable block; with --debug the traceback before it."""
    path, data = write(tmp_path, "def task(self, instance):\n    return 1 / 0")
    command = ["show", str(path), "m/1", "--data", str(data)]

    with pytest.raises(SystemExit):
        run_main(command)
    plain = capfd.readouterr().err
    with pytest.raises(SystemExit):
        run_main(["--debug", *command])
    debug = capfd.readouterr().err

    assert app.info.name == "boxscore"
    assert len(plain.splitlines()) == 4
    assert "Traceback" not in plain
    assert debug.endswith(plain)
    assert "Traceback" in debug
    assert sys.exc_info() == (None, None, None)


def test_grading_warns_of_references_that_cannot_be_right(tmp_path: Path) -> None:
    """A run of a harness whose reference lacks the function says so, once, with an example."""
    path, data = write(tmp_path, "", {**ROW, "entry_point": "g"})
    harness = load_harness(path)
    instances = load_instances(harness, data)
    samples = [Sample(instance_id="m/1", sample_id="0", text="def g(): return 1")]

    plan = make_plan(harness, instances, samples, asked=Conditions(backend="fake"))

    assert any("does not define g" in one and "'m/1'" in one for one in plan.warnings)


def test_what_methods_print_is_not_our_output(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A harness may print while it is called: not into the JSON that was asked for."""
    path, data = write(tmp_path, "def extract(self, instance, sample):\n    print('found')\n    return sample.text")
    harness = load_harness(path)

    all_of(harness, *load_instances(harness, data))

    assert capfd.readouterr() == ("", "found\n")


def test_calls_of_two_threads_put_standard_output_back() -> None:
    """The alarm asks for references while a worker extracts: whichever ends first, our output is ours afterwards."""
    before, entered, go_on = sys.stdout, threading.Event(), threading.Event()
    instance, sample = Instance(instance_id="a", prompt="", row={}), gold("x")

    class Slow(FakeHarness):
        def extract(self, instance: Instance, sample: Sample) -> str | None:
            del instance
            if sample.text == "x":
                entered.set()
                go_on.wait(60)
            return sample.text

    first = threading.Thread(target=extract_code, args=(Slow(), instance, sample))
    first.start()
    entered.wait(60)
    second = threading.Thread(target=extract_code, args=(Overlaps(go_on, first), instance, gold("y")))
    second.start()
    second.join()

    assert sys.stdout is before


class Overlaps(FakeHarness):
    """Is entered while another call is at work, and ends after it."""

    def __init__(self, go_on: threading.Event, other: threading.Thread) -> None:
        self._go_on, self._other = go_on, other

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """Let the other one end first."""
        del instance
        self._go_on.set()
        self._other.join()
        return sample.text


def gold(text: str) -> Sample:
    """A sample."""
    return Sample(instance_id="a", sample_id="0", text=text)


def test_the_line_of_a_file_that_is_named_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the plugin's own line that is told, not that of the library in which it failed."""
    (tmp_path / "mine.py").write_text("import json\n\njson.loads('{')\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(HarnessError) as caught:
        load_harness("mine.py")

    assert caught.value.details[0] == f"at {tmp_path / 'mine.py'}:3"


@pytest.mark.parametrize(
    "body",
    [
        "@property\ndef title(self):\n    return 1 / 0",
        "@property\ndef counts_missing(self):\n    return 1 / 0",
        "def __getattr__(self, name):\n    return 1 / 0",
    ],
)
def test_an_attribute_that_raises_is_told_with_its_line(tmp_path: Path, body: str) -> None:
    """A property of a harness is its author's code like any method."""
    path, _ = write(tmp_path, body)

    with pytest.raises(HarnessError, match="cannot be read: ZeroDivisionError") as caught:
        load_harness(path)

    assert caught.value.details[0].startswith(f"at {path}:{line_of(path, '1 / 0')}")


@pytest.mark.parametrize("line", ["counts_missing = 'no'", "files_versions = 5", "apply_strategies = 5"])
def test_what_a_harness_may_have_besides_is_of_its_type(tmp_path: Path, line: str) -> None:
    """A text would be taken for true."""
    path, _ = write(tmp_path, line)

    with pytest.raises(HarnessError, match=f"'{line.split(maxsplit=1)[0]}' must be"):
        load_harness(path)


def test_an_exception_that_cannot_be_shown_is_told_by_its_class(tmp_path: Path) -> None:
    """Its own `__str__` may fail as well."""
    body = (
        "def prompt(self, instance):\n    raise Odd\n\n"
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError"
    )
    path, data = write(tmp_path, body.replace("raise Odd", "raise self.Odd"))
    harness = load_harness(path)
    (instance,) = load_instances(harness, data)

    with pytest.raises(HarnessError, match=r"prompt failed, instance 'm/1': Odd;"):
        prompt_messages(harness, instance)


@pytest.mark.parametrize(
    "body",
    [
        "def load(self, path):\n    return [boxscore.Instance(instance_id='\\ud800', prompt='', row={})]",
        "def extract(self, instance, sample):\n    return '\\ud800'",
        "def tests(self, instance):\n    return '\\ud800'",
    ],
)
def test_no_text_of_a_harness_holds_half_of_a_character(tmp_path: Path, body: str) -> None:
    """It could be neither stored nor sent into a box."""
    path, data = write(tmp_path, body)
    harness = load_harness(path)

    with pytest.raises(HarnessError, match="half of a surrogate pair"):
        all_of(harness, *load_instances(harness, data))


@pytest.mark.parametrize("made", ["None", "'abc'", "[1]"])
def test_files_that_were_written_are_paths(tmp_path: Path, made: str) -> None:
    """Anything else could not be told to the user."""
    path, _ = write(tmp_path, f"def write_files(self, run):\n    return {made}")

    with pytest.raises(HarnessError, match=r"write_files of harness 'mine' must return a tuple of paths"):
        write_files(load_harness(path), graded(tmp_path))


@pytest.mark.parametrize(
    "body",
    [
        "def load(self, path):\n    os.kill(os.getpid(), signal.SIGINT)",
        "def extract(self, instance, sample):\n    os.kill(os.getpid(), signal.SIGINT)",
        "os.kill(os.getpid(), signal.SIGINT)",
    ],
)
def test_an_interrupt_is_not_blamed_on_the_harness(tmp_path: Path, body: str) -> None:
    """Who ends us while a harness is at work gets the exit code of the signal."""
    path, data = write(tmp_path, body)
    path.write_text(f"import os, signal\n{path.read_text()}")

    with pytest.raises(SystemExit) as caught, leave_on_signals(lambda _: None):
        load_and_call(path, data)

    assert caught.value.code == 130


def load_and_call(path: Path, data: Path) -> None:
    """Load a harness and its instances, and call what a run does with them."""
    harness = load_harness(path)
    all_of(harness, *load_instances(harness, data))


def test_a_trust_that_no_verdict_on_its_tasks_has(tmp_path: Path) -> None:
    """The usual one of a FunctionHarness is oracle, which tests beside a program cannot give."""
    made = "tests='class T: pass', entry_point='f', reference=instance.reference, required=('T.test_f',)"
    body = f"def task(self, instance):\n    return boxscore.UnittestTask({made})\n"
    said = "m/1: trust is oracle, which no verdict on a UnittestTask has: docs/security.md has the levels"
    path, data = write(tmp_path, body)

    assert said in check_harness(path, data=data)

    path, data = write(tmp_path, f"trust = boxscore.Trust.CLAIM\n{body}")

    assert said not in check_harness(path, data=data)
