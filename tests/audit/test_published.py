"""Known defects of published benchmarks are found, by their ids."""

from __future__ import annotations

import os

import pytest

from boxscore.audit.findings import FindingKind
from boxscore.audit.work import AuditOptions
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from tests.audit.toy import audited

HUMANEVAL = {FindingKind.UNTRUE_EXAMPLE: {"47", "116", "130", "148"}}
MBPP = {FindingKind.STUB_PASSES: {"899"}}


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "only", "expected"),
    [
        ("humaneval", ("0", "47", "116", "130", "148"), HUMANEVAL),
        ("mbpp", ("2", "3", "367", "596", "899"), MBPP),
    ],
)
def test_known_defects(name: str, only: tuple[str, ...], expected: dict[FindingKind, set[str]]) -> None:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")

    audit, _ = audited(load_benchmark(Request(benchmark=name, only=only)), AuditOptions(mutants=0, repeats=1))

    assert audit is not None
    found: dict[FindingKind, set[str]] = {}
    for one in audit.findings:
        found.setdefault(one.kind, set()).add(one.instance_id.rpartition("/")[2])
    assert found == expected
