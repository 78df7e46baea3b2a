"""What can be hidden is found with the reference, and what it is worth with the code of the base commit."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, ClassVar

import pytest
from msgspec.structs import replace

from boxscore.protocols.blind.evidence import weigh
from boxscore.protocols.blind.learn import BlindRun, Learned, Learner
from boxscore.protocols.blind.observations import read_observations
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.patch.blind.layer import suite_of
from boxscore.protocols.patch.blind.run import PLACE
from boxscore.protocols.statuses import Status
from tests.protocols.patch.patch_boxes import TASK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.protocols.patch.task import PatchTask

WORDS = "'quince marzipan gooseberry'"


class Code:
    """Runs the functions of blinded files beside code of a candidate's, in this process; `runs` counts."""

    def __init__(self, source: str, folder: Path) -> None:
        self._source, self._place, self.runs = source, folder / "sent", 0

    def __call__(self, files: Sequence[tuple[str, str]], _required: Sequence[str]) -> BlindRun:
        """Run each test of the files, as a runner would."""
        self.runs += 1
        self._place.unlink(missing_ok=True)
        vars(sys).pop("_boxscore", None)  # as in a new process
        statuses = dict[str, Status]()
        for path, text in files:
            scope: dict[str, object] = {"runs": self.runs}
            exec(self._source, scope)
            exec(text.replace(PLACE, str(self._place)), scope)
            for name, function in list(scope.items()):
                if name.startswith("test"):
                    statuses[f"{path}::{name}"] = _status(function)
        data = self._place.read_bytes() if self._place.exists() else b""
        return BlindRun(statuses=statuses, observations=read_observations(data))


def _status(test: object) -> Status:
    try:
        test()  # type: ignore[operator]
    except Exception:  # noqa: BLE001 - whatever a test ends with
        return Status.FAILED
    return Status.PASSED


def task_of(*failing: str, passing: tuple[str, ...] = (), statement: str = "") -> PatchTask:
    """A task that requires these tests of `t.py`."""
    named = ([f"t.py::{name}" for name in names] for names in (failing, passing))
    fail_to_pass, pass_to_pass = map(tuple, named)
    return replace(TASK, fail_to_pass=fail_to_pass, pass_to_pass=pass_to_pass, statement=statement)


def learner_of(
    task: PatchTask, files: dict[str, str], statuses: dict[str, Status], box: Contents | None = None
) -> Learner:
    """A learner of a task's tests."""
    return Learner(suite_of(task, files), files, statuses, box)


def learned(tests: str, code: str, old: str, tmp_path: Path, task: PatchTask | None = None) -> Learned:
    """Learn about tests with the code of a reference and old code."""
    task = task or task_of("test")
    statuses = dict.fromkeys((*task.fail_to_pass, *task.pass_to_pass), Status.PASSED)
    learner = learner_of(task, {"t.py": textwrap.dedent(tests)}, statuses)
    return learner.learn(Code(code, tmp_path), Code(old, tmp_path))


RIGHT, OLD = f"def f(): return {WORDS}\n", "def f(): return ''\n"
TEST = f"def test():\n    assert f() == {WORDS}\n"


def test_a_value_that_the_old_code_does_not_have_is_secret(tmp_path: Path) -> None:
    """A value that the old code does not have is secret."""
    found = learned(TEST, RIGHT, OLD, tmp_path).tests
    assert found.bits == 6 + 8 + 8
    assert WORDS not in found.files[0][1]
    assert not found.loose


def test_a_value_that_the_old_code_has_is_not(tmp_path: Path) -> None:
    """A value that the old code has is not."""
    assert not learned(TEST, RIGHT, RIGHT, tmp_path).tests.files


def test_old_code_may_answer_after_an_error(tmp_path: Path) -> None:
    """Old code may answer after an error."""
    tests = f"def test():\n    g()\n    assert f() == {WORDS}\n"
    found = learned(tests, RIGHT + "def g(): pass\n", RIGHT, tmp_path).tests
    assert not found.files
    assert found.reason == "a forger must guess 0 bits, fewer than 10"


def test_what_models_are_told_is_no_secret(tmp_path: Path) -> None:
    """What models are told is no secret."""
    found = learned(TEST, RIGHT, OLD, tmp_path, task_of("test", statement=f"It must give {WORDS}.")).tests
    assert not found.files


def test_what_stands_elsewhere_in_the_file_is_no_secret(tmp_path: Path) -> None:
    """What stands elsewhere in the file is no secret."""
    assert not learned(f"{TEST}SAME = [{WORDS}]\n", RIGHT, OLD, tmp_path).tests.files


