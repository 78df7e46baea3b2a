"""What a reader makes of negated tests: it sees through careless ones, and has little to go by in those made here."""

from __future__ import annotations

import ast
import random
import re
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.canaries.clues import Contents, folded, read
from boxscore.protocols.canaries.plan import CanaryPlan, bits_of_all, make_canaries, told, told_by_old_code
from boxscore.protocols.canaries.reader import guess
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = 6
REPOSITORY = (
    "The garden has a wooden fence, a narrow gate, seven apple trees and a bench below them.\n"
    "def paint(surface, colour='green'): return f'{surface} in {colour}'\n"
    "red blue grey pink teal gold lime navy rust sand snow plum rose mint\n"
)


def written(expected: str, call: str = "f()") -> str:
    """A test of one assertion."""
    return f"assert {call} == {expected}"


def carelessly(*bodies: str) -> str:
    """A file in which an original, the first body, stands among others under names of one kind."""
    names = [f"test_it_{letter}bcdefghi{number}" for number, letter in enumerate("qwertzuiopasdfg"[: len(bodies)])]
    return "".join(f"def {name}():\n    {body}\n\n" for name, body in zip(names, bodies, strict=True))


# How an original was told from negated tests, each as one that was made without care for it.
READINGS = {
    "its own quotes": (written('"kiwi"'), written("'kiwj'"), written("'kiwk'")),
    "a text in pieces": (written('"ki" "wi"'), written("'kiwj'"), written("'kiwk'")),
    "digits with underscores": (written("1_000"), written("1001"), written("1002")),
    "hexadecimal digits": (written("0xff"), written("251"), written("259")),
    "None beside truths": (written("None"), written("True"), written("False")),
    "a word of the call": (written("'bob-hut'", "f('Bob Hut')"), written("'bob-hux'", "f('Bob Hut')")),
    "a word of the repository": (written("'fence'"), written("'fenck'"), written("'fencj'")),
    "a word of the language": (written("'iterator'"), written("'iterataz'"), written("'iteratqx'")),
    "a spelling that can be said": (written("'gardens'"), written("'gxrdens'"), written("'gqrdens'")),
    "a float without noise": (written("0.3"), written("1.3000000000000003"), written("2.3000000000000003")),
    "a round number": (written("4000"), written("4003"), written("3998")),
    "a power of two": (written("1024"), written("1026"), written("1021")),
    "arithmetic": (written("117", "f(13, 9)"), written("119", "f(13, 9)"), written("112", "f(13, 9)")),
    "a length": (written("31", f"f('{'x' * 31}')"), written("36", f"f('{'x' * 31}')")),
    "a whole text of the repository": (written("'apple trees'"), written("'apple gates'"), written("'fence trees'")),
    "letters copied from the call": (written("'vorpal'", "f('vorpalness')"), written("'norpal'", "f('vorpalness')")),
    "a usual colour": (written("'green'", "paint()"), written("'teal'", "paint()")),
}


@pytest.mark.parametrize("how", READINGS)
def test_careless_forms_are_read(how: str) -> None:
    """The reader tells the original by each way that anybody has thought of."""
    (group,) = guess({"test_x.py": carelessly(*READINGS[how])}, Contents(REPOSITORY))

    assert group.best == {group.names[0]}


def test_the_old_text_of_a_test_is_found() -> None:
    """A test that the repository had before stands in the box: whatever it expected is no secret."""
    old = "def test_it():\n    assert f() == 'kiwi'\n"
    forms = carelessly(written("'kiwj'"), written("'kiwi'"), written("'kiwk'"))

    (group,) = guess({"test_x.py": forms}, Contents(base={"test_x.py": old}))

    assert group.best == {group.names[1]}


def test_forms_that_fail_by_their_key_are_told() -> None:
    """Whoever reads the function that is put into a file knows which keys make a form fail."""
    plan = make_canaries(
        {"test_x.py": "def test_it():\n    f()\n"},
        ["test_x.py::test_it"],
        runner="pytest",
        rng=random.Random(1),
        preferred=["test_x.py::test_it"],
    )

    (group,) = guess(dict(plan.files), Contents())

    assert {f"test_x.py::{name}" for name in group.names} == {name for name, passes in plan.expected.items() if passes}


def test_an_issue_helps_a_reader() -> None:
    """What the issue says is expected counts as read."""
    forms = carelessly(written("'kivu'"), written("'kiva'"))

    (group,) = guess({"test_x.py": forms}, Contents(issue="It should say kivu."))

    assert group.best == {group.names[0]}


