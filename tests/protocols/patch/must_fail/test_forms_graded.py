"""Patches of small repositories in several languages, graded in real boxes among negated tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.records import Outcome, PatchDetail, Trust
from tests.protocols.patch.must_fail.ledgers import LABEL_VIEWED, LABELS, LEDGERS, MORE
from tests.protocols.patch.must_fail.test_graded import grade
from tests.tiny_patches import difference

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("name", LEDGERS)
def test_readers_of_negated_tests_are_found_out(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    """The fix passes at trust canary; code that gives what one of the copies expects lets a negated test pass."""
    small = LEDGERS[name]
    patches = {kind: small.patch(kind) for kind in ("mended", "nothing", "forged")}
    patches |= {how: difference(small.source, small.buggy, text) for how, text in MORE.get(name, {}).items()}

    results = grade(docker_backend, small.task(f"ledger-{name}"), patches, tmp_path)

    found = {kind: result.outcome for kind, result in results.items()}
    assert found == {**dict.fromkeys(patches, Outcome.TAMPERED), "mended": Outcome.PASSED, "nothing": Outcome.WRONG}
    assert results["mended"].trust is Trust.CANARY
    detail = results["mended"].detail
    assert isinstance(detail, PatchDetail)
    assert (detail.canary_bits or 0.0) >= ENOUGH_BITS


def test_a_text_may_be_of_another_type_than_the_references(docker_backend: Backend, tmp_path: Path) -> None:
    """Negated tests take parts of it, and compile with a view of a text too."""
    patches = {"mended": LABELS.patch("mended"), "view": difference(LABELS.source, LABELS.buggy, LABEL_VIEWED)}

    results = grade(docker_backend, LABELS.task("labels"), patches, tmp_path)

    assert {kind: (one.outcome, one.trust) for kind, one in results.items()} == dict.fromkeys(
        patches, (Outcome.PASSED, Trust.CANARY)
    )