def test_a_value_that_is_used_otherwise_is_put_back(tmp_path: Path) -> None:
    """A value that is used otherwise is put back."""
    tests = f"{TEST}def test_more():\n    want = 'kumquat'\n    assert g() == want\n"
    code = RIGHT + "class G:\n    def __eq__(self, other): return len(other) == 7\ndef g(): return G()\n"
    found = learned(tests, code, OLD + "def g(): return 1\n", tmp_path, task_of("test", "test_more")).tests
    assert "hidden(0)" in found.files[0][1]


def test_an_object_that_is_equal_by_its_own_rules_stays_hidden(tmp_path: Path) -> None:
    """An object that is equal by its own rules stays hidden."""
    tests = f"def test():\n    assert f() == {WORDS}\n    assert g() == 'kumquat'\n"
    thing = "class A(str):\n    def __eq__(self, other): return True\n    __hash__ = None\ndef g(): return A('b')\n"
    found = learned(tests, RIGHT + thing, OLD + thing, tmp_path).tests
    assert "kumquat" not in found.files[0][1]


def test_a_value_that_is_misused_costs_other_tests_nothing(tmp_path: Path) -> None:
    """A value that is misused costs other tests nothing."""
    tests = f"""
    def test_more():
        want = 'kumquat'
        with Case().subTest(want=want):
            assert g() == want
    def test():
        assert not spoiled
        assert f() == {WORDS}
    """
    code = """
from contextlib import nullcontext
spoiled = []
class Case:
    def subTest(self, want):
        try:
            want.upper()
        except Exception:
            spoiled.append(want)
            raise
        return nullcontext()
def g(): return 'kumquat'
"""
    found = learned(tests, code + RIGHT, code + OLD, tmp_path, task_of("test", "test_more")).tests
    assert "'kumquat'" in found.files[0][1]
    assert WORDS not in found.files[0][1]


def test_a_value_that_is_not_the_same_twice_is_put_back(tmp_path: Path) -> None:
    """A value that is not the same twice is put back."""
    tests = f"def test():\n    assert f() == {WORDS}\n    assert 'a' in g()\n"
    found = learned(tests, RIGHT + "def g(): return f'a{runs}'\n", OLD + "def g(): return 1\n", tmp_path).tests
    assert "'a' in g()" in found.files[0][1]


def test_a_mapping_in_another_order_is_the_same(tmp_path: Path) -> None:
    """A mapping that each run has in another order, in an object of its own, is the same."""
    code = """
class Fruit:
    def __init__(self): self.kinds = dict(sorted({"a": 1, "b": 2}.items(), reverse=bool(runs % 2)))
    def __eq__(self, other): return True
def f(): return Fruit()
def make(*words): return Fruit()
"""
    tests = f"def test():\n    assert f() == make({WORDS}, 'kumquat', 'jamboree')\n"
    found = learned(tests, code, OLD + "def make(*words): return words\n", tmp_path)

    assert not found.unsure
    assert found.tests.reason == "a forger must guess 0 bits, fewer than 10"  # so it was not put back


def test_tests_that_are_not_required_keep_their_values(tmp_path: Path) -> None:
    """Tests that are not required keep their values."""
    tests = f"{TEST}def test_other():\n    assert f() == 'kumquat'\n"
    statuses = {"t.py::test": Status.PASSED, "t.py::test_other": Status.FAILED}
    learner = learner_of(task_of("test"), {"t.py": tests}, statuses)
    found = learner.learn(Code(RIGHT, tmp_path), Code(OLD, tmp_path)).tests
    assert "'kumquat'" in found.files[0][1]


def test_a_test_that_ends_otherwise_gets_its_values_back(tmp_path: Path) -> None:
    """A test that ends otherwise gets its values back."""
    tests = f"{TEST}def test_more():\n    assert g() == 'kumquat'\n    assert broken\n"
    code = RIGHT + "broken = False\ndef g(): return 'kumquat'\n"
    found = learned(tests, code, OLD, tmp_path, task_of("test", "test_more")).tests
    assert "g() == 'kumquat'" in found.files[0][1]
    assert WORDS not in found.files[0][1]


def test_objects_are_hidden_where_literals_are_not_enough(tmp_path: Path) -> None:
    """Objects are hidden where literals are not enough."""
    thing = "class T:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return o.n == self.n\n"
    tests = "def test():\n    assert f() == T('quince marzipan gooseberry')\n"
    made = "def f(): return T('quince marzipan gooseberry')\n"
    found = learned(tests, thing + made, thing + "def f(): return T('')\n", tmp_path).tests
    assert found.loose
    assert "quince" not in found.files[0][1]


