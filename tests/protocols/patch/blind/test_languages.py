"""Blinded tests of JavaScript, in boxes in memory: what is learned with the reference and with the old code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.protocols.blind.javascript.language import JAVASCRIPT
from boxscore.protocols.blind.language import PYTHON
from boxscore.protocols.patch.blind.languages import language_of
from boxscore.protocols.patch.blind.layer import BlindCheck, BlindLayer
from boxscore.protocols.patch.blind.run import PLACE
from boxscore.protocols.patch.test_files import rules
from boxscore.protocols.patch.tree import Staged
from boxscore.records import Applied, Outcome, PatchDetail, Trust
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.blind.evidence import BlindTests

WORDS = "quince marzipan gooseberry"
TEST = f"it('mends', () => expect(f()).toBe('{WORDS}'));\nit('keeps', () => expect(g()).toEqual([17, 4]));\n"
LOG = "  ✓ mends (3 ms)\n  ✓ keeps\n"
SCRIPT = replace(
    TASK,
    fail_to_pass=("mends",),
    pass_to_pass=("keeps",),
    commands=("jest --verbose t.test.js",),
    parser="jest",
    reference=PATCH,
)


class Instance(FakeBoxes):
    """Boxes of an instance whose code gives `answer` with a patch and `old` without one: what is sent, by number."""

    def __init__(
        self, answer: str, old: str = '[0,"reached",null]\n[0,"is","quince"]\n[1,"is",{"l":[{"i":"17"},{"i":"4"}]}]'
    ) -> None:
        super().__init__(stage=self._stage, test=self._test, read=ended(json.dumps({"t.test.js": TEST})))
        self.answer, self.old, self._patched, self.old_log = answer, old, False, LOG

    def _stage(self, asked: FakeRun) -> Completed:
        self._patched = bool(json.loads(asked.stdin)["patch"].strip())
        return self._answer("stage", asked)

    def _test(self, _: FakeRun) -> Completed:
        self.backend.boxes[-1].files[PLACE] = f"{self.answer if self._patched else self.old}\n".encode()
        return ended(LOG if self._patched else self.old_log)

    def known(self, layer: BlindLayer) -> BlindTests:
        """What a layer finds out about the instance."""
        return layer.known(SCRIPT, image="image", open_box=lambda during: self.boxes().open(SCRIPT, during=during))

    def check(self, layer: BlindLayer, tests: BlindTests) -> BlindCheck:
        """What a run of a patch shows."""
        found = layer.check(SCRIPT, PATCH, tests, open_box=lambda during: self.boxes().open(SCRIPT, during=during))
        assert isinstance(found, BlindCheck)
        return found


RIGHT = f'[0,"is","{WORDS}"]\n[1,"is",{{"l":[{{"i":"17"}},{{"i":"4"}}]}}]'


def test_files_tell_the_language() -> None:
    """Where the test patch has Python, the tests are Python's."""
    staged = Staged(applied=Applied(rung="git apply"), rules=rules(TASK, ()))

    assert language_of(TASK, staged) is PYTHON
    assert language_of(SCRIPT, staged) is JAVASCRIPT
    assert language_of(SCRIPT, replace(staged, tests=("a.test.ts", "test_a.py"))) is PYTHON
    assert language_of(TASK, replace(staged, tests=("a.test.ts",))) is JAVASCRIPT


def test_what_the_reference_sends_is_learned(tmp_path: Path) -> None:
    """What the old code has right counts nothing, and what a test compares is for a run of it as it is to say."""
    tests = Instance(RIGHT).known(BlindLayer(tmp_path))

    assert tests.loose
    assert [one.source for one in tests.hidden] == [repr(WORDS), "[17, 4]"]
    assert [one.secret.unseen for one in tests.hidden] == [("marzipan", "gooseberry"), ()]
    assert WORDS not in tests.files[0][1]


def test_the_whole_verdict_takes_both_runs(tmp_path: Path) -> None:
    """A right patch is `blind`; what sends something else may be right by the library's rules, and proves nothing."""
    right, forged = Instance(RIGHT), Instance(RIGHT.replace(" gooseberry", ""))
    layer = BlindLayer(tmp_path)
    right.known(layer)

    result = right.grade(SCRIPT, blind=layer)
    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.BLIND)
    result = forged.grade(SCRIPT, blind=layer)
    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.CANARY)  # as its canaries have it
    assert isinstance(result.detail, PatchDetail)
    assert (result.detail.blind_bits, "t.test.js:1" in result.detail.blind_reason) == (0.0, True)


def test_values_of_another_kind_deny_the_level_alone(tmp_path: Path) -> None:
    """A class of its own may be equal by the library's rules."""
    layer = BlindLayer(tmp_path)
    tests = Instance(RIGHT).known(layer)

    other = Instance(RIGHT.replace('{"l"', '{"k":"Row","v":{"l"').replace("]}]", "]}}]"))
    evidence = other.check(layer, tests).evidence
    assert (evidence.wrong, evidence.lacking, evidence.proves(1)) == ((), ("t.test.js:2",), False)


def test_where_the_old_code_does_not_come_to_the_tests_nothing_is_hidden(tmp_path: Path) -> None:
    """Nobody knows what it has right; a forger may mend what keeps it."""
    made = Instance(RIGHT, old="")
    made.old_log = "Cannot find module './new'\n"

    assert made.known(BlindLayer(tmp_path)).reason == "the old code could not be run with t.test.js"


def test_what_the_old_code_was_not_asked_is_no_secret(tmp_path: Path) -> None:
    """Where it ended in the middle, it may have right what comes after."""
    made = Instance(RIGHT, old='[1,"is",{"l":[{"i":"17"},{"i":"4"}]}]')
    made.old_log = "  ✓ keeps\n"

    found = made.known(BlindLayer(tmp_path))

    assert found.reason == ("a forger must guess 0 bits, fewer than 10; the old code did not come to all comparisons")


def test_what_ends_in_an_error_with_the_old_code_is_secret(tmp_path: Path) -> None:
    """The comparison was reached, and the old code had nothing to give."""
    made = Instance(RIGHT, old='[0,"reached",null]\n[1,"is",{"l":[{"i":"17"},{"i":"4"}]}]')

    assert made.known(BlindLayer(tmp_path)).bits == 22.0
