"""A sample of the *web* protocol as text: the attempts at a project's tasks, or the files of a finished project."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Struct, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_FILES, MOST_BYTES, MOST_ATTEMPTS = 2_000, 16 << 20, 200


class Binary(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is no text, such as a picture."""

    base64: str


class Attempt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attempt at a task: the files that it writes, each whole, over those that were there before."""

    task: str
    files: dict[str, str | Binary]


class GivenAttempts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sample: attempts in the order in which they were made."""

    attempts: tuple[Attempt, ...]


class GivenState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sample that is a whole project after its last task: all tasks are judged by it at once."""

    files: dict[str, str | Binary]


class _Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    attempts: tuple[Attempt, ...] | UnsetType = UNSET
    files: dict[str, str | Binary] | UnsetType = UNSET


def encode_attempts(attempts: Iterable[tuple[str, Mapping[str, str | bytes]]]) -> str:
    """The text of a sample that makes these attempts: the name of a task, and files by their paths in the project."""
    made = tuple(Attempt(task=task, files=_encoded(files)) for task, files in attempts)
    return msgspec.json.encode(GivenAttempts(attempts=made)).decode()


def encode_state(files: Mapping[str, str | bytes]) -> str:
    """The text of a sample that is a finished project: equal for equal files."""
    return msgspec.json.encode(GivenState(files=_encoded(files))).decode()


def decode_sample(code: str) -> GivenAttempts | GivenState:
    """Read the text of a sample. Raises ValueError for what is none, saying why."""
    form = 'a sample is {"attempts": [{"task": "task-1", "files": {"path": "text"}}]} or {"files": {"path": "text"}}'
    try:
        given = msgspec.json.decode(code.encode("utf-8", "surrogatepass"), type=_Given)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{error}; {form}") from None
    if given.attempts is not UNSET and given.files is UNSET:
        return GivenAttempts(attempts=given.attempts)
    if given.files is not UNSET and given.attempts is UNSET:
        return GivenState(files=given.files)
    raise ValueError(f"it has both attempts and files, or neither; {form}")


def content_of(file: str | Binary) -> bytes:
    """The bytes of a file of a sample. Raises ValueError for what is no base64."""
    if isinstance(file, Binary):
        try:
            return base64.b64decode(file.base64, validate=True)
        except binascii.Error as error:
            raise ValueError(f"a binary file is no base64: {error}") from None
    return file.encode("utf-8", "replace")


def _encoded(files: Mapping[str, str | bytes]) -> dict[str, str | Binary]:
    return {path: _one(content) for path, content in sorted(files.items())}


def _one(content: str | bytes) -> str | Binary:
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Binary(base64.b64encode(content).decode())