def test_little_to_guess_is_not_worth_a_run(tmp_path: Path) -> None:
    """Little to guess is not worth a run."""
    reference = Code(RIGHT, tmp_path)
    learner = learner_of(task_of("test"), {"t.py": "def test():\n    assert f()\n"}, {"t.py::test": Status.PASSED})
    found = learner.learn(reference, reference)
    assert found.tests.reason == "the values in its tests are 0 bits to guess, fewer than 10"
    assert not reference.runs


def test_the_little_there_is_to_guess_is_kept_as_bits(tmp_path: Path) -> None:
    """The number that is shown of an instance is that of the reason."""
    source = "def test():\n    assert f() == 'quince'\n"
    learner = learner_of(task_of("test"), {"t.py": source}, {"t.py::test": Status.PASSED})
    found = learner.learn(Code(RIGHT, tmp_path), Code(OLD, tmp_path)).tests
    assert 0 < found.bits < 10
    assert found.reason.startswith(f"the values in its tests are {found.bits:g} bits to guess")


def test_a_reference_that_a_limit_ends_is_asked_again_another_time(tmp_path: Path) -> None:
    """A reference that a limit ends is asked again another time."""
    ended = BlindRun(statuses={}, observations=read_observations(b""), whole=False)
    learner = learner_of(task_of("test"), {"t.py": TEST}, {"t.py::test": Status.PASSED})
    assert learner.learn(lambda *_: ended, Code(OLD, tmp_path)).unsure


def test_a_reference_that_is_refused_hides_nothing(tmp_path: Path) -> None:
    """A reference that is refused hides nothing."""
    learner = learner_of(task_of("test"), {"t.py": TEST}, {"t.py::test": Status.PASSED})
    assert not learner.learn(lambda *_: None, Code(OLD, tmp_path)).tests.files


@pytest.mark.parametrize("source", ["def test(:\n", "", '"""Words."""\n'])
def test_a_file_that_cannot_be_read_hides_nothing(source: str, tmp_path: Path) -> None:
    """A file that cannot be read hides nothing."""
    learner = learner_of(task_of("test"), {"t.py": source}, {"t.py::test": Status.PASSED})
    assert not learner.learn(Code(RIGHT, tmp_path), Code(OLD, tmp_path)).tests.files


def test_a_made_value_that_comes_to_little_is_little_to_guess(tmp_path: Path) -> None:
    """A made value that comes to little is little to guess."""
    tests = "def test():\n    assert f() == quince(marzipan(gooseberry))\n"
    right = "gooseberry = 1\ndef marzipan(x): return x\ndef quince(x): return True\ndef f(): return True\n"
    found = learned(tests, right, right.replace("f(): return True", "f(): return 2"), tmp_path).tests
    assert found.reason == "a forger must guess 0 bits, fewer than 10"


def test_a_pattern_is_as_hard_to_guess_as_what_matches_it(tmp_path: Path) -> None:
    """A pattern is as hard to guess as what matches it."""
    tests = "def test():\n    assertRegex(f(), '|quince|marzipan|gooseberry')\ndef assertRegex(*a): pass\n"
    found = learned(tests, "def f(): return ''\n", "def f(): return 'b'\n", tmp_path).tests
    assert found.reason == "a forger must guess 0 bits, fewer than 10"


def test_a_test_may_be_reported_by_its_docstring(tmp_path: Path) -> None:
    """A test may be reported by its docstring."""
    tests = f'def test():\n    """It does."""\n    assert f() == {WORDS}\n'
    task = replace(TASK, fail_to_pass=("It does.",), pass_to_pass=())
    learner = learner_of(task, {"t.py": tests}, {"It does.": Status.PASSED})
    reported = {"It does.": Status.PASSED}

    def run(code: Code, files: Sequence[tuple[str, str]]) -> BlindRun:
        return replace(code(files, ()), statuses=reported)

    reference, old = Code(RIGHT, tmp_path), Code(OLD, tmp_path)
    found = learner.learn(lambda files, _: run(reference, files), lambda files, _: run(old, files)).tests
    assert WORDS not in found.files[0][1]


def test_a_test_that_is_reported_under_two_names_is_one(tmp_path: Path) -> None:
    """A test that unittest's log gives two names is one test, and so it is required under both."""

    def run(files: Sequence[tuple[str, str]], required: Sequence[str]) -> BlindRun:
        return replace(Code(RIGHT, tmp_path)(files, required), statuses=statuses)

    tests = textwrap.indent(TEST.replace("test()", "test(self=0)"), "    ")
    statuses = dict.fromkeys(("test (t.T)", "test (t.T.test)"), Status.PASSED)
    task = replace(TASK, fail_to_pass=("test (t.T.test)",), pass_to_pass=())
    source = f"class T:\n{tests}test = T().test\n"
    found = learner_of(task, {"t.py": source}, statuses).learn(run, Code(OLD, tmp_path))

    assert found.tests.bits == 6 + 8 + 8


