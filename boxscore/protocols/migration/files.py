"""Files of a tree in a box, read as data: bounded, through no link, by a program of ours that runs alone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from boxscore import resources
from boxscore.errors import BoxError, ProtocolError
from boxscore.protocols.trusted import boot, ending_of, run_trusted, trusted_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Box
    from boxscore.records import Limits

MODULES = ("tree_files", "tree_read")
MAX_BYTES, MAX_FILES, MAX_NAMES, MAX_CHARACTERS = 64 << 20, 20_000, 100_000, 12 << 20
_BOOT = boot("tree_read")
_OUTPUT_BYTES = 256 << 20  # as JSON, bytes in base64; a character of a name may take five, and be told twice

Name = Annotated[str, Meta(max_length=8192)]


class TreeFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names of all files of a tree, and those that were asked for; `problem` says why some are missing."""

    names: Annotated[tuple[Name, ...], Meta(max_length=MAX_NAMES)] = ()
    files: Annotated[dict[Name, bytes], Meta(max_length=MAX_FILES)] = {}
    problem: str = ""


def read_tree(  # noqa: PLR0913 - where, and which of its files
    box: Box,
    root: str,
    limits: Limits,
    *,
    folders: Sequence[str] = ("",),
    ends: Sequence[str] = ("",),
    within: Sequence[str] = (),
) -> TreeFiles:
    """Read the files below some folders of a tree whose names end in one of some ways.

    `within` asks for one of some words in their paths, each of which begins with a slash. Raises BoxError where the box
    fails, ProtocolError for an answer that is none.
    """
    request = {
        "modules": _sources(),
        "root": root,
        "folders": folders,
        "ends": ends,
        "within": within,
        "bytes": MAX_BYTES,
        "files": MAX_FILES,
        "names": MAX_NAMES,
        "characters": MAX_CHARACTERS,
    }
    done = run_trusted(box, _BOOT, request, trusted_limits(limits, output_bytes=_OUTPUT_BYTES))
    if done.exit_code != 0:
        words = done.stderr.decode(errors="replace")[-300:].strip()
        raise BoxError(f"a tree in a box could not be read: {words or done.limit or ending_of(done)}")
    try:
        return msgspec.json.decode(done.stdout, type=TreeFiles)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what was read in a box is no list of files: {error}") from error


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    root = resources.folder("sandbox")
    return tuple((name, (root / f"{name}.py").read_text()) for name in MODULES)
