"""The detail records of all protocols, by their kind: how a stored result gets its own back."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from boxscore.protocols.migration.detail import MigrationDetail
from boxscore.protocols.patch.detail import PatchDetail
from boxscore.protocols.program.detail import ProgramDetail
from boxscore.protocols.project.detail import ProjectDetail
from boxscore.protocols.unittest.detail import UnittestDetail
from boxscore.protocols.web.detail import WebDetail
from boxscore.records import Detail, OtherDetail, Result

T = TypeVar("T")

KINDS = (PatchDetail, ProgramDetail, UnittestDetail, MigrationDetail, ProjectDetail, WebDetail, OtherDetail)
AnyDetail = PatchDetail | ProgramDetail | UnittestDetail | MigrationDetail | ProjectDetail | WebDetail | OtherDetail


def detail_hook(kind: type, value: object) -> object:
    """Decode the detail of a result: the `dec_hook` of every decoder of results. Raises msgspec.ValidationError."""
    if kind is not Detail:
        raise NotImplementedError(f"{kind.__name__} is no detail")
    return value if isinstance(value, KINDS) else msgspec.convert(value, AnyDetail)


def decoder_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    """A decoder of JSON for records of a kind, among them results."""
    return msgspec.json.Decoder(kind, dec_hook=detail_hook)


def decode_result(line: bytes | str) -> Result:
    """Read a line of `results.jsonl`. Raises msgspec.ValidationError, msgspec.DecodeError."""
    return _RESULT.decode(line)


_RESULT = decoder_of(Result)
