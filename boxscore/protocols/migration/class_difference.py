"""Compare the classes of a candidate's build with those that the grader's own compiler made from the same sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def compare_classes(
    built: Mapping[str, bytes], own: Mapping[str, bytes], *, code: bool = True, major: int | None = None
) -> str:
    """Say why the build's classes are not the ones of the sources; "" if they are.

    Both map the path below `target/classes`, such as `org/a/B$C.class`, to the file. Where `code` is False, as for
    projects whose build has always woven code into classes, what methods do and private or synthetic members are not
    compared. `major` is the class file version that all must have, None for that of `own`. Debug information and
    annotations that only compilers read do not matter. A class of the build that cannot be read is a reason; raises
    ProtocolError if one of `own` cannot.
    """
    raise NotImplementedError((built, own, code, major))
