"""The kept compiler's other side: what is believed of its answers, and when a new machine is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import Outcome
from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend, FakeStream
from boxscore.errors import BoxLost, HarnessError, LossCause, ProtocolError
from boxscore.protocols.project.compiler import JavaCompiler, Unit
from boxscore.records import CompileError
from tests.protocols.project.javac import LISTED, Javac, frame, listed, with_answers

if TYPE_CHECKING:
    from boxscore.boxes.fake import FakeRun

UNIT = Unit(sources={"src/A.java": b"class A {}"}, libraries=("junit5",))
WRONG = Unit(sources={"src/A.java": b"class A { wrong }"}, libraries=("junit5",))


def compiler(javac: Javac, *, kept: bool = True) -> JavaCompiler:
    return JavaCompiler(FakeBackend(run=listed, stream=javac.stream), None, kept=kept)


def test_one_machine_serves_many() -> None:
    javac = Javac()
    kept = compiler(javac)

    made, refused, again = kept.compile(UNIT), kept.compile(WRONG), kept.compile(UNIT)

    assert (made.outcome, made.classes) == (None, {"A": b"\xca\xfe"})
    assert again == made
    assert refused.outcome is Outcome.BUILD_FAILED
    assert refused.reason == "1 error; src/A.java:3: cannot find symbol"
    assert refused.errors == (CompileError(path="src/A.java", line=3, message="cannot find symbol\n  symbol: x"),)
    assert javac.machines == 1


@pytest.mark.parametrize("end", ["crashed", "timeout"])
def test_a_used_machine_is_not_believed(end: str) -> None:
    javac = Javac()
    kept = compiler(javac)
    kept.compile(UNIT)
    javac.ends = [end]

    assert kept.compile(UNIT).outcome is None
    assert javac.machines == 2


@pytest.mark.parametrize(("end", "outcome"), [("crashed", Outcome.BUILD_FAILED), ("timeout", Outcome.TIMEOUT)])
def test_a_new_machine_is_believed(end: str, outcome: Outcome) -> None:
    javac = Javac(end)
    kept = compiler(javac)

    assert kept.compile(UNIT).outcome is outcome
    assert kept.compile(UNIT).outcome is None
    assert javac.machines == 2


def ending(stderr: str, cause: LossCause = LossCause.INSIDE) -> JavaCompiler:
    def stream(_: FakeRun) -> FakeStream:
        made = FakeStream(lambda _: made.stop().encode()[:0], stderr=stderr, cause=cause)
        made._waiting += frame({"ready": True, "release": 17})
        return made

    return JavaCompiler(FakeBackend(run=listed, stream=stream), None)


def test_a_machine_that_ends_itself() -> None:
    assert ending("Terminating due to java.lang.OutOfMemoryError").compile(UNIT).outcome is Outcome.MEMORY
    assert ending("# A fatal error").compile(UNIT).outcome is Outcome.BUILD_FAILED


@pytest.mark.parametrize("cause", [LossCause.OUTSIDE, LossCause.UNKNOWN])
def test_a_machine_that_others_ended(cause: LossCause) -> None:
    with pytest.raises(BoxLost):
        ending("", cause).compile(UNIT)


@pytest.mark.parametrize(
    "answer",
    [
        {"number": 1, "end": "compiled"},
        {"end": "compiled"},
        {"number": None, "end": "compiled"},
        {"number": 0, "end": "odd"},
        {"number": 0, "end": "compiled", "classes": {"A": "no base64!"}},
        {"number": 0, "end": "compiled", "more": 1},
    ],
)
def test_an_odd_answer(answer: dict[str, object]) -> None:
    kept = JavaCompiler(FakeBackend(run=listed, stream=with_answers(lambda _: frame(answer))), None)

    with pytest.raises(ProtocolError):
        kept.compile(UNIT)


@pytest.mark.parametrize(
    ("release", "libraries", "listing", "said"),
    [
        (25, ("junit5",), LISTED, "no JDK for Java 25"),
        (17, ("junit5", "mockito"), LISTED, "no jars in /usr/share/boxscore/libraries/mockito"),
    ],
)
def test_what_is_missing(release: int, libraries: tuple[str, ...], listing: bytes, said: str) -> None:
    backend = FakeBackend(run=lambda _: Completed(exit_code=0, wall_s=0.0, stdout=listing))

    with pytest.raises(HarnessError, match=said) as raised:
        JavaCompiler(backend, None).compile(Unit(sources={}, libraries=libraries, release=release))
    assert "boxscore images build jvm" in str(raised.value)
