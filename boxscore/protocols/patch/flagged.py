"""What is noted in the processes of a patch's Python tests: a recorder is sent along, and what it noted is read.

It decides nothing. What comes of it is flags on lines that the patch adds (docs/flags.md), and since the candidate's
code runs in the same process, it may keep the recorder from noting, or write notes of its own.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from boxscore.errors import BoxError, ProtocolError
from boxscore.flags.rules import is_test_file
from boxscore.flags.scan import MOST_FLAGS
from boxscore.protocols.patch.diff import changed_paths, hunks_of
from boxscore.records import PatchFlag
from boxscore.resources import sandbox_program

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask


NOTES_BYTES, MOST_NOTES, MOST_TEXT_CHARS = 1 << 20, 1000, 200


class Note(Struct, frozen=True, kw_only=True):
    """A note of the recorder: where in the tree, and by which rule."""

    rule: Annotated[str, Meta(max_length=64)]
    path: Annotated[str, Meta(max_length=512)]
    line: Annotated[int, Meta(ge=0, le=1 << 31)]
    text: Annotated[str, Meta(max_length=512)] = ""


UNREADABLE = Note(rule="record", path="", line=0, text="the record cannot be read")


class Recording(Struct, frozen=True, kw_only=True):
    """A recorder in a box: its folder, "" where there is none; `failed` where it could not be put there."""

    folder: str = ""
    failed: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """What tests need in their environment."""
        return {"PYTHONPATH": self.folder} if self.folder else {}


def start_record(box: Box, task: PatchTask) -> Recording:
    """Put the recorder into a box, where tests are of Python.

    Python looks for all of its modules in that folder first, so a build must not know its name.
    """
    is_python = any(path.endswith(".py") for path in changed_paths(task.test_patch))
    if not is_python or "PYTHONPATH" in dict(task.env):
        return Recording()
    folder = f"/scratch/record-{secrets.token_hex(8)}"
    try:
        box.put(f"{folder}/sitecustomize.py", sandbox_program("run_record").encode())
    except BoxError:  # of a scratch that a build has closed; a box that is lost is so for the tests too
        return Recording(failed=True)
    return Recording(folder=folder)


def read_record(box: Box, recording: Recording) -> tuple[Note, ...]:
    """Read the notes of a run. What stands there and is no notes is noted itself: nobody but a candidate wrote it."""
    if not recording.folder:
        return (UNREADABLE,) if recording.failed else ()
    try:
        written = box.get(f"{recording.folder}.jsonl", max_bytes=NOTES_BYTES)
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
