"""What protects verdicts of tests beside programs: hidden values first, then tests that must fail."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.protocols.canaries.plan import Watched, make_canaries
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.canaries.windows import Window
from boxscore.protocols.unittest import canary
from boxscore.protocols.unittest.canary import learn_canaries
from boxscore.protocols.unittest.protection import Protection, kept_bits, kept_boxes
from boxscore.protocols.unittest.run import UnitRun
from boxscore.records import Outcome, Trust
from tests.protocols.unittest.here import Here, task_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.canaries.plan import CanaryPlan
    from boxscore.protocols.unittest.layer import Judged
    from boxscore.protocols.unittest.task import UnittestTask

WORDS = "quince marzipan gooseberry"
EXACT = f"""
def test_words(self):
    self.assertEqual(f(1), {WORDS!r})
def test_number(self):
    self.assertAlmostEqual(f(2), 27.18281, places=4)
def test_none(self):
    self.assertIsNone(f(3))
"""
RIGHT = f"def f(x): return {{1: {WORDS!r}, 2: 27.18281, 3: None}}[x]\n"
FORGER = "def f(x): return 'attack'\n"


def judged(task: UnittestTask, program: str, here: Here, folder: Path, samples: int = 1) -> Judged:
    """Judge a program, as a grader does."""
    known = Protection(folder / "cache", "here", lambda: random.Random(3)).known(task, here.runs)
    return known.judge(program, known.look(program, here.runs), here.runs, samples=samples)


def test_right_values_are_verdict_and_proof_by_one_run(tmp_path: Path) -> None:
    """Right values are verdict and proof by one run, of tests in which they do not stand."""
    task, here = task_of(EXACT, RIGHT), Here(tmp_path)
    judged(task, RIGHT, here, tmp_path)
    here.texts = {"plain": [], "blind": []}
    found = judged(task, RIGHT, here, tmp_path)

    assert (found.outcome, found.trust) == (Outcome.PASSED, Trust.BLIND)
    assert not here.texts["plain"]
    assert len(here.texts["blind"]) == 1
    assert "quince" not in here.texts["blind"][0]
    assert "27.18" not in here.texts["blind"][0]


def test_what_is_proved_must_be_enough_for_all_samples(tmp_path: Path) -> None:
    """What is proved must be enough for all samples."""
    task, here = task_of(EXACT, RIGHT), Here(tmp_path)
    few = judged(task, RIGHT, here, tmp_path, samples=1)

    assert few.blind_bits is not None
    assert judged(task, RIGHT, here, tmp_path, samples=1 << 30).trust is not Trust.BLIND


@pytest.mark.parametrize(
    ("program", "failing"),
    [
        (RIGHT.replace("quince", "quinces"), "TestCases.test_words"),
        (RIGHT.replace("27.18281", "27.183"), "TestCases.test_number"),
        (RIGHT.replace("3: None", "3: 0"), "TestCases.test_none"),
    ],
)
def test_a_wrong_value_fails_its_test_alone(program: str, failing: str, tmp_path: Path) -> None:
    """A wrong value fails its test alone."""
    found = judged(task_of(EXACT, RIGHT), program, Here(tmp_path), tmp_path)

    assert found.outcome is Outcome.WRONG
    assert [test for test, status in found.ran.statuses.items() if status != "passed"] == [failing]
    assert failing in found.reason


def test_a_number_within_its_places_is_right(tmp_path: Path) -> None:
    """A number within its places is right."""
    found = judged(task_of(EXACT, RIGHT), RIGHT.replace("27.18281", "27.182812"), Here(tmp_path), tmp_path)

    assert (found.outcome, found.trust) == (Outcome.PASSED, Trust.BLIND)


UNREACHED = {
    "after an error": "try:\n        self.assertEqual(f(2), 48211)\n    except AssertionError:\n        ",
    "in a branch": "if (got := f(2)) != 48211:\n        ",
}


@pytest.mark.parametrize("name", UNREACHED)
@pytest.mark.parametrize(("value", "outcome"), [(48211, "passed"), (99213, "passed"), (5, "wrong")])
def test_what_the_reference_does_not_come_to_is_judged_too(name: str, value: int, outcome: str, tmp_path: Path) -> None:
    """A comparison that only another program comes to is as much a part of its test as those of the reference."""
    told = f"def test_words(self):\n    self.assertEqual(f(1), {WORDS!r})\n"
    task = task_of(
        f"{told}def test(self):\n    {UNREACHED[name]}self.assertEqual(f(2), 99213)", RIGHT.replace("27.18281", "48211")
    )
    found = judged(task, RIGHT.replace("27.18281", str(value)), Here(tmp_path), tmp_path)

    assert found.outcome == outcome
    assert found.trust is (Trust.BLIND if outcome == "passed" else Trust.CLAIM)


HONEST = {
    "a text of its own class": f"class T(str):\n    pass\n{RIGHT.replace(repr(WORDS), f'T({WORDS!r})')}",
    "its own equality": (
        f"class T:\n    def __eq__(self, other): return other == {WORDS!r}\n    __hash__ = None\n"
        "def f(x): return {1: T(), 2: 27.18281, 3: None}[x]"
    ),
    "Decimal": RIGHT.replace("27.18281", "__import__('fractions').Fraction('27.18281')"),
    "a number of its own class": f"class N(float):\n    pass\n{RIGHT.replace('27.18281', 'N(27.18281)')}",
    "state": f"calls = []\n{RIGHT.replace('return', 'calls.append(x); return')}",
}


@pytest.mark.parametrize("name", HONEST)
def test_no_honest_program_is_failed(name: str, tmp_path: Path) -> None:
    """No honest program is failed for the form in which it gives what is right."""
    assert judged(task_of(EXACT, RIGHT), HONEST[name], Here(tmp_path), tmp_path).outcome is Outcome.PASSED


def test_a_forged_report_proves_nothing(tmp_path: Path) -> None:
    """A report that says of all tests that they passed, negated ones too, is a forgery."""
    found = judged(task_of(EXACT, RIGHT), FORGER, Here(tmp_path, [FORGER]), tmp_path)

    assert found.outcome is Outcome.TAMPERED
    assert "negated tests passed" in found.reason


def test_what_is_shown_is_no_secret(tmp_path: Path) -> None:
    """What models are told is no secret, nor is what stands in a docstring of the reference."""
    words = EXACT.split("def test_number", maxsplit=1)[0]
    documented = RIGHT.replace("def f(x): ", f'def f(x):\n    """Give {WORDS}."""\n    ')

    for task in (task_of(words, RIGHT, [f"It gives {WORDS}."]), task_of(words, documented)):
        assert judged(task, RIGHT, Here(tmp_path), tmp_path).trust is Trust.CLAIM


def test_what_a_stub_has_right_is_no_secret(tmp_path: Path) -> None:
    """What code that is shown gives already counts nothing."""
    words = EXACT.split("def test_number", maxsplit=1)[0]
    shown = "import base64\ndef f(x): return base64.b64decode('cXVpbmNlIG1hcnppcGFuIGdvb3NlYmVycnk=').decode()\n"

    assert judged(task_of(words, RIGHT, [shown]), RIGHT, Here(tmp_path), tmp_path).trust is Trust.CLAIM


def test_a_shown_text_that_python_cannot_parse_is_no_stub(tmp_path: Path) -> None:
    """Python's parser raises MemoryError for a text that is nested too deeply."""
    task = task_of(EXACT, RIGHT, ["-" * 100_000 + "1"])

    assert judged(task, RIGHT, Here(tmp_path), tmp_path).trust is Trust.BLIND


