"""The blind layer learns about an instance once, with its reference, and runs patches with what it has learned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.protocols.patch.blind.layer import BlindCheck, BlindLayer, kept_tests
from boxscore.protocols.patch.blind.run import PLACE
from boxscore.protocols.patch.task import LogProgram
from tests.protocols.patch.patch_boxes import PASSING, PATCH, TASK, FakeBoxes, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.blind.evidence import BlindTests
    from boxscore.protocols.patch.task import PatchTask

WORDS = "quince marzipan gooseberry"
TEST = f"def mends():\n    assert f() == '{WORDS}'\n"
KNOWN = replace(TASK, reference=PATCH)


class Instance(FakeBoxes):
    """Boxes of an instance whose one test expects WORDS; with a patch its code gives `answers` in their order."""

    def __init__(self, *answers: str) -> None:
        super().__init__(stage=self._stage, test=self._test, read=ended(json.dumps({"t.py": TEST})))
        self.answers, self._patched = list(answers), False

    def _stage(self, asked: FakeRun) -> Completed:
        self._patched = bool(json.loads(asked.stdin)["patch"].strip())
        return self._answer("stage", asked)

    def _test(self, _: FakeRun) -> Completed:
        sent = "" if not self._patched else self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        lines = ([-1, "began", "mends"], [0, "is", sent])
        self.backend.boxes[-1].files[PLACE] = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        return ended(PASSING)

    def known(self, layer: BlindLayer, task: PatchTask = KNOWN) -> BlindTests:
        """What a layer finds out about the instance."""
        return layer.known(task, image="image", open_box=lambda during: self.boxes().open(task, during=during))

    def check(self, layer: BlindLayer, tests: BlindTests) -> BlindCheck:
        """What a run of a patch shows."""
        found = layer.check(KNOWN, PATCH, tests, open_box=lambda during: self.boxes().open(KNOWN, during=during))
        assert isinstance(found, BlindCheck)
        return found


def test_what_was_learned_is_kept(tmp_path: Path) -> None:
    """Another process asks no box."""
    made = Instance(WORDS)
    tests = made.known(BlindLayer(tmp_path))
    runs = made.steps.count("test")

    assert tests.bits == 22.0
    assert WORDS not in tests.files[0][1]
    assert made.known(BlindLayer(tmp_path)) == tests == kept_tests(tmp_path, KNOWN, "image")
    assert made.steps.count("test") == runs == 5  # as it is, blinded twice, with old code, and by its branches


def test_what_else_the_test_patch_writes_is_no_secret(tmp_path: Path) -> None:
    """Not even where its text says nothing, as that of binary files."""
    made = Instance(WORDS)
    made.todo["contents"] = ended(json.dumps({"text": "", "base": {}, "written": [f"PK\0{WORDS}"]}))

    assert made.known(BlindLayer(tmp_path)).bits == 0
    assert "test" not in made.steps


def test_tests_that_hide_nothing_are_not_run(tmp_path: Path) -> None:
    """Their text alone says so."""
    made = Instance(WORDS)
    made.todo["read"] = ended(json.dumps({"t.py": "def mends():\n    assert f()\n"}))

    assert made.known(BlindLayer(tmp_path)).reason == "the values in its tests are 0 bits to guess, fewer than 10"
    assert "test" not in made.steps


def test_a_right_patch_proves_itself(tmp_path: Path) -> None:
    """It sends what the grader alone knows."""
    layer = BlindLayer(tmp_path)
    tests = Instance(WORDS).known(layer)

    assert Instance(WORDS).check(layer, tests).evidence.proves(1)
    assert Instance("quince").check(layer, tests).evidence.wrong == ("t.py:2",)


def test_what_may_be_otherwise_another_time_is_not_kept(tmp_path: Path) -> None:
    """A reference that gives something else each time is asked again by the next process, and not by this one."""
    layer, made = BlindLayer(tmp_path), Instance(*(f"{WORDS}{number}" for number in range(40)))
    tests = made.known(layer)
    runs = made.steps.count("test")

    assert not tests.files
    assert made.known(layer) == tests
    assert made.steps.count("test") == runs


def test_a_reference_that_sends_nothing_is_asked_once(tmp_path: Path) -> None:
    """A value without which its test does not even come to compare it is put back, and that is kept."""
    made = Instance("")
    made.todo["test"] = lambda _: ended(PASSING)
    tests = made.known(BlindLayer(tmp_path))

    assert tests.reason == "a forger must guess 0 bits, fewer than 10"
    assert kept_tests(tmp_path, KNOWN, "image") == tests


def test_without_a_reference_nothing_is_hidden(tmp_path: Path) -> None:
    """There is nothing to try it on."""
    assert Instance(WORDS).known(BlindLayer(tmp_path), TASK).reason


def test_tests_that_a_program_reads_are_not_blinded(tmp_path: Path) -> None:
    """It may read more from what they print than whether they passed."""
    task = replace(KNOWN, log_program=LogProgram(files=(("read.py", ""),)))

    assert Instance(WORDS).known(BlindLayer(tmp_path), task).reason
