"""What is noted in the processes of a patch's Python tests: a recorder is sent along, and what it noted is read.

It decides nothing. What comes of it is flags on lines that the patch adds (docs/flags.md), and since the candidate's
code runs in the same process, it may keep the recorder from noting, or write notes of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from boxscore.errors import ProtocolError
from boxscore.flags.rules import is_test_file
from boxscore.flags.scan import MOST_FLAGS
from boxscore.protocols.patch.diff import changed_paths, hunks_of
from boxscore.records import PatchFlag
from boxscore.resources import sandbox_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask

FOLDER = "/scratch/record"
NOTES = f"{FOLDER}.jsonl"
NOTES_BYTES, MOST_NOTES, MOST_TEXT_CHARS = 1 << 20, 1000, 200


class Note(Struct, frozen=True, kw_only=True):
    """A note of the recorder: where in the tree, and by which rule."""

    rule: Annotated[str, Meta(max_length=64)]
    path: Annotated[str, Meta(max_length=512)]
    line: Annotated[int, Meta(ge=0, le=1 << 31)]
    text: Annotated[str, Meta(max_length=512)] = ""


UNREADABLE = Note(rule="record", path="", line=0, text="the record cannot be read")


def start_record(box: Box, task: PatchTask) -> Mapping[str, str]:
    """Put the recorder into a box; the variables that tests then need. Nothing where they are not of Python."""
    is_python = any(path.endswith(".py") for path in changed_paths(task.test_patch))
    if not is_python or "PYTHONPATH" in dict(task.env):
        return {}
    box.put_folder(FOLDER, {"sitecustomize.py": sandbox_program("run_record").encode()})
    return {"PYTHONPATH": FOLDER}


def read_record(box: Box) -> tuple[Note, ...]:
    """Read the notes of a run. What stands there and is no notes is noted itself: nobody but a candidate wrote it."""
    try:
        written = box.get(NOTES, max_bytes=NOTES_BYTES)
        return tuple(msgspec.json.Decoder(Note).decode_lines(written)[:MOST_NOTES])
    except FileNotFoundError:
        return ()
    except (ProtocolError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return (UNREADABLE,)


def flags_of_run(notes: tuple[Note, ...], patch: str) -> tuple[PatchFlag, ...]:
    """Make flags of the notes that are on lines which the patch adds outside of tests."""
    added = {
        (path, number): text
        for path, hunks in hunks_of(patch).items()
        if not is_test_file(path)
        for hunk in hunks
        for number, text, is_new in hunk
        if is_new
    }
    flags: dict[tuple[str, int, str], PatchFlag] = {}
    for note in notes:
        place = note.path, note.line
        if place in added or note == UNREADABLE:
            text = f"{note.text}, in the run: {added.get(place, '').strip()}".removesuffix(": ")
            flag = PatchFlag(path=note.path, line=note.line, rule=note.rule, text=text[:MOST_TEXT_CHARS])
            flags.setdefault((*place, note.rule), flag)
    return tuple(flags.values())[:MOST_FLAGS]
