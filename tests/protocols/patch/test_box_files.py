"""Programs of ours in a box that read its files, and a data set's own program that reads logs, in a box of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBox, FakeStream
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.patch import box_files
from boxscore.protocols.patch.box_files import read_files, standing_in_box
from boxscore.protocols.patch.log_program import MAX_TESTS, OUTPUT, OUTPUT_BYTES, STDERR, STDOUT, decode_output
from boxscore.protocols.patch.task import LogProgram, ResolutionRule
from boxscore.protocols.patch.test_files import rules
from boxscore.protocols.patch.tree import Staged
from boxscore.protocols.retry import MAX_LOSSES
from boxscore.protocols.statuses import Status
from boxscore.records import Applied, LimitName
from tests.patch_details import patch_detail_of
from tests.protocols.patch.patch_boxes import TASK, FakeBoxes, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.patch.task import PatchTask


def local_box(before: str = "") -> FakeBox:
    def run(asked: FakeRun) -> Completed:
        *options, program = asked.argv[1:]
        argv = [sys.executable, *options, before + program]
        done = subprocess.run(argv, input=asked.stdin, capture_output=True, check=False)
        return ended(done.stdout[: asked.limits.output_bytes], done.returncode, stderr=done.stderr)

    return FakeBox(BoxSpec(), run=run, stream=lambda _: FakeStream())


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("original", "tree"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(box_files, "ORIGINAL", str(tmp_path / "original"))
    return tmp_path / "tree"


def task_of(tree: Path) -> PatchTask:
    return replace(TASK, image=replace(TASK.image, tree=str(tree)))


def staged(*written: str) -> Staged:
    return Staged(applied=Applied(rung="git apply"), rules=rules(TASK, ()), tests=written)


def test_only_trusted_utf8_files_are_rewritten(tree: Path) -> None:
    for name in ("old.py", "latin.py", "linked.py"):
        (tree.parent / "original" / name).write_text("")
    (tree / "old.py").write_bytes("ä = 1\r\n".encode())
    (tree / "latin.py").write_bytes("# coding: latin-1\nä = 1\n".encode("latin-1"))
    (tree / "linked.py").symlink_to(tree / "old.py")
    (tree / "mine.py").write_text("x = 1\n")
    (tree / "patched.py").write_text("y = 1\n")
    paths = [path.name for path in tree.iterdir()]

    read = read_files(local_box(), task_of(tree), staged("patched.py"), paths)

    assert read == {"old.py": "ä = 1\r\n", "patched.py": "y = 1\n"}


WORDS = (b" quince marzipan ", b" 271828 ", b" \xc3\xa4pfel ", b" gooseberry ")


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("original/docs/a.rst", b"It gives *Quince*, **marzipan**.", WORDS[:1]),
        ("original/a.bin", b"\0\x01271828\0", WORDS[1:2]),
        ("original/b.txt", "Äpfel".lower().encode(), WORDS[2:3]),
        ("original/.git/objects/a", b"gooseberry", ()),
        ("original/.git/packed-refs", b"refs/tags/gooseberry", WORDS[3:]),
        ("original/gooseberry/a.py", b"", WORDS[3:]),
        ("original/c.txt", "ÄPFEL".encode(), WORDS[2:3]),
        ("original/c.json", b'"\\u00c4pfel"', WORDS[2:3]),
        ("original/c.py", b"'quince\\nmarzipan'", WORDS[:1]),
        ("original/a.py", b"quince and marzipan, 2718281, gooseberries", ()),
        ("tree/fixture.json", b'["gooseberry"]', WORDS[3:]),
        ("tree/test_it.py", b"gooseberry", ()),
        ("tree/built.py", b"gooseberry", ()),
    ],
)
def test_words_that_stand_somewhere_are_found(tree: Path, path: str, data: bytes, found: tuple[bytes, ...]) -> None:
    place = tree.parent / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)

    seen = standing_in_box(local_box(), task_of(tree), staged("fixture.json", "test_it.py"), ["test_it.py"], WORDS)

    assert seen == set(found)


def test_where_not_all_can_be_read_everything_stands(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_files, "SEARCHED_FILE_BYTES", 10)
    (tree.parent / "original" / "large.txt").write_text("x" * 11)

    assert standing_in_box(local_box(), task_of(tree), staged(), [], WORDS) == set(WORDS)


RULE = ResolutionRule(reads_exit_code=False)
PROGRAM = LogProgram(files=(("parser.py", "parse()\n"), ("lib/words.py", "")))
PROGRAMMED = replace(TASK, parser="", log_program=PROGRAM, rule=RULE)
REQUIRED = ("t.py::mends", "t.py::keeps", "t.py::stays")


def output(*pairs: tuple[object, object]) -> bytes:
    return json.dumps({"tests": [{"name": name, "status": status} for name, status in pairs]}).encode()


PASSED = output(*((name, "PASSED") for name in REQUIRED))
EMPTY = output()


class Programmed:
    def __init__(
        self, written: bytes | None = PASSED, on_empty: bytes | None = EMPTY, done: Completed | None = None
    ) -> None:
        self.written, self.on_empty, self.done = written, on_empty, done or ended()
        self.seen: list[dict[str, bytes]] = []
        self.boxes = FakeBoxes(test=ended("printed", 1, stderr=b"said"), program=self._run)

    def _run(self, asked: FakeRun) -> Completed:
        del asked
        files = self.boxes.backend.boxes[-1].files
        self.seen.append(dict(files))
        empty = not files[STDOUT] and not files[STDERR]
        written = self.on_empty if empty else self.written
        if written is not None:
            files[OUTPUT] = written
        return ended() if empty else self.done


def test_what_it_writes_are_the_statuses() -> None:
    fake = Programmed()

    result = fake.boxes.grade(PROGRAMMED)

    assert (result.outcome, result.reason, result.output) == ("passed", "", "printedsaid")
    assert patch_detail_of(result).tests == dict.fromkeys(REQUIRED, "PASSED")


@pytest.mark.parametrize(
    ("pairs", "outcome"),
    [
        ([("t.py::mends", "PASSED"), ("t.py::mends", "FAILED")], "passed"),
        ([("t.py::mends", "FAILED"), ("t.py::mends", "PASSED")], "passed"),
        ([("t.py::mends", "passed")], "wrong"),
        ([("t.py::mends", "SKIPPED")], "wrong"),
        ([("t.py::mends", "ERROR")], "wrong"),
        ([("t.py::mends ", "PASSED")], "wrong"),
        ([], "wrong"),
    ],
)
def test_words_and_repeats(pairs: list[tuple[str, str]], outcome: str) -> None:
    fake = Programmed(output(*pairs, ("t.py::keeps", "PASSED"), ("t.py::stays", "PASSED")))

    assert fake.boxes.grade(PROGRAMMED).outcome == outcome


def test_a_name_that_is_no_text_is_of_a_test_that_nobody_requires() -> None:
    names = ("t.py::h\udcff", "t.py::\ud800", "t.py::\ud83d\ude00", "t.py::\\ud800")
    written = output(*((name, "PASSED") for name in (*names, *REQUIRED)))

    assert Programmed(written).boxes.grade(PROGRAMMED).outcome == "passed"
    assert decode_output(written) == dict.fromkeys(
        (r"t.py::h\udcff", r"t.py::\ud800", "t.py::\N{GRINNING FACE}", *REQUIRED), Status.PASSED
    )


BAD = {
    "nothing": None,
    "empty": b"",
    "no json": b"PASSED",
    "cut": PASSED[:-1],
    "no text": b'{"tests": [{"name": "\xff", "status": "PASSED"}]}',
    "list": b'["t.py::mends"]',
    "no tests": b"{}",
    "number": output((1, "PASSED")),
    "no status": b'{"tests": [{"name": "t.py::mends"}]}',
    "null": output(("t.py::mends", None)),
    "deep": b"[" * 100_000,
    "many": output(*((str(number), "PASSED") for number in range(MAX_TESTS + 1))),
    "large": b" " * OUTPUT_BYTES + PASSED,
}


@pytest.mark.parametrize("written", BAD.values(), ids=BAD)
def test_no_answer_on_what_was_printed_is_a_failed_sample(written: bytes | None) -> None:
    fake = Programmed(written)

    result = fake.boxes.grade(PROGRAMMED)

    assert (result.outcome, result.attempts) == ("error", 1)
    assert "the data set's log parser" in result.reason
    assert [bool(files[STDOUT]) for files in fake.seen] == [True, False]


def test_no_answer_on_an_empty_log_either_is_no_fault_of_the_sample() -> None:
    result = Programmed(b"", on_empty=b"").boxes.grade(PROGRAMMED)

    assert (result.outcome, result.attempts) == ("internal", 1)
    assert "the log parser of toy/f fails even on an empty log" in result.reason


def test_a_program_that_the_machine_lets_wait_is_nobodys_fault() -> None:
    fake = Programmed(done=ended("", None, signal=9, limit=LimitName.WALL))

    result = fake.boxes.grade(PROGRAMMED)

    assert (result.outcome, result.attempts) == ("internal", MAX_LOSSES)


@pytest.mark.parametrize("cause", list(LossCause))
def test_a_lost_box_of_the_program_is_never_the_candidates_doing(cause: LossCause) -> None:
    fake = Programmed()
    fake.boxes.todo["program"] = BoxLost("gone", cause=cause)

    result = fake.boxes.grade(PROGRAMMED)

    assert (result.outcome, result.attempts) == ("internal", MAX_LOSSES)


def test_a_program_that_never_ends() -> None:
    fake = Programmed(done=ended("", None, signal=9, limit=LimitName.CPU))

    result = fake.boxes.grade(PROGRAMMED)

    assert (result.outcome, result.reason.rpartition("; ")[2]) == (
        "error",
        "the data set's log parser was ended by the cpu limit",
    )
