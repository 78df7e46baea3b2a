"""Changes in SD-Feedback's grammar: how an answer is read, and a file changed by it."""

from __future__ import annotations

import pytest

from boxscore.agents.maven.changes import Change, changed, read_answer

ONE = """I do this.

[Change Start /testbed/pom.xml]
[Find Start]
  <a>1</a>
[Find End]
[Replace Start]
  <a>2</a>
[Replace End]
[Change End /testbed/pom.xml]
"""


def test_a_change_has_a_file_and_pairs() -> None:
    """A change has a file and pairs."""
    answer = read_answer(ONE)
    assert answer.changes == {"/testbed/pom.xml": (Change("<a>1</a>", "<a>2</a>"),)}
    assert not answer.problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I cannot.", "Unable to get any file to change"),
        (ONE.replace("[Change Start", "<Change Start"), "Unable to get any file"),
        (ONE.replace("End /testbed/pom.xml", "End /testbed/other.xml"), "ends as one of `/testbed/other.xml`"),
        (ONE.replace("[Replace Start]", "[Replace]"), "1 != 0"),
        (ONE.replace("<a>2</a>", "<a>1</a>"), "blocks are the same"),
        (ONE.replace("Find", "Look").replace("Replace", "Put"), "no find and no replace block"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(text: str, told: str) -> None:
    """What is wrong with an answer is told."""
    assert told in "\n".join(read_answer(text).problems)


def test_what_quotes_the_grammar_is_no_change() -> None:
    """What quotes the grammar is no change."""
    quoted = "between [Change Start $full_filepath] and [Change End $full_filepath]\n"
    assert list(read_answer(quoted + ONE).changes) == ["$full_filepath", "/testbed/pom.xml"]
    assert read_answer(quoted + ONE).changes["$full_filepath"] == ()


def test_blanks_and_empty_lines_need_not_be_those_of_the_file() -> None:
    """Blanks and empty lines need not be those of the file."""
    content = "class A {\n    int x = 1;\n\n    int y;\n}\n"
    assert changed(content, [Change("int x = 1;\nint y;", "int z;")]) == "class A {\n    int z;\n}\n"


def test_what_is_put_in_is_taken_as_it_stands() -> None:
    """What is put in is taken as it stands."""
    assert changed("a\nb\n", [Change("b", r"\1 \n $0")]) == "a\n\\1 \\n $0\n"


def test_every_place_where_a_text_is_found_is_changed() -> None:
    """Every place where a text is found is changed."""
    assert changed("x x", [Change("x", "y")]) == "y y"


@pytest.mark.parametrize("find", ["", "   \n ", "zebra"])
def test_a_text_that_is_not_there_changes_nothing(find: str) -> None:
    """A text that is not there changes nothing."""
    assert changed("a\nb\n", [Change(find, "c")]) is None


def test_an_answer_made_to_be_slow_is_read_at_once() -> None:
    """An answer made to be slow is read at once."""
    assert read_answer("[Change Start a]" * 20_000).problems
    assert changed(" " * 200_000, [Change("\n".join("a" * 300), "b")]) is None