def test_a_date_is_as_hard_to_guess_as_its_numbers(tmp_path: Path) -> None:
    """A date is as hard to guess as its numbers."""
    tests = "from datetime import datetime\ndef test():\n    assert f() == datetime(2070, 11, 23, 8, 49, 37, 48611)\n"
    code = "from datetime import datetime\ndef f(): return datetime({})\n"
    right, old = code.format("2070, 11, 23, 8, 49, 37, 48611"), code.format("1970, 11, 23, 8, 49, 37, 48611")

    assert learned(tests, right, old, tmp_path).tests.bits == 5 + 3  # a year, in the place of another
    assert learned(tests, right, "def f(): return 0\n", tmp_path).tests.bits > 20


def test_what_the_old_tests_say_is_no_secret(tmp_path: Path) -> None:
    """What the old tests say is no secret, also where the old code does not come as far as to answer."""
    broken = "def f(): raise SystemExit\n"
    learner = learner_of(task_of("test"), {"t.py": TEST}, {"t.py::test": Status.PASSED}, Contents("", {"t.py": TEST}))
    assert not learner.learn(Code(RIGHT, tmp_path), Code(broken, tmp_path)).tests.files


def test_what_stands_in_another_test_file_is_no_secret(tmp_path: Path) -> None:
    """What stands in another test file is no secret."""
    files = {"t.py": TEST, "u.py": f"{TEST}def test_other():\n    assert {WORDS}\n"}
    learner = learner_of(task_of("test"), files, {"t.py::test": Status.PASSED})
    assert not learner.learn(Code(RIGHT, tmp_path), Code(OLD, tmp_path)).tests.files


def test_what_the_test_patch_writes_elsewhere_is_no_secret(tmp_path: Path) -> None:
    """What the test patch writes elsewhere is no secret."""
    patch = f"diff --git a/data.txt b/data.txt\n--- /dev/null\n+++ b/data.txt\n@@ -0,0 +1 @@\n+{WORDS}\n"
    found = learned(TEST, RIGHT, OLD, tmp_path, replace(task_of("test"), test_patch=patch)).tests
    assert not found.files


def test_values_of_tests_that_the_old_code_passes_are_no_secret(tmp_path: Path) -> None:
    """Values of tests that the old code passes are no secret, whatever it did when it was run blinded."""
    tests = f"{TEST}def test_old():\n    assert g() == 'kumquat xylophone jamboree'\n"
    task = task_of("test", passing=("test_old",))
    code = "def g(): return 'kumquat xylophone jamboree'\n"
    assert not learned(tests, RIGHT + code, RIGHT, tmp_path, task).tests.files


def test_an_object_that_shows_nothing_is_no_secret(tmp_path: Path) -> None:
    """An object that shows nothing of a value is no secret, however it is written in the test."""
    thing = "class T:\n    def __eq__(self, o): return True\n    def __reduce_ex__(self, n): return T, ('a',)\n"
    assert not learned(TEST, thing + "def f(): return T()\n", "def f(): return 1\n", tmp_path).tests.files


def test_comments_and_names_of_classes_are_no_secret(tmp_path: Path) -> None:
    """Comments and names of classes are no secret."""
    tests = "def test():\n    assert f() == OrderedDict([  # quince marzipan gooseberry\n        (1, 2)])\n"
    code = "from collections import OrderedDict\ndef f(): return OrderedDict([(1, 2)])\n"
    assert not learned(tests, code, OLD, tmp_path).tests.files


def test_a_value_that_is_not_equal_to_itself_is_put_back(tmp_path: Path) -> None:
    """A value that is not equal to itself is put back: no right one could be told."""
    tests = f"{TEST}def test_more():\n    assert g() == [float('nan')]\n"
    code = RIGHT + "class L(list):\n    def __eq__(self, o): return True\ndef g(): return L([float('nan')])\n"
    found = learned(tests, code, OLD, tmp_path, task_of("test", "test_more")).tests
    assert "float('nan')" in found.files[0][1]


def test_texts_that_are_no_unicode_can_be_compared(tmp_path: Path) -> None:
    """Texts that are no Unicode can be compared."""
    tests = "def test():\n    assert f() == 'quince marzipan gooseberry \\udc80'\n"
    found = learned(tests, "def f(): return 'quince marzipan gooseberry \\udc80'\n", OLD, tmp_path).tests
    assert found.bits > 16