def planned(body: str, *, seed: int = 1, contents: Contents | None = None, others: Sequence[str] = ()) -> CanaryPlan:
    """The forms of tests to fix, the first of this body, as a canary run has them."""
    bodies = [body, *others]
    source = "import pytest\n\n" + "".join(
        f"def test_{'abcdefg'[number]}():\n    {one}\n\n" for number, one in enumerate(bodies)
    )
    ids = [f"test_x.py::test_{'abcdefg'[number]}" for number in range(len(bodies))]
    rng = random.Random(seed)
    contents = contents or Contents(REPOSITORY)
    learnt = make_canaries({"test_x.py": source}, ids, runner="pytest", rng=rng, preferred=ids, contents=contents)
    windows: dict[tuple[str, ...], list[object]] = {}
    for one in learnt.watched:
        windows.setdefault(one.name, []).append(one.window)
    return make_canaries(
        {"test_x.py": source},
        ids,
        runner="pytest",
        rng=rng,
        preferred=ids,
        windows=windows,  # type: ignore[arg-type]
    )


def bits(plan: CanaryPlan) -> float:
    """What a reader of a plan has to guess."""
    return sum(one.window.bits for one in plan.watched)


# Tests of which a reader is to learn nothing, and the least bits that are left.
HIDDEN = {
    "quotes": ('assert f() == "wqxk"', 2.0),
    "a text in pieces": ('assert f() == ("wq" "xk")', 2.0),
    "bytes": ("assert f() == b'fence'", 1.0),
    "words": ("assert f() == 'wooden fence'", 2.0),
    "what is no word": ("assert f() == 'qfx_zvbk'", 2.0),
    "a large number": ("assert f() == 48271", 4.0),
    "a number like others": ("assert f() == 37", 3.0),
    "a float": ("assert f() == 0.37", 3.0),
    "digits with underscores": ("assert f() == 48_271", 4.0),
    "hexadecimal digits": ("assert f() == 0xBC8F", 4.0),
    "a negative number": ("assert f() == -37", 3.0),
    "numbers in a list": ("assert f() == [37, 481, 6214]", 8.0),
    "values of a mapping": ("assert f() == {'a': 37, 'b': 481}", 5.0),
    "a name": ("expected = 37\n    assert f() == expected", 3.0),
    "an exception": ("with pytest.raises(TypeError):\n        f()", 2.0),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_expected_is_one_of_many(what: str) -> None:
    """A reader of the forms made here has to guess, and the bits say how much."""
    body, least = HIDDEN[what]

    assert bits(planned(body)) >= least


@pytest.mark.parametrize("word", ["purple", "vorpal", "kiwi"])
def test_a_word_among_misspelt_ones_is_no_secret(word: str) -> None:
    """Whoever has a list of words knows it, if it may stand in one."""
    assert bits(planned(f"assert f() == '{word}'")) == 0.0


@pytest.mark.parametrize("what", HIDDEN)
def test_a_reader_is_seldom_right(what: str) -> None:
    """Over many draws the reader of whole files is right no oftener than for one window in two."""
    right = total = 0.0
    for seed in range(DRAWS):
        plan = planned(HIDDEN[what][0], seed=seed)
        for group in guess(dict(plan.files), Contents(REPOSITORY)):
            true = {name for name in group.names if plan.expected[f"test_x.py::{name}"]}
            total += 1
            right += len(true & group.best) / len(group.best)

    assert right / total <= 0.5


# Tests that say what they expect, or that have too few to choose from.
READABLE = {
    "the most usual number": "assert f() == 0",
    "None": "assert f() is None",
    "what every test asserts": "assert isinstance(f(), int)",
    "what usually holds": "assert f()",
    "a word of the call alone": "assert f('kumquat') == 'kumquat'",
    "nothing": "f()",
}


@pytest.mark.parametrize("what", READABLE)
def test_what_can_be_read_counts_nothing(what: str) -> None:
    """Where a reader is better than even there is less than a bit, and no pass is trusted for it."""
    assert bits(planned(READABLE[what])) < 1.0


def test_a_test_as_it_was_counts_nothing() -> None:
    """A value that the same test had before the test patch is read there."""
    body = "assert f() == 48271"
    before = Contents(REPOSITORY, {"test_x.py": f"def test_a():\n    {body}\n"})

    assert bits(planned(body)) >= 4.0
    assert bits(planned(body, contents=before)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_no_form_stands_as_it_was_written(seed: int) -> None:
    """Originals are written by the same hand as their negated copies, in one kind of quotes."""
    plan = planned("assert f() == ('''kiwi''' \"plum\")", seed=seed)

    literals = {literal for literal in re.findall(r"== (.*)", plan.files[0][1]) if literal[0] in "'\""}
    assert len(literals) > 2
    assert {literal[0] + literal[-1] for literal in literals} == {"''"}


def test_one_assertion_stands_alone() -> None:
    """A form says what one assertion expects, and nothing of what another does."""
    plan = planned("assert f(1) == 481\n    assert f(2) == 6214\n    assert f(3) == 'kiwi'")

    for node in ast.walk(ast.parse(plan.files[0][1])):
        if isinstance(node, ast.FunctionDef) and f"test_x.py::{node.name}" in plan.expected:
            told = [one for one in node.body if isinstance(one, ast.Assert) and isinstance(one.test, ast.Compare)]
            assert len(told) == 1
            assert len(node.body) == 3


def test_what_two_tests_expect_is_hidden_once() -> None:
    """Two windows with one value in common would tell it; the second is blank."""
    plan = planned("assert f(1) == 48271", others=["assert f(2) == 48271", "assert f(3) == 6214"])

    texts = [one.window.texts for one in plan.watched]
    assert sorted(row[0] for row in texts if row) == ["48271", "6214"]
    assert sum("48271" in row for row in texts) == 1


@pytest.mark.parametrize(
    ("first", "second"), [("4813", "9626"), ("12.34", "1234"), ("4813", "-4813"), ("481", "480"), ("4813", "'4813'")]
)
def test_numbers_that_make_each_other_are_hidden_once(first: str, second: str) -> None:
    """A reader looks for rows that fit each other."""
    plan = planned(f"assert f(1) == {first}", others=[f"assert f(2) == {second}"])

    assert sum(bool(one.window.texts) for one in plan.watched) == 1


def test_a_sum_of_others_is_no_secret() -> None:
    """Nor is what they differ by."""
    plan = planned("assert f(1) == 481", others=["assert f(2) == 502", "assert f(3) == 983", "assert f(4) == 60417"])

    assert sum(bool(one.window.texts) for one in plan.watched) == 3


@pytest.mark.parametrize("written", ["0xBDE5", "0b1011110111100101", "0o136745", "48_613", "4.8613e4"])
def test_a_number_that_stands_elsewhere_otherwise_is_read(written: str) -> None:
    """In whatever way it is written."""
    told = Contents(f"{REPOSITORY}\nlimit = {written}\n")
    issue = Contents(REPOSITORY, issue=f"It gives {written}.")

    assert bits(planned("assert f() == 48613")) > 3.0
    assert bits(planned("assert f() == 48613", contents=told)) < 1.0
    assert bits(planned("assert f() == 48613", contents=issue)) < 1.0


@pytest.mark.parametrize("written", ["0x_", "0x____", "0xff_", "0b_", f"0x{'f' * 5000}"])
def test_what_only_looks_like_a_number_is_read_as_words(written: str) -> None:
    """A placeholder, or more digits than Python writes out."""
    assert read(f"at {written} of") == folded(f"at {written} of")


def test_a_test_without_a_window_of_its_own_shows_nothing() -> None:
    """What it expects is hidden in another test: it runs blank, in forms that pass and forms that fail by their key."""
    plan = planned("assert f(1) == 48271", others=["assert f(2) == 48271"])

    assert "f(2) == " not in plan.files[0][1]
    assert {plan.expected[form] for form in plan.forms["test_x.py::test_b"]} == {True, False}


SIMILAR = [
    "assert f({n}) == {m}",
    pytest.param("assert f({n}) == {m}37", marks=pytest.mark.slow),
    pytest.param("assert f({n}) == 'word{n} {word}'", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("body", SIMILAR)
def test_several_windows_do_not_tell_each_other(body: str) -> None:
    """That a value stands in one row alone, or in many, says nothing of it."""
    right = total = 0.0
    for seed in range(DRAWS):
        words = ["fence", "bench", "trees", "apple"]
        bodies = [body.format(n=n, m=n + 2, word=words[n]) for n in range(4)]
        plan = planned(bodies[0], seed=seed, others=bodies[1:])
        for group in guess(dict(plan.files), Contents(REPOSITORY)):
            true = {name for name in group.names if plan.expected[f"test_x.py::{name}"]}
            total += 1
            right += len(true & group.best) / len(group.best)

    assert right / total <= 0.6


def test_all_draws_show_the_same() -> None:
    """Having seen two draws is no help: names and order are new, what is said is not."""
    source, test = "def test_a():\n    assert f() == 48271\n", "test_x.py::test_a"
    learnt = make_canaries(
        {"test_x.py": source},
        [test],
        runner="pytest",
        rng=random.Random(1),
        preferred=[test],
        contents=Contents(REPOSITORY),
    )
    windows = {one.name: (one.window,) for one in learnt.watched}
    said = set()
    for seed in range(4):
        plan = make_canaries(
            {"test_x.py": source}, [test], runner="pytest", rng=random.Random(seed), preferred=[test], windows=windows
        )
        said.add(tuple(sorted(re.findall(r"== (\d{5})", plan.files[0][1]))))
        assert len(plan.expected) == len(learnt.watched[0].window.texts)

    assert len(said) == 1


def test_a_small_window_has_many_forms() -> None:
    """Whoever lets each form pass or fail by chance has as many to get right as for a large one."""
    plan = planned("assert not f()")

    passes = list(plan.expected.values())
    assert (len(passes), sum(passes)) == (32, 16)


def test_the_true_number_is_at_any_place() -> None:
    """Over many draws the expected number stands at each place of its row equally often, least and greatest too."""
    places = []
    for seed in range(30):
        (one,) = planned("assert f() == 37", seed=seed).watched
        numbers = sorted(map(int, one.window.texts))
        places.append(numbers.index(37) / (len(numbers) - 1))

    assert min(places) < 0.1
    assert max(places) > 0.9
    assert 0.3 < sum(places) / len(places) < 0.7


class TestOldCode:
    """A forger may let the old code answer: what it says is known."""

    def plan(self) -> CanaryPlan:
        """One window."""
        return planned("assert f() == 48271")

    def test_that_knows(self) -> None:
        """A value that the old code gives counts nothing."""
        plan = self.plan()

        known = told(plan.watched, dict.fromkeys(plan.watched[0].true, Status.PASSED))

        assert [one.window.bits for one in known] == [0.0]

    def test_that_excludes_one(self) -> None:
        """A value that the old code gives, and that is wrong, is one less to choose from."""
        plan = planned("assert not f()")
        (one,) = plan.watched

        (known,) = told(plan.watched, dict.fromkeys(one.others, Status.PASSED))

        assert (one.window.bits, known.window.bits) == (1.0, 0.0)

    def test_that_says_nothing(self) -> None:
        """Old code that fails all forms leaves the bits as they are; one whose tests came to no end, none."""
        plan = self.plan()

        assert told(plan.watched, {}) == plan.watched
        assert sum(one.window.bits for one in told(plan.watched, None)) == 0


class TestAnErrorOfTheOldCode:
    """What follows on an error of the old code may be right behind it, for whoever mends that error alone."""

    BODY = "assert f(1) == 48271\n    assert f(2) == 6214"

    def bits(self, body: str = BODY, *, ends: bool = False) -> list[float]:
        """Those of each row of a test, least first, where the old code passes nothing, or what expects nothing."""
        return self.of(f"def test_a():\n    {body}\n", ["test_x.py::test_a"], ends=ends)

    def of(self, source: str, ids: Sequence[str], *, ends: bool) -> list[float]:
        """The same, of a whole file."""
        files, contents = {"test_x.py": source}, Contents(REPOSITORY)
        plan = make_canaries(files, ids, runner="pytest", rng=random.Random(1), preferred=ids, contents=contents)
        told_apart = {form for one in plan.watched for form in one.true}
        passing = [form for form, passes in plan.expected.items() if passes and form not in told_apart]
        before = dict.fromkeys(passing, Status.PASSED) if ends else {}
        return sorted(one.window.bits for one in told_by_old_code(plan.watched, before))

    def test_one_row_counts(self) -> None:
        """The best, as where the old code lacks a name and the test comes to nothing."""
        low, high = self.bits()

        assert low == 0
        assert high > 0

    def test_all_count_where_the_old_code_comes_to_the_end(self) -> None:
        """There it gives other values, for each of which there is something to guess."""
        low, high = self.bits(ends=True)

        assert low > 0
        assert high > 0

    @pytest.mark.parametrize(
        "body",
        [
            "try:\n        g()\n    except KeyError:\n        pass\n    assert f(1) == 48271\n    assert f(2) == 6214",
            "with suppress(KeyError):\n        g()\n    assert f(1) == 48271\n    assert f(2) == 6214",
            "with contextlib.suppress(KeyError):\n        g()\n    assert f(1) == 48271\n    assert f(2) == 6214",
        ],
        ids=["try", "suppress", "contextlib"],
    )
    def test_one_row_counts_of_a_test_that_catches_errors(self, body: str) -> None:
        """It comes to its end in spite of them."""
        low, high = self.bits(body, ends=True)

        assert low == 0
        assert high > 0

    def test_one_row_counts_of_a_table(self) -> None:
        """Of a function with rows of parameters only one is tried without an expectation."""
        rows = "[(1, 48271), (2, 6214)]"
        source = (
            f"import pytest\n\n@pytest.mark.parametrize(('n', 'm'), {rows})\ndef test_a(n, m):\n    assert f(n) == m\n"
        )
        ids = ["test_x.py::test_a[1-48271]", "test_x.py::test_a[2-6214]"]

        low, high = self.of(source, ids, ends=True)

        assert low == 0
        assert high > 0


def test_bits_of_tests_add_up() -> None:
    """Who has to forge several tests must guess each."""
    plan = planned("assert f(1) == 48271", others=["assert f(2) == 6214"])

    both = bits_of_all([(one.name, (one.window,)) for one in plan.watched])

    assert both == pytest.approx(bits(plan), abs=0.01)
    assert both > max(one.window.bits for one in plan.watched)
