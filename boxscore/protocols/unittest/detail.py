"""What the result of tests that ran beside a program says beyond its outcome."""

from __future__ import annotations

from msgspec import Struct

from boxscore.records import Detail, Evidence


class UnittestDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="unittest"):
    """What the result of tests that ran beside a program says beyond its outcome.

    `tests` maps each required test to its status, `MISSING` where none was reported. `files` are those of the working
    folder that were kept.
    """

    tests: dict[str, str] = {}
    files: dict[str, bytes] = {}
    evidence: Evidence = Evidence()
