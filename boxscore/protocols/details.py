"""The detail records of all protocols, by their kind: how a stored result gets its own back."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from boxscore.protocols.migration.task import MigrationDetail
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.program.task import ProgramDetail
from boxscore.protocols.project.task import ProjectDetail
from boxscore.protocols.unittest.task import UnittestDetail
from boxscore.protocols.web.detail import WebDetail
from boxscore.records import Detail, OtherDetail, Result

T = TypeVar("T")

KINDS = (PatchDetail, ProgramDetail, UnittestDetail, MigrationDetail, ProjectDetail, WebDetail, OtherDetail)
_BY_NAME = {one.__struct_config__.tag: one for one in KINDS}
AnyDetail = PatchDetail | ProgramDetail | UnittestDetail | MigrationDetail | ProjectDetail | WebDetail | OtherDetail


def detail_hook(kind: type, value: object) -> object:
    """Decode the detail of a result: the `dec_hook` of every decoder of results. Raises msgspec.ValidationError."""
    if kind is not Detail:
        raise NotImplementedError(f"{kind.__name__} is no detail")
    if isinstance(value, KINDS):
        return value
    # msgspec looks at a union anew at each call, but at a record once.
    own = _BY_NAME.get(value.get("kind")) if isinstance(value, dict) else None
    return msgspec.convert(value, AnyDetail if own is None else own)


def decoder_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    """A decoder of JSON for records of a kind, among them results."""
    return msgspec.json.Decoder(kind, dec_hook=detail_hook)


def decode_result(line: bytes | str) -> Result:
    """Read a line of `results.jsonl`. Raises msgspec.ValidationError, msgspec.DecodeError."""
    return _RESULT.decode(line)


# Both are made before any thread decodes: see `boxscore.run.store`.
_RESULT, _DETAIL = decoder_of(Result), msgspec.json.Decoder(AnyDetail)
