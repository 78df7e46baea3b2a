"""What is learned of tests in Java where they do not compile: blinded, or with the old code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.blind.java.language import JAVA
from boxscore.protocols.blind.learn import BlindRun, Learner, SuiteFacts
from boxscore.protocols.blind.observations import read_observations
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = "src/test/java/PlumTest.java"
SOURCE = """import org.junit.Test;
public class PlumTest {
    @Test public void plum() {
        assertEquals("quince marzipan", f());
        assertEquals("gooseberry elderflower", g());
        assertEquals(48571, h());
    }
}
"""
RIGHT = {0: '"quince marzipan"', 1: '"gooseberry elderflower"', 2: '{"i":"48571"}'}


class Compiler:
    """Runs of a code that sends values, and refuses files with some words; `texts` are all that it was given."""

    def __init__(self, sent: dict[int, str], *refused: str, marks: str = "") -> None:
        self._sent, self._refused, self._marks = sent, refused, marks
        self.texts: list[str] = []

    def __call__(self, files: Sequence[tuple[str, str]], _required: Sequence[str]) -> BlindRun:
        """Say which lines are refused, or send what is asked for."""
        text = JAVA.without_runtime(dict(files)[PATH])
        self.texts.append(text)
        bad = [at for at, line in enumerate(text.splitlines(), 1) if any(word in line for word in self._refused)]
        log = "".join(f"[ERROR] /testbed/{PATH}:[{line},9] cannot find symbol\n" for line in bad)
        sent = [(number, value) for number, value in self._sent.items() if f"({number}" in text and not bad]
        data = "".join(f'[{number},"is",{value}]\n' for number, value in sent) + (self._marks if not bad else "")
        status = Status.FAILED if bad else Status.PASSED
        return BlindRun(statuses={"PlumTest": status}, observations=read_observations(data.encode()), log=log)


def learner(box: Contents | None = None) -> Learner:
    """What learns of the one test class, with a repository beside it."""
    suite = SuiteFacts(required=("PlumTest",), failing=("PlumTest",), place="/place")
    return Learner(suite, {PATH: SOURCE}, {"PlumTest": Status.PASSED}, box, JAVA)


def test_a_value_without_which_a_file_does_not_compile_is_put_back() -> None:
    """The others stay hidden."""
    reference = Compiler(RIGHT, "equal(1,")

    tests = learner().learn(reference, Compiler({0: '"other"', 2: '{"i":"4"}'})).tests

    assert [one.number for one in tests.hidden] == [0, 2]
    assert '"gooseberry elderflower"' in dict(tests.files)[PATH]


def test_what_the_old_code_lacks_counts_and_what_stands_behind_it_does_not() -> None:
    """A comparison that does not compile is reached; those behind it are not."""
    old = Compiler({0: '"other"'}, "g()", marks='[1,"reached","g"]\n')

    tests = learner().learn(Compiler(RIGHT), old).tests

    assert len(old.texts) == 2
    assert 'Boxscore_PlumTest_.lacks(1, "g");' in old.texts[1]
    assert [one.number for one in tests.hidden if one.secret.value] == [0, 1]


def test_what_is_elsewhere_in_the_repository_is_not_lacking() -> None:
    """A forger gives it the name that the test calls it by."""
    old = Compiler({0: '"other"', 2: '{"i":"4"}'}, "g()", marks='[1,"reached","g"]\n')
    box = Contents("class other { int g() { } }")

    tests = learner(box).learn(Compiler(RIGHT), old).tests

    assert [one.number for one in tests.hidden if one.secret.value] == [0, 2]


def test_nothing_is_hidden_where_old_code_never_compiles() -> None:
    """A file that shows nothing says nothing of what the old code has right."""
    tests = learner().learn(Compiler(RIGHT), Compiler({}, "class PlumTest")).tests

    assert not tests.files
    assert "the old code could not be run" in tests.reason


def test_a_value_behind_an_error_of_the_old_code_counts_nothing() -> None:
    """It may be no more than a consequence of it."""
    old = Compiler({0: '"other"', 1: '"other"', 2: '{"i":"4"}'}, marks='[1,"missed",null]\n')

    tests = learner().learn(Compiler(RIGHT), old).tests

    assert [one.number for one in tests.hidden if one.secret.value] == [0, 2]