MADE = f"""
def test(self):
    expected = make({WORDS!r}, 271828)
    self.assertEqual(f(1), expected)
"""
MAKER = """
class Made:
    def __init__(self, *parts): self.parts = parts
    def __eq__(self, other): return self.parts == other.parts
    __hash__ = None
def make(*parts): return Made(*parts)
"""


def test_where_objects_are_hidden_the_tests_as_they_are_decide(tmp_path: Path) -> None:
    """Where objects are hidden the tests as they are decide, and the blinded ones give the level."""
    right = f"{MAKER}def f(x): return make({WORDS!r}, 271828)\n"
    task, here = task_of(MADE, right), Here(tmp_path)
    found = judged(task, right, here, tmp_path)
    wrong = judged(task, right.replace("return make('quince", "return make('"), here, tmp_path)

    assert (found.outcome, found.trust) == (Outcome.PASSED, Trust.BLIND)
    assert wrong.outcome is Outcome.WRONG
    assert not any("quince" in text for text in here.texts["blind"])


CHOSEN = """
def test_a(self):
    self.assertEqual(f([3117, 2204, 5881, 4012, 3960, 7703, 6451]), 2204)
def test_b(self):
    self.assertIn("pear", f(["plum", "pear", "pear tree", "quince"]))
"""
LEAST = "def f(x): return min(x, key=lambda one: (one != 'pear', one))\n"