def test_what_a_runner_asks_of_constants_is_no_misuse(tmp_path: Path) -> None:
    """What a runner asks of constants is no misuse of them."""
    tests = f"WANT = {WORDS}\nMARK = getattr(WANT, '_pytestfixturefunction', None)\n{TEST.replace(WORDS, 'WANT')}"
    tests = tests.replace("getattr(WANT,", "getattr(globals()['WANT'],")
    assert WORDS not in learned(tests, RIGHT, OLD, tmp_path).tests.files[0][1]


def test_comparisons_of_a_tests_own_are_never_wrong(tmp_path: Path) -> None:
    """Where a test class compares by rules of its own, another value is not wrong: only the runner can tell."""
    tests = f"""
    import unittest
    class Case(unittest.TestCase):
        def assertEqual(self, one, other):
            assert one.strip() == other
    def test():
        Case().assertEqual(f(), {WORDS})
    """
    known = learned(tests, RIGHT, OLD, tmp_path).tests
    other = Code("def f(): return 'quince marzipan gooseberry '\n", tmp_path)(known.files, ())
    evidence = weigh(known, other.observations)
    assert (evidence.wrong, len(evidence.lacking)) == ((), 1)


def test_what_a_limit_kept_the_old_code_from_is_no_secret(tmp_path: Path) -> None:
    """It may have right what comes after, and another time it may come to it."""
    statuses = {"t.py::test": Status.PASSED}
    learner = learner_of(task_of("test"), {"t.py": TEST}, statuses)
    ended = BlindRun(statuses={}, observations=read_observations(b""), whole=False)

    found = learner.learn(Code(RIGHT, tmp_path), lambda *_: ended)

    assert not found.tests.files
    assert found.unsure
    assert "did not come to all comparisons" in found.tests.reason


def test_what_fixtures_write_by_numbers_is_told(tmp_path: Path) -> None:
    """As JSON has letters of other languages."""
    told = {"t.json": "quince marzip\\u0061n \\u0067ooseberry"}

    found = learned(TEST, RIGHT, OLD, tmp_path, task_of("test", statement=told["t.json"])).tests

    assert not found.files


