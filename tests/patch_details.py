"""The detail of a patch's result, where a test knows that there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.patch.task import PatchDetail

if TYPE_CHECKING:
    from boxscore.records import Result


def patch_detail_of(result: Result) -> PatchDetail:
    """The detail of a patch. Fails where there is none."""
    detail = PatchDetail.of(result)
    assert detail is not None
    return detail