def test_negated_tests_that_right_programs_pass_cost_the_level_alone(tmp_path: Path) -> None:
    """Negated tests that a right program may pass, which says more than the reference, cost the level alone."""
    more = "def f(x): return min(x) if isinstance(x[0], int) else ' '.join(x)\n"
    task, here = task_of(CHOSEN, LEAST), Here(tmp_path)

    assert judged(task, LEAST, here, tmp_path).outcome is Outcome.PASSED
    assert judged(task, more, here, tmp_path).outcome is Outcome.PASSED
    assert judged(task, FORGER, Here(tmp_path, [FORGER]), tmp_path).outcome is Outcome.TAMPERED


CLAIMS = "\n".join(f"def test_{name}(self):\n    self.assertTrue(f({at}))" for at, name in enumerate("abcde", 1))
TRUE = "def f(x): return x > 0\n"


def test_tests_without_a_secret_are_not_run_to_look_for_one(tmp_path: Path) -> None:
    """Where tests hold nothing that could be hidden, their reference is not run to find that out."""
    here = Here(tmp_path)
    Protection(tmp_path / "cache", "here").known(task_of(CLAIMS, TRUE), here.runs)

    assert not here.texts["plain"]


def test_a_claim_costs_one_run_of_two_tests_that_must_fail_and_of_one_that_must_pass(tmp_path: Path) -> None:
    """A claim is run once among few tests that must fail, and one of those that must pass, where it does as it must."""
    task, here = task_of(CLAIMS, TRUE), Here(tmp_path)
    judged(task, TRUE, here, tmp_path)
    here.texts["plain"].clear()
    found = judged(task, TRUE, here, tmp_path)

    assert (found.outcome, found.trust, found.canaries) == (Outcome.PASSED, Trust.CLAIM, 2)
    assert [text.count("def test_") for text in here.texts["plain"]] == [5, 3]


KINDS = ("assertTrue(f(1))", "assertFalse(f(-1))", "assertIs(f(2), True)", "assertTrue(f(3))", "assertTrue(f(4))")


@pytest.mark.parametrize("one", ["assertTrue", "assertFalse", "assertIs"])
def test_each_assertion_that_fails_negated_tests_is_among_the_few_of_a_claim(one: str, tmp_path: Path) -> None:
    """Few tests that must fail have one for each assertion, and no more."""
    tests = "\n".join(f"def test_{name}(self):\n    self.{said}" for name, said in zip("abcde", KINDS, strict=True))
    task, here = task_of(tests, TRUE), Here(tmp_path)
    judged(task, TRUE, here, tmp_path)

    assert f"self.{one}(" in here.texts["plain"][-1]
    assert here.texts["plain"][-1].count("def test_") == 4


TWO = "\n".join(
    f"def test_{name}(self):\n    self.assertIsInstance(f({at}), bool)\n    self.assertTrue(f({at}))"
    for at, name in enumerate("abcde", 1)
)
NO_TRUTH = """
import sys
def f(x):
    sys._getframe(1).f_locals["self"].assertTrue = lambda *_: None
    return False
"""


def test_who_replaces_one_assertion_of_several_passes_one_of_the_few(tmp_path: Path) -> None:
    """A negated test fails by one of its assertions: that others call the one that was replaced tells nothing."""
    task, here = task_of(TWO, TRUE), Here(tmp_path)
    found = judged(task, NO_TRUTH, here, tmp_path)

    assert not found.canaries
    assert "otherwise than the reference" in found.canaries_reason
    assert [text.count("def test_") for text in here.texts["plain"][-2:]] == [3, 10]


def test_who_replaces_the_assertion_of_a_helper_passes_what_must_fail(tmp_path: Path) -> None:
    """A test that asserts by a helper of its class is negated where it calls that."""
    helped = "def check(self, value):\n    self.assertTrue(value)\n" + CLAIMS.replace("assertTrue", "check")
    task = task_of(helped, TRUE)

    assert judged(task, TRUE, Here(tmp_path), tmp_path).outcome is Outcome.PASSED
    assert judged(task, NO_TRUTH, Here(tmp_path, [NO_TRUTH]), tmp_path).outcome is Outcome.TAMPERED


