"""What tests of Ruby expect, and copies of them that expect something else."""

from __future__ import annotations

import random

import pytest

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.forms.plan import literal_forms, literal_windows
from boxscore.protocols.forms.ruby import Ruby


def method(body: str) -> str:
    """A file with one method that is a test."""
    return f"class ATest < Minitest::Test\n  def test_a\n{body}\n  end\nend\n"


def values(source: str) -> list[list[object]]:
    """What each assertion of a test may say otherwise."""
    (test,) = Ruby().read("a_test.rb", source, "word").tests
    return [[choice.true for choice in one.choices] for one in test.assertions]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert_equal 2, f(1)", [[2]]),
        ("assert_equal f(1), -2.5, 'why'", [[-2.5]]),
        ("assert_equal [1, { a: 'x', 'b' => 3 }], f", [[1, "x", 3]]),
        ('assert_equal "some\\ttext", f', [["some", "text"]]),
        ("assert_includes f, 'part'", [["part"]]),
        ("assert_match(/no such thing/i, f)", [["no such thing"]]),
        ("want = 'a b'\nassert_equal want, f", [["a", "b"]]),
        ("e = assert_raises(E) { f }\nassert_equal 'a', e.message", [["a"]]),
        ("f.must_equal 3", [[3]]),
        # What is not reached by each run, or used otherwise, hides nothing.
        ("assert_equal 2, f if x", []),
        ("f.each { |x| assert_equal 2, x }", []),
        ("return if x\nassert_equal 2, f", []),
        ("want = 'a'\nf(want)\nassert_equal want, g", []),
        ("refute_equal 2, f", []),
        ('assert_equal "a #{x}", f', []),
    ],
)
def test_what_methods_may_say_otherwise(body: str, expected: list[list[object]]) -> None:
    """Literals that each run of minitest's and test-unit's tests compares are found."""
    assert values(method(body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("expect(f(1)).to eq('some text')", [["some", "text"]]),
        ("expect(f).to include('part')", [["part"]]),
        ("expect { f }.to raise_error(ArgumentError, 'no such thing')", [["no such thing"]]),
        ("aggregate_failures { expect(f).to eql(31) }", [[31]]),
        ("expect(f).not_to eq(3)", []),
        ("expect(f).to be_nil", []),
    ],
)
def test_what_examples_may_say_otherwise(body: str, expected: list[list[object]]) -> None:
    """Literals that RSpec's matchers are given are found."""
    assert values(f"RSpec.describe A do\n  it 'does' do\n{body}\n  end\nend\n") == expected


def test_messages_of_errors_are_left_out_of_what_must_be_raised() -> None:
    """The class is still asked for."""
    source = "it 'does' do\n  expect { f }.to raise_error(ArgumentError, 'no such thing')\nend\n"
    file = Ruby().read("a_spec.rb", source, "word")
    (assertion,) = file.tests[0].assertions
    assert "expect { f }.to raise_error(ArgumentError)" in file.lines.after(assertion.blank)


@pytest.mark.parametrize(
    ("value", "like", "expected"),
    [
        ("it's", "'b'", "'it\\'s'"),
        ("a\n", '"b"', '"a\\n"'),
        ("#{x}", '"b"', '"\\#{x}"'),
        ("no", "/a/i", "/no/i"),
        (True, "", "true"),
    ],
)
def test_values_are_written_as_the_true_one_was(value: object, like: str, expected: str) -> None:
    """Quotes and patterns are those of the test, and nothing in them is code."""
    assert Ruby().spelled(value, like=like) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("ATest#test_two_words", {"test_two_words", "two words"}),
        ("test_two_words(ATest)", {"test_two_words", "two words"}),
        ("A does two words", {"two words"}),
        ("ATest#test_two_words_more", set()),
    ],
)
def test_ids_name_methods_and_titles(test: str, expected: set[str]) -> None:
    """Blocks with a title are methods to some runners."""
    assert set(Ruby().named([test], ["test_two_words", "two words", "words two"])) == expected


def test_forms_have_names_and_titles_of_their_own() -> None:
    """The word of a form ends its name; comments go."""
    source = method("    # it is 3333\n    assert_equal 3333, f(1), 'not 3333'")
    files, rng = {"a_test.rb": source}, random.Random(1)
    windows = literal_windows(files, ["ATest#test_a"], Ruby(), Contents(), forms=40, rng=rng)
    plan = literal_forms(files, windows, Ruby(), rng, blank=True)

    text = plan.files["a_test.rb"]
    assert text.count("3333") == 1
    assert all(f"def test_a_{one.word}\n" in text for one in plan.forms)
    assert "    [(f(1))]\n" in text
