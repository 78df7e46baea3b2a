"""A sample of the *project* protocol as text: the files that it gives, and what may be among them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.checks import first_of
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.protocols.project.task import ProjectTask

MOST_FILES, MOST_BYTES, NAMED = 1_000, 16 << 20, 3
NEVER = ("junit-platform.properties", "module-info.java")
"""Files by which a project would tell the runner or the JVM what to do."""
SERVICES = "META-INF"


class GivenFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The files of a sample by their paths in the project, and which of them its benchmark says were left undone."""

    files: dict[str, str]
    incomplete: tuple[str, ...] = ()


class Refused(Struct, frozen=True, kw_only=True):
    """Why a sample is not graded any further."""

    outcome: Outcome
    reason: str


def encode_files(files: Mapping[str, str], *, incomplete: Iterable[str] = ()) -> str:
    """The text of a sample that gives these files, by their paths in the project: equal for equal files."""
    given = GivenFiles(files=dict(sorted(files.items())), incomplete=tuple(sorted(incomplete)))
    data = msgspec.to_builtins(given) if given.incomplete else {"files": given.files}
    return msgspec.json.encode(data).decode()


def decode_files(code: str) -> GivenFiles:
    """Read the text of a sample. Raises ValueError for what is none, saying why."""
    try:
        return msgspec.json.decode(code.encode("utf-8", "surrogatepass"), type=GivenFiles)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f'it is not {{"files": {{"path": "text"}}}}: {error}') from None


def admitted(task: ProjectTask, code: str) -> GivenFiles | Refused:
    """Read a sample, and see that it gives nothing but files that it may give."""
    if not code.strip():
        return Refused(outcome=Outcome.NO_CODE, reason="the sample gives no files")
    try:
        given = decode_files(code)
    except ValueError as error:
        return Refused(outcome=Outcome.NO_CODE, reason=f"the sample gives no files: {error}"[:300])
    others = sorted(given.files.keys() - {*task.replaced})
    if others:
        named = ", ".join(f"{path[:100]!r}{_why(path)}" for path in others[:NAMED])
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        return Refused(outcome=Outcome.PATCH_REJECTED, reason=f"a sample may not give {named}{more}")
    if sum(len(text) for text in given.files.values()) > MOST_BYTES:
        return Refused(outcome=Outcome.PATCH_REJECTED, reason=f"its files have more than {MOST_BYTES} bytes")
    return given


def unless_undone(outcome: Outcome, reason: str, incomplete: Sequence[str]) -> tuple[Outcome, str]:
    """What a sample comes to, where its benchmark says which of its files are left undone: these keep it from passing.

    Tests may pass all the same: they need not reach what is missing.
    """
    if outcome is not Outcome.PASSED or not incomplete:
        return outcome, reason
    return Outcome.NO_CODE, f"left undone: {first_of(incomplete, NAMED)}"


def never_given(path: str) -> bool:
    """Whether no sample may give a file of this path, whatever its task says."""
    parts = PurePosixPath(path).parts
    return SERVICES in parts or PurePosixPath(path).name in NEVER


def _why(path: str) -> str:
    return ", which tells the runner or the JVM what to do" if never_given(path) else ""


def project_files(task: ProjectTask, given: GivenFiles) -> dict[str, bytes]:
    """The whole project but its tests, with what the sample gives."""
    return {**dict(task.files), **{path: text.encode("utf-8", "replace") for path, text in given.files.items()}}