class TestOldCodeThatStumbles:
    """Old code that an error keeps from a value may have it right as soon as a forger fixes the error alone."""

    SEAL = "class Opened:\n    {}\n    def seal(self, word): return word[::-1] + 'umber of the quarry'\n"
    RIGHT = SEAL.format("locked = True") + "def open_(name): return Opened()\n"
    OLD = SEAL.format("locked = False") + "def open_(name): raise ValueError(name)\n"
    ASKED = "assert open_('').seal('xyzw') == 'wzyxumber of the quarry'"

    def test_on_the_way_to_the_value(self, tmp_path: Path) -> None:
        """What opens is fixed, so that the seal comes by old code, and the visible assertion beside it is forged."""
        tests = f"def test():\n    assert open_('').locked\n    {self.ASKED}\n"
        found = learned(tests, self.RIGHT, self.OLD, tmp_path).tests
        assert (found.bits, found.files) == (0, ())
        assert "did not come to all comparisons" in found.reason

    def test_in_another_test(self, tmp_path: Path) -> None:
        """What is forged may stand in another test: the error is the value's own then."""
        tests = f"def test():\n    {self.ASKED}\ndef test_more():\n    assert open_('').locked\n"
        assert not learned(tests, self.RIGHT, self.OLD, tmp_path, task_of("test", "test_more")).tests.files

    def test_before_the_value(self, tmp_path: Path) -> None:
        """A name that was never given its object tells nothing of what that object answers."""
        asked = self.ASKED.replace("open_('')", "box")
        tests = f"def test():\n    box = open_('')\n    assert box.locked\n    {asked}\n"
        assert not learned(tests, self.RIGHT, self.OLD, tmp_path).tests.files

    def test_and_leaves_a_state_behind(self, tmp_path: Path) -> None:
        """What is answered after an error may be otherwise without it."""
        kept = "kept = []\ndef put(word): {}kept.append(word)\ndef shown(): return ' '.join(kept)\n"
        tests = f"def test():\n    put('sated')\n    assert done\n    assert shown() == {WORDS}\n"
        right = kept.format("").replace("' '.join(kept)", f"{WORDS} if kept else ''")
        old = right.replace("kept.append", "int(word); kept.append")
        assert not learned(tests, "done = True\n" + right, "done = False\n" + old, tmp_path).tests.files

    def test_but_not_where_it_lacks_what_is_asked(self, tmp_path: Path) -> None:
        """Where nothing of that name is there, no old code gives the value."""
        tests = f"from fruit import f\n{TEST}"
        fruit = "import sys, types\nsys.modules['fruit'] = fruit = types.ModuleType('fruit')\n"
        right = f"{fruit}{RIGHT}fruit.f = f\n"
        assert learned(tests, right, fruit, tmp_path).tests.bits == 6 + 8 + 8

    def test_and_has_something_else_of_the_name_that_it_lacks(self, tmp_path: Path) -> None:
        """What is asked of another object than before may stand there."""
        tests, found = {"t.py": f"def test():\n    assert a.label == {WORDS}\n"}, []
        right, old = f"class A:\n    label = {WORDS}\na = A\n", f"class A: pass\nclass B:\n    label = {WORDS}\na = A\n"
        for box in (Contents("class B: labels = read()"), Contents("class B: Label = read()")):
            learner = learner_of(task_of("test"), tests, {"t.py::test": Status.PASSED}, box)
            found.append(learner.learn(Code(right, tmp_path), Code(old, tmp_path)).tests.bits)

        assert found == [6 + 8 + 8, 0]

    def test_but_not_where_it_answers_otherwise(self, tmp_path: Path) -> None:
        """A wrong answer is one, also beside an assertion that does not hold."""
        tests = f"def test():\n    assert g()\n    assert f() == {WORDS}\n"
        code = "def g(): return {}\n"
        found = learned(tests, RIGHT + code.format(1), OLD + code.format(0), tmp_path).tests
        assert found.bits == 6 + 8 + 8

    @pytest.mark.parametrize("asked", ["hasattr(b, 'locked')", "getattr(b, 'locked', False)"])
    def test_where_a_test_asks_first_whether_something_is_there(self, asked: str, tmp_path: Path) -> None:
        """What is not there is put there by a forger alone, and the old code gives the value."""
        got = f"b.seal('xyzw') if {asked} else ''"
        tests = f"def test():\n    b = open_('')\n    got = {got}\n    assert got == 'wzyxumber of the quarry'\n"
        old = self.RIGHT.replace("locked = True", "pass")
        assert not learned(tests, self.RIGHT, old, tmp_path).tests.files

    @pytest.mark.parametrize("asked", ["assert hasattr(f, 'new')", "x = hasattr(__import__('os'), 'fork2')"])
    def test_but_not_where_that_is_asserted_or_asked_of_python(self, asked: str, tmp_path: Path) -> None:
        """Neither an assertion that does not hold nor what a system has decides what follows."""
        tests = f"def test():\n    {asked}\n    assert f() == {WORDS}\n"
        assert learned(tests, f"{RIGHT}f.new = 1\n", OLD, tmp_path).tests.bits == 6 + 8 + 8

    def test_in_one_of_two_tests_that_it_does_not_begin(self, tmp_path: Path) -> None:
        """A value that two tests expect counts nothing where the old code was asked in one of them alone."""
        more = "class Test:\n    def test_more(self):\n        assert g() == W\n"
        tests = f"W = {WORDS}\ndef test():\n    assert f() == W\n{more}"
        task = task_of("test", "Test::test_more")
        code = f"def g(): return {WORDS}\n"
        learner = learner_of(task, {"t.py": tests}, dict.fromkeys(task.fail_to_pass, Status.PASSED))

        found = learner.learn(Both(RIGHT + code, tmp_path), Code(OLD + code, tmp_path)).tests

        assert (found.bits, found.files) == (0, ())


class Both(Code):
    """Runs the methods of a class `Test` too."""

    def __call__(self, files: Sequence[tuple[str, str]], required: Sequence[str]) -> BlindRun:
        """Run a function of the module that runs them."""
        extended = [(path, text + "\ndef test_methods():\n    Test().test_more()\n") for path, text in files]
        ran = super().__call__(extended, required)
        return replace(ran, statuses={**ran.statuses, "t.py::Test::test_more": Status.PASSED})