def test_who_does_otherwise_among_these_is_run_among_all(tmp_path: Path) -> None:
    """Who does otherwise there is run once more, among as many tests that must pass as must fail, before it is told."""
    shy = "import sys\ndef f(x): return len(sys._getframe(1).f_code.co_name) == len('test_a')\n"
    task, here = task_of(CLAIMS, TRUE), Here(tmp_path)
    judged(task, TRUE, here, tmp_path)
    here.texts["plain"].clear()
    found = judged(task, shy, here, tmp_path)

    assert (found.outcome, found.canaries) == (Outcome.PASSED, 0)
    assert "otherwise than the reference" in found.canaries_reason
    assert [text.count("def test_") for text in here.texts["plain"]] == [5, 3, 10]


def test_a_run_that_somebody_else_may_have_ended_is_not_remembered(tmp_path: Path) -> None:
    """What a machine without memory did to the reference is not kept of its negated tests."""
    task, here = task_of(CLAIMS, TRUE), Here(tmp_path)
    killed = UnitRun(outcome=Outcome.SIGNAL, signal=9, unsure=True)
    killed_late = replace(killed, cpu_s=1e4)

    assert learn_canaries(task, lambda *_: killed, random.Random(3)).unsure
    assert learn_canaries(task, lambda *_: killed_late, random.Random(3)).unsure
    assert not learn_canaries(task, here.runs.plain, random.Random(3)).unsure


@pytest.mark.parametrize(
    ("bits", "draws"), [((12.0,), 1), ((7.0, 6.0, 12.0), 3), ((7.0, 6.0, 8.0, 7.0), 4), ((2.0,), 1)]
)
def test_negated_tests_are_drawn_again_where_they_are_nearly_enough(
    bits: tuple[float, ...], draws: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The level of a task near the bound does not hang on one draw; one that is far from it costs no more."""
    task, drawn = task_of(CLAIMS, TRUE), iter(bits)
    made: list[CanaryPlan] = []

    def make(*given: Any, **options: Any) -> CanaryPlan:
        plan = make_canaries(*given, **options)
        if options["contents"] is None:
            return plan
        made.append(replace(plan, watched=(Watched(("a",), Window(assertion=0, bits=next(drawn))),)))
        return made[-1]

    monkeypatch.setattr(canary, "make_canaries", make)
    learned = learn_canaries(task, Here(tmp_path).runs.plain, random.Random(3))

    assert len(made) == draws
    assert max(bits) >= ENOUGH_BITS or learned.bits == max(bits)


def test_what_was_learned_is_kept(tmp_path: Path) -> None:
    """What was learned is kept, and shown."""
    task, here = task_of(EXACT, RIGHT), Here(tmp_path)
    Protection(tmp_path / "cache", "here").known(task, here.runs)
    here.texts["plain"].clear()
    Protection(tmp_path / "cache", "here").known(task, here.runs)

    assert not here.texts["plain"]
    assert kept_bits(tmp_path / "cache", task)["blind_bits"] >= 10
    assert kept_bits(tmp_path / "cache", replace(task, entry_point="g")) == {}


def test_it_is_known_which_tasks_have_boxes_apart(tmp_path: Path) -> None:
    """By what is kept for the same boxes; of others nothing is known."""
    cache, here = tmp_path / "cache", Here(tmp_path)
    hidden = task_of(EXACT, RIGHT)
    plain = task_of("def test_none(self):\n    self.assertIsNone(f(3))\n", RIGHT)
    before = kept_boxes(cache, hidden, "here")
    for task in (hidden, plain):
        Protection(cache, "here").known(task, here.runs)

    assert not before
    assert (kept_boxes(cache, hidden, "here"), kept_boxes(cache, plain, "here")) == ("apart", "plain")
    assert not kept_boxes(cache, hidden, "elsewhere")


def test_a_reference_that_fails_protects_nothing(tmp_path: Path) -> None:
    """A reference that fails protects nothing, and is asked again another time."""
    task = task_of(EXACT, FORGER)

    assert judged(task, RIGHT, Here(tmp_path), tmp_path).trust is Trust.CLAIM
    assert kept_bits(tmp_path / "cache", task).get("blind_bits") is None
