"""For authors of harnesses, protocols, backends and agents: what boxscore tests its own with.

    assert check_harness("mine.py", data=Path("rows.jsonl")) == ()
    assert attack_suite("mine.py", data=Path("rows.jsonl"), fast=True).held

and the suite that every backend must pass:

    class TestMine(BackendConformance):
        @pytest.fixture
        def backend(self) -> Backend: ...

        @pytest.fixture
        def image(self) -> str | None: ...

The image must have `/bin/sh` and `python3` on its PATH.
"""

from __future__ import annotations

import pytest

for _part in ("isolation", "programs", "streams"):
    # Assertions outside test modules explain themselves only when pytest is told before their import.
    pytest.register_assert_rewrite(f"boxscore.testing.conformance_{_part}")

from boxscore.agents.fake import FakeAssignment, run_agent  # noqa: E402 - after the registration above
from boxscore.agents.registry import open_agent  # noqa: E402 - as above
from boxscore.boxes.fake import FakeBackend, FakeBox, FakeRun, FakeStream  # noqa: E402 - as above
from boxscore.boxes.registry import open_backend  # noqa: E402 - as above
from boxscore.data.harness_check import check_harness  # noqa: E402 - as above
from boxscore.models.fake import FakeModel  # noqa: E402 - as above
from boxscore.protocols.attacks import Attack, Expect, attacks_for  # noqa: E402 - as above
from boxscore.protocols.contract import Batch, BatchGrader, Candidate, GraderFactory  # noqa: E402 - as above
from boxscore.run.attacks import (  # noqa: E402 - as above
    AttackReport,
    AttackResult,
    ClassReport,
    Judgement,
)
from boxscore.testing.attacks import attack_suite  # noqa: E402 - as above
from boxscore.testing.conformance_streams import BackendConformance  # noqa: E402 - as above

__all__ = [
    "Attack",
    "AttackReport",
    "AttackResult",
    "BackendConformance",
    "Batch",
    "BatchGrader",
    "Candidate",
    "ClassReport",
    "Expect",
    "FakeAssignment",
    "FakeBackend",
    "FakeBox",
    "FakeModel",
    "FakeRun",
    "FakeStream",
    "GraderFactory",
    "Judgement",
    "attack_suite",
    "attacks_for",
    "check_harness",
    "open_agent",
    "open_backend",
    "run_agent",
]