class TestOldCodeThatGoesAnotherWay:
    """Where a truth sends old code past a value that the reference comes to, it may have that value right."""

    BOX = "class Opened:\n    {}\n    def seal(self, word): return word[::-1] + 'umber of the quarry'\n"
    RIGHT = BOX.format("locked = True") + "def open_(): return Opened()\n"
    NONE = BOX.format("locked = True") + "def open_(): return None\n"
    OPEN = RIGHT.replace("True", "False")
    PLAIN = RIGHT.replace("locked = True", "pass")
    RAISES = RIGHT.replace("return Opened()", "raise ValueError")
    EXITS = RIGHT.replace("return Opened()", "raise SystemExit(2)")
    EMPTY = "lambda: type('', (), {'seal': lambda self, word: ''})()"
    WANT = "'wzyxumber of the quarry'"
    CODE = textwrap.dedent("""
        def boxes(): return [*filter(None, [open_()])]
        def table(): return {'b': box for box in boxes()}
        def sealed(box): return box.seal('xyzw') if box else ''
        def tried(function):
            try: return function()
            except (ValueError, SystemExit): return ''
    """)
    FORMS: ClassVar[dict[str, tuple[str, str]]] = {
        "and": ("box = open_()\ngot = box.locked and box.seal('xyzw')", OPEN),
        "or": (f"make = {EMPTY}\ngot = (open_() or make()).seal('xyzw')", NONE),
        "a conditional": ("box = open_()\ngot = box.seal('xyzw') if box is not None else ''", NONE),
        "a class that is asked for": ("box = open_()\ngot = box.seal('xyzw') if isinstance(box, Opened) else ''", NONE),
        "names that are looked through": (
            "box = open_()\ngot = box.seal('xyzw') if 'locked' in dir(box) else ''",
            PLAIN,
        ),
        "an if": ("got = ''\nif (box := open_()):\n    got = box.seal('xyzw')", NONE),
        "a while": ("got = ''\nwhile not got and (box := open_()):\n    got = box.seal('xyzw')", NONE),
        "a case of nothing": ("match open_():\n    case None: got = ''\n    case box: got = box.seal('xyzw')", NONE),
        "a case of a class": (
            "match open_():\n    case Opened(locked=True) as box: got = box.seal('xyzw')\n    case _: got = ''",
            PLAIN,
        ),
        "a comprehension": ("got, *_ = [box.seal('xyzw') for box in [open_()] if box.locked] + ['']", OPEN),
        "a generator with a default": ("got = next((box.seal('xyzw') for box in [open_()] if box), '')", NONE),
        "a default of next": ("got = sealed(next(iter(boxes()), None))", NONE),
        "a default of max": ("got = sealed(max(boxes(), key=id, default=None))", NONE),
        "a default of a mapping": (f"make = {EMPTY}\ngot = table().get('b', make()).seal('xyzw')", NONE),
        "a default that is set": (f"make = {EMPTY}\ngot = table().setdefault('b', make()).seal('xyzw')", NONE),
        "a map of nothing": ("got, *_ = [*map(Opened.seal, boxes(), ['xyzw']), '']", NONE),
        "an item of a truth": ("got = ['', Opened().seal('xyzw')][open_() is not None]", NONE),
        "an item of what says a truth": ("got = {False: '', True: Opened().seal('xyzw')}[any([open_()])]", NONE),
        "a truth that is a factor": ("got = Opened().seal('xyzw') * (not not open_())", NONE),
        "a filter": ("got, *_ = [*map(lambda box: box.seal('xyzw'), filter(None, [open_()])), '']", NONE),
        "a filter by a function": (
            "got, *_ = [*map(lambda box: box.seal('xyzw'), filter(lambda box: box.locked, [open_()])), '']",
            OPEN,
        ),
        "a loop": ("got = ''\nfor box in boxes():\n    got = box.seal('xyzw')", NONE),
        "a loop of a coroutine": (
            (
                "async def each():\n    for box in boxes(): yield box\n"
                "async def go():\n    got = ''\n    async for box in each(): got = box.seal('xyzw')\n    return got\n"
                "import asyncio\ngot = asyncio.run(go())"
            ),
            NONE,
        ),
        "a loop that runs again": (
            (
                "def seals(boxes):\n    got = ''\n    for box in boxes:\n        got = box.seal('xyzw')\n"
                "    return got\nseals([Opened()])\ngot = seals(boxes())"
            ),
            NONE,
        ),
        "a comprehension that runs again": (
            (
                "def seals(boxes): return ''.join(box.seal('xyzw') for box in boxes)\nseals([Opened()])\n"
                "got = seals(boxes())"
            ),
            NONE,
        ),
        "a case that is looked at again": (
            (
                "def sealed(box):\n    match box:\n        case Opened(): return box.seal('xyzw')\n    return ''\n"
                "sealed(Opened())\ngot = sealed(open_())"
            ),
            NONE,
        ),
        "a helper": ("def go(box):\n    return box.seal('xyzw') if box else ''\ngot = go(open_())", NONE),
        "a thread": (
            (
                "import threading\nout = ['']\n"
                "thread = threading.Thread(target=lambda: out.append(open_().seal('xyzw')))\n"
                "thread.start()\nthread.join()\ngot = out[-1]"
            ),
            RAISES,
        ),
        "a future": (
            (
                "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as pool:\n"
                "    future = pool.submit(lambda: open_().seal('xyzw'))\n"
                "    got = '' if future.exception() else future.result()"
            ),
            RAISES,
        ),
        "a task": (
            (
                "import asyncio\nasync def one():\n    return open_().seal('xyzw')\nasync def go():\n"
                "    return await asyncio.gather(one(), return_exceptions=True)\ngot = str(asyncio.run(go())[0])"
            ),
            RAISES,
        ),
        "a function that is handed on": ("def go():\n    return open_().seal('xyzw')\ngot = tried(go)", RAISES),
        "a function that ends the program": ("def go():\n    return open_().seal('xyzw')\ngot = tried(go)", EXITS),
        "a lambda that ends the program": ("got = tried(lambda: open_().seal('xyzw'))", EXITS),
        "a function that fails again": (
            (
                "from functools import partial\ndef go(make):\n    return make().seal('xyzw')\n"
                "tried(partial(go, partial(int, '')))\ngot = tried(partial(go, open_))"
            ),
            RAISES,
        ),
    }

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    @pytest.mark.parametrize("form", FORMS)
    def test_shows_nothing_of_the_value(self, form: str, tmp_path: Path) -> None:
        """Whoever lets it go the reference's way has the value by old code."""
        body, old = self.FORMS[form]
        tests = f"def test():\n{textwrap.indent(body, '    ')}\n    assert got == {self.WANT}\n"
        found = learned(tests, self.RIGHT + self.CODE, old + self.CODE, tmp_path).tests
        assert (found.bits, found.files) == (0, ())
        assert "did not come to all comparisons" in found.reason

    @pytest.mark.parametrize(
        "body",
        [
            "if open_(): pass\nassert f() == {}",
            "assert f() == {}\nif open_(): pass",
            "for one in f(): pass\nassert f() == {}",
            "assert max([f()], default='') == {}",
            "def broken(): raise ValueError\ntried(broken)\nassert f() == {}",
            "def broken(): raise ValueError\nfor one in f(): tried(broken)\nassert f() == {}",
        ],
    )
    def test_but_shows_it_where_it_goes_the_same_way(self, body: str, tmp_path: Path) -> None:
        """So it does before it parts, and after what it does as the reference, however often in a row."""
        right, old = self.RIGHT + self.CODE, self.NONE if body.startswith("assert") else self.RIGHT
        tests = "def test():\n" + textwrap.indent(body.format(WORDS), "    ") + "\n"
        assert (
            learned(tests, right + RIGHT, f"{old}{self.CODE}def f(): return 'no'\n", tmp_path).tests.bits == 6 + 8 + 8
        )

    def test_nor_is_another_test_of_account(self, tmp_path: Path) -> None:
        """Each test has its own way."""
        tests = f"def test_more():\n    if open_(): pass\n{TEST}"
        task = task_of("test", "test_more")
        assert learned(tests, self.RIGHT + RIGHT, self.NONE + OLD, tmp_path, task).tests.bits == 6 + 8 + 8

    def test_that_of_a_hook_or_a_module_is(self, tmp_path: Path) -> None:
        """What all tests share sends all of them there."""
        hook = "def setup_function():\n    if open_(): pass\ndef test():\n    setup_function()\n"
        for tests in (f"if open_(): pass\n{TEST}", TEST.replace("def test():\n", hook)):
            assert not learned(tests, self.RIGHT + RIGHT, self.NONE + OLD, tmp_path).tests.files

    def test_a_generator_that_is_closed_is_no_error(self, tmp_path: Path) -> None:
        """Old code may not ask one of the tests' own for all that it has."""
        tests = f"def each():\n    yield 1\n    yield 2\ndef test():\n    take(each())\n    assert f() == {WORDS}\n"
        right, old = "def take(values): return [*values]\n", "def take(values): return next(values)\n"
        assert learned(tests, right + RIGHT, old + OLD, tmp_path).tests.bits == 6 + 8 + 8

    def test_a_reference_that_does_not_show_it_again_is_not_believed(self, tmp_path: Path) -> None:
        """Nor one that cannot be run once more."""
        learner = learner_of(task_of("test"), {"t.py": TEST}, {"t.py::test": Status.PASSED})
        code, old = Code(RIGHT, tmp_path), Code(OLD, tmp_path)
        found = learner.learn(lambda files, names: code(files, names) if code.runs < 2 else None, old)
        assert found.unsure
        assert found.tests.reason == "the branches of the reference could not be followed"

        once = Code(RIGHT.replace(WORDS, f"{WORDS} if runs < 3 else ''"), tmp_path)
        assert not learner.learn(once, old).tests.files
